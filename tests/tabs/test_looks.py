"""How the page looks where room is short: on a phone, beside large letters, and on paper."""

import re

import pytest
from playwright.sync_api import expect

from tests.visitor import SHOWN, USUAL, at_rest, came, choose, frames, hold, open_tab, stands

UPRIGHT, SIDEWAYS = {"width": 390, "height": 664}, {"width": 844, "height": 390}
MOVED = {     # tab, instrument, what is moved, and the picture that it moves
    "pad": ("InfoGAN", "infogan", ".pad", "[data-slot=picture]"),
    "slider below the pad": ("InfoGAN", "infogan", "input[name=c2]", "[data-slot=picture]"),
    "moment": ("InfoGAN", "infogan-replay", "input[type=range]", "[data-slot=grid]"),
    "share": ("Conditional GAN", "cgan", "input[name=mix]", "[data-slot=picture]"),
    "frame": ("SRGAN", "srgan", ".pad", ".compare"),
    "penalty": ("2-D lab", "lab", "input[name=penalty]", "canvas"),
    "attribute": ("Faces", "faces", "input[name=male]", "[data-slot=face]"),
    "place on the map": ("VAE", "vae", ".pad", "[data-slot=picture]"),
    "slider of the map": ("VAE", "vae", "input[name=y]", "[data-slot=picture]"),
    "noise": ("VAE", "vae-trick", "input[name=eps]", "[data-slot=picture]"),
    "drawing": ("BiGAN", "bigan", "canvas", "[data-slot=again]"),
    "painting": ("pix2pix", "pix2pix", "canvas", "[data-slot=picture]"),
    "variety": ("Text to picture", "text", "input[name=truncation]", "[data-slot=picture]"),
    "kind": ("Text to picture", "text", ".strip button", "[data-slot=picture]"),
}
SEEN = """e => { const {top, bottom, left, right} = e.getBoundingClientRect(), x = (left + right) / 2;      // how much of it nothing covers
  const rows = Array.from({length: 21}, (_, i) => top + 1 + (bottom - top - 2) * i / 20);
  return rows.filter(y => e.contains(document.elementFromPoint(x, y)) || document.elementFromPoint(x, y)?.closest('.compare, .pad')
    ?.contains(e)).length / rows.length; }"""


def seen_together(page, what: str) -> list[float]:
    """How much is seen of what is moved, scrolled to by a finger's width, and of its picture."""
    tab, instrument, moved, picture = MOVED[what]
    found = open_tab(page, tab, instrument) if instrument in ("text", tab) else page.locator(f"#{instrument} .instrument")
    choose(page, tab)
    stands(page, instrument)
    for _ in range(3):           # what comes late above it may move it once more
        found.locator(moved).first.evaluate("e => e.scrollIntoView({block: 'end'})")
        at_rest(page)
        seen = [found.locator(one).first.evaluate(SEEN) for one in (moved, picture)]
        if min(seen) > 0.9:
            break
    return seen


@pytest.fixture
def upright(walker):
    walker.set_viewport_size(UPRIGHT)
    yield walker
    walker.set_viewport_size(USUAL["viewport"])


@pytest.mark.parametrize("what", MOVED)
def test_on_a_phone_what_is_moved_and_its_picture_are_seen_together(upright, what):
    moved, picture = seen_together(upright, what)
    assert moved > 0.9 and picture > 0.9


@pytest.mark.parametrize("what", ["slider below the pad", "frame", "attribute", "slider of the map", "variety"])
def test_on_its_side_a_picture_stays_and_leaves_room_beneath(walker, what):
    walker.set_viewport_size(SIDEWAYS)
    moved, picture = seen_together(walker, what)
    tall = walker.locator(f"#{MOVED[what][1]} .instrument {MOVED[what][3]}").first.bounding_box()["height"]
    walker.set_viewport_size(USUAL["viewport"])
    assert moved > 0.9 and picture > 0.9 and tall < 0.6 * SIDEWAYS["height"]


def test_who_types_a_sentence_sees_the_flower_and_the_examples_beside_it(walker):
    walker.set_viewport_size({"width": 1280, "height": 800})
    found = open_tab(walker, "Text to picture", "text")
    walker.evaluate("scrollTo(0, 0)")
    at_rest(walker)
    flower, example, kind = (found.locator(one).first.bounding_box() for one in (".compare", ".offered button", ".strip button"))
    walker.set_viewport_size(USUAL["viewport"])
    assert 800 - flower["y"] > 300
    assert example["y"] < kind["y"] < 800 and example["x"] > flower["x"] + flower["width"]


def test_a_painting_and_what_becomes_of_it_are_as_large_as_each_other(walker):
    found = open_tab(walker, "pix2pix", "pix2pix")
    board, picture = (found.locator(one).first.bounding_box() for one in ("canvas", "[data-slot=picture]"))
    assert abs(board["width"] - picture["width"]) < 3 and abs(board["y"] - picture["y"]) < 3 and picture["width"] > 400


