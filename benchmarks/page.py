"""How quick the page is, measured in Chromium: `python -m benchmarks.page`. Needs requirements-dev.txt.

Starts `python app.py` as `make app` does and prints, as a Markdown table: seconds from the command to the first answer, seconds from
opening the page to its pictures, milliseconds from a drag event or a key press to new pixels on the screen, and the server's memory.
"""

import time

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from harness.chromium import launch_options
from harness.server import memory, running
from models.arguments import command
from page.site import Site
from tabs import plates

MOVES = 120
SETTLE = 25      # seconds after which the sentence encoder has been opened in the background

# Each pointer move on `target` waits for the frame in which its picture, that of `slot`, is on the screen, as the eye does: the source
# changes, the picture is decoded, and one animation frame has passed. A drawing board is empty at first.
DRAG = """
async ([own, target, slot, moves]) => {
  const root = document.querySelector(`#${own} .instrument`), pad = root.querySelector(target);
  const picture = root.querySelector(`[data-slot=${slot}]`), times = [];
  const fire = (type, t) => {
    const box = pad.getBoundingClientRect();
    pad.dispatchEvent(new PointerEvent(type, {bubbles: true, pointerId: 1, isPrimary: true,
      clientX: box.left + box.width * (0.5 + 0.4 * Math.cos(t)), clientY: box.top + box.height * (0.5 + 0.4 * Math.sin(t))}));
  };
  pad.setPointerCapture = () => {};
  root.querySelector('[data-act=clear]')?.click();
  fire('pointerdown', 0);
  await new Promise(done => setTimeout(done, 1500));
  for (let i = 1; i <= moves; i++) {
    const before = picture.src, start = performance.now();
    fire('pointermove', i * 0.21);
    while (picture.src === before) {
      if (performance.now() - start > 5000) throw new Error('A drag was not drawn within 5 s.');
      await new Promise(done => setTimeout(done, 0));
    }
    await picture.decode();
    await new Promise(requestAnimationFrame);
    times.push(performance.now() - start);
  }
  fire('pointerup', 0);
  return times;
}
"""
BOARDS = {"vae": ("vae-drawing", "again"), "bigan": ("bigan", "again"), "pix2pix": ("pix2pix", "picture")}     # by plate: instrument, slot
STROKES = 28     # moves on a board: one round, for a line over a line changes nothing

KEYS = 40

# Each key makes a sentence that this page has not seen, waits for its sketch, and then until the large picture has been painted; each of
# them decoded, one frame later. A list of [milliseconds to the sketch, to the large picture].
TYPE = """
async keys => {
  const root = document.querySelector('#text .instrument'), box = root.querySelector('textarea[name=text]');
  const picture = root.querySelector('[data-slot=picture]'), times = [];
  await new Promise(done => setTimeout(done, 1500));
  for (let i = 0; i < keys; i++) {
    const before = picture.src, start = performance.now(), number = window.typed = (window.typed || 0) + 1;
    const seen = async is => {
      while (!is()) {
        if (performance.now() - start > 10000) throw new Error('A sentence was not drawn within 10 s.');
        await new Promise(done => setTimeout(done, 0));
      }
      await picture.decode().catch(() => {});       // the next picture has taken its place
      await new Promise(requestAnimationFrame);
      return performance.now() - start;
    };
    box.value = `a flower with ${number} long ${['red', 'blue', 'white', 'pink'][number % 4]} petals`;
    box.dispatchEvent(new Event('input', {bubbles: true}));
    times.push([await seen(() => picture.src !== before), await seen(() => picture.complete && picture.naturalWidth === 256)]);
  }
  return times;
}
"""

TABS = {module.PLATE.tab: f"#{module.PLATE.id}" for module in Site(plates()).plates if module.PLATE.models}

# From the click on a tab until every picture of its first instrument that is in sight has been decoded.
OPEN = """
async ([name, id]) => {
  const start = performance.now();
  [...document.querySelectorAll('#plates [role=tab]')].find(tab => tab.innerText.trim() === name).click();
  const shown = () => [...document.querySelectorAll(`${id} .instrument img`)].filter(img => img.offsetParent !== null);
  while (!shown().length || shown().some(img => !img.complete || !img.naturalWidth)) await new Promise(requestAnimationFrame);
  await Promise.all(shown().map(img => img.decode()));
  await new Promise(requestAnimationFrame);
  return performance.now() - start;
}
"""

