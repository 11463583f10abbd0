"""Runs code in a process of its own that begins with torch and our networks imported already, which takes most of a short program's time.

The process is forked from one that imported them and nothing else: not huggingface_hub, which reads its settings when it is imported.
"""

import io
import multiprocessing
import os
import subprocess
import sys
import tempfile

START = multiprocessing.get_context("forkserver") if "forkserver" in multiprocessing.get_all_start_methods() else None


def run_apart(code: str, *words: object, environment: dict[str, str], folder: object) -> subprocess.CompletedProcess:
    """As `python -c code words` in a folder with these environment variables and no others."""
    words = list(map(str, words))
    if START is None:
        command = [sys.executable, "-c", code, *words]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment,
                              timeout=400)
    START.set_forkserver_preload(["models.registry"])
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        outputs = [multiprocessing.reduction.DupFd(file.fileno()) for file in (said, complained)]
        process = START.Process(target=_begin, args=(code, words, environment, str(folder), outputs))
        process.start()
        process.join(400)
        process.kill()
        process.join()
        said.seek(0)
        complained.seek(0)
        return subprocess.CompletedProcess([code, *words], process.exitcode, said.read(), complained.read())


def _begin(code: str, words: list[str], environment: dict[str, str], folder: str, outputs: list) -> None:
    for stream, number in zip(outputs, (1, 2), strict=True):
        os.dup2(stream.detach(), number)
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(number, "w"), write_through=True) for number in (1, 2))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["-c", *words]
    assert "huggingface_hub" not in sys.modules
    exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})      # the process prints what it raises, and ends with 1
