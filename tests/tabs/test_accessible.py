"""What a screen reader meets: every control of every tab has a name in Chromium's accessibility tree."""

import pytest

from tabs import plates

CONTROLS = {"slider", "textbox", "spinbutton", "checkbox", "button", "combobox", "tab", "link", "image", "searchbox", "radio", "switch"}


@pytest.mark.parametrize("tab", [module.PLATE.tab for module in plates()])
def test_every_control_has_a_name(page, tab):
    page.get_by_role("tab", name=tab, exact=True).click()
    page.wait_for_timeout(800)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    seen = [(node["role"]["value"], node.get("name", {}).get("value", "").strip(), node.get("backendDOMNodeId")) for node in tree
            if not node.get("ignored") and node.get("role", {}).get("value") in CONTROLS]
    assert len(seen) > len(list(plates()))          # the tabs, and something on this one
    assert [control for control in seen if not control[1]] == []


@pytest.mark.parametrize("tab", [module.PLATE.tab for module in plates() if module.PLATE.models])
def test_sliders_are_named_after_what_they_set_and_not_after_their_value(page, tab):
    page.get_by_role("tab", name=tab, exact=True).click()
    page.wait_for_timeout(800)
    sliders = page.locator(".plate:visible input[type=range][name]")
    names = sliders.evaluate_all("found => found.map(input => input.getAttribute('aria-label'))")
    assert names and all(names)
