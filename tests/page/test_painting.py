"""Colour-coded boards: the text of a drawing, alike in Python and in the browser, and the tools."""

import io

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import expect

from models.errors import BadInput
from models.facades import facade, labels_of
from models.images import png_uri, read_image
from page.board import ALPHABET, JS, board
from page.instrument import MOST_TEXT, instrument
from page.markup import picture
from page.painting import MOST_SIDE, packed_length, painted, written
from tests.visitor import drawn_anew, settled, visit

COLOURS = {"ground": "#0000de", "wall": "#0030ff", "window": "#0080ff"}
HOUSE = labels_of(facade(1, MOST_SIDE)[None])[0]
RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 12, (MOST_SIDE, MOST_SIDE)).astype(np.uint8)


def blocks(colours: int, size: int, block: int) -> np.ndarray:
    return np.kron(RNG.integers(0, colours, (size // block, size // block)), np.ones((block, block))).astype(np.uint8)


# --- the text ---

@pytest.mark.parametrize("colours", [2, 3, 12, 16])
@pytest.mark.parametrize("block", [1, 2, 8, 64])
@pytest.mark.parametrize("size", [64, 128])
def test_what_is_written_is_read_again(colours, block, size):
    drawing = blocks(colours, size, block)
    text = written(drawing, colours)
    assert len(text) <= packed_length(size, colours) and (painted(text, size, colours) == drawing).all()


def test_a_facade_is_short_and_the_worst_drawing_fits_into_a_state():
    assert len(written(HOUSE, 12)) < 1500 and len(written(NOISE, 12)) == packed_length(128, 12) == 9831 < MOST_TEXT
    assert written(np.zeros((128, 128), np.uint8), 12) == "" and not painted("", 128, 12).any()


@pytest.mark.parametrize("value", [None, 0, True, [], {}, "A", " ", "D", "D_", "D_D_D_", "E" * 129, "B_" * 4, "_" * 9831, "é" * 9831,
                                   "A" * 9832, written(HOUSE, 12) + "A", written(HOUSE, 12)[:-1], "DAE_", "AD_", "x_"])
def test_anything_else_is_refused_in_one_sentence(value):
    with pytest.raises(BadInput, match=r"^The drawing takes what the board writes, 128x128 pixels as letters and digits, not .*\.$"):
        painted(value, 128, 12)


@settings(deadline=None)
@given(st.text(max_size=400) | st.text(ALPHABET, max_size=1100))
def test_any_text_is_a_drawing_or_refused(text):
    try:
        assert painted(text, 16, 3).shape == (16, 16)
    except BadInput as error:
        assert "\n" not in str(error) and len(str(error)) < 200


# --- the control ---

def read(state: dict, uri: object) -> dict[str, str]:
    return {"drawing": written((np.asarray(read_image(uri).convert("L").resize((64, 64), Image.NEAREST)) > 127).astype(np.uint8), 3)}


@pytest.fixture(scope="module")
def toy():
    from app import launch

    with gr.Blocks() as page, gr.Tabs(), gr.Tab("Toy", id="toy"):
        instrument(lambda: board("drawing", "Draw", size=64, palette=COLOURS, tools=("box", "brush", "pen")) + picture("seen", "Seen"),
                   {"drawing": ""}, lambda state: painted(state["drawing"], 64, 3),
                   lambda found: {"seen": png_uri((found * 100)[..., None])}, read=read, plate="toy", elem_id="toy")
    yield launch(page, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    page.close()


@pytest.fixture
def page(browser, toy):
    with visit(browser, toy) as page:
        page.locator("#toy .instrument[data-ready]").wait_for()
        yield page


def seen(page) -> np.ndarray:
    root = page.locator("#toy .instrument")
    settled(root)
    uri = root.locator('img[data-slot="seen"]').get_attribute("src")
    return np.asarray(read_image(uri)) // 100


def drag(page, *where: tuple[float, float]) -> None:
    edges = page.locator("#toy canvas").bounding_box()
    points = [(edges["x"] + x * edges["width"], edges["y"] + y * edges["height"]) for x, y in where]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    page.mouse.up()


def test_the_browser_writes_the_same_text(page):
    for colours, drawing in ((12, HOUSE), (12, NOISE), (2, blocks(2, 128, 1)), (2, blocks(2, 64, 8)), (3, blocks(3, 64, 2)),
                             (5, np.zeros((64, 64), np.uint8)), (16, np.full((128, 128), 15, np.uint8))):
        text, size = written(drawing, colours), len(drawing)
        twin = page.evaluate("""([script, text, size, count]) => {
            const palette = new Function('root', script + '; return palette')({querySelectorAll: () => []});
            const kind = palette({dataset: {palette: JSON.stringify({size, colours: Array(count).fill('#000000')})}});
            const pixels = kind.read(text);
            return [kind.write(pixels), Array.from(pixels)]; }""", [JS, text, size, colours])
        assert twin == [text, drawing.reshape(-1).tolist()]
    wrong = ["A", "D", "D_D_D_", "E" * 129, "B_" * 4, "_" * 9831, written(HOUSE, 12) + "A", written(HOUSE, 12)[:-1], "DAE_", "AD_", "x_"]
    assert page.evaluate("""([script, texts]) => {
        const palette = new Function('root', script + '; return palette')({querySelectorAll: () => []});
        const kind = palette({dataset: {palette: JSON.stringify({size: 128, colours: Array(12).fill('#000000')})}});
        return texts.map(text => kind.read(text)); }""", [JS, wrong]) == [None] * len(wrong)


def test_rectangles_and_strokes_in_the_chosen_colour(page):
    drag(page, (0.25, 0.25), (0.9, 0.9), (0.5, 0.75))           # back again: where the pointer is at the end counts
    found = seen(page)
    assert (found[16:48, 16:32] == 1).all() and found.sum() in range(32 * 16, 34 * 18 + 1)
    page.get_by_role("button", name="window").click()
    page.get_by_role("button", name="Pen").click()
    drag(page, (0.1, 0.9), (0.9, 0.9))
    found = seen(page)
    assert (found == 2).any(0)[8:56].all() and (found == 2).any(1).sum() <= 2 and (found[16:48, 16:32] == 1).all()
    page.get_by_role("button", name="Undo").click()
    assert not (seen(page) == 2).any()


def test_a_picture_is_read_by_the_server(page):
    half = Image.new("RGB", (600, 400), "black")
    half.paste("white", (300, 0, 600, 400))
    buffer = io.BytesIO()
    half.save(buffer, "PNG")
    with drawn_anew(page.locator("#toy .instrument")):
        page.locator("#toy input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": buffer.getvalue()})
    found = seen(page)
    assert (found[:, :31] == 0).all() and (found[:, 33:] == 1).all()


def test_a_link_brings_a_long_drawing(page, toy):
    text = written(blocks(3, 64, 1), 3)
    assert len(text) > 1000
    page.goto(f"{toy}?tab=toy&drawing={text}")
    page.locator("#toy .instrument[data-ready]").wait_for()
    assert (seen(page) == painted(text, 64, 3)).all()
    expect(page.locator("#toy .notice")).to_have_text("")
