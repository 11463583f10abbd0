"""Scripts as they stand in the document, once for each instrument: without what only readers of the code need."""

import re
from pathlib import Path

ONLY_FOR_READERS = re.compile(r"^[ \t]*(?://.*)?\n|^[ \t]+", re.MULTILINE)       # lines of comment, empty ones, and indentation


def scripts(folder: Path, *names: str) -> str:
    """The files of a folder one after another, as one script."""
    return "".join(ONLY_FOR_READERS.sub("", (folder / name).read_text(encoding="utf-8")) for name in names)
