"""The plate of SRGAN: what is drawn, pieces that make up the whole, and a visitor in Chromium."""

from urllib.parse import parse_qs

import numpy as np
import pytest
from conftest import photo, random_weights
from PIL import Image
from playwright.sync_api import expect

import models
from models import srgan
from models.errors import BadInput
from models.images import png_bytes, png_uri
from page import fields
from page.evaluate import Evaluator
from tabs import srgan as plate
from tests.odd_pictures import KINDS, encoded
from tests.visitor import came, copied, hold, open_tab, pixels, settled, source, wait_for_change

STATE = {"model": "srgan-photos", "source": "example", "quarter": False, "x": 0.5, "y": 0.5, "region": "64", "left": "bicubic",
         "right": "srgan", "text": "a red rose", "seed": "1", "encoder": "char-cnn-rnn", "chosen": 0, "augment": True, "truncation": 0.7}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    config = srgan.Config(width=8, blocks=2, d_width=4)
    folder = tmp_path_factory.mktemp("weights") / "srgan-photos"
    return models.load(random_weights(folder, srgan, "photos", config, loud={"generator": 0.05}))


@pytest.fixture(autouse=True)
def shown(network, monkeypatch):
    """Random weights in the place of the shipped ones."""
    real = fields.shown_model
    monkeypatch.setattr(fields, "shown_model", lambda name: network if name == "srgan-photos" else real(name))


def asked(**changes) -> dict:
    return plate.drawing(["srgan-photos"], flowers=True).parse(STATE | changes)


def drawn(**changes) -> dict:
    evaluator = Evaluator(plate.drawing(["srgan-photos"], flowers=True))
    return {slot: text for phase in ("draw", "follow") for slot, text in evaluator.slots(phase, asked(**changes)).items()}


def test_a_piece_looks_as_in_the_whole_picture(network):
    given = photo(120, 200)
    key = plate.UPLOADS.keep(png_uri(given))
    slots = drawn(source=key, x=0.6, y=0.25)
    whole = network.enlarge(given)
    top, left = round(0.75 * 120 - 32), round(0.6 * 200 - 32)
    top = min(top, 120 - 64)
    assert np.abs(pixels(slots["right"]).astype(int) - whole[4 * top:4 * top + 256, 4 * left:4 * left + 256]).max() <= 1
    assert f"left:{left / 200:.2%}" in slots["frame"] and "200x120" in slots["size"] and slots["figures"] == ""


def test_a_choice_beyond_the_pictures_that_were_asked_for_is_the_last_of_them():
    (name, seed, _), _ = plate.recite(asked(source="flower", seed="7", chosen=8, count=4))
    assert (name, seed) == (plate.STACK, 10)


def test_pieces_make_up_the_whole(network):
    given = photo(300, 410)
    wanted = asked(source=plate.UPLOADS.keep(png_uri(given)), right="srresnet")
    evaluator = Evaluator(plate.drawing(["srgan-photos"], flowers=True))

    def piece(number: int) -> dict[str, str]:
        return evaluator.slots("piece", wanted | {"piece": number})

    first = piece(0)
    whole = np.zeros((int(first["height"]), int(first["width"]), 3), np.uint8)
    for number in range(int(first["count"])):
        part = piece(number)
        image, x, y = pixels(part["uri"]), int(part["x"]), int(part["y"])
        whole[y:y + len(image), x:x + image.shape[1]] = image
    assert np.abs(whole.astype(int) - network.enlarge(given, "srresnet")).max() <= 1 and first["name"] == "srgan-photos-srresnet"
    with pytest.raises(BadInput, match="number of a piece"):
        piece(int(first["count"]))


def test_shrunk_first_the_original_is_known():
    slots = drawn(quarter=True, region="256", left="original")
    assert pixels(slots["left"]).shape == (64, 64, 3)
    assert slots["figures"].count(" dB") == 3 and "16x16" in slots["size"]
    assert (pixels(slots["left"]) == np.asarray(Image.open(srgan.EXAMPLE))).all()


@pytest.mark.parametrize("size", [(8, 8), (8, 3000), (511, 9)])
def test_the_smallest_and_the_narrowest_are_enlarged(size):
    slots = drawn(source=plate.UPLOADS.keep(png_uri(photo(*size))), region="256", x=1.0, y=0.0)
    assert pixels(slots["right"]).shape[0] == 4 * min(size)


@pytest.mark.parametrize(("changes", "words"), [
    ({"source": "0" * 24}, "not here any more"), ({"source": "../etc"}, "not here any more"), ({"x": 2}, "goes from 0 to 1"),
    ({"region": "9999"}, "whole number from 64 to 256"), ({"left": "<b>"}, "choices here are bicubic, srresnet, srgan, original"),
    ({"model": "gan-mnist"}, "enlarges nothing"), ({"source": "example", "quarter": True, "region": "x"}, "whole number"),
])
def test_what_cannot_be_drawn_is_said(changes, words):
    with pytest.raises(BadInput, match=words):
        drawn(**changes)


