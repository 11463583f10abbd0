"""Finds a Chromium for the browser tests, and installs one if there is none: `python -m harness.chromium`. With --fetch it only tries the
system's package of the headless shell.

The headless shell is preferred: a whole Chromium draws tabs and toolbar for each visitor, which takes twice the time of the page itself.
"""

import argparse
import functools
import os
import shutil
import subprocess
import sys

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
MINUTES = 3           # that a download may take


def launch_options() -> dict:
    """For playwright.chromium.launch: the system's Chromium where there is one, else Playwright's own."""
    path = next((path for path in filter(None, map(shutil.which, NAMES)) if _starts(path)), None)
    return {"args": QUIET} | ({"executable_path": path} if path else {})


@functools.cache
def _starts(path: str) -> bool:
    """Whether a program is a browser and no stand-in that only says how to get one."""
    try:
        return subprocess.run([path, "--version"], check=False, timeout=60, capture_output=True).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def works() -> bool:
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            playwright.chromium.launch(**launch_options()).close()
        except Error:
            return False
    return True


def fetch() -> None:
    """The system's package of the headless shell, if it is not there. Needs no other package, so it can come while those are installed."""
    if not shutil.which(SHELL) and _may():
        print("Looking for a Chromium for the browser tests.", flush=True)
        _apt("update")
        _apt("install", SHELL)


def install() -> None:
    """The system's package of Chromium where it has none of the headless shell; Playwright's own for those who may not install."""
    if works() or (_may() and _apt("install", "chromium") and works()):
        return
    subprocess.run([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"], check=False)


def _may() -> bool:
    return os.name == "posix" and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def _apt(*words: str) -> bool:
    """Whether the system's installer did it."""
    command = ["apt-get", "-y", "-qq", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20", *words]
    try:
        return subprocess.run(command, check=False, timeout=60 * MINUTES, capture_output=True).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    told = argparse.ArgumentParser(prog="python -m harness.chromium", description=__doc__, allow_abbrev=False)
    told.add_argument("--fetch", action="store_true", help="only the system's package of the headless shell")
    asked = told.parse_args()
    fetch()
    if asked.fetch:
        sys.exit()
    if not shutil.which(SHELL):
        install()
    if not works():
        sys.exit("error: Chromium does not start; install the package chromium, then run make test again.")
