"""A drag drawn in the visitor's browser beside the same drag drawn by the server: `python -m benchmarks.browser`.

Needs requirements-dev.txt and `python -m harness.node`. Starts `python app.py`, opens InfoGAN's plate in Chromium by turns with
?draw=server and without, and prints as a Markdown table the milliseconds from a pointer's move to new pixels on the screen, the requests
that 120 moves made, the server's processor time, and what was fetched first.
"""

import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.page import DRAG, MOVES
from harness.chromium import launch_options
from harness.server import running

READY = 300      # seconds that the networks may take to be exported, fetched and opened


def main() -> None:
    rows = {}
    with running() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        for who, habit in (("by the server", "?draw=server"), ("in the browser", ""), ("by the server, again", "?draw=server"),
                           ("in the browser, again", "")):
            page, fetched, seconds = _opened(browser, server.url + habit, wait=not habit)
            asked = []
            page.on("request", lambda request, asked=asked: asked.append(request.url) if request.url.startswith("http") else None)
            before = _processor(server.process.pid)
            times = page.evaluate(DRAG, MOVES)
            rows[who] = times, len(asked), _processor(server.process.pid) - before, fetched, seconds
            page.context.close()
        browser.close()
    print("| drawn | p50 | p95 | requests | processor time of the server | fetched before | after the first touch |")
    print("|---|---|---|---|---|---|---|")
    for who, (times, asked, busy, fetched, seconds) in rows.items():
        print(f"| {who} | {np.percentile(times, 50):.0f} ms | {np.percentile(times, 95):.0f} ms | {asked} | {busy:.2f} s "
              f"| {fetched:.1f} MB | {seconds:.1f} s |")


def _opened(browser: Browser, url: str, wait: bool) -> tuple[Page, float, float]:
    """InfoGAN's plate, drawn by whom it should be; megabytes fetched for that, and seconds from the first touch."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    session, sizes, names = page.context.new_cdp_session(page), {}, {}
    session.send("Network.enable")
    session.on("Network.responseReceived", lambda event: names.update({event["requestId"]: event["response"]["url"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(url)
    page.get_by_role("tab", name="InfoGAN", exact=True).click()
    found = page.locator("#infogan .instrument[data-ready]")
    found.wait_for()
    start = time.perf_counter()
    for i in range(READY * 2 if wait else 1):
        found.locator('input[name="c1"]').fill(f"{i % 100 / 100:g}")
        page.wait_for_timeout(500)
        if found.get_attribute("data-drawn-by") == "browser":
            break
    assert (found.get_attribute("data-drawn-by") == "browser") == wait, "the wrong one draws"
    own = sum(size for request, size in sizes.items() if any(part in names.get(request, "") for part in ("/drawing/", "/networks/")))
    return page, own / 1e6, time.perf_counter() - start


def _processor(process: int) -> float:
    """Seconds that a process has worked; Linux only, else nan."""
    try:
        numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(numbers[11]) + int(numbers[12])) / 100


if __name__ == "__main__":
    main()