def test_a_picture_too_small_for_its_quarter_is_said():
    with pytest.raises(BadInput, match="at least 8 pixels a side"):
        drawn(source=plate.UPLOADS.keep(png_uri(photo(20, 90))), quarter=True)


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_every_kind_are_enlarged(kind):
    uri, size = KINDS[kind]
    assert pixels(drawn(source=plate.UPLOADS.keep(uri))["right"]).shape[0] == 4 * min(size)


# --- a visitor ------------------------------------------------------------------------------------------------------------

@pytest.fixture
def found(page):
    return open_tab(page, "SRGAN", "srgan")


def choose(found, data: bytes, name: str = "a.png", kind: str = "image/png") -> None:
    found.locator("[data-upload]").set_input_files({"name": name, "mimeType": kind, "buffer": data})


def test_a_picture_of_ones_own_is_enlarged_and_downloaded(page, found):
    before = source(found, "right")
    choose(found, png_bytes(photo(210, 300)))
    wait_for_change(found, "right", before)
    expect(found.locator('[data-slot="size"]')).to_contain_text("The picture you chose, 300x210 pixels")
    expect(found.locator('[data-set*="a purple passion flower"]')).to_have_attribute("aria-pressed", "false")      # it is not shown
    assert pixels(source(found, "right")).shape[:2] == (840, 840)        # as much of it as a piece holds: its whole height
    with page.expect_download() as download:
        found.locator("[data-assemble]").click()
    assert Image.open(download.value.path()).size == (1200, 840)
    assert download.value.suggested_filename == "srgan-photos-srgan.png"


def test_a_sentence_after_a_picture_of_ones_own_draws_a_flower_again(found):
    before = source(found, "right")
    choose(found, png_bytes(photo(30, 40)))
    wait_for_change(found, "right", before)
    expect(found.locator('[data-slot="aside"]')).to_contain_text("Not what is shown now")
    found.locator('textarea[name="text"]').fill("a red flower")
    expect(found.locator('img[data-slot="overview"]')).to_have_attribute("alt", "A flower that StackGAN drew of “a red flower”")
    expect(found.locator('[data-slot="aside"]')).to_be_hidden()


def test_a_slow_picture_does_not_take_the_place_of_what_was_chosen_after_it(page, found):
    held = hold(page, "upload")
    choose(found, png_bytes(photo(210, 300)))
    came(page, held)
    found.locator('textarea[name="text"]').fill("a red flower")
    expect(found.locator('img[data-slot="overview"]')).to_have_attribute("alt", "A flower that StackGAN drew of “a red flower”")
    with page.expect_response(lambda answer: b"upload" in (answer.request.post_data_buffer or b"")):
        held[0].continue_()
    settled(found)
    expect(found.locator('img[data-slot="overview"]')).to_have_attribute("alt", "A flower that StackGAN drew of “a red flower”")


def test_html_with_the_name_of_a_picture_gets_a_sentence_and_the_picture_stays(found):
    before = source(found, "right")
    choose(found, b"<html><script>window.broken=1</script>")
    expect(found.locator(".notice")).to_contain_text("no PNG, JPEG or WebP image")
    assert source(found, "right") == before


def test_a_file_that_is_no_picture_is_refused_in_plain_words(found):
    choose(found, b"hello", "notes.txt", "text/plain")
    expect(found.locator(".notice")).to_have_text("This file is no picture that the browser can read; PNG, JPEG and WebP always work.")


@pytest.mark.parametrize(("how", "size"), [("crop", "1723x1148"), ("shrink", "1723x1148")])
def test_a_photograph_of_a_phone_is_cut_or_shrunk(found, how, size):
    """It has a red border, which is cut off, or shrinks with it."""
    framed = np.full((2000, 3000, 3), (40, 90, 200), np.uint8)
    framed[:200] = framed[-200:] = framed[:, :200] = framed[:, -200:] = (230, 30, 30)
    choose(found, encoded(Image.fromarray(framed), "JPEG"), "phone.jpg", "image/jpeg")
    expect(found.locator("[data-too-large]")).to_contain_text("6.0 megapixels")
    found.locator(f'[data-fit="{how}"]').click()
    expect(found.locator('[data-slot="size"]')).to_contain_text(size)
    expect(found.locator("[data-too-large]")).to_be_hidden()
    overview = pixels(source(found, "overview")).astype(int)
    red = overview[..., 0] > overview[..., 2]
    border = [red[0], red[-1], red[:, 0], red[:, -1]]
    assert not red.any() if how == "crop" else all(side.all() for side in border) and 0.2 < red.mean() < 0.4


