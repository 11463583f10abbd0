"""What the visitor's browser needs to draw by itself, and where it is served:

    drawing/<version>/<file>           our scripts, those that a plate brings, and onnxruntime-web's, of which package-lock.json pins one
    drawing/<version>/declared-<hash>.json    what an instrument shows (page/drawing.py), in one language
    networks/<name>.json               what a model is, and its networks' files; or that they are being prepared
    networks/<name>/<part>-<hash>.onnx one network; .json what text encoders remember

Networks are exported when somebody first asks for them (page/exporter.py), and kept in a folder of the user's cache by the sha256 of their
weights. Where onnxruntime-web or the packages for exporting are missing, the server draws.
"""

import functools
import hashlib
import logging
import os
import queue
import re
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import anyio
import brotli
from filelock import FileLock
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from models.checkpoint import sha256_of
from models.errors import BadInput
from models.exported import missing
from models.text.encoders import TextEncoders
from page import drawing_pieces, drawing_text, exporter, packing
from page.drawing import Drawing, facts
from page.site import shown_model

HERE = Path(__file__).parent
ROOT = HERE.parent
RUNTIME = "ort-wasm-simd-threaded.wasm"
GRAPHICS = "ort-wasm-simd-threaded.jspi.wasm"       # for graphics cards; fetched when a network takes long
LIBRARY = ROOT / "node_modules" / "onnxruntime-web" / "dist"


def loaded(script: str) -> list[str]:
    """A script of ours, and those that it loads, and these: their names are written out in it."""
    found = [script]
    for name in found:              # which grows
        found += [other for other in dict.fromkeys(re.findall(r"'(?:\./)?(\w+\.js)'", (HERE / name).read_text(encoding="utf-8")))
                  if other not in found and (HERE / other).is_file()]
    return sorted(found)


SCRIPTS = loaded("drawer.js")
FILES = {name: HERE / name for name in SCRIPTS} | {
    name: LIBRARY / name for name in (RUNTIME, GRAPHICS)} | {       # served as .js: many servers know no .mjs, and browsers then run none
    f"ort.{kind}.bundle.js": LIBRARY / f"ort.{kind}.bundle.min.mjs" for kind in ("wasm", "jspi")} | {
    "gifenc.esm.js": ROOT / "node_modules" / "gifenc" / "dist" / "gifenc.esm.js"}
KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".onnx": "application/octet-stream"}
EDITION = 3           # of the exported files; another one exports anew
DAYS = 60             # that exported networks and compressed files stay after they were last used
EXPORT = "export-"    # how folders begin in which an export is still under way
WHOLE = "whole"       # a file that says that a folder of exported files is complete
FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
SHORTLY = {"cache-control": "no-cache"}
PATH = re.compile(r"/(?:drawing/(?P<version>[0-9a-f]{12})/(?P<file>[\w.-]{1,80})|networks/(?P<name>[a-z0-9_-]{1,80})"
                  r"(?:\.json|/(?P<part>[a-z0-9_-]{1,30}-[0-9a-f]{16}\.(?:onnx|json))))$")
log = logging.getLogger("gan_atlas.networks")

_declared: dict[str, str] = {}         # drawings as JSON, by hash
_scripts: dict[str, Path] = {}         # modules of plates, by the name by which they are served
_offered: set[str] = set()             # weights whose networks a browser may ask for
_failed: set[str] = set()              # sha256 of those that could not be exported: not tried again
_preparing: set[str] = set()
_files: dict[str, dict] = {}           # by name of weights: facts and files
_lock = threading.Lock()
_waiting: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()


def version() -> str:
    """Changes with each of the files that are served."""
    parts = [path.read_bytes() if path.suffix == ".js" else str(path.stat().st_size).encode()
             for path in FILES.values() if path.is_file()]
    lock = ROOT / "package-lock.json"
    return hashlib.sha256(b"\0".join([*parts, lock.read_bytes() if lock.is_file() else b""])).hexdigest()[:12]


VERSION = version()


def available() -> bool:
    """Whether browsers can draw here. If not, the log says why, once."""
    lacking = missing()
    gone = [path.name for path in FILES.values() if not path.is_file()]
    if not gone and not lacking:
        return True
    _complain(f"{gone[0]} is not installed (python -m harness.node)" if gone
              else f"networks cannot be exported without {', '.join(lacking)}")
    return False


@functools.cache
def _complain(reason: str) -> None:
    """Into the log, once."""
    log.warning("All pictures are drawn by the server: %s.", reason)


def declare(drawing: Drawing) -> str:
    """Has a drawing served, its words in the language being spoken, and returns where: "<version>/<hash>"; empty where none can be."""
    text = drawing.told()          # also where none can be served: its words belong to the catalogues
    if not available():
        return ""
    key = key_of(text)
    _declared[key] = text
    _offered.update(offered(drawing))
    return f"{VERSION}/{key}"


