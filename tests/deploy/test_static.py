"""The page as a folder: from a subfolder of a plain file server, drawn by the browser, in both languages, and without a network."""

import hashlib
import json
import re

import brotli
import numpy as np
import pytest
from conftest import ROOT
from PIL import Image
from playwright.sync_api import expect
from static_visitor import PLATES, drag, eventually, kept_from_now_on, ready, skipped

import models
from models.images import png_bytes
from page import drawing_files
from page.board import as_mnist, drawn, written
from tabs import bigan
from tests.visitor import choose, pixels, source

pytest_plugins, pytestmark = ("static_visitor",), skipped
SEVEN = written(models.load("cgan-mnist").generate(8, label=7)[0])


def test_both_runtimes_are_the_files_that_are_promised(hosted):
    home = hosted / "drawing" / drawing_files.VERSION
    told = json.loads((home / "runtime.json").read_text())
    for one in (told, told["graphics"]):
        packed = (home / one["file"]).read_bytes()
        assert len(packed) == one["travels"] and hashlib.sha256(brotli.decompress(packed)).hexdigest() == one["sha256"]


def test_a_drag_is_drawn_by_the_browser_as_the_model_draws(visitor, host):
    visitor.goto(f"{host}?tab=infogan&model=infogan-mnist&category=3&c1=0&c2=0&seed=11&vary=c1")
    found = ready(visitor, "infogan")
    drag(visitor, found, "c1", "0.5")
    asked = []
    visitor.on("request", lambda request: asked.append(request.url))
    drag(visitor, found, "c1", "0.9")
    assert found.get_attribute("data-drawn-by") == "browser" and [url for url in asked if not url.startswith(("data:", "blob:"))] == []
    theirs = models.load("infogan-mnist").generate(11, category=3, c1=0.9)[0, ..., 0]
    assert np.abs(pixels(source(found, "picture")).astype(int) - theirs).max() <= 1
    found.locator('[data-copy="link"]').click()
    link = found.locator("[data-copied]").get_attribute("data-copied")
    assert link.startswith(host) and "c1=0.9" in link
    found.locator('[data-copy="command"]').click()
    command = re.compile("^python -m models sample infogan-mnist --seeds 11 .*--set c1=0.9")
    expect(found.locator("[data-copied]")).to_have_attribute("data-copied", command)


def test_a_sentence_is_read_and_painted_by_the_browser_and_can_be_saved(visitor, host):
    visitor.goto(f"{host}?tab=text&text=a%20red%20rose&seed=10&count=1")
    found = ready(visitor, "text")
    expect(found).to_have_attribute("data-drawn-by", "browser")
    expect(found.locator('img[data-slot="kind0"]')).to_have_attribute("src", re.compile("pictures/"))        # what no state changes
    found.locator('textarea[name="text"]').fill("a purple iris with yellow stripes")
    expect(found.locator('[data-slot="words"]')).to_contain_text("“a purple iris with yellow stripes”, noise 10")
    expect(found.locator('[data-slot="pairs"]')).to_contain_text("a purple iris")
    expect(found.locator('[data-slot="match0"]')).to_contain_text("0.")
    assert found.locator(".notice").inner_text() == "" and not found.get_by_text("sentence model").is_visible()
    with visitor.expect_download() as caught:
        found.get_by_role("button", name="Download the picture").click()
    saved = np.asarray(Image.open(caught.value.path())).astype(int)
    theirs = models.load("stackgan-flowers").generate(10, text="a purple iris with yellow stripes")[0]
    assert caught.value.suggested_filename == "stackgan-flowers-10.png"
    assert np.abs(saved - theirs).max() <= 1


def test_a_walk_between_two_drawings_is_saved(visitor, host):
    visitor.goto(f"{host}?tab=bigan&at=bigan-walk")
    found = ready(visitor, "bigan-walk")
    with visitor.expect_download() as caught:
        found.get_by_role("button", name="Save the walk").click()
    assert caught.value.suggested_filename == "bigan-mnist-walk.gif"
    assert Image.open(caught.value.path()).n_frames == 2 * bigan.FRAMES - 2


