"""The plate of SRGAN: what is drawn, uploads of every kind, pieces that make up the whole, and a visitor in Chromium."""

import io
import json
import zlib
from urllib.parse import parse_qs

import numpy as np
import pytest
from conftest import photo, random_weights
from PIL import Image
from playwright.sync_api import expect

import models
from models import srgan
from models.errors import BadInput
from models.images import data_uri, png_bytes, png_uri
from page import fields
from page.evaluate import Evaluator
from page.uploads import Uploads
from tabs import srgan as plate
from tests.visitor import open_tab, pixels, settled, source, wait_for_change

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


# --- uploads --------------------------------------------------------------------------------------------------------------

def encoded(image: Image.Image, kind: str, **options) -> str:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return data_uri(f"image/{kind.lower()}", buffer.getvalue())


def sideways() -> str:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(Image.fromarray(photo(20, 40)), "JPEG", exif=exif)


def animated() -> str:
    frames = [Image.new("RGB", (16, 12), colour) for colour in ("red", "blue")]
    return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])


KINDS = {
    "grey": (encoded(Image.new("L", (9, 12), 7), "PNG"), (12, 9)), "alpha": (encoded(Image.new("RGBA", (10, 8)), "PNG"), (8, 10)),
    "palette": (encoded(Image.new("P", (8, 8)), "PNG"), (8, 8)), "16 bit": (encoded(Image.new("I;16", (8, 9)), "PNG"), (9, 8)),
    "cmyk": (encoded(Image.new("CMYK", (11, 8)), "JPEG"), (8, 11)), "rotated": (sideways(), (40, 20)), "animated": (animated(), (12, 16)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_every_kind_are_kept_upright_and_in_colour(kind):
    uri, size = KINDS[kind]
    store = Uploads(srgan.check_size)
    assert store.get(store.keep(uri)).shape == (*size, 3)
    slots = drawn(source=plate.UPLOADS.keep(uri))
    assert pixels(slots["right"]).shape[0] == 4 * min(size)
    if kind == "alpha":
        assert (store.get(store.keep(uri)) == 255).all()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it has this size."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")


PNG = png_bytes(photo(40, 40))
HOSTILE = {
    "bomb": bomb(40_000, 40_000), "past the pixels": bomb(5_000, 4_000),
    "past two megapixels": png_bytes(np.zeros((1500, 1500, 3), np.uint8)),
    "a line": png_bytes(np.zeros((1, 100_000, 3), np.uint8)), "tiny": png_bytes(photo(7, 7)), "cut short": PNG[:len(PNG) // 2],
    "html": b"<html><script>alert(1)</script></html>", "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>',
    "empty": b"", "heavy": PNG + bytes(4_000_000), "tiff": b"II*\x00" + bytes(100),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_picture_to_enlarge_is_refused_in_one_sentence(kind):
    store = Uploads(srgan.check_size)
    with pytest.raises(BadInput) as caught:
        store.keep(data_uri("image/png", HOSTILE[kind]))
    assert str(caught.value).count(". ") == 0 and len(str(caught.value)) < 200
    assert not store._kept


@pytest.mark.parametrize("sent", [None, 7, [], {}, "", "x", "data:text/html,<b>", "/etc/passwd", "data:image/png;base64,é"])
def test_what_is_no_data_uri_is_refused(sent):
    with pytest.raises(BadInput):
        Uploads(srgan.check_size).keep(sent)


def test_the_store_is_bounded_and_forgets_what_was_looked_at_longest_ago():
    store = Uploads(lambda *_: None, most=3 * 300)
    keys = [store.keep(png_uri(np.full((10, 10, 3), value, np.uint8))) for value in range(3)]
    store.get(keys[0])
    keys.append(store.keep(png_uri(np.full((10, 10, 3), 9, np.uint8))))
    with pytest.raises(BadInput, match="choose it again"):
        store.get(keys[1])
    assert [int(store.get(keys[i])[0, 0, 0]) for i in (0, 2, 3)] == [0, 2, 9]


def test_a_key_tells_the_same_picture_again_and_nothing_to_another_server():
    one, other, uri = Uploads(srgan.check_size), Uploads(srgan.check_size), png_uri(photo(8, 8))
    assert one.keep(uri) == one.keep(uri) != other.keep(uri)
    assert one.keep(png_uri(np.zeros((8, 16, 3), np.uint8))) != one.keep(png_uri(np.zeros((16, 8, 3), np.uint8)))


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
    with page.expect_download() as download:
        found.locator("[data-assemble]").click()
    assert Image.open(download.value.path()).size == (1200, 840)
    assert download.value.suggested_filename == "srgan-photos-srgan.png"


def test_a_sentence_after_a_picture_of_ones_own_draws_a_flower_again(found):
    before = source(found, "right")
    choose(found, png_bytes(photo(30, 40)))
    wait_for_change(found, "right", before)
    found.locator('textarea[name="text"]').fill("a red flower")
    expect(found.locator('img[data-slot="overview"]')).to_have_attribute("alt", "A flower that StackGAN drew of “a red flower”")


def test_a_slow_picture_does_not_take_the_place_of_what_was_chosen_after_it(page, found):
    held = []

    def hold(route):            # the first upload
        first = not held and b"upload" in (route.request.post_data_buffer or b"")
        held.append(route) if first else route.continue_()

    page.route("**/component_server**", hold)
    choose(found, png_bytes(photo(210, 300)))
    for _ in range(1200):
        page.wait_for_timeout(50)
        if held:
            break
    assert held
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


@pytest.mark.parametrize(("how", "size"), [("crop", "1723x1148"), ("shrink", "1723x1148")])
def test_a_photograph_of_a_phone_is_cut_or_shrunk(found, how, size):
    """It has a red border, which is cut off, or shrinks with it."""
    framed, buffer = np.full((2000, 3000, 3), (40, 90, 200), np.uint8), io.BytesIO()
    framed[:200] = framed[-200:] = framed[:, :200] = framed[:, -200:] = (230, 30, 30)
    Image.fromarray(framed).save(buffer, "JPEG")
    choose(found, buffer.getvalue(), "phone.jpg", "image/jpeg")
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


def test_a_link_to_a_forgotten_upload_says_so(newcomer, address):
    newcomer.goto(f"{address}?tab=srgan&source={'0' * 24}")
    found = newcomer.locator("#srgan .instrument")
    found.wait_for()
    expect(found.locator(".notice")).to_contain_text("not here any more")
    assert json.loads(found.get_attribute("data-state"))["source"] == "flower"
