"""`python app.py` on a free port, for the benchmarks that ask it something."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Server(NamedTuple):
    url: str         # with a slash at its end
    process: subprocess.Popen
    seconds: float   # from the command to its first answer


@contextlib.contextmanager
def running(folder: Path | None = None) -> Iterator[Server]:
    """The server, until the block ends. `folder`: where its temporary files and its output (log.txt) go."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {"TMPDIR": str(folder), "GRADIO_TEMP_DIR": str(folder / "gradio")} if folder else {}
    start = time.perf_counter()
    with open(folder / "log.txt" if folder else os.devnull, "w", encoding="utf-8") as said:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, stdout=said, stderr=said,
                                   env=os.environ | places | {"GRADIO_SERVER_PORT": str(port)})
    try:
        url = f"http://127.0.0.1:{port}/"
        _wait(url, process)
        yield Server(url, process, time.perf_counter() - start)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def memory(process: subprocess.Popen) -> float:
    """Resident megabytes; Linux only, else nan."""
    try:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
        return int(status["VmRSS"].split()[0]) / 1024
    except (OSError, KeyError):
        return float("nan")


def _wait(url: str, process: subprocess.Popen) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    sys.exit("error: app.py ended before it answered; run it by hand to see why.")
