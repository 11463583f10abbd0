"""What a screen reader meets: every control of every tab has a name in Chromium's accessibility tree, and axe-core finds nothing bad."""

from pathlib import Path

import pytest

from page.site import Site
from tabs import plates
from tests.visitor import choose

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"      # make test brings it
SETTLED = """own => own === 'atlas' ? document.querySelector('.atlas img[src]')
    : (all => all.length && all.every(one => 'ready' in one.dataset))(
        [...document.querySelectorAll('.instrument')].filter(one => one.offsetParent))"""
CONTROLS = {"slider", "textbox", "spinbutton", "checkbox", "button", "combobox", "tab", "link", "image", "searchbox", "radio", "switch"}


@pytest.fixture(scope="module", params=[module.PLATE for module in Site(plates()).plates], ids=lambda plate: plate.id)
def plate(request, walker):
    """Each plate in turn, open on the page."""
    choose(walker, request.param.tab)
    walker.wait_for_timeout(300)
    walker.wait_for_function(SETTLED, arg=request.param.id)
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


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci")
def test_axe_finds_nothing_serious(walker, plate):
    if not walker.evaluate("!!window.axe"):
        walker.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    # What is around the plates is the same for all, and looked at once.
    what = "document" if plate.id == "atlas" else "[...document.querySelectorAll('.plate')].filter(one => one.offsetParent)"
    found = {}
    for width in (390, 1280):          # a phone, and the width that the other tests expect
        walker.set_viewport_size({"width": width, "height": 900})
        walker.wait_for_timeout(100)
        found[width] = walker.evaluate(f"axe.run({what}, {{resultTypes: ['violations']}})")["violations"]
    bad = [(width, one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]) for width, all_ in found.items()
           for one in all_ if one["impact"] in ("serious", "critical")]
    assert bad == []
