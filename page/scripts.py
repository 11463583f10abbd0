"""Scripts of pieces of the page. Each stands in the document once, in its head, however many pieces run it, without what only readers of
the code need."""

import re
from pathlib import Path

ONLY_FOR_READERS = re.compile(r"^[ \t]*(?://.*)?\n|^[ \t]+", re.MULTILINE)       # lines of comment, empty ones, and indentation
CALL = "ganAtlasScripts.{}(element, server, props);"

_scripts: dict[str, str] = {}       # by name


def scripts(folder: Path, *names: str) -> str:
    """The files of a folder one after another, as one script."""
    return "".join(ONLY_FOR_READERS.sub("", (folder / name).read_text(encoding="utf-8")) for name in names)


def once(name: str, script: str) -> str:
    """What pieces run (gr.HTML's js_on_load): a call of the script, which stands in the document's head under this name, an identifier."""
    _scripts[name] = script
    return CALL.format(name)


def whole(call: str) -> str:
    """The script that `once` gave this call for."""
    return next(script for name, script in _scripts.items() if call == CALL.format(name))


def head() -> bytes:
    """What the document's head needs for all these calls."""
    functions = "".join(f"{name}(element, server, props) {{\n{script}}},\n" for name, script in _scripts.items())
    return f"<script>const ganAtlasScripts = {{\n{functions}}};</script>".encode()
