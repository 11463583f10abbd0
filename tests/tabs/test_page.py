"""The page in Chromium, as a visitor meets it: every tab, by pointer, by keyboard, on a phone."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser import launch_options

TABS = ["Atlas", "GAN and DCGAN", "Conditional GAN", "InfoGAN", "Text to picture", "2-D lab"]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def address():
    from app import build
    from tabs.theme import css, theme

    page = build()
    _, url, _ = page.launch(theme=theme(), css=css(), prevent_thread_lock=True, quiet=True, server_name="127.0.0.1",
                            run_history=False, enable_monitoring=False)
    yield url
    page.close()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**launch_options())
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, address):
    """A fresh visitor. At the end: no error on the console, and no request but to our own server."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    trouble = []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else trouble.append(request.url))
    page.goto(address)
    page.get_by_role("tab", name="Atlas", exact=True).wait_for()
    yield page
    context.close()
    assert trouble == []


def open_tab(page: Page, name: str, instrument: str):
    page.get_by_role("tab", name=name, exact=True).click()
    found = page.locator(f"#{instrument} .instrument")
    found.wait_for()
    return found


def source(instrument, slot: str) -> str:
    return instrument.locator(f'img[data-slot="{slot}"]').get_attribute("src")


def wait_for_change(instrument, slot: str, before: str) -> None:
    expect(instrument.locator(f'img[data-slot="{slot}"]')).not_to_have_attribute("src", before)


def test_the_first_view_shows_pictures_without_a_click(page):
    pictures = page.locator(".atlas img, .atlas image")
    expect(pictures.nth(3)).to_be_attached()
    assert page.get_by_role("tab").count() == len(TABS)


@pytest.mark.parametrize(("name", "instrument"), [("GAN and DCGAN", "gan"), ("Conditional GAN", "cgan"), ("InfoGAN", "infogan"),
                                                    ("Text to picture", "text")])
def test_each_tab_opens_with_pictures(page, name, instrument):
    found = open_tab(page, name, instrument)
    for picture in filter(lambda img: img.is_visible(), found.locator("img").all()):
        assert picture.evaluate("img => img.complete && img.naturalWidth > 0")
        assert picture.get_attribute("alt")


@pytest.mark.parametrize("name", TABS)
def test_each_tab_fits_a_phone(page, name):
    page.set_viewport_size(PHONE)
    tab = page.get_by_role("tab", name=name, exact=True)
    if not tab.is_visible():
        page.locator(".overflow-menu > button").click()
        page.locator(".overflow-dropdown button", has_text=name).click()
    else:
        tab.click()
    page.wait_for_timeout(400)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_leaf_of_the_tree_opens_its_plate(page):
    page.locator("#atlas-infogan .node").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="InfoGAN", exact=True)).to_have_attribute("aria-selected", "true")


