"""What is drawn in the visitor's browser beside the same drawn by the server, and the static folder: `python -m benchmarks.browser`.

Needs requirements-dev.txt and `python -m harness.node`. Starts `python app.py`, opens the plates of InfoGAN, BiGAN and sentences in
Chromium by turns with ?draw=server and without, writes the static folder into a temporary one and visits it over 9 Mbit/s. Prints Markdown
tables: milliseconds from a pointer's move or the last key press to new pixels on the screen, requests, the server's processor time, what
was fetched first. benchmarks.memory measures what a tab takes.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.page import BOARDS, DRAG, MOVES, STROKES, TYPE
from deploy import static
from harness.chromium import launch_options
from harness.folder import serving_folder
from harness.server import running
from models.arguments import command

READY = 300          # seconds that the networks may take to be exported, fetched and opened
KEYS = 20
LINE = 9_000_000     # bits a second
WHO = (("by the server", "?draw=server"), ("in the browser", ""), ("by the server, again", "?draw=server"), ("in the browser, again", ""))


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        with running() as server:
            def measured(measure: Callable) -> dict:
                return {who: measure(browser, server.url, habit, server.process.pid) for who, habit in WHO}

            drags, strokes, keys = measured(_drags), measured(_strokes), measured(_keys)
        for what, found in (("dragging InfoGAN", drags), ("a stroke on BiGAN's board", strokes)):
            table(what, ("p50", "p95", "requests", "processor time of the server", "fetched before", "after the first touch"),
                  {who: (*percentiles(times), asked, f"{busy:.2f} s", f"{size:.1f} MB", f"{seconds:.1f} s")
                   for who, (times, asked, busy, size, seconds) in found.items()})
        table("typing", ("sketch, p50", "p95", "256x256, p50", "p95", "requests", "processor time of the server", "fetched before",
                         "after the first touch"),
              {who: (*percentiles([a for a, _ in times]), *percentiles([b for _, b in times]), asked, f"{busy:.2f} s",
                     f"{size:.1f} MB", f"{seconds:.1f} s") for who, (times, asked, busy, size, seconds) in keys.items()})
        with tempfile.TemporaryDirectory() as temporary:
            _folder(browser, Path(temporary) / "static")
        browser.close()


def _drags(browser: Browser, url: str, habit: str, process: int) -> tuple:
    return _beside(browser, url + habit, "infogan", lambda page: page.evaluate(DRAG, ["infogan", "[data-pad]", "picture", MOVES]), process)


def _strokes(browser: Browser, url: str, habit: str, process: int) -> tuple:
    own, slot = BOARDS["bigan"]
    return _beside(browser, url + habit, own, lambda page: page.evaluate(DRAG, [own, "canvas", slot, STROKES]), process)


def _keys(browser: Browser, url: str, habit: str, process: int) -> tuple:
    return _beside(browser, url + habit, "text", lambda page: page.evaluate(TYPE, KEYS), process)


def _beside(browser: Browser, url: str, plate: str, work: Callable[[Page], list], process: int) -> tuple[list, int, float, float, float]:
    """What `work` measures on a plate, the requests meanwhile, the server's seconds, megabytes fetched before, seconds to be ready."""
    page, sizes = watched(browser)
    page.goto(url)
    start = time.perf_counter()
    touch(page, plate, wait="draw=server" not in url)
    seconds, asked = time.perf_counter() - start, []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    before, size = processor(process), sum(sizes.values())
    times = work(page)
    found = times, len(asked), processor(process) - before, size / 1e6, seconds
    page.context.close()
    return found


def watched(browser: Browser) -> tuple[Page, dict[str, float]]:
    """A page, and the bytes of what it fetches to draw with."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True, service_workers="block").new_page()
    session, sizes, names = page.context.new_cdp_session(page), {}, {}
    session.send("Network.enable")
    session.on("Network.responseReceived", lambda event: names.update({event["requestId"]: event["response"]["url"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]} if any(
        part in names.get(event["requestId"], "") for part in ("/drawing/", "/networks/")) else {}))
    return page, sizes


def touch(page: Page, plate: str, wait: bool) -> None:
    """Opens a plate and changes its seed, or what is on its board, until its browser draws, where that is waited for."""
    tab = page.locator(f"#plates [data-tab-id='{plate}']").first
    tab.wait_for(state="attached")
    tab.evaluate("tab => tab.click()")
    found = page.locator(f"#{plate} .instrument[data-ready]")
    found.wait_for()
    for i in range(READY if wait else 1):
        drawn = found.get_attribute("data-drawn") or ""
        if (seed := found.locator('input[name="seed"]')).count():
            seed.fill(str(i))
        else:
            found.locator('[data-act="surprise"]').click()
        page.wait_for_function("([root, drawn]) => (root.dataset.drawn || '') !== drawn", arg=[found.element_handle(), drawn],
                               timeout=READY * 1000)
        if found.get_attribute("data-drawn-by") == "browser":
            break
        page.wait_for_timeout(1000)
    assert (found.get_attribute("data-drawn-by") == "browser") == wait, "the wrong one draws"


def _folder(browser: Browser, out: Path) -> None:
    """The static folder: the first visit over a line of 9 Mbit/s."""
    static.write(out)
    rows = {}
    with serving_folder(out) as url:
        page, sizes = watched(browser)
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", {
            "offline": False, "latency": 40, "downloadThroughput": LINE / 8, "uploadThroughput": LINE / 8})
        start = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.wait_for_function("[...document.querySelectorAll('.atlas img')].filter(i => i.complete && i.naturalWidth).length >= 4")
        rows["first visit over 9 Mbit/s to the first pictures"] = f"{time.perf_counter() - start:.1f} s"
        for plate, name in (("infogan", "InfoGAN"), ("text", "the sentences")):
            start, before = time.perf_counter(), sum(sizes.values())
            touch(page, plate, wait=True)
            rows[f"and from opening {name} until the browser draws"] = (f"{time.perf_counter() - start:.1f} s, "
                                                                        f"{(sum(sizes.values()) - before) / 1e6:.1f} MB")
        rows["the whole folder"] = f"{sum(path.stat().st_size for path in out.rglob('*') if path.is_file()) / 1e6:.0f} MB"
        page.context.close()
    table("the static folder", ("measured",), {what: (value,) for what, value in rows.items()})


def percentiles(times: list[float]) -> tuple[str, str]:
    """p50 and p95 of milliseconds, as words."""
    return f"{np.percentile(times, 50):.0f} ms", f"{np.percentile(times, 95):.0f} ms"


def table(what: str, heads: tuple[str, ...], rows: dict[str, tuple]) -> None:
    """Prints a Markdown table: `rows` has the cells by their first one."""
    print(f"| {what} | {' | '.join(heads)} |\n|{'---|' * (len(heads) + 1)}")
    for name, cells in rows.items():
        print(f"| {name} | {' | '.join(map(str, cells))} |")
    print(flush=True)


def processor(process: int) -> float:
    """Seconds that a process has worked; Linux only, else nan."""
    try:
        numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(numbers[11]) + int(numbers[12])) / 100


if __name__ == "__main__":
    command(main, description=__doc__)