def script(path: Path) -> str:
    """Has a module of a plate served beside those above, and returns where: "<version>/<name>-<hash>.js"."""
    name = f"{path.stem}-{sha256_of(path)[:16]}{path.suffix}"
    _scripts[name] = path
    return f"{VERSION}/{name}"


def files() -> dict[str, Path]:
    """All scripts and the runtime, by the names by which they are served."""
    return FILES | _scripts


def offered(drawing: Drawing) -> list[str]:
    """The weights that a drawing may show, and the text encoders that read for them."""
    return list(dict.fromkeys([*drawing.names, *filter(None, (known(shown_model(name)).get("reads") for name in drawing.names))]))


def known(model: Any) -> dict[str, Any]:
    """What a browser has to know of a model, beside its networks. Raises ValueError for one that only the server can draw with."""
    return drawing_text.facts(model) or facts(model)


def key_of(text: str) -> str:
    """By which what a drawing tells is served."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# --- networks ---------------------------------------------------------------------------------------------------------------

def cache() -> Path:
    """The folder of all exported networks and compressed files: GAN_ATLAS_CACHE, or in the user's cache."""
    own = os.environ.get("GAN_ATLAS_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gan-atlas"
    return Path(own) if own else base


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


# --- served -----------------------------------------------------------------------------------------------------------------

class Networks:
    """Answers GET for the addresses above; hands on everything else."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = PATH.search(scope["path"]) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        if not found:
            return await self.app(scope, receive, send)
        coding = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"accept-encoding"), "")
        answer = await anyio.to_thread.run_sync(lambda: _answer(**found.groupdict(), coding=coding))
        await answer(scope, receive, send)


def _answer(version: str | None, file: str | None, name: str | None, part: str | None, coding: str) -> Response:
    if version:
        return _file(version, file, coding)
    if name not in _offered:
        return _none()
    if not part:
        found = told(name)
        return JSONResponse(outside(found), headers=SHORTLY)
    found = _files.get(name, {})
    asked = next((one for one in found.get("parts", []) if one["file"] == part), None)
    if asked is None or not path_of(found, asked).is_file():
        return _none()
    packing.in_use(Path(found["folder"]) / WHOLE)
    if asked["ending"] == ".json":
        return Response(*_packed(path_of(found, asked).read_bytes(), coding), media_type="application/json")
    return Response(path_of(found, asked).read_bytes(), media_type=KINDS[".onnx"], headers=FOREVER)


def _none() -> Response:
    return JSONResponse({"error": "There is no such file here."}, status_code=404)


def prepared(name: str) -> dict:
    """As `told`, but waits for the export: facts, parts, and their folder. Raises BadInput where there are none."""
    try:
        return _networks(name)
    except (OSError, ValueError, RuntimeError) as error:
        raise BadInput("The networks of {name} could not be exported: {error}", name=name, error=str(error)) from error


def _file(version: str, file: str, coding: str) -> Response:
    if version != VERSION:
        return _none()
    declared = re.fullmatch(r"declared-([0-9a-f]{16})\.json", file)
    if declared:
        text = _declared.get(declared[1])
        return _none() if text is None else Response(*_packed(text.encode(), coding), media_type="application/json")
    if file == "runtime.json" and FILES[RUNTIME].is_file() and FILES[GRAPHICS].is_file():
        return JSONResponse(runtime(), headers=FOREVER)
    path = files().get(file)
    if path is None or not path.is_file():
        return _none()
    kind = next((kind for kind in ("br", "gzip") if re.search(rf"\b{kind}\b", coding)), "")
    headers = FOREVER | {"vary": "accept-encoding"} | ({"content-encoding": kind} if kind else {})
    return Response(packed(path, file, kind) if kind else path.read_bytes(), headers=headers, media_type=KINDS[path.suffix])


def _packed(data: bytes, coding: str) -> tuple[bytes, int, dict]:
    headers = FOREVER | {"vary": "accept-encoding"}
    if re.search(r"\bbr\b", coding):
        return brotli.compress(data, quality=5), 200, headers | {"content-encoding": "br"}
    return data, 200, headers


def packed(path: Path, name: str, kind: str, quality: int = 9) -> bytes:
    """A file that is served by this name, compressed by "br" of a quality or by "gzip"."""
    return packing.packed(path, cache() / f"files-{VERSION}" / f"{name}.{kind}{quality}", kind, quality)


_sha256 = functools.cache(sha256_of)         # of files that do not change while a server runs


def runtime() -> dict:
    """What a browser is told of onnxruntime's binary, and of the one for graphics cards."""
    path = FILES[RUNTIME]
    return {"file": RUNTIME, "bytes": path.stat().st_size, "sha256": _sha256(path), "travels": len(packed(path, RUNTIME, "br")),
            "graphics": {"file": GRAPHICS, "sha256": _sha256(FILES[GRAPHICS])}}
