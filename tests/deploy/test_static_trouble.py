"""The page as a folder where something goes wrong: a host that unpacks, a page of somebody's in place of a file, a worker that dies."""

import gzip
import os
import re
import shutil

import brotli
import numpy as np
import pytest
from playwright.sync_api import expect
from static_visitor import drag, eventually, kept_from_now_on, ready, skipped

from harness.folder import serving_folder
from models.images import png_bytes
from tests.visitor import PATIENCE, choose, source

pytest_plugins, pytestmark = ("static_visitor",), skipped


def test_files_that_a_host_unpacks_on_the_way_are_drawn_with(browser, host):
    unpacked, context = [], browser.new_context(service_workers="block")       # whose requests a test cannot answer
    page = context.new_page()

    def unpack(route):
        file = route.request.url
        unpacked.append(file)
        route.fulfill(body=(gzip if file.endswith("gz") else brotli).decompress(route.fetch().body()))

    page.route(re.compile(r"\.(onnx\.gz|wasm\.gz|wasm\.br)$"), unpack)
    page.goto(f"{host}?tab=infogan")
    found = ready(page, "infogan")
    drag(page, found, "c1", "0.5")
    assert found.get_attribute("data-drawn-by") == "browser" and found.locator(".notice").inner_text() == ""
    assert {file.rpartition(".")[2] for file in unpacked} >= {"gz", "br"}
    context.close()


SPOILED = """await (async () => {
    const cache = await caches.open('gan-atlas-lasting');
    const found = (await cache.keys()).filter(({url}) => url.replaceAll('/', '.').includes(name));
    return (await Promise.all(found.map(async one => (await cache.match(one))?.text()))).includes('log in first');
})()"""


@pytest.mark.parametrize("name", ["infogan-mnist.generator", "runtime.json", "brotli_dec_wasm_bg"])
def test_what_came_in_place_of_a_file_is_not_kept(visitor, host, name):
    visitor.goto(f"{host}?tab=atlas")
    kept_from_now_on(visitor)
    visitor.goto(f"{host}?tab=infogan")
    found = ready(visitor, "infogan")
    drag(visitor, found, "c1", "0.4")
    spoiled = eventually(visitor, """async name => {             // what is drawn with may still be on its way into the cache
        const cache = await caches.open('gan-atlas-lasting');
        const found = (await cache.keys()).filter(({url}) => url.replaceAll('/', '.').includes(name));
        await Promise.all(found.map(({url}) => cache.put(url, new Response('log in first'))));
        return found.length;
    }""", name)
    assert spoiled == 1
    if "brotli" in name:                          # is fetched again at once, unsaid, where what it unpacks is still on its way
        visitor.reload()
        eventually(visitor, f"async name => !({SPOILED})", name)
    else:
        with visitor.expect_console_message(lambda one: "Nothing is drawn" in one.text) as warned:
            visitor.reload()                      # fetched once the plate has stood open for a while
        assert "infogan" not in name or "The generator of infogan-mnist is not the file that was promised." in warned.value.text
        assert ready(visitor, "infogan").locator("[data-drawer]").inner_text() == "", "nobody has drawn anything"
    found = ready(visitor, "infogan")
    drag(visitor, found, "c1", "0.7")
    expect(found.locator(".notice")).to_have_text("")
    assert found.get_attribute("data-drawn-by") == "browser"


def test_after_a_worker_that_died_another_one_draws(visitor, host):
    visitor.add_init_script("""const Real = Worker;
        window.Worker = function (...given) { const one = new Real(...given); (window.begun ||= []).push(one); return one; }""")
    visitor.goto(f"{host}?tab=infogan")
    found = ready(visitor, "infogan")
    drag(visitor, found, "c1", "0.5")
    visitor.evaluate("begun[0].onerror(new Event('error'))")          # as the browser tells it when memory is short
    drag(visitor, found, "c1", "0.6")
    before = source(found, "picture")
    drag(visitor, found, "c1", "0.7")
    expect(found.locator(".notice")).to_have_text("")
    assert visitor.evaluate("begun.length") == 2 and source(found, "picture") != before


def test_a_host_without_https_draws_too(browser, host):
    """By plain http from elsewhere a browser has no crypto.subtle, no randomUUID, no caches and no clipboard."""
    context, elsewhere = browser.new_context(), "http://atlas.test/"
    context.set_default_timeout(PATIENCE)
    context.route(f"{elsewhere}**", lambda route: route.fulfill(response=route.fetch(url=route.request.url.replace(elsewhere, host))))
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(f"{elsewhere}?tab=infogan")
    found = ready(page, "infogan")
    assert page.evaluate("!isSecureContext && !crypto.subtle")
    drag(page, found, "c1", "0.5")
    assert found.get_attribute("data-drawn-by") == "browser" and found.locator(".notice").inner_text() == ""
    page.goto(f"{elsewhere}?tab=srgan")
    found = ready(page, "srgan")
    picture = png_bytes(np.zeros((30, 44, 3), np.uint8))
    found.locator("[data-upload]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": picture})
    expect(found.locator('[data-slot="size"]')).to_contain_text("44x30")
    assert trouble == []
    context.close()


