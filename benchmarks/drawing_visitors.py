"""25 visitors whose own browsers draw: `python -m benchmarks.drawing_visitors`. Needs requirements-dev.txt and `python -m harness.node`.

Starts `python app.py` and opens the page in 25 browser contexts of one Chromium, which keep nothing from each other. Two thirds drag on
InfoGAN's pad, the others type sentences. In life each has a machine for himself; here all share one, so they take turns: one is busy for a
second or two while the others look, and one who is alone looks as long between two turns, with another page in front. Prints a Markdown
table: a drag of one visitor alone and of the crowd, requests, the server's processor time while they open the page and while they draw.
Exit code 1 and a sentence if a picture was drawn by the server, or failed.
"""

import sys
import time

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import percentiles, processor, table, touch, watched
from benchmarks.page import DRAG, TYPE
from harness.chromium import launch_options
from harness.server import running
from models.arguments import check_number, command

VISITORS = 25
TYPISTS = 3          # of so many visitors one types
MOVES, KEYS = 16, 3  # of one turn
AT_REST = "plate => document.querySelector(`#${plate} .instrument:not([aria-busy], [data-finishing])`)"
STAYS = 0.5          # seconds that a visitor looks before a turn
APART = 20           # seconds between two turns of one who is alone, about as many as in the crowd: rested processes are slower at first


def main(seconds: float = 300) -> None:
    """Args:
    seconds: how long they stay.
    """
    check_number("--seconds", seconds)
    with running() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        failed, asked = [], []

        def opened(plate: str) -> Page:
            page, _ = watched(browser)
            page.on("pageerror", lambda error: failed.append(str(error)))
            page.on("console", lambda said: failed.append(said.text) if said.type == "error" else None)
            page.goto(server.url)
            touch(page, plate, wait=True)
            page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
            return page

        def turns(visitors: list[tuple[str, Page]], apart: float = 0) -> tuple:
            drags, sketches, paintings, begun, busy, before = [], [], [], time.monotonic(), processor(server.process.pid), len(asked)
            while time.monotonic() - begun < seconds:
                if apart:
                    other.bring_to_front()
                    other.wait_for_timeout(apart * 1000)
                for plate, page in visitors:
                    page.bring_to_front()
                    page.wait_for_timeout(STAYS * 1000)         # in life the tab has been in front for long
                    if plate == "infogan":
                        drags += page.evaluate(DRAG, ["infogan", "[data-pad]", "picture", MOVES])
                    else:
                        first, last = zip(*page.evaluate(TYPE, KEYS), strict=True)
                        sketches, paintings = [*sketches, *first], [*paintings, *last]
                    page.wait_for_function(AT_REST, arg=plate)       # in life it is no other visitor's machine that draws on
                    who = page.locator(f"#{plate} .instrument").get_attribute("data-drawn-by")
                    if who != "browser":
                        failed.append(f"{plate} was drawn by {who or 'nobody'}")
            spent = time.monotonic() - begun
            return (len(drags) + len(sketches), *percentiles(drags), *(percentiles(sketches) if sketches else ("", "")),
                    *(percentiles(paintings) if paintings else ("", "")), len(asked) - before,
                    f"{(processor(server.process.pid) - busy) / spent:.1%}")

        visitors, other = [("infogan", opened("infogan"))], browser.new_page()
        rows = {"one visitor": turns(visitors, APART)}
        begun, busy = time.monotonic(), processor(server.process.pid)
        visitors += [(plate, opened(plate)) for plate in ("text" if i % TYPISTS == 0 else "infogan" for i in range(1, VISITORS))]
        opening = f"{processor(server.process.pid) - busy:.1f} s in {time.monotonic() - begun:.0f} s"
        rows[f"{VISITORS} visitors"] = turns(visitors)
        browser.close()
    table(f"for {seconds:.0f} s", ("pictures", "drag, p50", "p95", "sketch, p50", "p95", "256x256, p50", "p95", "requests",
                                   "of one core of the server"), rows)
    print(f"The server's processor time while {VISITORS - 1} open the page and fetch the networks: {opening}. Failures: {len(failed)}.")
    if failed:
        sys.exit(f"error: {len(failed)} failures, first: {failed[0]:.200}.")


if __name__ == "__main__":
    command(main, description=__doc__)
