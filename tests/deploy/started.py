"""The page in a process of its own, from any folder and in any environment."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def started(folder: Path, *words: str, **environment: str) -> Iterator[str]:
    """Starts `python app.py` with these words and settings, waits until it answers, and gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("GRADIO", "SPACE", "PYTHONPATH"))}
    settings = inherited | {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"} | environment
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen([sys.executable, "app.py", *words], cwd=folder, env=settings, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}/"
            while not answers(url):
                log.seek(0)
                assert server.poll() is None, log.read()
                time.sleep(0.25)
            yield url
        finally:
            server.terminate()
            server.wait(15)


def answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=5).read())
    except OSError:
        return False
