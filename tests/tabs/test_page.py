"""The page in Chromium, as a visitor meets it: every tab, by pointer, by keyboard, on a phone."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import app
import models
from page.site import Site
from tabs import plates
from tests.visitor import USUAL, choose, drawn_anew, open_tab, refuses, source, stands, visit, wait_for_change

PLATES = [module.PLATE for module in Site(plates()).plates]
TABS = [plate.tab for plate in PLATES]
PHONE = {"width": 390, "height": 844}


def test_the_first_view_shows_pictures_without_a_click(page):
    page.wait_for_function("""() => {
        const leaves = [...document.querySelectorAll('.atlas .leaf img')];
        return leaves.length > 3 && leaves.every(leaf => leaf.complete && leaf.naturalWidth > 0 && leaf.checkVisibility());
    }""")
    assert page.locator("#plates [role=tab]").count() == len(TABS)


@pytest.mark.parametrize(("name", "instrument"), [(plate.tab, plate.id) for plate in PLATES if plate.models])
def test_each_tab_opens_with_pictures(walker, name, instrument):
    open_tab(walker, name, instrument)
    walker.wait_for_function("""own => {
        const shown = [...document.querySelectorAll(`#${own} img`)].filter(img => img.offsetParent);
        return shown.length && shown.every(img => img.complete && img.naturalWidth > 0
                                                  && (img.alt || img.closest('button')?.textContent.trim()));
    }""", arg=instrument)


@pytest.fixture(scope="module")
def by_phone(walker):
    """The same visitor, whose plates stand by now, in a window of a phone's size."""
    walker.set_viewport_size(PHONE)
    yield walker
    walker.set_viewport_size(USUAL["viewport"])


TOO_WIDE = """() => {      // what stands out to the right, but for what scrolls by itself; Gradio's container cuts the rest off unseen
  const scrolls = e => { for (let up = e.parentElement; up && !up.matches('.gradio-container, body'); up = up.parentElement)
    if (['auto', 'scroll'].includes(getComputedStyle(up).overflowX)) return true; return false; };
  return [...document.querySelectorAll('.gradio-container *')].filter(e => e.checkVisibility() && !e.parentElement.closest('svg')
    && e.getBoundingClientRect().width && e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e))
    .map(e => `${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`).slice(0, 3); }"""


@pytest.mark.parametrize("plate", PLATES, ids=lambda plate: plate.tab)
def test_each_tab_fits_a_phone(by_phone, plate):
    choose(by_phone, plate.tab)
    stands(by_phone, plate.id)
    assert by_phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not by_phone.evaluate(TOO_WIDE)


def test_a_leaf_of_the_tree_opens_its_plate(page):
    page.locator("#atlas-infogan .node").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="InfoGAN", exact=True)).to_have_attribute("aria-selected", "true")


@pytest.fixture
def young(browser, monkeypatch):
    """A visitor of a house that has not trained pix2pix yet."""
    everything = models.cards
    monkeypatch.setattr(models, "cards", lambda *place: [card for card in everything(*place) if card.model != "pix2pix"])
    built = app.build()
    with visit(browser, app.launch(built, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")) as page:
        yield page
    built.close()


def test_an_untrained_leaf_tells_its_story_and_opens_nothing(young):
    page = young
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
    refuses(found, "seed", text, "A seed is a whole number from 0 to")
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


def test_the_replay_plays(page):
    open_tab(page, "GAN and DCGAN", "gan")
    found = page.locator("#gan-replay .instrument")
    before = source(found, "grid")
    found.get_by_role("button", name="Play the training").click()
    wait_for_change(found, "grid", before)
    expect(found.locator('[data-slot="words"]')).to_contain_text("steps")
    found.get_by_role("button", name="Pause").click()
    expect(found.get_by_role("button", name="Play the training")).to_be_visible()


def test_escape_closes_what_gradio_tells_of_the_interface(browser, address):
    context = browser.new_context()           # its own questions get answers that are errors on the console
    page = context.new_page()
    page.goto(address)
    page.locator("footer .show-api").click()
    page.locator(".api-docs").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator(".api-docs")).to_have_count(0)
    context.close()


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
    with drawn_anew(found):
        found.locator('input[name="c1"]').fill("0.5")
    assert page.evaluate("Object.keys(localStorage)") == []              # Gradio's history of runs; a language is kept once it is chosen
