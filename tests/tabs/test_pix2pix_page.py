"""pix2pix's plate in Chromium: a photograph becomes outlines."""

import numpy as np
from conftest import png
from playwright.sync_api import expect

from tests.visitor import open_tab


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
    drawn = board.input_value()
    found.get_by_role("button", name="fine", exact=True).click()
    expect(found.get_by_role("button", name="fine", exact=True)).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(500)
    assert board.input_value() == drawn