# Pictures of the plane that the 2-D lab drew in so many seconds: each says after how many rounds it was drawn.
LAB = """
seconds => new Promise(done => {
  let frames = 0;
  new MutationObserver(() => frames++).observe(document.querySelector('#lab [data-steps]'), {childList: true, subtree: true});
  setTimeout(() => done(frames / seconds), seconds * 1000);
})
"""


def main() -> None:
    with running() as server:
        url = server.url
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**launch_options())
            pages = [_visit(browser, url) for _ in range(3)]
            slow = _slow_line(browser, url)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            _first_pictures(page, url)
            time.sleep(SETTLE)
            opened = {name: page.evaluate(OPEN, [name, place]) for name, place in TABS.items()}
            _open(page, "lab")
            page.locator("#lab .instrument").wait_for()
            frames = page.evaluate(LAB, 5)
            dragged = _dragged(page, "infogan", "infogan", "[data-pad]", "picture", MOVES)
            strokes = {plate: _dragged(page, plate, own, "canvas", slot, STROKES) for plate, (own, slot) in BOARDS.items()
                       if f"#{plate}" in TABS.values()}
            _open(page, "text")
            page.locator("#text .instrument").wait_for()
            typed = [large for _, large in page.evaluate(TYPE, KEYS)]
            browser.close()
        print("| what | measured |")
        print("|---|---|")
        print(f"| command to first answer of the server | {server.seconds:.1f} s |")
        print(f"| opening the page to its pictures, first visit / later ones | {pages[0]:.2f} s / {np.median(pages[1:]):.2f} s |")
        print(f"| the same at 1.6 Mbit/s and 150 ms: something to see / the pictures | {slow[0]:.1f} s / {slow[1]:.1f} s |")
        print(f"| sent to open the page, beyond Gradio's own files | {slow[2]:.0f} KB |")
        slowest = max(opened, key=opened.get)
        print(f"| a tab opened for the first time to its pictures, the slowest ({slowest}) | {opened[slowest] / 1000:.2f} s |")
        print(f"| pictures a second of the 2-D lab | {frames:.0f} |")
        print(f"| drag event to new pixels, p50 / p95 of {MOVES} | {np.percentile(dragged, 50):.0f} ms / "
              f"{np.percentile(dragged, 95):.0f} ms |")
        for plate, times in strokes.items():
            print(f"| a stroke on the board of {plate} to new pixels, p50 / p95 of {STROKES} | {np.percentile(times, 50):.0f} ms / "
                  f"{np.percentile(times, 95):.0f} ms |")
        print(f"| last key press to a 256x256 picture, p50 / p95 of {KEYS}, debounce included | {np.percentile(typed, 50):.0f} ms / "
              f"{np.percentile(typed, 95):.0f} ms |")
        print(f"| resident memory of the server after that | {memory(server.process):.0f} MB |")


def _open(page: Page, plate: str) -> None:
    page.evaluate("plate => document.querySelector(`#plates [data-tab-id='${plate}']`).click()", plate)


def _dragged(page: Page, plate: str, own: str, target: str, slot: str, moves: int) -> list[float]:
    """Milliseconds of each pointer move on a plate's instrument `own`."""
    _open(page, plate)
    page.locator(f"#{own} .instrument[data-ready]").wait_for()
    return page.evaluate(DRAG, [own, target, slot, moves])


def _slow_line(browser: Browser, url: str) -> tuple[float, float, float]:
    """Over 1.6 Mbit/s with 150 ms: seconds to something to see, seconds to the tree's pictures, kilobytes that are not Gradio's files."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, "latency": 150, "downloadThroughput": 200_000,
                                                      "uploadThroughput": 200_000})
    sizes, names = {}, {}
    session.on("Network.responseReceived", lambda event: names.update({event["requestId"]: event["response"]["url"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    pictures = _first_pictures(page, url)
    seen = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000
    own = sum(size for request, size in sizes.items() if not any(part in names.get(request, "") for part in ("/assets/", "/static/")))
    page.close()
    return seen, pictures, own / 1000


def _visit(browser: Browser, url: str) -> float:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    seconds = _first_pictures(page, url)
    page.close()       # else its tree grows on beside the next visit, drawn by the same two cores
    return seconds


def _first_pictures(page: Page, url: str) -> float:
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function("[...document.querySelectorAll('.atlas img')].filter(i => i.complete && i.naturalWidth).length >= 4")
    return time.perf_counter() - start


if __name__ == "__main__":
    command(main, description=__doc__)