def asked_for(page, **values: str) -> None:
    """Waits until the address says these values."""
    page.wait_for_function("wanted => { const query = new URLSearchParams(location.search);"
                           " return Object.entries(wanted).every(([name, value]) => query.get(name) === value); }", arg=values)


def test_the_flower_of_the_other_plate_is_carried_on(page, found):
    text = open_tab(page, "Text to picture", "text")
    before = source(text, "picture")
    text.locator('textarea[name="text"]').fill("a deep purple flower")
    wait_for_change(text, "picture", before)
    text.locator('[data-set=\'{"chosen": 2}\']').first.click()
    text.locator('[name="truncation"]').fill("0.3")
    there = page.wait_for_function("location.search.includes('truncation=0.3') && location.search").json_value()
    page.locator("#between [data-reroll]").first.click()           # another instrument there takes the address
    page.wait_for_function("location.search.includes('at=between')")
    found = open_tab(page, "SRGAN", "srgan")
    before = source(found, "right")
    found.locator('[data-take="text"]').click()
    expect(found.locator('img[data-slot="right"]')).not_to_have_attribute("src", before)      # a large picture
    assert found.locator('textarea[name="text"]').input_value() == "a deep purple flower"
    expect(found.locator('[data-slot="size"]')).to_contain_text("1024x1024")
    link = parse_qs(there[1:])
    assert link["chosen"] == ["2"] and found.locator('[name="seed"]').input_value() == str(int(link["seed"][0]) + 2)
    asked_for(page, chosen="0", truncation="0.3")
    found.locator('textarea[name="text"]').fill("a red flower")
    asked_for(page, chosen="0", truncation="0.7", augment="true", encoder="char-cnn-rnn")


def test_the_flower_that_stands_on_the_other_plate_is_carried_on_unchanged(page):
    text = open_tab(page, "Text to picture", "text")
    sentence = text.locator('textarea[name="text"]').input_value()
    found = open_tab(page, "SRGAN", "srgan")
    assert found.locator('textarea[name="text"]').input_value() != sentence
    found.locator('[data-take="text"]').click()
    expect(found.locator('textarea[name="text"]')).to_have_value(sentence)
    expect(found.locator('[data-slot="size"]')).to_contain_text("1024x1024")


def test_the_original_is_shown_where_it_is_known(found):
    left = found.locator('[data-slot="words"]')
    found.get_by_role("button", name="the original").first.click()
    expect(left).to_contain_text("the original to the left")
    found.locator("[name=quarter]").uncheck()
    expect(left).to_contain_text("bicubic to the left")
    expect(found.get_by_role("button", name="the original").first).to_have_attribute("aria-pressed", "false")
    expect(found.get_by_role("button", name="bicubic").first).to_have_attribute("aria-pressed", "true")
    found.get_by_role("button", name="the original").first.click()
    expect(left).to_contain_text("the original to the left")
    expect(found.locator("[name=quarter]")).to_be_checked()


def test_the_frame_is_moved_by_keys_and_the_line_by_hand(page, found):
    found.get_by_role("button", name="64x64").first.click()
    found.locator("[name=quarter]").uncheck()
    expect(found.locator('[data-slot="size"]')).to_contain_text("256x256")
    frame = found.locator('[data-slot="frame"]').inner_html()
    found.locator("[data-pad]").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("([root, before]) => root.querySelector('[data-slot=frame]').innerHTML !== before",
                           arg=[found.element_handle(), frame])
    found.locator("[data-compare]").fill("30")
    assert found.locator(".compare").evaluate("e => e.style.getPropertyValue('--at')") == "30%"


def test_a_link_to_a_forgotten_upload_says_so_and_shows_an_example(newcomer, address):
    newcomer.goto(f"{address}?tab=srgan&source={'0' * 24}&right=srresnet")
    found = newcomer.locator("#srgan .instrument[data-ready]")
    found.wait_for()
    expect(found.locator(".notice")).to_contain_text("stayed where it was chosen")
    expect(found.locator('[data-slot="words"]')).to_contain_text("SRResNet to its right")
    source(found, "left")
    assert "source=flower" in copied(found, "link")
    expect(found.locator("[data-copied]")).not_to_contain_text("Your own picture")


def test_who_copies_a_link_is_told_that_their_picture_stays(page, found):
    choose(found, png_bytes(photo(40, 40)))
    expect(found.locator('[data-slot="size"]')).to_contain_text("The picture you chose")
    copied(found, "link")
    expect(found.locator("[data-copied]")).to_contain_text("Your own picture stays here")