def test_a_folder_opened_as_files_says_what_it_needs(browser, hosted):
    page = browser.new_page()
    page.goto((hosted / "index.html").as_uri())
    page.get_by_text("python -m http.server").wait_for()
    assert page.locator(".atlas").is_visible(), "what needs no script is there"
    page.close()


def test_without_the_row_of_groups_plates_open(browser, hosted, host):
    context = browser.new_context(service_workers="block")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(host)
    script, lost = page.locator("#groups").get_attribute("data-script"), []
    page.route(f"**/{script}*", lambda route: (lost.append(route.request.url), route.abort()))
    page.goto(host)
    page.locator(".atlas img[src]").first.wait_for()
    page.locator('#plates [role=tab][data-tab-id="infogan"]').click()
    ready(page, "infogan")
    assert lost
    context.close()


def test_a_new_script_under_its_old_name_is_seen_at_once(browser, hosted, tmp_path):
    """Though the host told the browser to keep it for ten minutes."""
    shutil.copytree(hosted, tmp_path / "page", copy_function=os.link)
    script, context = tmp_path / "page" / "shell.js", browser.new_context()
    context.set_default_timeout(PATIENCE)
    with serving_folder(tmp_path, seconds=600) as address:
        page = context.new_page()
        page.goto(f"{address}page/")
        kept_from_now_on(page)
        page.goto(f"{address}page/")
        text = script.read_text(encoding="utf-8")
        script.unlink()                               # the fixture's file is the same one
        script.write_text(f"{text}\ndocument.body.dataset.edition = 'new';", encoding="utf-8")
        page = context.new_page()
        page.goto(f"{address}page/")
        page.locator('body[data-edition="new"]').wait_for()
    context.close()


@pytest.mark.parametrize("theirs", [False, True], ids=["nothing comes", "a page of the host's comes"])
def test_a_plate_that_does_not_come_says_so_and_can_be_opened_again(browser, hosted, host, theirs):
    context = browser.new_context(service_workers="block")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    context.route("**/plates/*.html", lambda route: route.fulfill(path=hosted / "index.html") if theirs else route.abort())
    page.goto(host)
    page.locator(".atlas img[src]").first.wait_for()             # the groups listen as well
    choose(page, "InfoGAN")
    expect(page.locator("#panel-infogan")).to_contain_text("could not be fetched")
    context.unroute("**/plates/*.html")
    page.locator("#plates [data-tab-id=infogan]").evaluate("tab => tab.click()")
    ready(page, "infogan")
    context.close()


KEPT = """async names => {
    const found = await Promise.all(names.map(name => caches.match(name)));
    return found.map(one => !!one);
}"""


def test_only_files_of_the_page_are_kept_and_only_as_they_were_written(browser, hosted, tmp_path):
    """What else lies below the address is somebody's own; a file that is not what its name says is asked for again."""
    shutil.copytree(hosted, tmp_path / "page", copy_function=os.link)
    good, bad = sorted(path.relative_to(tmp_path / "page").as_posix() for path in (tmp_path / "page" / "pictures").iterdir())[:2]
    (tmp_path / "page" / bad).unlink()
    (tmp_path / "page" / bad).write_text("log in first")
    theirs = [f"blog/{good}", "pictures/0123456789abcdef.png", "blog/index.html", "blog/", "notes.txt"]
    for name in theirs:
        if not name.endswith("/"):
            (tmp_path / "page" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "page" / name).write_text("theirs")
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    with serving_folder(tmp_path) as address:
        page = context.new_page()
        page.goto(f"{address}page/?tab=lab")
        kept_from_now_on(page)
        page.goto(f"{address}page/?tab=lab")
        for name in (bad, *theirs, good):                        # the good one last: when it is kept, the others would be
            page.evaluate("name => fetch(name).then(answer => answer.text())", name)
        eventually(page, "name => caches.match(name).then(found => !!found)", good)
        assert page.evaluate(KEPT, [bad, *theirs]) == [False] * (1 + len(theirs))
    context.close()


def test_no_edition_begins_with_what_is_not_its_own(browser, hosted, tmp_path):
    shutil.copytree(hosted, tmp_path / "page", copy_function=os.link)
    plate = next((tmp_path / "page" / "plates").iterdir())
    plate.unlink()
    shutil.copyfile(tmp_path / "page" / "index.html", plate)
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    with serving_folder(tmp_path) as address:
        page = context.new_page()
        page.goto(f"{address}page/?tab=lab")
        assert page.evaluate("""async () => {
            const found = await navigator.serviceWorker.register('service_worker.js'), worker = found.installing;
            if (worker) await new Promise(done => worker.onstatechange = done);
            return worker?.state ?? (found.waiting || found.active)?.state ?? 'gone';
        }""") in ("redundant", "gone")
    context.close()
