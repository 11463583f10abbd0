"""Drawings on the page: the browser draws, and where it cannot, the server goes on and nothing wrong is left standing."""

import base64
import hashlib
import json
import time
import urllib.error
import urllib.request
from pathlib import Path

import brotli
import numpy as np
import onnx
import pytest
from PIL import Image
from playwright.sync_api import expect

import models
from models.provenance import read_png
from page import drawing_files, served
from tabs import infogan
from tests.visitor import drawn_anew, frames, module, open_tab, opened, same_picture, source, visit, wait_for_change

pytestmark = pytest.mark.skipif(not drawing_files.available(), reason="onnxruntime-web is not installed: python -m harness.node")


def drawn_by_the_browser(found) -> None:
    """Touches an instrument until its browser draws."""
    for i in range(900):
        drawn = found.get_attribute("data-drawn") or ""
        found.locator('input[type="range"]').first.fill(f"{(i % 20) / 50:g}")
        expect(found).not_to_have_attribute("data-drawn", drawn)
        if found.get_attribute("data-drawn-by") == "browser":
            return
        found.page.wait_for_timeout(200)
    raise AssertionError("the server still draws")


def test_a_drag_asks_nobody_and_makes_the_picture_that_the_command_names(page, address, tmp_path):
    found = open_tab(page, "InfoGAN", "infogan")
    drawn_by_the_browser(found)
    expect(found.locator("[data-drawer]")).to_have_text("drawn in your browser")
    expect(found.locator("progress")).to_have_count(0)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    for i in range(500):          # what is not needed for the first picture may still be on its way
        asked.clear()
        with drawn_anew(found):
            found.locator('input[name="c2"]').fill(f"{(i % 190) / 100 + 0.01:g}")
        if not any("/component_server" in url or "/networks/" in url for url in asked):
            break
        page.wait_for_timeout(100)
    asked.clear()
    before = source(found, "picture"), source(found, "grid")
    found.locator('input[name="seed"]').fill("42")
    found.locator('input[name="c1"]').fill("-0.5")
    expect(found.locator('[data-slot="put-c1"]')).to_have_text("-0.50")
    wait_for_change(found, "picture", before[0])
    wait_for_change(found, "grid", before[1])
    assert [url for url in asked if "/component_server" in url or "/networks/" in url] == []
    (tmp_path / "saved.png").write_bytes(base64.b64decode(source(found, "picture").split(",")[1]))
    recipe = read_png(tmp_path / "saved.png")
    assert (recipe.model, recipe.seed, recipe.controls["c1"]) == ("infogan-mnist", 42, -0.5)
    expected = models.load(recipe.model).generate(recipe.seed, **recipe.controls)[0, ..., 0]
    assert same_picture(np.asarray(Image.open(tmp_path / "saved.png")), expected)
    found.locator('input[name="seed"]').fill("ten")
    expect(found.locator(".notice")).to_contain_text("A seed is a whole number")
    assert asked                                        # that was refused by the server
    found.locator('input[name="seed"]').fill("43")
    expect(found.locator(".notice")).to_have_text("")


@pytest.fixture
def timed(browser, address):
    """A page that has not been opened, with a clock that a test may put forward."""
    with visit(browser, address, opened=False, locale="en-GB") as page:
        page.clock.install()
        yield page


def test_nothing_is_fetched_before_a_plate_is_touched(timed, address):
    asked = []
    timed.on("request", lambda request: asked.append(request.url))
    timed.goto(address)
    timed.locator(".atlas img[src]").first.wait_for()
    timed.clock.fast_forward(60_000)
    frames(timed)
    assert asked
    assert [url for url in asked if "/drawing/" in url or "/networks/" in url] == []


@pytest.mark.parametrize(("habit", "script"), [
    ("?draw=server", ""), ("", "Object.defineProperty(navigator, 'connection', {get: () => ({saveData: true})})"),
    ("", "Object.defineProperty(navigator, 'deviceMemory', {get: () => 1})"), ("", "delete window.CompressionStream"),
])
def test_the_server_draws_for_who_wants_it(timed, address, habit, script):
    asked = []
    timed.on("request", lambda request: asked.append(request.url))
    timed.add_init_script(script)
    timed.goto(address + habit)
    found = open_tab(timed, "InfoGAN", "infogan")
    before = source(found, "picture")
    found.locator('input[name="c1"]').fill("0.5")
    wait_for_change(found, "picture", before)
    timed.clock.fast_forward(60_000)
    frames(timed)
    expect(found.locator("[data-drawer]")).to_have_text("drawn by the server")
    assert [url for url in asked if "/networks/" in url or url.endswith(".wasm")] == []


