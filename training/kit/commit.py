"""The commit of the code that runs."""

import subprocess

from models.checkpoint import WEIGHTS


def commit() -> str:
    """The commit, marked -dirty where models/ or training/ differ from it; "unknown" without git."""
    def git(*words: str) -> str:
        try:
            return subprocess.run(["git", *words], capture_output=True, text=True, cwd=WEIGHTS.parent, check=False).stdout.strip()
        except OSError:
            return ""

    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("-dirty" if git("status", "--short", "models", "training") else "")
