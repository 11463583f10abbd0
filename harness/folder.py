"""Serves a folder over HTTP on this machine, as any static host would, for tests and benchmarks of the static page."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Quiet(SimpleHTTPRequestHandler):
    def __init__(self, *given, seconds: int, **named):
        self.seconds = seconds
        super().__init__(*given, **named)

    def end_headers(self) -> None:
        if self.seconds:
            self.send_header("Cache-Control", f"max-age={self.seconds}")
        super().end_headers()

    def log_message(self, *_) -> None:
        pass


@contextmanager
def serving_folder(folder: Path, seconds: int = 0) -> Iterator[str]:
    """The address of the folder, "http://127.0.0.1:<port>/", while it is served. `seconds`: how long a browser may keep each file."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder, seconds=seconds))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
