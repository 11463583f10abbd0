"""pix2pix's plate in Chromium: a photograph becomes outlines."""

import numpy as np
from conftest import png
from playwright.sync_api import expect

from tests.visitor import came, hold, open_tab, settled


def test_a_photograph_is_read_again_where_another_detail_is_chosen(page):
    open_tab(page, "pix2pix", "pix2pix")
    found, photo = page.locator("#pencils .instrument[data-ready]"), png(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    board = found.locator('[name="drawing"]')
    before = board.input_value()
    found.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": photo})
    expect(board).not_to_have_value(before)
    medium = board.input_value()
    found.get_by_role("button", name="coarse").click()
    expect(board).not_to_have_value(medium)
    coarse = board.input_value()
    found.locator("[data-act=surprise]").click()               # a drawing that no photograph became
    expect(board).not_to_have_value(coarse)
    drawn, asked = board.input_value(), []
    page.on("request", lambda request: asked.append(request.post_data_buffer or b""))
    found.get_by_role("button", name="fine", exact=True).click()
    expect(found.get_by_role("button", name="fine", exact=True)).to_have_attribute("aria-pressed", "true")
    settled(found)
    assert board.input_value() == drawn and not any(b'"read"' in sent for sent in asked)


def test_while_a_photograph_is_read_the_plate_says_so(page):
    held = hold(page, "read")
    open_tab(page, "pix2pix", "pix2pix")
    found, photo = page.locator("#pencils .instrument[data-ready]"), png(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    before = found.locator('[name="drawing"]').input_value()
    found.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": photo})
    reading = found.get_by_role("progressbar", name="Your picture is being read…")          # networks may be on their way, too
    expect(reading).to_have_count(1)
    expect(found).to_have_attribute("aria-busy", "true")
    came(page, held)[0].continue_()
    expect(found.locator('[name="drawing"]')).not_to_have_value(before)
    expect(reading).to_have_count(0)
    expect(found).not_to_have_attribute("aria-busy", "true")
