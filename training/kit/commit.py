"""The commit of the code that runs."""

import functools
import subprocess

from models.checkpoint import WEIGHTS


@functools.cache
def commit() -> str:
    """The commit, marked -dirty where models/ or training/ differ from it; "unknown" without git. A run asks at its start (Run): what is
    changed or committed while it goes on is not told as its code."""
    def git(*words: str) -> str:
        try:
            return subprocess.run(["git", *words], capture_output=True, text=True, cwd=WEIGHTS.parent, check=False).stdout.strip()
        except OSError:
            return ""

    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("-dirty" if git("status", "--short", "models", "training") else "")