def test_tables_and_formulas_of_a_plate_can_be_read_on_a_phone(upright):
    choose(upright, "Text to picture")
    facts = upright.locator(".facts:visible")
    facts.locator("button").first.click()
    first = facts.locator("table").first.locator("tr").nth(1).locator("td").first
    assert first.bounding_box()["width"] > 100
    for formula in facts.locator(".katex-display").all():
        wide, room, overflow = formula.evaluate("e => [e.scrollWidth, e.parentElement.closest('.prose').offsetWidth, "
                                                "getComputedStyle(e).overflowX]")
        assert overflow == "auto" and wide < 1.5 * room
    assert upright.evaluate("document.documentElement.scrollWidth") <= UPRIGHT["width"]


def test_no_gap_stands_before_a_comma(walker):
    choose(walker, "Conditional GAN")
    links = walker.locator(".plate:visible .kin p a")
    assert {link.evaluate("e => getComputedStyle(e).padding") for link in links.all()} == {"0px"}


def test_larger_letters_of_a_browser_enlarge_headings_tabs_and_cards(page):
    sizes = """() => ['.groups [role=tab]', '.plate-number', '.plate-head h1', '.invitation', '.card h2']
        .map(one => parseFloat(getComputedStyle(document.querySelector(one)).fontSize))"""
    before = page.evaluate(sizes)
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    assert all(after > 1.4 * size for after, size in zip(page.evaluate(sizes), before, strict=True))


def test_a_row_that_goes_on_at_its_side_says_so(page):
    page.set_viewport_size({"width": 320, "height": 560})
    choose(page, "InfoGAN")
    for row in (".groups > div", "#plates > .tab-wrapper .tab-container"):
        look = page.locator(row).evaluate("e => { const s = getComputedStyle(e); return [s.backgroundAttachment, s.backgroundSize]; }")
        assert look[0] == "local, local, scroll, scroll" and "auto" not in look[1]


def test_a_graph_that_goes_on_at_its_side_says_so(upright):
    graph = open_tab(upright, "VAE", "vae-trick").locator('[data-slot="graph"]')
    wide, room, attached = graph.evaluate("e => [e.scrollWidth, e.clientWidth, getComputedStyle(e).backgroundAttachment]")
    assert wide > room and attached == "local, local, scroll, scroll"


def test_on_a_phone_a_frame_is_as_tall_as_its_picture(upright):
    grid = open_tab(upright, "pix2pix", "pix2pix-replay").locator('img[data-slot="grid"]')
    frame, strip = grid.evaluate("e => [e.clientWidth / e.clientHeight, e.naturalWidth / e.naturalHeight]")
    assert strip > 5 and abs(frame / strip - 1) < 0.1


def test_what_is_still_to_come_has_its_room_and_is_not_black(newcomer, address):
    held = hold(newcomer, "later")
    newcomer.goto(f"{address}?tab=bigan")
    came(newcomer, held)
    sheet = newcomer.locator('#bigan img[data-slot="neighbours"]')
    assert sheet.evaluate("e => getComputedStyle(e).backgroundColor") == "rgba(0, 0, 0, 0)"
    before = sheet.bounding_box()["height"]
    held[0].continue_()
    expect(sheet).to_have_attribute("src", SHOWN)
    frames(newcomer)
    assert abs(sheet.bounding_box()["height"] - before) < 5


@pytest.mark.parametrize(("plate", "most"), [("atlas", 1), ("infogan", 6), ("text", 8)])
def test_a_plate_is_printed_by_day_and_without_what_can_only_be_pressed(page, plate, most):
    page.evaluate("document.body.classList.add('dark')")
    if plate != "atlas":
        choose(page, {"infogan": "InfoGAN", "text": "Text to picture"}[plate])
        page.locator(".facts:visible button").first.click()
    stands(page, plate)
    page.emulate_media(media="print")
    frames(page)
    for gone in ("#groups", "footer", ".share", "input[type=range]", "[data-save]", "[data-reroll]", ".tab-wrapper"):
        assert page.locator(f"{gone}:visible").count() == 0
    colours = page.locator(".plate:visible h1").evaluate("e => [e, document.body].map((one, i) => getComputedStyle(one)"
                                                         "[i ? 'backgroundColor' : 'color'])")
    assert colours == ["rgb(31, 42, 46)", "rgb(255, 255, 255)"]
    if plate != "atlas":
        link = page.locator(".facts:visible .prose a[href^=http]").first
        expect(link).to_be_visible()
        assert link.get_attribute("href") in link.evaluate("e => getComputedStyle(e, '::after').content")
    sheets = page.pdf(format="A4", print_background=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", sheets)) <= most
