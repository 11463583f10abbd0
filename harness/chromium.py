"""Finds a Chromium for the browser tests, and installs one if there is none: `python -m harness.chromium`."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def launch_options() -> dict:
    """For playwright.chromium.launch: the system's Chromium where there is one, else Playwright's own."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    return {"args": QUIET} | ({"executable_path": path} if path else {})


def works() -> bool:
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            playwright.chromium.launch(**launch_options()).close()
        except Error:
            return False
    return True


def install() -> None:
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=True, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    if not works():
        print("Installing Chromium for the browser tests.")
        install()
        if not works():
            sys.exit("error: Chromium does not start; install the package chromium, then run make test again.")
