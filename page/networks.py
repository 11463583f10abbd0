"""The networks that a browser draws with, exported for it.

They are exported when somebody first asks for them (page/exporter.py), and kept in a folder of the user's cache by the sha256 of their
weights.
"""

import functools
import logging
import os
import queue
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from filelock import FileLock

from models.checkpoint import sha256_of
from models.errors import BadInput
from models.text.encoders import TextEncoders
from page import drawing_pieces, drawing_text, exporter
from page.drawing import Drawing, facts
from page.drawing_files import VERSION
from page.packing import cache, in_use
from page.site import shown_model

EDITION = 3           # of the exported files; another one exports anew
DAYS = 60             # that exported networks and compressed files stay after they were last used
EXPORT = "export-"    # how folders begin in which an export is still under way
WHOLE = "whole"       # a file that says that a folder of exported files is complete
log = logging.getLogger("gan_atlas.networks")

_failed: set[str] = set()              # sha256 of those that could not be exported: not tried again
_preparing: set[str] = set()
_files: dict[str, dict] = {}           # by name of weights: facts and files
_lock = threading.Lock()
_waiting: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()


def offered(drawing: Drawing) -> list[str]:
    """The weights that a drawing may show, and the text encoders that read for them."""
    return list(dict.fromkeys([*drawing.names, *filter(None, (known(shown_model(name)).get("reads") for name in drawing.names))]))


def known(model: Any) -> dict[str, Any]:
    """What a browser has to know of a model, beside its networks. Raises ValueError for one that only the server can draw with."""
    return drawing_text.facts(model) or facts(model)


def told(name: str) -> dict:
    """What a browser is told of a model's networks: its facts and files, {"preparing": true}, or {} where the server has to draw."""
    try:
        sha256 = shown_model(name).card.sha256
    except BadInput:
        return {}
    with _lock:
        found = _files.get(name, {})
        if found.get("sha256") == sha256 and Path(found["folder"]).is_dir():      # else trained again, or taken away
            return found
        if sha256 in _failed:
            return {}
        if name not in _preparing:
            _preparing.add(name)
            _waiting.put((name, sha256))
            _exporting()
    return {"preparing": True}


def prepared(name: str) -> dict:
    """As `told`, but waits for the export: facts, parts, and their folder. Raises BadInput where there are none."""
    try:
        return _networks(name)
    except (OSError, ValueError, RuntimeError) as error:
        raise BadInput("The networks of {name} could not be exported: {error}", name=name, error=str(error)) from error


@functools.cache
def _exporting() -> None:
    """Begins to prepare what is asked for, one after another; the end of the server does not wait for it."""
    threading.Thread(target=lambda: [_prepare(*asked) for asked in iter(_waiting.get, None)], name="export", daemon=True).start()


def _prepare(name: str, sha256: str) -> None:
    try:
        found = _networks(name)
    except Exception as error:          # whatever it is, the server goes on drawing
        log.warning("%s is drawn by the server; its networks could not be exported: %s", name, error)
        found = None
    with _lock:
        _preparing.discard(name)
        if found:
            _files[name] = found
        else:
            _failed.add(sha256)


def _networks(name: str) -> dict:
    model = shown_model(name)
    told = known(model)
    folder = cache() / f"networks-{EDITION}" / f"{name}-{model.card.sha256[:16]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_name(f"{folder.name}.lock")
    with FileLock(lock, timeout=60 * exporter.MINUTES):       # of two servers on one machine, one exports
        if not (folder / WHOLE).is_file():
            _export(name, folder, drawing_text.parts(model) or drawing_pieces.parts(model))
            if isinstance(model, TextEncoders):
                (folder / "captions.json").write_bytes(drawing_text.captions(model))
        (folder / WHOLE).touch()                              # and for `_tidy` to see that it is in use
    _tidy()
    parts = [{"name": path.stem, "sha256": sha256_of(path), "bytes": path.stat().st_size, "travels": path.stat().st_size,
              "ending": path.suffix} for path in sorted([*folder.glob("*.onnx"), *folder.glob("*.json")])]
    return told | {"folder": str(folder),
                   "parts": [part | {"file": f"{part['name']}-{part['sha256'][:16]}{part['ending']}"} for part in parts]}


@functools.cache
def _tidy() -> None:
    """Takes away what no server has used for DAYS, once in the life of a server."""
    oldest = time.time() - 86_400 * DAYS
    for half in cache().glob(f"networks-*/{EXPORT}*"):         # of a server that was stopped meanwhile
        if half.is_dir() and not half.is_symlink() and half.stat().st_mtime < time.time() - 86_400:
            shutil.rmtree(half, ignore_errors=True)
    for folder in [*cache().glob("networks-*/*-" + "[0-9a-f]" * 16), *cache().glob("files-" + "[0-9a-f]" * 12)]:
        used = max((path.stat().st_mtime for path in (folder, folder / WHOLE) if path.exists()), default=oldest)
        if folder.is_dir() and not folder.is_symlink() and folder.name != f"files-{VERSION}" and used < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def path_of(found: dict, part: dict) -> Path:
    """The file of one of the parts of what `prepared` gives."""
    return Path(found["folder"]) / f"{part['name']}{part['ending']}"


def part_of(name: str, file: str) -> Path | None:
    """The part of a model's networks that is served by this name, and is now in use; None where `told` has told of none."""
    found = _files.get(name, {})
    part = next((one for one in found.get("parts", []) if one["file"] == file), None)
    if part is None or not path_of(found, part).is_file():
        return None
    in_use(Path(found["folder"]) / WHOLE)
    return path_of(found, part)


def outside(found: dict) -> dict:
    """What of a model's networks a browser is told: all but the folder."""
    return {key: value for key, value in found.items() if key != "folder"}


def _export(name: str, folder: Path, parts: tuple[str, ...]) -> None:
    """Exports these networks, or all."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=EXPORT) as out:
        exporter.export(name, Path(out), parts)
        folder.mkdir(exist_ok=True)
        for path in Path(out).rglob("*.onnx"):
            os.replace(path, folder / path.name)