def test_a_digit_on_the_board_is_read_by_three_plates(visitor, host):
    visitor.goto(f"{host}?tab=bigan&drawing={SEVEN}")
    found, model = ready(visitor, "bigan"), models.load("bigan-mnist")
    expect(found.locator('[data-slot="beside-sgan-words"]')).to_contain_text("reads “7”")
    expect(found.locator('[data-slot="beside-vae-words"]')).to_contain_text("log p(x) at least −")
    assert found.get_attribute("data-drawn-by") == "browser"
    theirs = model.decode(model.encode(as_mnist(drawn(SEVEN))[None]))[0, ..., 0]
    assert np.abs(pixels(source(found, "again")).astype(int) - theirs).max() <= 1
    before = source(found, "again")
    found.get_by_role("button", name="Surprise me").click()
    expect(found.locator('img[data-slot="again"]')).not_to_have_attribute("src", before)
    assert found.locator(".notice").inner_text() == "" and not found.locator('img[data-slot="neighbours"]').is_visible()


def test_other_weights_are_fetched_and_then_drawn(visitor, host):
    visitor.goto(f"{host}?tab=infogan")
    found = ready(visitor, "infogan")
    drag(visitor, found, "c1", "0.5")
    before = source(found, "picture")
    found.get_by_role("button", name="Fashion-MNIST").click()
    expect(found.locator('img[data-slot="picture"]')).not_to_have_attribute("src", before)
    assert found.locator(".notice").inner_text() == ""


def test_the_tree_opens_plates_and_what_needs_python_is_not_there(visitor, host):
    visitor.goto(host)
    visitor.locator(".atlas img[src]").first.wait_for()          # the tree listens
    assert visitor.locator("#plates [role=tab]").evaluate_all("tabs => tabs.map(tab => tab.dataset.tabId)") == PLATES
    assert visitor.locator("[data-group]").evaluate_all("all => all.map(group => group.dataset.plates)") == [
        "atlas", "infogan bigan", "text", "pix2pix srgan", "lab"]
    visitor.locator("#atlas-infogan .node").click()
    expect(visitor.locator("#infogan .instrument")).to_be_visible()
    visitor.go_back()
    expect(visitor.locator(".atlas")).to_be_visible()
    expect(visitor.locator("#infogan .instrument")).to_be_hidden()


def test_a_replay_finds_its_answers_written_down(visitor, host):
    visitor.goto(f"{host}?tab=pix2pix")
    found = ready(visitor, "pix2pix-replay")
    last = source(found, "grid")
    drag(visitor, found, "moment", "0")
    first = source(found, "grid")
    assert first != last and "0" in found.locator('[data-slot="words"]').inner_text()
    drag(visitor, found, "moment", "11")
    assert source(found, "grid") == last


