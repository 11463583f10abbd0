"""A visitor in Chromium: the fixtures `address`, `browser` and `page`, which every test of the page shares, and what a visitor does."""

import base64
import io
import re
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from harness.chromium import launch_options
from page import drawing_files, exporter
from page.evaluate import Evaluator

PATIENCE = 90_000        # ms: three parts of the tests share two cores, which may be slow ones
expect.set_options(timeout=PATIENCE * 2 // 3)
exporter.NICE, exporter.IDLE = 0, 300       # tests wait for what it exports, and beginning it takes longer than most exports
_shared: dict = {}           # a browser's context, in which all visitors without habits find what was fetched before
USUAL = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
SHOWN = re.compile(".")      # the address of any picture


@pytest.fixture(scope="session")
def built():
    """The page, as gr.Blocks."""
    from app import build

    return build()


@pytest.fixture(scope="session")
def address(built):
    from app import launch

    yield launch(built, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    built.close()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**launch_options())
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, address):
    with visit(browser, address) as page:
        yield page


@pytest.fixture
def newcomer(browser, address):
    """A page that has not been opened yet, for who comes by a link."""
    with visit(browser, address, opened=False) as page:
        yield page


@pytest.fixture(scope="module")
def walker(browser, address):
    """One visitor for all tests of a module that look at plates and change nothing: opening the page takes longer than most of them."""
    with visit(browser, address) as page:
        yield page


@contextmanager
def visit(browser, address: str, *, opened: bool = True, **habits):
    """A fresh visitor, with `habits` of their browser, who has opened the page or is about to. At the end: no
    error on the console, and no request but to our own server.

    Without a graphics card the tree's growing costs half of a page's opening, so visitors ask for stillness unless a test is about motion.
    """
    if not habits and browser not in _shared:
        _shared[browser] = browser.new_context(**USUAL)
    context = browser.new_context(**USUAL | habits) if habits else _shared[browser]
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    trouble = []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else trouble.append(request.url))
    if opened:
        page.goto(address)
        page.wait_for_function("""() => document.querySelector('[role=tab][data-tab-id]') && (document.querySelector('.groups [role=tab]')
            || !gradio_config.components.some(one => one.props?.elem_id === 'groups'))""")            # either may stand first
        page.get_by_role("tab").first.wait_for()
    try:
        yield page
    finally:
        (context.close if habits else page.close)()
    assert trouble == []


def frames(page: Page, count: int = 2) -> None:
    """Waits until the browser has drawn so many frames."""
    page.evaluate("count => new Promise(go => { const next = () => count-- ? requestAnimationFrame(next) : go(); next(); })", count)


def settled(instrument) -> None:
    """Waits until an instrument has drawn whatever has been done to it."""
    root = instrument.element_handle()
    root.evaluate("root => { root.calm = 0; }")
    instrument.page.wait_for_function("root => (root.calm = root.hasAttribute('aria-busy') ? 0 : root.calm + 1) > 3", arg=root)


def at_rest(page: Page) -> None:
    """Waits until nothing scrolls any more."""
    page.evaluate("() => { window.rest = [scrollY, 0]; }")
    page.wait_for_function("() => (window.rest = [scrollY, scrollY === window.rest[0] ? window.rest[1] + 1 : 0])[1] > 20")


def hold(page: Page, *functions: str) -> list:
    """Holds back what a page asks of these functions of its server: the routes, in order."""
    held: list = []

    def kept(route) -> None:
        asks = (route.request.post_data_json or {}).get("fn_name") in functions
        held.append(route) if asks else route.continue_()

    page.route("**/component_server**", kept)
    return held


