"""The drawing board: its text, alike in Python and in the browser, and the control itself."""

import io

import gradio as gr
import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from models.images import png_uri
from page.board import JS, board, drawn, written
from page.instrument import instrument
from page.markup import picture
from tests.page.strokes import CROSS, NOISE, SEVEN
from tests.visitor import at_rest, drawn_anew, frames, settled, visit


@pytest.fixture(scope="module")
def toy():
    """The address of a page with one instrument: it shows the drawing on its board."""
    from app import launch

    with gr.Blocks() as page, gr.Tabs(), gr.Tab("Board", id="toy", elem_classes="plate"):
        instrument(lambda: board("drawing", "Draw a digit", surprises=[written(SEVEN), written(CROSS)]) + picture("seen", "Seen"),
                   {"drawing": written(SEVEN), "more": "x"}, lambda state: drawn(state["drawing"]),
                   lambda drawing: {"seen": png_uri(drawing)}, elem_id="toy", plate="toy")
    yield launch(page, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    page.close()


@pytest.fixture
def page(browser, toy):
    with visit(browser, toy, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.locator("#toy .instrument[data-ready]").wait_for()
        yield page


def seen(page) -> np.ndarray:
    """The picture that the server has drawn, once nothing is under way."""
    root = page.locator("#toy .instrument")
    settled(root)
    data = root.locator('img[data-slot="seen"]').evaluate(
        "img => fetch(img.src).then(r => r.arrayBuffer()).then(b => Array.from(new Uint8Array(b)))")
    return np.asarray(Image.open(io.BytesIO(bytes(data))))[..., None]


def on_canvas(page) -> np.ndarray:
    found = page.locator("#toy canvas").evaluate("c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)")
    return np.array(found, np.uint8).reshape(28, 28, 4)[..., :1]


def stroke(page, *points: tuple[float, float]) -> None:
    edges = page.locator("#toy canvas").bounding_box()
    where = [(edges["x"] + edges["width"] * x, edges["y"] + edges["height"] * y) for x, y in points]
    page.mouse.move(*where[0])
    page.mouse.down()
    for x, y in where[1:]:
        page.mouse.move(x, y, steps=8)
    page.mouse.up()


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def load(page, name: str, data: bytes, kind: str = "image/png") -> None:
    page.locator("#toy input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": data})


def file_of(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def test_the_browser_writes_the_same_text(page):
    for image in (SEVEN, NOISE, np.full_like(SEVEN, 255), np.zeros_like(SEVEN), *np.random.default_rng(1).choice(
            [0, 0, 0, 255, 255, 136], (20, 7, 28, 1)).repeat(4, 1).astype(np.uint8)):
        text = written(image)
        twin = page.evaluate("""([script, text]) => {
            const grey = new Function('root', script + '; return grey')({querySelectorAll: () => []});
            const levels = grey.read(text);
            return [grey.write(levels), Array.from(levels)]; }""", [JS, text])
        assert twin == [text, (drawn(text) // 17).reshape(-1).tolist()]
    wrong = ["A", "n" * 32, "=" * 524, written(SEVEN) + "A", "A" * 785]
    assert page.evaluate("""([script, texts]) => {
        const grey = new Function('root', script + '; return grey')({querySelectorAll: () => []});
        return texts.map(text => grey.read(text)); }""", [JS, wrong]) == [None] * len(wrong)


def test_a_stroke_is_drawn_erased_undone_and_cleared(page):
    first = on_canvas(page)
    assert (first == drawn(written(SEVEN))).all()
    stroke(page, (0.2, 0.9), (0.8, 0.9))
    settled(page.locator("#toy .instrument"))
    assert on_canvas(page)[25, 8:20].all() and (seen(page) == on_canvas(page)).all()
    press(page, "Eraser")
    stroke(page, (0.1, 0.9), (0.9, 0.9))
    settled(page.locator("#toy .instrument"))
    assert not on_canvas(page)[25].any() and (seen(page) == on_canvas(page)).all()
    press(page, "Undo")
    press(page, "Undo")
    settled(page.locator("#toy .instrument"))
    assert (on_canvas(page) == first).all() and (seen(page) == first).all()
    press(page, "Clear")
    expect(page.locator("#toy .hint")).to_be_visible()
    settled(page.locator("#toy .instrument"))
    assert not on_canvas(page).any() and not seen(page).any()
    press(page, "Undo")
    settled(page.locator("#toy .instrument"))
    assert (seen(page) == first).all()


def test_the_answer_comes_while_the_stroke_is_drawn(page):
    edges = page.locator("#toy canvas").bounding_box()
    page.mouse.move(edges["x"] + 20, edges["y"] + 20)
    page.mouse.down()
    page.mouse.move(edges["x"] + 20, edges["y"] + 200, steps=10)
    settled(page.locator("#toy .instrument"))
    assert seen(page)[10, 2]
    page.mouse.up()


def test_surprise_brings_another_drawing_and_undo_the_old_one(page):
    press(page, "Surprise me")
    settled(page.locator("#toy .instrument"))
    assert (seen(page) == drawn(written(CROSS))).all()
    press(page, "Undo")
    settled(page.locator("#toy .instrument"))
    assert (seen(page) == drawn(written(SEVEN))).all()


def test_a_picture_is_uploaded(page):
    with drawn_anew(page.locator("#toy .instrument")):
        load(page, "exact.png", file_of(Image.fromarray(CROSS[..., 0])))
    assert (seen(page) == drawn(written(CROSS))).all()
    wide = Image.new("RGB", (1500, 1000), (235, 230, 220))          # dark ink on paper, to be cropped and inverted
    ImageDraw.Draw(wide).line((750, 200, 750, 800), fill=(20, 20, 60), width=110)
    with drawn_anew(page.locator("#toy .instrument")):
        load(page, "photo.jpg", file_of(wide, "JPEG"), "image/jpeg")
    found = seen(page)[..., 0]
    assert found[14, 14] > 200 and found[:, :11].max() == found[:, 17:].max() == 0 and found[:4].max() == 0
    press(page, "Undo")
    settled(page.locator("#toy .instrument"))
    assert (seen(page) == drawn(written(CROSS))).all()


def test_a_photograph_of_a_telephone_is_taken(page):
    photo = Image.new("RGB", (4000, 3000), (235, 230, 220))
    photo.paste(Image.fromarray(np.random.default_rng(0).integers(225, 235, (1000, 4000, 3), np.uint8)))      # 4 MB and more
    ImageDraw.Draw(photo).line((2000, 600, 2000, 2400), fill=(20, 20, 60), width=330)
    data = file_of(photo, "PNG")
    assert len(data) > 4_000_000
    with drawn_anew(page.locator("#toy .instrument")):
        load(page, "photo.png", data)
    assert seen(page)[14, 14] > 200


def test_a_digit_is_drawn_by_keys_alone(page):
    press(page, "Clear")
    canvas = page.locator("#toy canvas")
    page.keyboard.press("Shift+Tab")          # from the row of buttons, by its first ones, to the canvas
    while not canvas.evaluate("canvas => canvas === document.activeElement"):
        page.keyboard.press("Shift+Tab")
    expect(page.locator("#toy [data-point]")).to_be_visible()
    expect(page.locator("#toy [data-keys]")).to_be_visible()
    for key in ("Shift+ArrowUp", "Shift+ArrowUp", "Space", "Shift+ArrowDown", "ArrowDown", "ArrowRight", "Enter", "ArrowRight"):
        if key == "Space":
            page.keyboard.down(key)           # held for a while, it comes more than once, and is one press
            page.keyboard.down(key)
            page.keyboard.up(key)
        else:
            page.keyboard.press(key)
    found = on_canvas(page)[..., 0]
    assert found[6:11, 14].all() and found[11, 14] and not found[:4].any() and not found[13:].any() and not found[:, 18:].any()
    settled(page.locator("#toy .instrument"))
    assert (seen(page)[..., 0] == found).all()
    page.keyboard.press("Space")              # a dot, one place beside; it ends where the canvas is left
    press(page, "Undo")
    assert (on_canvas(page)[..., 0] == found).all()
    press(page, "Undo")
    assert not on_canvas(page).any()


TRUNCATED = file_of(Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)))


@pytest.mark.parametrize(("name", "data", "kind", "words"), [
    ("page.png", b"<html><body>hello</body></html>", "image/png", "no picture"), ("empty.png", b"", "image/png", "no picture"),
    ("cut.png", TRUNCATED[:200], "image/png", "no picture"), ("cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg", "no picture"),
    ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>', "image/svg+xml",
     "no picture"), ("notes.txt", b"seven", "text/plain", "no picture"),
    ("svg.png", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "image/png", "no picture"),
    ("huge.png", file_of(Image.new("1", (20_000, 10_001))), "image/png", "cannot hold"),
], ids=lambda value: value if isinstance(value, str) and "." in value else "")
def test_what_is_no_picture_gets_one_sentence_and_the_drawing_stays(page, name, data, kind, words):
    load(page, name, data, kind)
    expect(page.locator("#toy .notice")).to_contain_text(words)
    assert (on_canvas(page) == drawn(written(SEVEN))).all()
    stroke(page, (0.2, 0.9), (0.8, 0.9))
    expect(page.locator("#toy .notice")).to_have_text("")


def test_a_picture_is_pasted_by_key_and_by_button(page):
    put = """async data => navigator.clipboard.write([new ClipboardItem({'image/png': new Blob([new Uint8Array(data)],
        {type: 'image/png'})})])"""
    page.evaluate(put, list(file_of(Image.fromarray(CROSS[..., 0]))))
    with drawn_anew(page.locator("#toy .instrument")):
        page.keyboard.press("ControlOrMeta+v")
    assert (seen(page) == drawn(written(CROSS))).all()
    with drawn_anew(page.locator("#toy .instrument")):
        press(page, "Clear")
    with drawn_anew(page.locator("#toy .instrument")):
        press(page, "Paste")
    assert (seen(page) == drawn(written(CROSS))).all()
    page.locator("#toy .instrument").evaluate("root => root.append(Object.assign(document.createElement('textarea'), {id: 'words'}))")
    page.evaluate("""data => {                                 // words, beside which a program lays a picture of them
        const clipboardData = new DataTransfer(), event = new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true});
        clipboardData.setData('text/plain', 'seven');
        clipboardData.items.add(new File([new Uint8Array(data)], 'a.png', {type: 'image/png'}));
        document.getElementById('words').dispatchEvent(event);
        document.getElementById('words').remove();
        window.taken = event.defaultPrevented;
    }""", list(file_of(Image.fromarray(CROSS[..., 0]))))
    assert page.evaluate("taken") is False
    page.evaluate("navigator.clipboard.writeText('seven')")
    press(page, "Paste")
    expect(page.locator("#toy .notice")).to_contain_text("no picture to paste")


def test_a_phone_that_does_not_let_the_button_read_is_told_of_another_button(browser, toy):
    for habits, words in (({"has_touch": True, "is_mobile": True}, "press Upload"), ({"locale": "en-GB"}, "press Ctrl+V")):
        with visit(browser, toy, **habits) as page:
            page.add_init_script("navigator.clipboard.read = () => Promise.reject(new Error('denied'))")
            page.reload()
            page.locator("#toy .instrument[data-ready]").wait_for()
            press(page, "Paste")
            expect(page.locator("#toy .notice")).to_contain_text(words)


DROP = """([target, data, words]) => {
    const dataTransfer = new DataTransfer(), init = {dataTransfer, bubbles: true, cancelable: true};
    if (words) dataTransfer.setData('text/plain', words);
    else dataTransfer.items.add(new File([new Uint8Array(data)], 'a.png', {type: 'image/png'}));
    return ['dragover', 'drop'].map(kind => !target.dispatchEvent(new DragEvent(kind, init))); }"""


def test_a_picture_may_be_dropped_beside_the_paper_and_elsewhere_opens_nothing(page):
    root, file = page.locator("#toy .instrument"), list(file_of(Image.fromarray(CROSS[..., 0])))
    for beside in ("body", "#toy .share"):
        assert page.evaluate(DROP, [page.locator(beside).element_handle(), file, ""]) == [True, True]
        assert (on_canvas(page) == drawn(written(SEVEN))).all()
    for words in ("body", "#toy [data-board] > span"):
        assert page.evaluate(DROP, [page.locator(words).first.element_handle(), [], "words"]) == [False, False]
    expect(page.locator("#toy .notice")).to_have_text("")
    with drawn_anew(root):
        assert page.evaluate(DROP, [page.locator("#toy [data-board] > span").element_handle(), file, ""]) == [True, True]
    assert (seen(page) == drawn(written(CROSS))).all()


@pytest.mark.parametrize("image", [CROSS, np.zeros_like(CROSS)], ids=["drawing", "empty"])
def test_a_link_brings_the_drawing(page, toy, image):
    page.goto(f"{toy}?tab=toy&drawing={written(image)}")
    page.locator("#toy .instrument[data-drawn]").wait_for()
    assert (on_canvas(page) == drawn(written(image))).all() and (seen(page) == on_canvas(page)).all()
    expect(page.locator("[data-copied]")).to_have_text("")


def test_a_hostile_link_leaves_an_empty_board_and_a_sentence(page, toy):
    page.goto(f"{toy}?tab=toy&drawing=%3Cimg%20src%3Dx%3E")
    expect(page.locator("#toy .notice")).to_contain_text("The drawing takes what the board writes")
    assert not on_canvas(page).any() and page.locator(".notice img").count() == 0
    stroke(page, (0.2, 0.5), (0.8, 0.5))
    expect(page.locator("#toy .notice")).to_have_text("")
    assert seen(page)[14, 10]


def test_a_finger_draws_and_does_not_scroll(browser, toy):
    with visit(browser, toy, has_touch=True, is_mobile=True) as page:
        page.set_viewport_size({"width": 390, "height": 300})
        canvas = page.locator("#toy canvas")
        page.locator("#toy .instrument[data-ready]").wait_for()
        canvas.scroll_into_view_if_needed()
        edges, before = canvas.bounding_box(), page.evaluate("scrollY")
        touch = page.context.new_cdp_session(page)
        x = edges["x"] + 20
        for kind, points in [("touchStart", [edges["y"] + 100]), *[("touchMove", [edges["y"] + 100 - 8 * i]) for i in range(1, 9)],
                             ("touchEnd", [])]:
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for y in points]})
            frames(page, 1)
        at_rest(page)
        assert page.evaluate("scrollY") == before
        column = int(20 / edges["width"] * 28)
        assert on_canvas(page)[int(60 / edges["height"] * 28), column]


def test_the_markup_escapes_what_it_is_given():
    html = board("drawing", '<b>"Draw"</b>', surprises=['"><script>'])
    assert "<b>" not in html and "<script>" not in html
