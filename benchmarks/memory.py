"""The memory of a tab in which InfoGAN and sentences are drawn by the browser: `python -m benchmarks.memory`. Needs
requirements-dev.txt, `python -m harness.node` and Linux.

Writes the static folder into a temporary one, opens it in a Chromium of its own and speaks to it over the DevTools protocol with nothing
but scripts: Playwright's session keeps the data of every picture that was shown. By turns 100 drags and 10 sentences; then prints, as a
Markdown table, the resident memory of Chromium's page processes, and, after its rubbish was collected, that memory again and JavaScript's.
"""

import itertools
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright
from websockets.sync.client import connect

from benchmarks.browser import table
from benchmarks.engines import retried
from benchmarks.page import DRAG, TYPE
from deploy import static
from harness.chromium import launch_options
from harness.folder import serving_folder
from harness.server import free_port
from models.arguments import check_number, command

READY = 300           # seconds until the browser draws
DRAGS, SENTENCES = 100, 10        # of one turn
SHOWN = "plate => document.querySelector(`#plates [data-tab-id=${plate}]`)?.click()"
DRAWN = "plate => document.querySelector(`#${plate} .instrument`)?.dataset.drawnBy === 'browser'"
TOUCH = """plate => {
  const seed = document.querySelector(`#${plate} .instrument[data-ready] input[name=seed]`);
  if (!seed) return;
  seed.value = String(Number(seed.value) + 1);
  seed.dispatchEvent(new Event('input', {bubbles: true}));
}"""


def main(turns: int = 10) -> None:
    """Args:
    turns: of 100 drags and 10 sentences each; the first five are what a long visit is taken for.
    """
    check_number("--turns", turns)
    rows = {}
    with tempfile.TemporaryDirectory() as temporary:
        static.write(Path(temporary) / "static")
        with serving_folder(Path(temporary) / "static") as url, _chromium(url) as (ask, process):
            def run(function: str, given):
                asked = f"({function})({json.dumps(given)})"
                answer = ask("Runtime.evaluate", expression=asked, awaitPromise=True, returnByValue=True)
                if told := answer.get("exceptionDetails"):
                    sys.exit(f"error: {told.get('exception', told).get('description', told):.200}")
                return answer["result"].get("value")

            def collected() -> tuple[float, float]:
                """Of the page, resident and JavaScript's, when what nobody needs has gone."""
                ask("HeapProfiler.collectGarbage")
                ask("Memory.simulatePressureNotification", level="critical")
                time.sleep(2)
                return _resident(process), ask("Runtime.getHeapUsage")["usedSize"] / 1e6

            def add(name: str) -> None:
                rows[name] = (f"{_resident(process):.0f} MB", *(f"{size:.0f} MB" for size in collected()))

            time.sleep(5)
            add("the tree alone")
            for plate in ("infogan", "text"):
                _until_it_draws(run, plate)
            add("InfoGAN and sentences loaded")
            for turn in range(1, turns + 1):
                run(SHOWN, "infogan")
                run(DRAG, ["infogan", "[data-pad]", "picture", DRAGS])
                run(SHOWN, "text")
                run(TYPE, SENTENCES)
                add(f"{turn * DRAGS} drags and {turn * SENTENCES} sentences")
    table("after", ("resident", "resident, rubbish collected", "JavaScript of the page"), rows)


def _until_it_draws(run: Callable, plate: str) -> None:
    begun = time.monotonic()
    while not run(DRAWN, plate):
        assert time.monotonic() - begun < READY, f"{plate} is not drawn by the browser"
        run(SHOWN, plate)
        time.sleep(1)
        run(TOUCH, plate)


@contextmanager
def _chromium(url: str) -> Iterator[tuple[Callable, int]]:
    """A browser that has opened an address: what asks its tab, method and parameters, and its process."""
    with sync_playwright() as playwright:
        options = launch_options()
        path = options.get("executable_path") or playwright.chromium.executable_path
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen([path, "--headless", *options["args"], f"--remote-debugging-port={port}", f"--user-data-dir={profile}",
                                    "--window-size=1280,900", url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(retried(lambda: _tab(port)), max_size=None, proxy=None) as socket:
                numbers = itertools.count(1)

                def ask(method: str, **told) -> dict:
                    number = next(numbers)
                    socket.send(json.dumps({"id": number, "method": method, "params": told}))
                    while (answer := json.loads(socket.recv(timeout=READY))).get("id") != number:
                        pass
                    return answer["result"]

                yield ask, process.pid
        finally:
            process.terminate()
            process.wait()


def _tab(port: int) -> str:
    """The address at which the browser's only tab is spoken to."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
        return next(one["webSocketDebuggerUrl"] for one in json.load(answer) if one["type"] == "page")


def _resident(browser: int) -> float:
    """Megabytes of the page processes of a browser."""
    found = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes()
            if b"--type=renderer" in words and browser in _ancestors(path):
                found += int((path / "statm").read_text().split()[1]) * 4096
        except OSError:
            continue
    return found / 1e6


def _ancestors(path: Path) -> list[int]:
    found = []
    while (number := int((path / "stat").read_text().rpartition(")")[2].split()[1])) > 1:
        found.append(number)
        path = path.parent / str(number)
    return found


if __name__ == "__main__":
    command(main, description=__doc__)
