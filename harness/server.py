"""`python app.py` in a process of its own on a free port, for tests and benchmarks that ask it something."""

import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 300      # seconds until its first answer
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))     # the server is asked without any proxy


class Server(NamedTuple):
    url: str         # with a slash at its end
    process: subprocess.Popen
    seconds: float   # from the command to its first answer


@contextlib.contextmanager
def running(folder: Path = ROOT, *words: str, log: Path | None = None, host: str = "127.0.0.1", **environment: str) -> Iterator[Server]:
    """The server of the checkout in `folder`, started with these words and environment variables, until the block ends.

    `host`: the address it listens at. `log`: a file for what it prints. Settings of Gradio and of Spaces that this process has are not
    handed on. Ends in an AssertionError with what it printed, if it ends before it answers.
    """
    port = free_port()
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("GRADIO", "SPACE", "PYTHONPATH"))}
    settings = inherited | {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": host} | environment
    start = time.perf_counter()
    with open(log, "w+", encoding="utf-8") if log else tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        process = subprocess.Popen([sys.executable, "app.py", *words], cwd=folder, env=settings, stdout=said, stderr=said)
        try:
            url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
            while not _answers(url):
                if process.poll() is not None or time.perf_counter() - start > PATIENCE:
                    said.seek(0)         # not before: it would go on writing there
                    raise AssertionError(said.read() or "It does not answer.")
                time.sleep(0.05)
            yield Server(url, process, time.perf_counter() - start)
        finally:
            process.terminate()        # not Ctrl-C, which is ignored where a shell started all this in the background
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):       # none that an outgoing connection may get meanwhile
        with contextlib.suppress(OSError), socket.socket() as free:
            free.bind(("127.0.0.1", port))
            return port
    raise OSError("This machine has no free port.")


def memory(process: subprocess.Popen) -> float:
    """Resident megabytes; Linux only, else nan."""
    try:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
        return int(status["VmRSS"].split()[0]) / 1024
    except (OSError, KeyError):
        return float("nan")


def _answers(url: str) -> bool:
    try:
        return bool(DIRECT.open(url, timeout=5).read())
    except (urllib.error.URLError, OSError):
        return False
