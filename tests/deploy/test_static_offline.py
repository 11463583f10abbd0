"""The page as a folder where the network goes: what is missing is told in one sentence, and comes by itself when there is one again."""

import re

from playwright.sync_api import expect
from static_visitor import drag, kept_from_now_on, ready, skipped

from tests.visitor import SHOWN, choose

pytest_plugins, pytestmark = ("static_visitor",), skipped
TOLD = "comes by itself"
MISSING = re.compile("net::ERR_(INTERNET_DISCONNECTED|FAILED)")


def without_noise(trouble: list[str]) -> None:
    """What a browser writes by itself of files that it cannot fetch is what these tests are about."""
    trouble[:] = [one for one in trouble if not MISSING.search(one)]


def test_a_plate_opened_without_a_network_says_so_and_comes_with_it(visitor, host, trouble):
    visitor.goto(host)
    kept_from_now_on(visitor)
    visitor.goto(f"{host}?tab=lab")                  # all but pictures and networks was kept
    visitor.locator("#lab .instrument").wait_for()
    visitor.context.set_offline(True)
    choose(visitor, "InfoGAN")
    found = visitor.locator("#infogan .instrument")
    expect(found.locator(".notice").first).to_contain_text(TOLD)
    expect(found.locator('[data-slot="picture"]')).not_to_have_attribute("src", SHOWN)
    assert found.locator('[data-slot="probability"]').inner_text() == "", "no reading of a picture that is not there"
    visitor.context.set_offline(False)
    ready(visitor, "infogan")
    expect(found.locator('img[data-slot="picture"]')).to_have_attribute("src", SHOWN)
    expect(found.locator('[data-slot="probability"]')).not_to_be_empty()
    assert TOLD not in found.inner_text()
    without_noise(trouble)


def test_what_is_asked_before_the_networks_came_is_drawn_when_there_is_one(visitor, host, trouble):
    visitor.add_init_script("window.requestIdleCallback = () => {}")           # networks are fetched when they are needed, not before
    visitor.goto(f"{host}?tab=infogan")
    found = ready(visitor, "infogan")
    visitor.evaluate("caches.keys().then(names => Promise.all(names.map(name => caches.delete(name))))")
    visitor.context.set_offline(True)
    drag(visitor, found, "c1", "0.5")
    expect(found.locator('[data-slot="notice"]')).to_contain_text(TOLD)
    visitor.context.set_offline(False)
    expect(found).to_have_attribute("data-drawn-by", "browser")
    expect(found.locator('[data-slot="notice"]')).to_be_empty()
    without_noise(trouble)


def test_a_value_that_is_not_taken_is_named_with_its_limits(visitor, host):
    visitor.goto(f"{host}?tab=infogan&c1=50")
    expect(ready(visitor, "infogan").locator('[data-slot="notice"]')).to_have_text("c1 takes a number from -2 to 2.")
    visitor.goto(f"{host}?tab=infogan&category=99&c1=50")
    expect(ready(visitor, "infogan").locator('[data-slot="notice"]')).to_have_text("category takes a number from 0 to 9.")
    visitor.goto(f"{host}?tab=infogan&vary=size")
    expect(ready(visitor, "infogan").locator('[data-slot="notice"]')).to_contain_text("vary is missing, or not a value")


def test_a_link_to_what_was_not_written_down_says_so(visitor, host):
    visitor.goto(f"{host}?tab=infogan&at=infogan-replay&model=infogan-mnist&moment=40")
    expect(ready(visitor, "infogan-replay").locator('[data-slot="notice"]')).to_contain_text("That cannot be drawn")
