"""A finger on a phone: a swipe up or down scrolls the page and changes nothing; a swipe sideways, or a tap, moves what it is on."""

import pytest

from tests.visitor import at_rest, frames, open_tab, visit

PHONE = {"width": 390, "height": 844}
PLACES = {     # what a finger may come down on: tab, instrument, where, and which values it sets
    "slider": ("InfoGAN", "infogan", "input[name=c1]", "input[name=c1]"),
    "pad": ("InfoGAN", "infogan", "[data-pad]", "input[type=range]"),
    "compare line": ("Text to picture", "text", "[data-compare]", "[data-compare]"),
    "slider of the lab": ("2-D lab", "lab", "input[name=k]", "input[name=k]"),
}


@pytest.fixture
def phone(browser, address):
    with visit(browser, address, has_touch=True, is_mobile=True) as page:
        page.set_viewport_size(PHONE)
        yield page


def swipe(page, place, right: float, down: float) -> float:
    """Moves a finger from the place; gives by how many pixels the page has scrolled."""
    place.evaluate("element => element.scrollIntoView({block: 'center'})")
    at_rest(page)
    box, before = place.bounding_box(), page.evaluate("scrollY")
    x, y = box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    send("touchStart", (x, y))
    for step in range(1, 13) if right or down else ():
        send("touchMove", (x + right * step / 12, y + down * step / 12))
        frames(page, 1)
    send("touchEnd")
    at_rest(page)
    return page.evaluate("scrollY") - before


@pytest.mark.parametrize("what", PLACES)
def test_a_swipe_scrolls_or_moves_but_never_both(phone, what):
    tab, instrument, where, sets = PLACES[what]
    found = open_tab(phone, tab, instrument)

    def values() -> list[str]:
        return found.locator(sets).evaluate_all("inputs => inputs.map(input => input.value)")

    place, before = found.locator(where).first, values()
    assert swipe(phone, place, 3, -160) > 10 and values() == before
    assert swipe(phone, place, 90, 3) == 0 and values() != before


def test_a_finger_on_the_point_of_a_pad_moves_it_up_and_down(phone):
    found = open_tab(phone, "InfoGAN", "infogan")
    height = found.locator("input[name=c2]")
    before = float(height.input_value())
    assert swipe(phone, found.locator("[data-pad] .dot"), 0, -60) == 0 and float(height.input_value()) > before + 0.3


def test_a_tap_sets_a_slider_and_a_pad(phone):
    found = open_tab(phone, "InfoGAN", "infogan")
    for where in ("input[name=c1]", "[data-pad]"):
        before = found.locator("input[name=c1]").input_value()
        assert swipe(phone, found.locator(where), 0, 0) == 0
        assert found.locator("input[name=c1]").input_value() != before


@pytest.mark.parametrize("first", ["on it", "beside it"])
@pytest.mark.parametrize("what", ["compare line", "pad", "slider"])
def test_two_fingers_zoom_and_move_nothing(phone, what, first):
    tab, instrument, where, sets = PLACES[what]
    found = open_tab(phone, tab, instrument)
    place = found.locator(where).first
    place.evaluate("element => element.scrollIntoView({block: 'center'})")
    at_rest(phone)
    before = found.locator(sets).evaluate_all("inputs => inputs.map(input => input.value)")
    box, touch = place.bounding_box(), phone.context.new_cdp_session(phone)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    other = y if first == "on it" else box["y"] - 40
    for kind, apart in [("touchStart", 0), *(("touchMove", 4 * step) for step in range(1, 13)), ("touchEnd", None)]:
        places = [] if apart is None else [(x - 20 - apart, other), (x + 20 + apart, y)]
        if kind == "touchStart":
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": places[0][0], "y": places[0][1], "id": 0}]})
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [
            {"x": across, "y": down, "id": i} for i, (across, down) in enumerate(places)]})
        frames(phone, 1)
    at_rest(phone)
    assert found.locator(sets).evaluate_all("inputs => inputs.map(input => input.value)") == before