def test_an_untrained_leaf_tells_its_story_and_opens_nothing(page):
    page.locator("#atlas-pix2pix .node").focus()
    expect(page.locator("#atlas-pix2pix .card")).to_be_visible()
    expect(page.locator("#atlas-pix2pix .card a").first).to_have_attribute("href", re.compile("1611.07004"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Atlas", exact=True)).to_have_attribute("aria-selected", "true")


def test_dragging_the_pad_changes_picture_and_sliders(page):
    found = open_tab(page, "InfoGAN", "infogan")
    before, pad = source(found, "picture"), found.locator("[data-pad]")
    box = pad.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.25, steps=12)
    page.mouse.up()
    wait_for_change(found, "picture", before)
    expect(found.locator('[data-slot="put-c1"]')).to_have_text(re.compile(r"\+1\.[56]"))
    assert float(found.locator('input[name="c2"]').input_value()) == pytest.approx(1.0, abs=0.1)


def test_arrow_keys_move_the_pad_and_the_last_press_wins(page):
    found = open_tab(page, "InfoGAN", "infogan")
    found.locator("[data-pad]").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(found.locator('[data-slot="put-c1"]')).to_have_text("+0.50")
    expect(found.locator('[data-slot="put-c2"]')).to_have_text("-0.25")


def test_the_last_slider_value_wins(page):
    import models

    found = open_tab(page, "InfoGAN", "infogan")
    found.locator('input[name="c1"]').focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    expect(found.locator('[data-slot="put-c1"]')).to_have_text("-0.30")
    category = int(found.locator('[data-slot="put-category"]').inner_text().split(" ")[0])
    data = page.evaluate("src => fetch(src).then(r => r.arrayBuffer()).then(b => Array.from(new Uint8Array(b)))", source(found, "picture"))
    shown = np.asarray(Image.open(io.BytesIO(bytes(data)))).astype(int)
    expected = models.load("infogan-mnist").generate(11, category=category, c1=-0.3)[0, ..., 0]
    assert np.abs(shown - expected).mean() < 0.5


def test_category_buttons_say_what_they_draw(page):
    found = open_tab(page, "InfoGAN", "infogan")
    names = sorted(name.inner_text() for name in found.locator(".category span > span").all())
    assert names == list("0123456789")
    before = source(found, "picture")
    found.locator(".category[aria-pressed=false]").first.click()
    wait_for_change(found, "picture", before)
    assert found.locator(".category[aria-pressed=true]").count() == 1


@pytest.mark.parametrize("text", ["-3", "ten", "99999999999999", "<img src=x onerror=alert(1)>", "🌼"])
def test_a_bad_seed_gets_one_sentence_and_the_picture_stays(page, text):
    found = open_tab(page, "InfoGAN", "infogan")
    before = source(found, "picture")
    found.locator('input[name="seed"]').fill(text)
    expect(found.locator(".notice")).to_contain_text("A seed is a whole number from 0 to")
    assert source(found, "picture") == before
    assert found.locator(".notice img").count() == 0
    found.locator('input[name="seed"]').fill("12")
    wait_for_change(found, "picture", before)
    expect(found.locator(".notice")).to_have_text("")


def test_conditional_gan_answers_labels_mix_and_numbers(page):
    found = open_tab(page, "Conditional GAN", "cgan")
    before = source(found, "picture")
    found.locator(".category").nth(7).click()
    wait_for_change(found, "picture", before)
    expect(found.locator('[data-slot="words"]')).to_have_text("7")
    found.locator('input[name="mix"]').fill("0.5")
    expect(found.locator('[data-slot="words"]')).to_have_text("50% 7, 50% 3")
    writer = page.locator("#writer .instrument")
    before = source(writer, "strip")
    writer.locator('input[name="digits"]').fill("31415926")
    wait_for_change(writer, "strip", before)
    writer.locator('input[name="digits"]').fill("twelve")
    expect(writer.locator(".notice")).to_contain_text("Write 1 to 24 digits")


def test_resample_walk_and_save(page):
    found = open_tab(page, "GAN and DCGAN", "gan")
    before = source(found, "left0"), source(found, "right0")
    found.locator('[data-reroll="seed"]').click()
    wait_for_change(found, "left0", before[0])
    wait_for_change(found, "right0", before[1])
    walk = page.locator("#walk .instrument")
    with page.expect_download() as download:
        walk.locator("[data-save]").click()
    assert download.value.suggested_filename.endswith(".gif")
    assert Image.open(download.value.path()).n_frames == 2 * 24 - 2


def test_a_sentence_is_drawn_while_it_is_typed(page):
    found = open_tab(page, "Text to picture", "text")
    before = source(found, "picture")
    box = found.locator('textarea[name="text"]')
    box.fill("")
    expect(found.locator(".notice")).to_contain_text("takes a sentence in English")
    assert source(found, "picture") == before
    box.press_sequentially("a deep purple flower", delay=20)
    wait_for_change(found, "picture", before)
    expect(found.locator('[data-slot="words"]')).to_contain_text("a deep purple flower")
    expect(found.locator(".notice")).to_have_text("")
    expect(found.locator('[data-slot="pairs"] tbody tr')).to_have_count(3)
    assert found.locator('img[data-slot="picture"]').evaluate("img => img.decode().then(() => img.naturalWidth)") == 256
    assert found.locator('img[data-slot="sketch"]').evaluate("img => img.decode().then(() => img.naturalWidth)") == 64


@pytest.mark.parametrize("sentence", ["\U0001f33c\U0001f33c", "\u4e00\u6735\u7ea2\u82b1", "a" * 5000])
def test_a_sentence_that_cannot_be_read_gets_a_word_and_the_picture_stays(page, sentence):
    found = open_tab(page, "Text to picture", "text")
    before = source(found, "picture")
    found.locator('textarea[name="text"]').fill(sentence)
    expect(found.locator(".notice")).to_contain_text("takes a sentence")
    assert source(found, "picture") == before


def test_markup_in_a_sentence_is_read_and_never_executed(page):
    found = open_tab(page, "Text to picture", "text")
    found.locator('textarea[name="text"]').fill("<img src=x onerror=alert(1)> chartreuse petals")
    expect(found.locator('[data-slot="words"]')).to_contain_text("<img src=x onerror=alert(1)>")
    expect(found.locator('[data-slot="understood"] mark').first).to_be_visible()
    assert found.locator('[data-slot="words"] img, [data-slot="understood"] img').count() == 0


def test_an_example_another_picture_and_the_line_between_the_stages(page):
    found = open_tab(page, "Text to picture", "text")
    before = source(found, "picture")
    found.get_by_role("button", name="a sunflower with a big brown disc").click()
    wait_for_change(found, "picture", before)
    expect(found.locator('[data-slot="words"]')).to_contain_text("sunflower")
    before = source(found, "picture")
    found.locator('[data-set*="chosen"]').nth(2).click()
    wait_for_change(found, "picture", before)
    found.locator("[data-compare]").fill("40")
    assert found.locator(".compare").evaluate("box => box.style.getPropertyValue('--at')") == "40%"
    with page.expect_download() as download:
        found.locator("[data-save]").click()
    assert Image.open(download.value.path()).size == (256, 256)


def test_both_encoders_read_on_the_page(page):
    found = open_tab(page, "Text to picture", "text")
    found.locator('textarea[name="text"]').fill("a crimson rose beside a wall")
    expect(found.locator('[data-slot="words"]')).to_contain_text("crimson rose")
    before = source(found, "picture")
    found.get_by_role("button", name="sentence model (MiniLM)").click()
    expect(found.locator('img[data-slot="picture"]')).not_to_have_attribute("src", before, timeout=60_000)


def test_between_two_sentences_and_its_animation(page):
    open_tab(page, "Text to picture", "text")
    found = page.locator("#between .instrument")
    before = source(found, "middle")
    found.locator('input[name="share"]').fill("0.9")
    wait_for_change(found, "middle", before)
    with page.expect_download() as download:
        found.locator("[data-save]").click()
    assert download.value.suggested_filename.endswith(".webp")
    assert Image.open(download.value.path()).n_frames == 2 * 24 - 2


# --- links ----------------------------------------------------------------------------------------------------------------

def copied(found, kind: str) -> str:
    found.locator(f'[data-copy="{kind}"]').click()
    expect(found.locator("[data-copied]")).not_to_have_text("")
    return found.locator("[data-copied]").get_attribute("data-copied")


def test_a_link_restores_what_was_shown(page, address):
    found = open_tab(page, "InfoGAN", "infogan")
    before = source(found, "picture")
    for name, value in (("c1", "0.4"), ("c2", "-1.25")):
        found.locator(f'input[name="{name}"]').fill(value)
    found.locator('input[name="seed"]').fill("42")
    expect(found.locator('[data-slot="put-c2"]')).to_have_text("-1.25")
    wait_for_change(found, "picture", before)
    link = copied(found, "link")
    assert link.startswith(address) and "c1=0.4" in link and "seed=42" in link
    page.wait_for_timeout(300)
    shown = source(found, "picture")
    page.goto("about:blank")
    page.goto(link)
    again = page.locator("#infogan .instrument")
    again.wait_for()
    expect(again.locator('img[data-slot="picture"]')).to_have_attribute("src", shown)
    assert again.locator('input[name="seed"]').input_value() == "42"


def test_a_hostile_link_changes_nothing_and_says_so(page, address):
    page.goto(f"{address}?tab=infogan&c1=NaN&category=99&seed=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&evil=1&model=../../etc")
    found = page.locator("#infogan .instrument")
    found.wait_for()
    expect(found.locator("[data-copied]")).to_contain_text("Left out of the link: c1, evil")
    expect(found.locator(".notice")).not_to_have_text("")
    assert found.locator(".notice img, [data-copied] img").count() == 0
    assert found.locator('img[data-slot="picture"]').evaluate("img => img.naturalWidth") == 28


def test_a_link_to_no_tab_opens_the_atlas(page, address):
    page.goto(f"{address}?tab=%3Cscript%3E&c1=1")
    expect(page.get_by_role("tab", name="Atlas", exact=True)).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize(("tab", "instrument", "word"), [
    ("GAN and DCGAN", "gan", "python -m models sample dcgan-mnist --seeds 42"),
    ("Conditional GAN", "cgan", "python -m models sample cgan-mnist --seeds 8 --set label=2"),
    ("Text to picture", "text", "--set 'text=this flower has long pink petals and a yellow center' --set encoder=char-cnn-rnn"),
])
def test_command_and_json_name_the_picture(page, tab, instrument, word):
    found = open_tab(page, tab, instrument)
    assert word in copied(found, "command")
    record = json.loads(copied(found, "json"))
    assert record["model"] in word or instrument == "text"
    assert set(record) == {"model", "seeds", "controls"}


def test_the_replay_plays(page):
    open_tab(page, "GAN and DCGAN", "gan")
    found = page.locator("#gan-replay .instrument")
    before = source(found, "grid")
    found.locator("[data-play]").click()
    wait_for_change(found, "grid", before)
    expect(found.locator('[data-slot="words"]')).to_contain_text("steps")


def test_every_plate_states_its_facts(page):
    open_tab(page, "InfoGAN", "infogan")
    page.get_by_role("button", name="How it works, and how well").last.click()
    facts = page.locator(".facts").last
    expect(facts).to_contain_text("Fréchet distance (floor)")
    expect(facts).to_contain_text("python -m training.infogan")
    expect(facts.locator(".katex").first).to_be_visible()


def test_monitoring_is_closed(page, address):
    assert page.request.get(f"{address}monitoring/summary").status != 200


def test_nothing_is_remembered_in_the_browser(page):
    found = open_tab(page, "InfoGAN", "infogan")
    found.locator('input[name="c1"]').fill("0.5")
    page.wait_for_timeout(300)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('run-history'))") == []
