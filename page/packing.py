"""Compresses what is sent: by Brotli where the browser takes it; large files once for all."""

import contextlib
import gzip
import logging
import os
import tempfile
import threading
from collections import defaultdict
from pathlib import Path

import brotli

log = logging.getLogger("gan_atlas.packing")
_packing: dict[Path, threading.Lock] = defaultdict(threading.Lock)      # the runtime takes ten seconds: others do not wait
_unkept: dict[Path, bytes] = {}       # where nothing can be written, so that this is not done again for each visitor


def cache() -> Path:
    """The folder of all exported networks and compressed files: GAN_ATLAS_CACHE, or in the user's cache."""
    own = os.environ.get("GAN_ATLAS_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gan-atlas"
    return Path(own) if own else base


def in_use(path: Path) -> None:
    """Renews the time at which a file or folder of the cache was used last: what nobody uses goes (page/networks.py, `_tidy`)."""
    with contextlib.suppress(OSError):
        os.utime(path)


def packed(path: Path, kept: Path, kind: str, quality: int = 9) -> bytes:
    """A file, compressed by "br" of a quality or by "gzip". `kept` is where the result lies after the first time."""
    with _packing[kept]:
        if kept.is_file():
            in_use(kept.parent)
            return kept.read_bytes()
        if kept in _unkept:
            return _unkept[kept]
        data = path.read_bytes()
        small = brotli.compress(data, quality=quality, lgwin=24) if kind == "br" else gzip.compress(data, 6)
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as file:
                try:
                    file.write(small)
                    file.flush()
                except OSError:
                    os.unlink(file.name)
                    raise
            os.replace(file.name, kept)
        except OSError:
            log.warning("Nothing can be kept in %s.", kept.parent)
            _unkept[kept] = small
    return small