def test_the_lab_plays_in_the_folder(visitor, host):
    visitor.goto(f"{host}?tab=lab&target=spiral")
    found = ready(visitor, "lab")
    expect(found.get_by_role("button", name="spiral", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(found).to_have_attribute("data-rounds", re.compile(r"\d\d"))
    assert found.locator(".notice").inner_text() == ""


def test_a_picture_of_ones_own_is_enlarged_and_goes_nowhere(visitor, host):
    visitor.goto(f"{host}?tab=srgan&source=example")
    found = ready(visitor, "srgan")
    expect(found).to_have_attribute("data-drawn-by", "browser")
    before = source(found, "right")
    picture = np.random.default_rng(0).integers(0, 256, (30, 44, 3), np.uint8)
    for data in (b"no picture", png_bytes(picture)):
        found.locator("[data-upload]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": data})
        if data == b"no picture":
            expect(found.locator(".notice")).to_contain_text("cannot read that picture")
    expect(found.locator('[data-slot="size"]')).to_contain_text("44x30")
    assert (pixels(source(found, "overview")) == picture).all() and source(found, "right") != before
    wanted = models.load("srgan-photos").enlarge(picture)[:, 4 * 7:4 * 37]           # a square from its middle
    assert np.abs(pixels(source(found, "right")).astype(int) - wanted).max() <= 1
    assert found.locator('[data-copy="command"]').is_hidden()
    with visitor.expect_download() as download:
        found.locator("[data-assemble]").click()
    whole = np.asarray(Image.open(download.value.path()).convert("RGB")).astype(int)
    assert np.abs(whole - models.load("srgan-photos").enlarge(picture)).max() <= 1
    assert download.value.suggested_filename == "srgan-photos-srgan.png"
    found.locator("[name=quarter]").check()
    expect(found.locator(".notice")).to_contain_text("at least 8 pixels a side")


def test_a_link_to_a_picture_that_was_elsewhere_shows_an_example(visitor, host):
    visitor.goto(f"{host}?tab=srgan&source={'0' * 24}&left=srresnet&region=256")
    found = ready(visitor, "srgan")
    expect(found).to_have_attribute("data-drawn-by", "browser")
    expect(found.locator('[data-slot="words"]')).to_contain_text("SRResNet to the left of the line")
    expect(found.locator('[data-slot="size"]')).to_contain_text("64x64")
    expect(found.locator("[data-copied]")).to_contain_text("this is an example")


@pytest.mark.parametrize(("tab", "field", "value", "words"), [
    ("infogan", "seed", "99999999999", "one whole number from 0 to 4294967295"), ("text", "text", "红玫瑰", "English words"),
])
def test_what_cannot_be_drawn_is_told_with_what_can(visitor, host, tab, field, value, words):
    visitor.goto(f"{host}?tab={tab}")
    found = ready(visitor, tab)
    found.locator(f'[name="{field}"]').first.fill(value)
    expect(found.locator(".notice")).to_contain_text(words)


def test_a_facade_is_painted_and_built_by_the_browser(visitor, host):
    visitor.goto(f"{host}?tab=pix2pix&seed=9&noise=false")
    found = ready(visitor, "pix2pix")
    expect(found).to_have_attribute("data-drawn-by", "browser")
    before = source(found, "picture")
    canvas = found.locator("[data-board] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    visitor.mouse.move(box["x"] + 60, box["y"] + 60)
    visitor.mouse.down()
    visitor.mouse.move(box["x"] + 160, box["y"] + 200, steps=4)
    visitor.mouse.up()
    expect(found.locator('img[data-slot="picture"]')).not_to_have_attribute("src", before)
    expect(found.locator('[data-slot="verdict"]')).to_contain_text("900 patches")
    assert found.locator('[data-act="upload"]').is_hidden() and found.locator('[data-act="undo"]').is_visible()


def test_both_languages_and_the_state_goes_along(browser, host, visitor):
    visitor.goto(f"{host}?tab=infogan")
    visitor.locator("[data-language-link]").click()
    visitor.wait_for_url("**/zh.html?tab=infogan*")
    assert "噪声" in ready(visitor, "infogan").inner_text()
    visitor.goto(f"{host}?tab=bigan")
    field = ready(visitor, "bigan").locator("[name=drawing]")
    drawing = "b" + field.input_value()[1:][::-1]                # too long for an address, and none that stands there by itself
    field.evaluate("(e, text) => { e.value = text; e.dispatchEvent(new Event('input', {bubbles: true})); }", drawing)
    eventually(visitor, "drawing => Object.values(sessionStorage).some(kept => kept.includes(drawing))", drawing)
    visitor.locator("[data-language-link]").click()
    visitor.wait_for_url("**/zh.html?tab=bigan*")
    assert ready(visitor, "bigan").locator("[name=drawing]").input_value() == drawing
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(host)
    page.wait_for_url("**/zh.html*")
    page.locator("[data-language-link]").click()           # who asks for English gets it
    page.wait_for_url("**/index.html*")
    context.close()


def test_it_works_without_a_network_after_the_first_visit(visitor, host):
    asked = []
    visitor.on("request", lambda one: asked.append(one.url.split("?")[0]) if one.url.startswith(host) else None)
    visitor.goto(f"{host}?tab=infogan")
    drag(visitor, ready(visitor, "infogan"), "c1", "0.5")
    eventually(visitor, """async asked => {                // what came before the service worker did, too
        const kept = new Set();
        for (const name of await caches.keys()) for (const {url} of await (await caches.open(name)).keys()) kept.add(url);
        return asked.every(url => kept.has(url));
    }""", arg=[url for url in asked if not url.endswith("service_worker.js")])
    visitor.context.set_offline(True)
    visitor.reload()
    found = ready(visitor, "infogan")
    drag(visitor, found, "c1", "0.7")
    assert found.get_attribute("data-drawn-by") == "browser"


def test_a_script_that_does_not_come_is_asked_for_again(browser, host):
    context = browser.new_context(service_workers="block")
    page, lost = context.new_page(), []
    page.goto(host)
    page.locator(".atlas img[src]").first.wait_for()
    page.route(re.compile(r"/scripts/.*\.js$|/drawer\.js$"), lambda route: (lost.append(route.request.url), route.abort()))
    choose(page, "InfoGAN")
    expect(page.locator("#panel-infogan")).to_contain_text("could not be fetched")
    page.unroute_all()
    page.locator("#plates [data-tab-id=infogan]").evaluate("tab => tab.click()")
    drag(page, ready(page, "infogan"), "c1", "0.5")
    context.close()
    assert lost


def test_a_link_to_a_plate_whose_scripts_came_in_part_is_opened_again(browser, hosted, host):
    inside = next(text for path in (hosted / "plates").iterdir() if "bigan-replay" in (text := path.read_text(encoding="utf-8")))
    first, *_, last = re.findall(r'data-script="([^"]+)"', inside)
    assert first != last
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.route(f"**/{last}*", lambda route: route.abort())
    page.goto(f"{host}?tab=bigan&at=bigan-walk&t=0.9")
    expect(page.locator("#panel-bigan")).to_contain_text("could not be fetched")
    page.unroute_all()
    page.locator("#plates [data-tab-id=bigan]").evaluate("tab => tab.click()")
    expect(ready(page, "bigan-walk").locator('input[name="t"]')).to_have_value("0.9")
    context.close()


def test_other_folders_of_a_host_keep_what_is_theirs(visitor, host):
    """An edition that came before makes room; nobody else's files do."""
    visitor.goto(host)
    kept_from_now_on(visitor)
    visitor.evaluate("""async () => {
        const old = await caches.open('gan-atlas-an-older-one'), lasting = await caches.open('gan-atlas-lasting');
        await old.put('plates/old.html', new Response('old'));
        await lasting.put('networks/old.onnx', new Response('old'));
        for (const cache of [old, lasting]) for (const file of ['/another/folder/x', 'preview/', 'static/plates/a.html'])
            await cache.put(file, new Response('theirs'));                    // of copies beside this one and below it
        await (await caches.open('theirs')).put('x', new Response('theirs'));
        await (await navigator.serviceWorker.getRegistration()).unregister();
    }""")
    visitor.goto(f"{host}?tab=atlas")
    eventually(visitor, "caches.match('networks/old.onnx').then(found => !found)")
    kept_from_now_on(visitor)
    assert visitor.evaluate("caches.match('plates/old.html').then(found => !found)")
    for name in ("gan-atlas-an-older-one", "gan-atlas-lasting"):
        for file in ("/another/folder/x", "preview/", "static/plates/a.html"):
            assert visitor.evaluate("async ([name, file]) => !!await (await caches.open(name)).match(file)", [name, file]), (name, file)
    assert visitor.evaluate("async () => !!await (await caches.open('theirs')).match('x')")


def test_a_browser_that_cannot_draw_says_so_and_the_picture_stays(browser, host):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete window.WebAssembly")
    page.goto(f"{host}?tab=infogan")
    found = ready(page, "infogan")
    before = source(found, "picture")
    found.locator('input[name="c1"]').fill("0.9")
    expect(found.locator(".notice")).to_contain_text("This browser cannot draw here")
    assert source(found, "picture") == before
    context.close()


# --- the folder -----------------------------------------------------------------------------------------------------------

def test_first_view_and_networks_are_small(hosted):
    first = sum((hosted / name).stat().st_size for name in ("index.html", "style.css", "shell.js"))
    assert (hosted / "index.html").stat().st_size < 150_000        # the plates come when they are opened
    drawing = [path for path in (hosted / "drawing").rglob("*")
               if not path.name.startswith("declared") and "jspi" not in path.name]          # those are fetched for a graphics card only
    infogan = sum(path.stat().st_size for path in [*drawing, *(hosted / "networks" / "infogan-mnist").iterdir()])
    assert first < 1_500_000 and infogan < 4_900_000
    assert json.loads((hosted / "manifest.webmanifest").read_text())["start_url"] == "./"
    texts = [path.read_text(encoding="utf-8") for path in hosted.rglob("*") if path.suffix in (".html", ".css", ".js", ".json")]
    assert not any(str(ROOT) in text for text in texts)
