"""The files with which a browser draws: our scripts and onnxruntime-web, of which package-lock.json pins one.

Where onnxruntime-web or the packages for exporting are missing, the server draws.
"""

import functools
import hashlib
import logging
import re
from pathlib import Path

from models.checkpoint import sha256_of
from models.exported import missing
from page import packing

HERE = Path(__file__).parent
ROOT = HERE.parent
RUNTIME = "ort-wasm-simd-threaded.wasm"
GRAPHICS = "ort-wasm-simd-threaded.jspi.wasm"       # for graphics cards; fetched when a network takes long
LIBRARY = ROOT / "node_modules" / "onnxruntime-web" / "dist"
log = logging.getLogger("gan_atlas.networks")


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


def packed(path: Path, name: str, kind: str, quality: int = 9) -> bytes:
    """A file that is served by this name, compressed by "br" of a quality or by "gzip"."""
    return packing.packed(path, packing.cache() / f"files-{VERSION}" / f"{name}.{kind}{quality}", kind, quality)


_sha256 = functools.cache(sha256_of)         # of files that do not change while a server runs


def runtime() -> dict:
    """What a browser is told of onnxruntime's binary, and of the one for graphics cards."""
    path = FILES[RUNTIME]
    return {"file": RUNTIME, "bytes": path.stat().st_size, "sha256": _sha256(path), "travels": len(packed(path, RUNTIME, "br")),
            "graphics": {"file": GRAPHICS, "sha256": _sha256(FILES[GRAPHICS])}}
