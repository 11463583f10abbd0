"""The page as a folder looks as the live page does: on a phone all groups are in sight, and letters, lines and frames measure the same."""

import pytest
from static_visitor import PLATES, ready, skipped

from tests.visitor import choose, stands, tab_of, visit

pytest_plugins, pytestmark = ("static_visitor",), skipped
PHONE = {"width": 390, "height": 844}
COMPARED = [".groups [role=tab]", "#plates .tab-container [role=tab]", ".plate-head h1", ".plate-idea", ".instrument", ".bench", ".panel",
            "figure", ".field", ".choices button", ".share button", "input[type=range]", "input[type=text]", "table caption", "th", "td",
            ".facts .label-wrap"]
STYLE = """all => all.map(one => {
    const found = [...document.querySelectorAll(`.gradio-container ${one}`)].find(e => e.checkVisibility());
    if (!found) return `${one}: none`;
    const {fontSize, lineHeight, fontFamily, fontWeight, color} = getComputedStyle(found);
    const {columnGap} = getComputedStyle(found.parentElement);
    return `${one}: ${[fontSize, lineHeight, fontFamily, fontWeight, color, one.includes('tab') && columnGap]}`;
})"""


@pytest.fixture
def phone(visitor, host):
    visitor.set_viewport_size(PHONE)
    visitor.emulate_media(reduced_motion="reduce")
    visitor.goto(host)
    visitor.locator(".atlas img[src]").first.wait_for()
    return visitor


def test_on_a_phone_all_groups_and_the_tabs_of_each_are_in_sight(phone):
    for group in phone.locator("[data-group]").all():
        group.click()
        for tab in phone.locator("[role=tab]:visible").all():
            box = tab.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"], tab.inner_text()


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 900}], ids=["phone", "desk"])
def test_it_measures_as_the_live_page_does(phone, browser, address, size):
    phone.set_viewport_size(size)
    with visit(browser, address, viewport=size, reduced_motion="reduce") as live:
        for page in (live, phone):
            choose(page, "InfoGAN")
            stands(page, "infogan")
        measured = live.evaluate(STYLE, COMPARED)
        assert phone.evaluate(STYLE, COMPARED) == measured and not [one for one in measured if one.endswith(": none")]
        for page in (live, phone):
            choose(page, "Text to picture")
            stands(page, "text")
        look = "e => { const {margin, width} = getComputedStyle(e); return [margin, width]; }"
        ticks = [page.locator("#text input[type=checkbox]").evaluate(look) for page in (live, phone)]
        assert ticks[0] == ticks[1]


def test_what_is_hidden_for_want_of_a_server_stays_hidden(phone):
    choose(phone, "Text to picture")
    found = ready(phone, "text")
    assert not found.get_by_text("sentence model").is_visible() and found.get_by_role("button", name="Copy command").is_visible()


def test_how_a_plate_works_is_told_in_words(phone):
    choose(phone, "InfoGAN")
    facts = phone.locator("#panel-infogan .facts")
    facts.locator("summary").click()
    assert facts.get_by_text("a category (one of ten)").is_visible() and facts.locator("table").is_visible()
    for plate in PLATES:
        tab_of(phone, phone.locator(f"#tab-{plate}").inner_text()).evaluate("tab => tab.click()")
        assert "translation_metadata" not in phone.locator(f"#panel-{plate}").inner_html()
