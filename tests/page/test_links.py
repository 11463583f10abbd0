"""Links, commands and JSON of a picture, in Chromium: copied, opened again, and such as mean harm."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from tests.visitor import copied, open_tab, source, visit, wait_for_change


def test_a_link_restores_what_was_shown(newcomer, address):
    newcomer.goto(f"{address}?draw=server")         # files of the same pixels differ where the browser writes them
    found = open_tab(newcomer, "InfoGAN", "infogan")
    before = source(found, "picture")
    for name, value in (("c1", "0.4"), ("c2", "-1.25")):
        found.locator(f'input[name="{name}"]').fill(value)
    found.locator('input[name="seed"]').fill("42")
    expect(found.locator('[data-slot="put-c2"]')).to_have_text("-1.25")
    wait_for_change(found, "picture", before)
    link = copied(found, "link")
    assert link.startswith(address) and "c1=0.4" in link and "seed=42" in link
    expect(found).not_to_have_attribute("aria-busy", "true")
    shown = source(found, "picture")
    newcomer.goto("about:blank")
    newcomer.goto(link)
    again = newcomer.locator("#infogan .instrument")
    again.wait_for()
    expect(again.locator('img[data-slot="picture"]')).to_have_attribute("src", shown)
    assert again.locator('input[name="seed"]').input_value() == "42"


def test_what_is_copied_is_promised_to_the_clipboard_at_the_press_itself(browser, address):
    """Safari lets a page write at no other time, and the command comes from the server."""
    with visit(browser, address, permissions=["clipboard-read", "clipboard-write"]) as page:
        found = open_tab(page, "InfoGAN", "infogan")
        page.evaluate("""() => {
            const {clipboard} = navigator, write = clipboard.write.bind(clipboard);
            clipboard.writeText = () => { throw new Error('late'); };
            clipboard.write = items => { window.at_the_press = window.event?.type === 'click'; return write(items); };
        }""")
        command = copied(found, "command")
        expect(found.locator("[data-copied]")).to_have_text("Copied.")
        assert command.startswith("python -m models sample infogan-mnist") and page.evaluate("at_the_press")
        assert page.evaluate("navigator.clipboard.readText()") == command


def test_what_no_clipboard_takes_is_marked_to_be_copied_by_hand(newcomer, address):
    newcomer.add_init_script("navigator.clipboard.write = navigator.clipboard.writeText = () => Promise.reject(new Error('denied'))")
    newcomer.goto(f"{address}?tab=infogan&c1=0.5")
    found = newcomer.locator("#infogan .instrument[data-ready]")
    link, said = copied(found, "link"), found.locator("[data-copied]")
    expect(said).to_have_text(link)
    assert newcomer.evaluate("getSelection().toString()") == link
    said.focus()                                           # it scrolls where it is long
    expect(said).to_be_focused()
    newcomer.evaluate("navigator.clipboard.writeText = () => Promise.resolve()")
    found.locator('[data-copy="link"]').click()
    expect(said).to_have_text("Copied.")
    assert said.get_attribute("tabindex") is None


def test_a_hostile_link_changes_nothing_and_says_so(newcomer, address):
    newcomer.goto(f"{address}?tab=infogan&c1=NaN&category=99&seed=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&evil=1&model=../../etc")
    found = newcomer.locator("#infogan .instrument")
    found.wait_for()
    expect(found.locator("[data-copied]")).to_contain_text("Ignored in the link: c1, evil")
    expect(found.locator(".notice")).not_to_have_text("")
    assert found.locator(".notice img, [data-copied] img").count() == 0
    expect(found).to_have_attribute("data-ready", "")
    expect(found.locator(".notice")).not_to_have_text("")
    source(found, "picture")                               # what stands there at first, for nobody comes to an empty plate


def test_a_link_to_the_game_holds_the_deal_and_not_what_the_visitor_made_of_it(page):
    found = open_tab(page, "Real or generated?", "guess")
    found.locator("[name=drawn0]").check()
    found.get_by_role("button", name="Show the truth").click()
    expect(found.locator(".verdict")).not_to_have_text("")
    assert parse_qsl(urlsplit(copied(found, "link")).query) == [("tab", "guess"), ("deal", "3")]


def test_a_link_to_no_tab_opens_the_atlas(newcomer, address):
    newcomer.goto(f"{address}?tab=%3Cscript%3E&c1=1")
    expect(newcomer.get_by_role("tab", name="Atlas", exact=True)).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize(("tab", "instrument", "word"), [
    ("GAN and DCGAN", "gan", "python -m models sample gan-mnist --seeds 42-53\npython -m models sample dcgan-mnist --seeds 42-53"),
    ("Conditional GAN", "cgan", "python -m models sample cgan-mnist --seeds 13 --set label=2"),
    ("Text to picture", "text", "--set 'text=a hibiscus' --set encoder=char-cnn-rnn"),
])
def test_command_and_json_name_the_picture(page, tab, instrument, word):
    found = open_tab(page, tab, instrument)
    assert word in copied(found, "command")
    told = json.loads(copied(found, "json"))
    for record in told if isinstance(told, list) else [told]:
        assert record["model"] in word or instrument == "text"
        assert set(record) == {"model", "seeds", "controls"}


@pytest.mark.parametrize(("tab", "plate", "instrument", "name", "value"), [
    ("GAN and DCGAN", "gan", "walk", "b", "12"),
    ("GAN and DCGAN", "gan", "arithmetic", "c", "31"),
    ("Conditional GAN", "cgan", "writer", "digits", "314159"),
    ("Text to picture", "text", "matrix", "seed", "77"),
    ("Text to picture", "text", "between", "seed", "78"),
])
def test_the_lower_instruments_have_links_of_their_own(newcomer, address, tab, plate, instrument, name, value):
    newcomer.goto(f"{address}?draw=server")
    found = open_tab(newcomer, tab, instrument)
    before = [source(found, slot) for slot in slots(found)]
    found.locator(f'input[name="{name}"]').fill(value)
    expect(found).not_to_have_attribute("aria-busy", "true")
    newcomer.wait_for_function("([root, old]) => [...root.querySelectorAll('img[data-slot]')].some((img, i) => img.src !== old[i])",
                           arg=[found.element_handle(), before])
    shown, link = [source(found, slot) for slot in slots(found)], copied(found, "link")
    assert f"tab={plate}&at={instrument}&" in link and f"{name}={value}" in link
    newcomer.goto("about:blank")
    newcomer.goto(link)
    again = newcomer.locator(f"#{instrument} .instrument")
    expect(again.locator(f'input[name="{name}"]')).to_have_value(value)
    expect(again).to_be_in_viewport()
    for slot, uri in zip(slots(again), shown, strict=True):
        expect(again.locator(f'img[data-slot="{slot}"]')).to_have_attribute("src", uri)


def slots(found) -> list[str]:
    return found.locator("img[data-slot]").evaluate_all("found => found.map(img => img.dataset.slot)")


def test_a_link_restores_the_rules_of_the_lab(page):
    found = open_tab(page, "2-D lab", "lab")
    found.get_by_role("button", name="Mode collapse").click()
    found.get_by_role("button", name="spiral", exact=True).click()
    link = copied(found, "link")
    assert "tab=lab" in link and "target=spiral" in link and "penalty=0" in link and "lr_g=0.005" in link
    page.goto("about:blank")
    page.goto(link)
    again = page.locator("#lab .instrument")
    expect(again.get_by_role("button", name="spiral", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(again.locator('[data-shows="lr_g"]')).to_have_text("0.0050")
    expect(again.locator("[data-steps]")).to_contain_text("rounds")


def test_commands_of_several_pictures_name_them_all(page):
    found = open_tab(page, "Conditional GAN", "writer")
    assert copied(found, "command").splitlines() == [
        "python -m models sample cgan-mnist --seeds 9 --set label=0", "python -m models sample cgan-mnist --seeds 8,10 --set label=2",
        "python -m models sample cgan-mnist --seeds 11 --set label=6"]
    assert [record["controls"] for record in json.loads(copied(found, "json"))] == [{"label": 0}, {"label": 2}, {"label": 6}]


FIRST_EDITION = {     # links as the first edition copied them; each must open for ever
    "gan": "?tab=gan&left=gan-mnist&right=dcgan-fashion&seed=77",
    "walk": "?tab=gan&at=walk&model=dcgan-mnist&a=5&b=12&t=0.25&kind=webp",
    "arithmetic": "?tab=gan&at=arithmetic&model=dcgan-mnist&a=19&b=0&c=31",
    "cgan": "?tab=cgan&model=cgan-fashion&label=9&other=5&mix=0.4&seed=21",
    "writer": "?tab=cgan&at=writer&digits=314159&hand=8&each=false",
    "infogan": "?tab=infogan&model=infogan-mnist&category=2&c1=0.4&c2=-1.25&seed=42&vary=c2",
    "text": "?tab=text&text=a+deep+red+rose&encoder=char-cnn-rnn&count=1&seed=24&chosen=0&augment=true&truncation=0.7",
    "between": "?tab=text&at=between&first=a+red+rose&last=a+white+lily&share=0.5&seed=78&encoder=char-cnn-rnn",
    "matrix": "?tab=text&at=matrix&a=a+red+rose&b=a+white+lily&c=a+blue+flower&seed=77&encoder=char-cnn-rnn",
    "guess": "?tab=guess&deal=7&fetch=false" + "".join(f"&drawn{i}=false" for i in range(10)) + "&shown=true",
}


@pytest.mark.parametrize("instrument", FIRST_EDITION)
def test_a_link_of_the_first_edition_still_opens(newcomer, address, instrument):
    newcomer.goto(address + FIRST_EDITION[instrument])
    found = newcomer.locator(f"#{instrument} .instrument")
    found.wait_for()
    expect(found).to_have_attribute("data-drawn", "1")
    expect(found.locator("[data-copied]")).to_have_text("")
    expect(found.locator(".notice")).to_have_text("")
    values = dict(parse_qsl(FIRST_EDITION[instrument]))
    state = newcomer.evaluate("own => Object.fromEntries(Object.entries(ganAtlasStates[own]).map(([name, value]) => [name, `${value}`]))",
                              instrument)
    kept = {name: value for name, value in values.items() if name not in ("?tab", "at", "fetch")}      # fetch: nothing is fetched any more
    assert {name: state[name] for name in kept} == kept