def came(page: Page, held: list, count: int = 1) -> list:
    """Waits until a route holds back so many requests, and gives them."""
    for _ in range(int(PATIENCE // 50)):
        if len(held) >= count:
            return held
        page.wait_for_timeout(50)
    raise AssertionError(f"{len(held)} requests of {count} came.")


def stands(page: Page, plate: str) -> None:
    """Waits until the first pictures of an open plate have come, by its id."""
    page.wait_for_function("""own => own === 'atlas' ? document.querySelector('.atlas img[src]')
        : (all => all.length && all.every(one => 'ready' in one.dataset && !one.ariaBusy))(
            [...document.querySelectorAll('.instrument')].filter(one => one.offsetParent))""", arg=plate)
    frames(page)


def tab_of(page: Page, name: str):
    """A plate's tab by its words, in sight or not: the tabs of other groups are hidden."""
    return page.locator("#plates [role=tab]").filter(has_text=re.compile(rf"^\s*{re.escape(name)}\s*$"))


def choose(page: Page, name: str) -> None:
    """Opens a plate as a visitor does: its group first, and then its tab, where that is not the group's only one."""
    tab = tab_of(page, name)
    group = page.locator(f'.groups [data-plates~="{tab.get_attribute("data-tab-id")}"]')
    if group.get_attribute("aria-selected") != "true":
        group.click()
        expect(group).to_have_attribute("aria-selected", "true")
        frames(page)        # the focus goes along
    if tab.get_attribute("aria-selected") != "true":
        tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def open_tab(page: Page, name: str, instrument: str):
    choose(page, name)
    page.locator(f"#{instrument} .instrument[data-ready]").wait_for()      # its first pictures have come
    return page.locator(f"#{instrument} .instrument")


def source(instrument, slot: str) -> str:
    picture = instrument.locator(f'img[data-slot="{slot}"]')
    expect(picture).to_have_attribute("src", SHOWN)          # an instrument opens with empty frames
    return picture.get_attribute("src")


def refuses(instrument, field: str, text: str, words: str) -> None:
    """What is typed gets one sentence with these words, and the picture stays."""
    before = source(instrument, "picture")
    instrument.locator(f'[name="{field}"]').fill(text)
    expect(instrument.locator(".notice")).to_contain_text(words)
    assert source(instrument, "picture") == before


def opened(uri: str) -> Image.Image:
    """The picture of a data URI."""
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def pixels(uri: str) -> np.ndarray:
    """Its pixels, uint8 [H, W] or [H, W, C]."""
    return np.asarray(opened(uri))


def same_picture(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """As exported networks must agree: at most 1/255, in at most 2 % of values."""
    steps = np.abs(ours.astype(int) - theirs)
    return bool(steps.max() <= 1 and (steps > 0).mean() <= 0.02)


def assert_same_animation(ours: str, theirs: str, off: int = 0) -> None:
    one, other = opened(ours), opened(theirs)
    assert (one.n_frames, one.size, one.info["loop"], one.info["duration"]) == (
        other.n_frames, other.size, other.info["loop"], other.info["duration"])
    for i in range(one.n_frames):
        one.seek(i)
        other.seek(i)
        assert np.abs(np.asarray(one.convert("RGB")).astype(int) - np.asarray(other.convert("RGB"))).max() <= off, i


def module(address: str, name: str) -> str:
    """The address of a script that browsers draw with."""
    return f"{address}drawing/{drawing_files.VERSION}/{name}"


@contextmanager
def drawn_anew(instrument):
    """Waits at its end until the instrument has drawn again, or for the first time, because of what was done within."""
    root, before = instrument.element_handle(), instrument.get_attribute("data-drawn")
    yield
    instrument.page.wait_for_function("([root, before]) => (root.dataset.drawn ?? null) !== before", arg=[root, before])


def wait_for_change(instrument, slot: str, before: str) -> None:
    expect(instrument.locator(f'img[data-slot="{slot}"]')).not_to_have_attribute("src", before)


def drawn_by(drawing, state: dict, phase: str = "draw") -> dict:
    """The slots of a phase of a drawing, filled by the server."""
    return Evaluator(drawing).slots(phase, drawing.parse(state))


def copied(found, kind: str) -> str:
    """What a button of an instrument copies: its "link", "command" or "json"."""
    found.locator(f'[data-copy="{kind}"]').click()
    expect(found.locator("[data-copied]")).not_to_have_text("")
    return found.locator("[data-copied]").get_attribute("data-copied")
