"""What a screen reader meets: every control of every tab has a name in Chromium's accessibility tree, and axe-core finds nothing bad."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from page.language import WORDS
from page.site import Site
from tabs import plates
from tests.visitor import choose, frames, open_tab, stands, visit

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"      # make test brings it
CONTROLS = {"slider", "textbox", "spinbutton", "checkbox", "button", "combobox", "tab", "link", "image", "searchbox", "radio", "switch"}


@pytest.fixture(scope="module", params=[module.PLATE for module in Site(plates()).plates], ids=lambda plate: plate.id)
def plate(request, walker):
    """Each plate in turn, open on the page."""
    choose(walker, request.param.tab)
    stands(walker, request.param.id)
    return request.param


def test_every_control_has_a_name(walker, plate):
    tree = walker.context.new_cdp_session(walker).send("Accessibility.getFullAXTree")["nodes"]
    seen = [(node["role"]["value"], node.get("name", {}).get("value", "").strip(), node.get("backendDOMNodeId")) for node in tree
            if not node.get("ignored") and node.get("role", {}).get("value") in CONTROLS]
    assert len(seen) > 12          # both rows of tabs, and something on this plate
    assert [control for control in seen if not control[1]] == []


def test_sliders_are_named_after_what_they_set_and_not_after_their_value(walker, plate):
    sliders = walker.locator(".plate:visible input[type=range][name]")
    names = sliders.evaluate_all("found => found.map(input => input.getAttribute('aria-label'))")
    assert (names or not plate.models) and all(names)


def test_no_button_is_named_by_its_picture_and_again_by_its_words(walker, plate):
    assert walker.locator(".plate:visible button:has(img)").evaluate_all(
        "found => found.filter(one => [...one.querySelectorAll('img')].some(img => img.alt.split(' ').some(word => word"
        " && one.textContent.split(/\\s+/).includes(word)))).length") == 0


def test_what_a_knob_means_is_spoken(walker):
    found = open_tab(walker, "InfoGAN", "infogan")
    meaning = found.locator("label [data-slot=c1-name]").inner_text()
    tree = walker.context.new_cdp_session(walker).send("Accessibility.getFullAXTree")["nodes"]
    told = {node["name"]["value"]: node.get("description", {}).get("value", "") for node in tree
            if node.get("role", {}).get("value") == "slider" and not node.get("ignored")}
    assert meaning and told["c1"] == meaning and meaning in told["Codes c1 and c2"]
    pad = open_tab(walker, "VAE", "vae").locator("[data-pad]")
    assert re.fullmatch(r"across \d\.\d\d, up \d\.\d\d", pad.get_attribute("aria-valuetext"))


def unfold(page) -> None:
    """Opens what is folded on the open plate, such as "How it works, and how well"."""
    for one in page.locator(".plate:visible .label-wrap:not(.open)").all():
        one.click()
    frames(page)


def serious(page, what: str) -> list[tuple]:
    """What axe-core finds there that is serious, in the widths of a phone and of a computer."""
    if not page.evaluate("!!window.axe"):
        page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = {}
    for width in (390, 1280):          # the second is what the other tests expect
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(100)
        found[width] = page.evaluate(f"axe.run({what}, {{resultTypes: ['violations']}})")["violations"]
    return [(width, one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]) for width, all_ in found.items()
            for one in all_ if one["impact"] in ("serious", "critical")]


OPEN = "[...document.querySelectorAll('.plate')].filter(one => one.offsetParent)"


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci")
def test_axe_finds_nothing_serious(walker, plate):
    unfold(walker)
    assert serious(walker, "document" if plate.id == "atlas" else OPEN) == []       # what is around the plates is looked at once


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci")
def test_axe_finds_nothing_serious_in_chinese(browser, address):
    with visit(browser, address, locale="zh-CN") as page:
        for own, label in (("infogan", "InfoGAN"), ("text", "Text to picture")):
            open_tab(page, WORDS["zh"][label], own)
            stands(page, own)
            unfold(page)
            assert serious(page, OPEN) == [], own


def test_what_is_too_wide_in_what_is_unfolded_scrolls_by_keys(browser, address):
    with visit(browser, address, viewport={"width": 320, "height": 700}) as page:
        open_tab(page, "InfoGAN", "infogan")
        unfold(page)
        command, table = (page.locator(f".plate:visible .facts {one}") for one in ("pre", "table"))
        expect(command).to_have_attribute("tabindex", "0")
        expect(table).to_have_attribute("tabindex", "0")
        page.set_viewport_size({"width": 1280, "height": 900})
        expect(table).not_to_have_attribute("tabindex", "0")           # it fits: no stop for nothing
        assert all(table.locator("th").all_inner_texts())


@pytest.mark.parametrize("theme", ["day", "night"])
def test_what_takes_input_has_an_edge_that_can_be_seen(walker, plate, theme):
    """WCAG 1.4.11: three to one."""
    walker.evaluate("""night => {
        document.body.classList.toggle('dark', night);
        for (const one of document.getAnimations()) if (one instanceof CSSTransition) one.finish();
    }""", theme == "night")
    edges = walker.locator(".plate:visible .instrument :is(textarea, input[type=text], .pad):visible").evaluate_all(
        """found => found.map(one => getComputedStyle(one))
            .map(s => [s.borderTopStyle, parseFloat(s.borderTopWidth), s.borderTopColor, s.backgroundColor])""")
    walker.evaluate("document.body.classList.remove('dark')")
    assert edges or plate.id not in ("text", "vae", "infogan", "srgan")
    for style, width, *colours in edges:
        dark, light = sorted(luminance(colour) for colour in colours)
        assert style == "solid" and width >= 1 and (colours[1].endswith(", 0)") or (light + 0.05) / (dark + 0.05) >= 3)


def luminance(colour: str) -> float:
    channels = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
