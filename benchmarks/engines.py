"""Every plate in Chromium, Firefox and WebKit, on the page and in the static folder: `python -m benchmarks.engines`.

Firefox and WebKit are the machine's own (on Debian: apt install firefox-esr webkit2gtk-driver xvfb); one that is not there is left out, and
the table says so. Opens each plate by its link, waits until its instruments stand, moves or changes something in each, waits for the
answer, and prints a Markdown table: who drew, seconds until the plate stood, and what came as an error. Ends with exit code 1 if anything
did. Errors of Chromium and Firefox are those of their consoles, from the first on; WebKit's driver has none, so a script in the page
watches, from as early as it can.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, sync_playwright
from websockets.sync.client import connect

from deploy import static
from harness.chromium import launch_options
from harness.folder import serving_folder
from harness.server import free_port, running
from models.arguments import command
from models.errors import BadInput, shown
from page.site import Site
from tabs import plates

ENGINES = ("Chromium", "Firefox", "WebKit")
PLATES = [module.PLATE.id for module in Site(plates()).plates]
WITHOUT = ("atlas", "lab")      # plates without an instrument that asks for pictures
PATIENCE = 60        # seconds that a plate may take to stand, or to answer
MINI_BROWSER = next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"), reverse=True)), None)

# Keeps the errors of a page, from the moment on at which this runs: in Chromium and Firefox before any other. Those below need it. A hint
# to load a module early is none of them: Firefox calls the hint of Gradio's own first module failed, as that is loaded already.
WATCH = """(() => {
  if (window.troubles) return;
  window.troubles = [];
  window.instruments = () => [...document.querySelectorAll('.instrument[data-state]')].filter(one => one.offsetParent);     // in sight
  const what = ({message, target}) => message || target?.src || target?.href || 'not loaded';
  addEventListener('error', event => event.target?.rel === 'modulepreload' || troubles.push(String(what(event))), true);
  addEventListener('unhandledrejection', event => troubles.push(String(event.reason)));
  const say = console.error;
  console.error = (...words) => { troubles.push(words.join(' ')); say(...words); };
})()"""
STANDS = """document.querySelector('#plates [aria-selected=true]')?.dataset.tabId === PLATE && document.readyState === 'complete'
  && (WITHOUT || instruments().length) && instruments().every(one => 'ready' in one.dataset)"""
# Something in each instrument that can be changed: how many have been.
TOUCH = """(() => {
  let count = 0;
  for (const root of instruments()) {
    const field = root.querySelector('input[type=range][name], input[name=seed]');
    const button = root.querySelector('[data-act=surprise], [data-reroll]');
    if (!field && !button) continue;
    root.before = root.dataset.drawn || '';
    root.touched = true;
    count++;
    if (!field) { button.click(); continue; }
    const {min, max} = field;
    field.value = field.type === 'range' ? (Number(min) + (Number(max) - Number(min)) * .7) : '77';
    field.dispatchEvent(new Event('input', {bubbles: true}));
  }
  return count;
})()"""
ANSWERED = """instruments().filter(one => one.touched)
  .every(one => one.dataset.drawn && one.dataset.drawn !== one.before && !one.hasAttribute('aria-busy'))"""
SEEN = """(() => {
  const all = instruments();
  return {by: all.map(one => one.dataset.drawnBy || '').filter(Boolean), troubles: window.troubles || [],
    notices: all.map(one => one.querySelector('[data-slot=notice]')?.innerText || '').filter(Boolean)};
})()"""


class NotHere(Exception):
    """A browser that this machine has not."""


@dataclass(frozen=True)
class Settings:
    engines: tuple[str, ...] = ENGINES
    plates: tuple[str, ...] = tuple(PLATES)


def main(cfg: Settings) -> None:
    for given, known in ((cfg.engines, ENGINES), (cfg.plates, PLATES)):
        if wrong := [name for name in given if name not in known]:
            raise BadInput(f"There is no {shown(wrong[0])} here; there are {', '.join(known)}.")
    bad = 0
    with (tempfile.TemporaryDirectory() as temporary, running() as server,
          serving_folder(static.write(Path(temporary) / "static")) as folder):
        for name, engine in zip(ENGINES, (_chromium, _firefox, _webkit), strict=True):
            if name not in cfg.engines:
                continue
            try:
                with engine() as (go, run, heard):
                    for what, url in (("static folder", folder), ("page", server.url)):
                        print(f"\n{name}, {what}\n\n| plate | stands after | drawn by | errors |\n|---|---|---|---|")
                        for plate in cfg.plates:
                            seconds, by, errors = _visit(go, run, heard, url, plate)
                            errors = list(dict.fromkeys([*errors, *heard]))
                            print(f"| {plate} | {seconds:.1f} s | {', '.join(sorted(set(by))) or '-'} | {'; '.join(errors) or 'none'} |",
                                  flush=True)
                            bad += len(errors)
            except NotHere as error:
                print(f"\n{name} is left out: {error}")
            except (OSError, RuntimeError, Error) as error:          # the browser, or what drives it, has ended
                print(f"\n{name} ended: {error}")
                bad += 1
    sys.exit(1 if bad else 0)


def _visit(go, run, heard: list[str], url: str, plate: str) -> tuple[float, list[str], list[str]]:
    go("about:blank")
    time.sleep(0.3)
    run("1")                      # what was said meanwhile is heard with the next answer
    heard.clear()                 # what breaks off where a page is left is no error of the next one
    start = time.perf_counter()
    go(f"{url}?tab={plate}")
    run(WATCH)
    if run("document.querySelector('#plates [data-tab-id]')") and not run(f"document.querySelector(\"#plates [data-tab-id='{plate}']\")"):
        return 0.0, ["not in the folder"], []
    stands = _until(run, STANDS.replace("PLATE", json.dumps(plate)).replace("WITHOUT", json.dumps(plate in WITHOUT)))
    seconds = time.perf_counter() - start
    if not stands:
        return seconds, [], ["it does not stand"]
    answered = not run(TOUCH) or _until(run, ANSWERED)
    seen = run(SEEN)
    return seconds, seen["by"], [*seen["troubles"], *seen["notices"], *([] if answered else ["no answer"])]


def _until(run, condition: str) -> bool:
    for _ in range(PATIENCE * 4):
        run(WATCH)
        if run(condition):
            return True
        time.sleep(0.25)
    return False


# --- engines: each gives a function that goes to an address, one that runs a script and returns its value, and a list of what its console
# has said as an error -------------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def _chromium() -> Iterator[tuple]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        page, heard = browser.new_context(viewport={"width": 1280, "height": 900}).new_page(), []
        page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.add_init_script(WATCH)
        yield page.goto, page.evaluate, heard
        browser.close()


@contextlib.contextmanager
def _firefox() -> Iterator[tuple]:
    """By WebDriver BiDi, which Firefox speaks itself."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        raise NotHere("there is no firefox-esr or firefox here.")
    with tempfile.TemporaryDirectory() as profile:
        port, numbers, heard = free_port(), iter(range(1, 1_000_000)), []
        process = subprocess.Popen([program, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", str(port),
                                    "--width", "1280", "--height", "900"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            socket_ = retried(lambda: connect(f"ws://127.0.0.1:{port}/session", max_size=None, proxy=None))

            def ask(method: str, **told) -> dict:
                number = next(numbers)
                socket_.send(json.dumps({"id": number, "method": method, "params": told}))
                while (answer := json.loads(socket_.recv(timeout=PATIENCE))).get("id") != number:
                    if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                        heard.append(answer["params"].get("text") or "an error without words")
                if answer["type"] == "error":
                    raise RuntimeError(answer["message"])
                return answer["result"]

            def run(script: str):
                found = ask("script.evaluate", expression=f"JSON.stringify({script})", target={"context": context}, awaitPromise=True)
                return json.loads(found["result"].get("value") or "null") if found["type"] == "success" else None

            ask("session.new", capabilities={})
            context = ask("browsingContext.getTree")["contexts"][0]["context"]
            ask("session.subscribe", events=["log.entryAdded"])
            ask("script.addPreloadScript", functionDeclaration=f"() => {{ {WATCH} }}")
            yield (lambda url: ask("browsingContext.navigate", context=context, url=url, wait="interactive")), run, heard
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def _webkit() -> Iterator[tuple]:
    """By WebDriver, on a screen of its own."""
    missing = [name for name in ("WebKitWebDriver", "Xvfb") if not shutil.which(name)]
    if missing or not MINI_BROWSER:
        raise NotHere(f"there is no {', '.join(missing) or 'MiniBrowser'} here.")
    port, screen = free_port(), ":97"
    processes = [subprocess.Popen(["Xvfb", screen, "-screen", "0", "1280x1000x24"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
    try:
        time.sleep(1)
        processes.append(subprocess.Popen(["WebKitWebDriver", f"--port={port}"], env=os.environ | {"DISPLAY": screen},
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

        def ask(path: str, **told):
            request = urllib.request.Request(f"http://127.0.0.1:{port}/session{path}", json.dumps(told).encode(),
                                             {"Content-Type": "application/json"})
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]

        options = {"binary": str(MINI_BROWSER), "args": ["--automation"]}
        session = retried(lambda: ask("", capabilities={"alwaysMatch": {"webkitgtk:browserOptions": options, "pageLoadStrategy": "none"}}))
        own = f"/{session['sessionId']}"

        def run(script: str):
            try:
                return ask(f"{own}/execute/sync", script=f"return {script}", args=[])
            except urllib.error.HTTPError as error:
                if json.load(error)["value"]["error"] != "no such frame":          # which it is while one page follows another
                    raise
                return None

        yield (lambda url: ask(f"{own}/url", url=url)), run, []
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


def retried(work):
    for _ in range(60):
        with contextlib.suppress(OSError):
            return work()
        time.sleep(0.5)
    return work()


if __name__ == "__main__":
    command(main, Settings, __doc__)
