"""What the page serves to a browser that draws by itself:

    drawing/<version>/<file>           the files of page/drawing_files.py, and scripts that a plate brings
    drawing/<version>/declared-<hash>.json    what an instrument shows (page/drawing.py), in one language
    networks/<name>.json               what a model is, and its networks' files (page/networks.py); or that they are being prepared
    networks/<name>/<part>-<hash>.onnx one network; .json what text encoders remember
"""

import hashlib
import re
from pathlib import Path

import anyio
import brotli
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from models.checkpoint import sha256_of
from page import networks
from page.drawing import Drawing
from page.drawing_files import FILES, GRAPHICS, RUNTIME, VERSION, available, packed, runtime

KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".onnx": "application/octet-stream"}
FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
SHORTLY = {"cache-control": "no-cache"}
PATH = re.compile(r"/(?:drawing/(?P<version>[0-9a-f]{12})/(?P<file>[\w.-]{1,80})|networks/(?P<name>[a-z0-9_-]{1,80})"
                  r"(?:\.json|/(?P<part>[a-z0-9_-]{1,30}-[0-9a-f]{16}\.(?:onnx|json))))$")

_declared: dict[str, str] = {}         # drawings as JSON, by hash
_scripts: dict[str, Path] = {}         # modules of plates, by the name by which they are served
_offered: set[str] = set()             # weights whose networks a browser may ask for


def declare(drawing: Drawing) -> str:
    """Has a drawing served, its words in the language being spoken, and returns where: "<version>/<hash>"; empty where none can be."""
    text = drawing.told()          # also where none can be served: its words belong to the catalogues
    if not available():
        return ""
    key = key_of(text)
    _declared[key] = text
    _offered.update(networks.offered(drawing))
    return f"{VERSION}/{key}"


def script(path: Path) -> str:
    """Has a module of a plate served beside those above, and returns where: "<version>/<name>-<hash>.js"."""
    name = f"{path.stem}-{sha256_of(path)[:16]}{path.suffix}"
    _scripts[name] = path
    return f"{VERSION}/{name}"


def files() -> dict[str, Path]:
    """All scripts and the runtime, by the names by which they are served."""
    return FILES | _scripts


def key_of(text: str) -> str:
    """By which what a drawing tells is served."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Served:
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
        return JSONResponse(networks.outside(networks.told(name)), headers=SHORTLY)
    path = networks.part_of(name, part)
    if path is None:
        return _none()
    if path.suffix == ".json":
        return Response(*_packed(path.read_bytes(), coding), media_type="application/json")
    return Response(path.read_bytes(), media_type=KINDS[".onnx"], headers=FOREVER)


def _none() -> Response:
    return JSONResponse({"error": "There is no such file here."}, status_code=404)


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
