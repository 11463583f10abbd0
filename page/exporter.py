"""Exports networks in a process of its own, which gives way to all others: no drag waits for it, and Ctrl-C does not either.

The process stays for the next model, for most of an export is importing what exports. It ends when nobody has asked for a while.
"""

import atexit
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from models import registry

ROOT = Path(__file__).parent.parent
MINUTES = 5           # that an export may take
NICE = 10             # how far it gives way
IDLE = 20             # seconds without a question after which the process ends

_process: subprocess.Popen | None = None
_one = threading.Lock()
_rest: threading.Timer | None = None
_exit = False         # whether the interpreter is ending


def export(name: str, out: Path, only: tuple[str, ...] = ()) -> None:
    """Writes the networks of these weights, or those named in `only`, to `out`, as `python -m models export` does. Raises RuntimeError with
    the reason where that fails or takes longer than MINUTES."""
    global _process, _rest
    with _one:
        if _rest:
            _rest.cancel()
        if _process is None or _process.poll() is not None:
            _process = _begun()
        late = threading.Timer(60 * MINUTES, _process.kill)
        late.daemon = True
        late.start()
        try:
            _process.stdin.write(json.dumps({"name": name, "out": str(out), "only": only}) + "\n")
            _process.stdin.flush()
            answer = _process.stdout.readline()
        except OSError:                 # it ended before it could be asked
            answer = ""
        finally:
            late.cancel()
        if not answer:
            _killed()                   # and waited for: until then it may still count as running
        _rest = threading.Timer(IDLE, end)
        _rest.daemon = True
        _rest.start()
    if _exit:
        threading.Event().wait()        # the interpreter ends meanwhile, and clears away what was begun
    trouble = json.loads(answer)["error"] if answer else "the process that exports ended"
    if trouble:
        raise RuntimeError(trouble)


def _begun() -> subprocess.Popen:
    command = [sys.executable, "-m", "page.exporter"]
    if shutil.which("nice"):
        command = ["nice", "-n", str(NICE), *command]
    atexit.unregister(_at_exit)
    atexit.register(_at_exit)           # last, so that it runs first: when folders are cleared away, nobody writes to them any more
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            env=os.environ | registry.for_another_place() | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""})


def end() -> None:
    """Ends the process, unless it is being asked."""
    with _one:
        _killed()
        if _process is not None:
            _process.stdin.close()
            _process.stdout.close()


def _at_exit() -> None:
    global _exit
    _exit = True
    _killed()


def _killed() -> None:
    if _process is not None:
        _process.kill()
        _process.wait()


def _answer() -> None:
    """The process: a line of JSON for each line of JSON, {"error": sentence}, empty where it went well."""
    import models
    from models import exported

    said, sys.stdout = sys.stdout, sys.stderr       # what else is printed is no answer
    for line in sys.stdin:
        asked, trouble = json.loads(line), ""
        try:
            exported.export(models.load(asked["name"], "cpu"), Path(asked["out"]), tuple(asked["only"]))
        except Exception as error:                  # of any kind: who asked is told
            trouble = str(error).strip().splitlines()[-1][:300] if str(error).strip() else type(error).__name__
        print(json.dumps({"error": trouble}), file=said, flush=True)


if __name__ == "__main__":
    _answer()
