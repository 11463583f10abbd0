"""Links, commands and JSON of a picture, in Chromium: copied, opened again, and such as mean harm."""

import json

import pytest
from playwright.sync_api import expect

from tests.visitor import open_tab, source, wait_for_change


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
