"""Whether this Python, the one that runs it, can hold the environment of `make app`: `python -m harness.python [FOLDER]`.

Prints "fits"; "anew" where the folder is an environment that make made, of another version of Python; or one sentence that says what is
wrong, and ends with 1. It needs no packages, and can be read by every Python 3.
"""

import os
import platform
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 14)      # for which torch (requirements.txt) comes ready to install
VERSION = "import sys; print(*sys.version_info[:2], sep='.')"


def refusal(version: tuple, system: str, machine: str) -> str:
    """What is wrong with a Python of this version on this machine; empty if nothing is."""
    if not OLDEST <= version <= NEWEST:
        return (f"Python {shown(OLDEST)} to {shown(NEWEST)} is needed, for which torch comes ready to install, and this one is "
                f"{shown(version)}")
    if (system, machine) == ("Darwin", "x86_64"):
        return "torch comes for Macs with Apple silicon only, and this Python is one for Intel processors"
    return ""


def shown(version: tuple) -> str:
    return ".".join(map(str, version))


def told(folder: str) -> str:
    """What is to be said; `folder`: an environment that is there, or may be."""
    wrong = refusal(sys.version_info[:2], platform.system(), platform.machine())
    if wrong:
        inside = os.path.realpath(sys.prefix) == os.path.realpath(folder)
        return wrong + (f"; move {folder} away." if inside else "; name another one with make PYTHON=python3.12.")
    python = os.path.join(folder, "bin", "python")
    if not os.access(python, os.X_OK):
        return "fits"
    there = subprocess.run([python, "-c", VERSION], stdout=subprocess.PIPE, text=True).stdout.strip()
    if there == shown(sys.version_info[:2]):
        return "fits"
    ours = os.path.exists(os.path.join(folder, ".made")) and not os.path.exists(os.path.join(folder, ".theirs"))
    return "anew" if ours else f"{folder} holds Python {there or 'that does not start'} and was not made here; move {folder} away."


if __name__ == "__main__":
    says = told((sys.argv[1:] or [".venv"])[0])
    print(says)
    sys.exit(says not in ("fits", "anew"))