def test_who_draws_is_said_on_a_line_that_was_kept_free(browser, address):
    with visit(browser, address, opened=False, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{address}?draw=server")
        found = open_tab(page, "InfoGAN", "infogan")
        said, height = found.locator("[data-drawer]"), "one => one.getBoundingClientRect().height"
        expect(said).to_be_hidden()
        before = found.evaluate(height)
        with drawn_anew(found):
            found.locator('input[name="c1"]').fill("0.5")
        expect(said).to_be_visible()
        assert found.evaluate(height) == before


def ready(address: str, name: str) -> dict:
    """What the server says of a model's networks, once they have been exported."""
    for _ in range(300):
        told = json.load(urllib.request.urlopen(f"{address}networks/{name}.json"))
        if told.get("parts"):
            return told
        time.sleep(1)
    raise AssertionError(told)


def without_numbers(data: bytes) -> bytes:
    """A network whose weights are no numbers."""
    proto = onnx.load_from_string(data)
    tensor = next(tensor for tensor in proto.graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT16)
    values = onnx.numpy_helper.to_array(tensor)
    tensor.CopyFrom(onnx.numpy_helper.from_array(np.full_like(values, np.nan), tensor.name))
    return proto.SerializeToString()


def test_networks_that_are_not_ready_are_asked_for_now_and_then_and_not_at_every_drag(timed, address):
    asked = []
    timed.route("**/networks/infogan-mnist.json", lambda route: (asked.append(1), route.fulfill(json={"preparing": True})))
    timed.goto(address)
    found = open_tab(timed, "InfoGAN", "infogan")
    begun = timed.evaluate("Date.now()")
    for i in range(25):
        with drawn_anew(found):
            found.locator('input[name="c1"]').fill(f"{i / 50:g}")
        timed.clock.fast_forward(1_000)
    passed = (timed.evaluate("Date.now()") - begun) / 1000       # the drags took their time, too
    assert 2 <= len(asked) <= 6 + passed / 10           # after 0, 1, 3, 6, 11, 19, 31 and 51 seconds


def test_readings_of_an_older_state_fade_and_stay_so_where_the_newer_ones_fail(browser, address):
    with visit(browser, address, opened=False) as page:
        page.goto(f"{address}?draw=server&tab=infogan")
        found = page.locator("#infogan .instrument[data-ready]")
        drag, reading = found.locator('input[name="c1"]'), found.locator('[data-slot="grid"]')
        drag.fill("0.2")
        expect(reading).not_to_have_attribute("data-old", "")
        page.route("**/component_server**", lambda route: route.fulfill(json={"notice": "Not now."})
                   if '"follow"' in route.request.post_data else route.fallback())
        before = source(found, "picture")
        drag.fill("0.4")
        wait_for_change(found, "picture", before)
        expect(found.locator(".notice")).to_have_text("Not now.")
        expect(reading).to_have_attribute("data-old", "")
        page.unroute("**/component_server**")
        drag.fill("0.5")
        expect(found.locator(".notice")).to_have_text("")
        expect(reading).not_to_have_attribute("data-old", "")


@pytest.mark.parametrize("damage", ["altered", "gone", "nan"])
def test_where_a_network_fails_the_server_goes_on(browser, address, damage):
    with visit(browser, address) as page:
        warned = []
        page.on("console", lambda message: warned.append(message.text) if message.type == "warning" else None)
        if damage == "altered":
            page.route("**/generator-*.onnx", lambda route: route.fulfill(body=route.fetch().body()[:-1] + b"x"))
        elif damage == "gone":
            page.route("**/*.wasm", lambda route: route.fulfill(body=b"no such thing"))
        else:                        # a network that gives no numbers, though it is the file that was promised
            told = ready(address, "infogan-mnist")
            part = next(part for part in told["parts"] if part["name"] == "generator")
            data = without_numbers(urllib.request.urlopen(f"{address}networks/infogan-mnist/{part['file']}").read())
            part |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            page.route("**/infogan-mnist.json", lambda route: route.fulfill(json=told))
            page.route("**/generator-*.onnx", lambda route: route.fulfill(body=data))
        found = open_tab(page, "InfoGAN", "infogan")
        for i in range(900):
            before = source(found, "picture")
            found.locator('input[name="c1"]').fill(f"{i % 100 / 50 - 1:g}")
            wait_for_change(found, "picture", before)
            if any("The server draws" in text for text in warned):
                break
            page.wait_for_timeout(200)
        assert any("The server draws" in text for text in warned)
        before = source(found, "picture")
        found.locator('input[name="seed"]').fill("99")
        wait_for_change(found, "picture", before)
        assert json.loads(opened(source(found, "picture")).info["gan-atlas"])["seed"] == 99
        expect(found.locator("[data-drawer]")).to_have_text("drawn by the server")
        expect(found.locator(".notice")).to_have_text("")


# --- what is served ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("path", ["networks/classifier-fashion.json", "networks/nobody.json", "networks/../../etc.json",
                                  "networks/infogan-mnist/generator-0123456789abcdef.onnx", f"drawing/{drawing_files.VERSION}/app.py",
                                  f"drawing/{drawing_files.VERSION}/declared-0123456789abcdef.json", "drawing/0123456789ab/drawer.js"])
def test_what_is_not_offered_is_not_there(address, path):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(address + path)
    assert caught.value.code == 404


def test_the_runtime_is_sent_compressed_and_kept(address):
    told = json.load(urllib.request.urlopen(module(address, "runtime.json")))
    asked = urllib.request.Request(module(address, told["file"]), headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(asked) as answer:
        body = answer.read()
        assert answer.headers["content-encoding"] == "br" and "immutable" in answer.headers["cache-control"]
    assert len(body) == told["travels"] < 4_000_000 and len(brotli.decompress(body)) == told["bytes"]


def test_a_script_is_served_with_all_that_it_loads(monkeypatch, tmp_path):
    for name, code in {"one": "import {a} from './two.js';", "two": "import './three.js'; new Worker(new URL('four.js', import.meta.url));",
                       "three": "import './one.js'; import * as ort from './ort.wasm.bundle.js';", "four": "", "other": ""}.items():
        (tmp_path / f"{name}.js").write_text(code)
    monkeypatch.setattr(drawing_files, "HERE", tmp_path)
    assert drawing_files.loaded("one.js") == ["four.js", "one.js", "three.js", "two.js"]
    assert {"drawer.js", "drawing_worker.js", "drawing_gpu.js", "gif.js", "painting_text.js"} <= drawing_files.FILES.keys()


def test_without_the_runtime_nothing_is_declared(monkeypatch):
    monkeypatch.setattr(drawing_files, "FILES", drawing_files.FILES | {drawing_files.RUNTIME: Path("nowhere")})
    assert served.declare(infogan.drawing(["infogan-mnist"])) == ""
