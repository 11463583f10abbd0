"""Packages that some commands need beyond those of the page."""

import importlib.util
import sys


def check_packages(who: str, *names: str) -> None:
    """For the first lines of a package: ends `python -m <package>.<module>`, before that module is found, in one sentence if one of these
    is not installed; an import raises ModuleNotFoundError with the same sentence."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if not missing:
        return
    said = f"{who} needs packages that are not installed ({', '.join(missing)}): pip install -r requirements-dev.txt brings them."
    if sys.argv[:1] == ["-m"]:
        sys.exit(f"error: {said}")
    raise ModuleNotFoundError(said)
