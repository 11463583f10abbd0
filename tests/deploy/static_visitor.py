"""A folder of the page on a plain file server, and a visitor of it: the fixtures `hosted`, `host` and `visitor`, a plugin of tests."""

from types import SimpleNamespace

import pytest

import app
from deploy import static
from harness.folder import serving_folder
from page import drawing_files
from tests.visitor import PATIENCE

skipped = pytest.mark.skipif(not drawing_files.available(), reason="onnxruntime-web is not installed: python -m harness.node")
SUBFOLDER = "some/where"
PLATES = ["atlas", "infogan", "bigan", "text", "pix2pix", "srgan", "lab"]


@pytest.fixture(scope="session")
def hosted(tmp_path_factory):
    """A page of the tree and of six plates that browsers draw; of others their headings."""
    real, out = app.plates, tmp_path_factory.mktemp("host") / SUBFOLDER

    def heading(module) -> SimpleNamespace:
        told = {name: getattr(module, name) for name in ("PLATE", "BRANCHES", "READER") if hasattr(module, name)}
        return SimpleNamespace(**{"BRANCHES": ()} | told, build=lambda site: site.head(module.PLATE))

    app.plates, best = lambda: [module if module.PLATE.id in PLATES else heading(module) for module in real()], static.BROTLI
    static.BROTLI = 9        # quick: a tenth of the time
    try:
        return static.write(out)
    finally:
        app.plates, static.BROTLI = real, best


@pytest.fixture(scope="session")
def host(hosted):
    """The address of the folder."""
    with serving_folder(hosted.parents[SUBFOLDER.count("/")]) as address:
        yield f"{address}{SUBFOLDER}/"


@pytest.fixture
def trouble():
    """What went wrong in the visitor's page, which a test may look through."""
    return []


@pytest.fixture
def visitor(browser, host, trouble):
    """A page of a context of its own. What goes wrong in it, and what it asks of others than the folder, is trouble."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((host, "data:", "blob:")) else trouble.append(request.url))
    yield page
    context.close()
    assert trouble == []


def ready(page, own: str):
    page.locator(f"#{own} .instrument[data-ready]").wait_for()
    return page.locator(f"#{own} .instrument")


def drag(page, found, name: str, value: str) -> None:
    before = found.get_attribute("data-drawn")
    found.locator(f'input[name="{name}"]').fill(value)
    page.wait_for_function("([root, before]) => root.dataset.drawn !== before && !root.hasAttribute('aria-busy')",
                           arg=[found.element_handle(), before])


def eventually(page, script: str, arg=None):
    """What a script gives, or the promise that it gives, as soon as that is true: for wait_for_function a promise is true itself."""
    for _ in range(PATIENCE // 200):
        if found := page.evaluate(script, arg):
            return found
        page.wait_for_timeout(200)
    raise AssertionError(f"never true: {script}")


def kept_from_now_on(page) -> None:
    """Waits until the service worker answers, which keeps what comes."""
    eventually(page, "navigator.serviceWorker.getRegistration().then(found => found?.active?.state === 'activated')")
