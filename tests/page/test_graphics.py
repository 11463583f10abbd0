"""Networks on a graphics card: here one that Chromium draws in software, so values are compared, and times are not."""

import re

import pytest
from playwright.sync_api import expect

from harness.chromium import launch_options
from page import drawing_files, packing, served
from tabs import gan
from tests.visitor import drawn_by, open_tab, pixels, same_picture, source, visit

pytestmark = pytest.mark.skipif(not drawing_files.available(), reason="onnxruntime-web is not installed: python -m harness.node")
CARD = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan,WebGPU"]
ON_CARD, ELSEWHERE = "drawn in your browser, by its graphics card", "drawn in your browser"


@pytest.fixture(scope="module")
def with_card(browser):
    options = launch_options()
    args = [word for word in options.pop("args") if word != "--disable-gpu"]
    chromium = browser.browser_type.launch(args=[*args, *CARD], **options)
    yield chromium
    chromium.close()


def walk_of(page):
    """GAN's walk: its MLP is the smallest of all generators."""
    found = open_tab(page, "GAN and DCGAN", "walk")
    found.locator("""[data-set='{"model": "gan-mnist"}']""").click()
    expect(found.locator('[data-slot="here"]')).to_have_attribute("alt", re.compile("^gan-mnist,"))
    return found


def move(found, share: float) -> str:
    """Moves a slider; what the instrument then shows."""
    found.locator('input[name="t"]').fill(f"{share:g}")
    expect(found.locator('[data-slot="here"]')).to_have_attribute("alt", re.compile(f"^gan-mnist, {share:.0%} "))
    return source(found, "here")


def move_until(found, text: str) -> None:
    """Until the instrument says that it was drawn so."""
    for i in range(2000):
        move(found, (1 + i % 40) / 50)
        if found.locator("[data-drawer]").inner_text() == text:
            return
        found.page.wait_for_timeout(100)
    raise AssertionError(found.locator("[data-drawer]").inner_text())


def is_drawn_as_by_the_server(found, share: float) -> None:
    shown = move(found, share)
    seeds = {name: found.locator(f'input[name="{name}"]').input_value() for name in "ab"}
    drawn = drawn_by(gan.walk(["gan-mnist"]), {"model": "gan-mnist", "t": share, "kind": "gif"} | seeds)
    assert same_picture(pixels(shown), pixels(drawn["here"]))


def test_a_card_draws_the_same_pictures(with_card, address, fault):
    fault("const LEAST = 2000", "const LEAST = 60000", "drawing_graphics.js")         # a card of software may take longer
    with visit(with_card, address, opened=False) as page:
        page.goto(f"{address}?draw=graphics")
        found = walk_of(page)
        for _ in range(20):                   # while another network has its trial, WebAssembly draws
            move_until(found, ON_CARD)
            is_drawn_as_by_the_server(found, 0.98)
            if found.locator("[data-drawer]").inner_text() == ON_CARD:
                break
        assert found.locator("[data-drawer]").inner_text() == ON_CARD


@pytest.fixture
def fault(monkeypatch, tmp_path):
    """fault(sound, faulty): changes a script, that of the worker that stands for the card."""
    def change(sound: str, faulty: str, name: str = "drawing_gpu.js") -> None:
        script, changed, packed = drawing_files.FILES[name], tmp_path / name, drawing_files.packed
        assert sound in script.read_text()
        changed.write_text(script.read_text().replace(sound, faulty, 1))
        monkeypatch.setitem(drawing_files.FILES, name, changed)
        monkeypatch.setattr(served, "packed", lambda path, name, kind, quality=9: (
            packing.packed(path, tmp_path / f"packed.{kind}", kind) if path == changed else packed(path, name, kind, quality)))

    return change


def test_a_card_with_other_values_is_left(with_card, address, fault):
    with visit(with_card, address, opened=False, locale="en-GB") as page:
        warned = []
        page.on("console", lambda message: warned.append(message.text) if message.type == "warning" else None)
        sound = "outputsOf(sessions.get(key), inputs, ort.Tensor)"
        fault(sound, f"{sound}.then(outputs => {{ for (const {{data}} of Object.values(outputs)) data[0] += 0.1; return outputs; }})")
        page.goto(f"{address}?draw=graphics")
        found = walk_of(page)
        for i in range(2000):
            is_drawn_as_by_the_server(found, (1 + i % 40) / 50)
            if any("The graphics card gives other values" in text for text in warned):
                break
            page.wait_for_timeout(100)
        assert any("The graphics card gives other values" in text for text in warned)
        move_until(found, ELSEWHERE)
        is_drawn_as_by_the_server(found, 0.98)


@pytest.mark.parametrize("end", ["throw new Error('lost')", "return {image: {data: Float32Array.of(NaN), dims: [1, 1, 1, 1]}}"])
def test_a_card_that_is_lost_while_a_finger_moves_is_left(with_card, address, fault, end):
    with visit(with_card, address, opened=False, locale="en-GB") as page:
        sound = "return outputsOf("
        fault(sound, f"if ((self.runs = (self.runs || 0) + 1) > 12) {end}; {sound}")
        page.goto(f"{address}?draw=graphics")
        found = walk_of(page)
        move_until(found, ON_CARD)
        move_until(found, ELSEWHERE)
        is_drawn_as_by_the_server(found, 0.98)


def test_nothing_is_fetched_for_a_card_that_is_drawn_in_software(with_card, address, fault):
    with visit(with_card, address, opened=False, locale="en-GB") as page:
        asked, slow = [], "const SLOW = 100"
        page.on("request", lambda request: asked.append(request.url))
        fault(slow, "const SLOW = -1", "drawing_graphics.js")
        page.goto(address)
        found = walk_of(page)
        move_until(found, ELSEWHERE)
        for i in range(6):
            move(found, 0.9 - i / 50)
        assert any(url.endswith(".wasm") for url in asked) and not any("jspi" in url for url in asked)
