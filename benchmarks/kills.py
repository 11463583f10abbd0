"""Whether training survives: `python -m benchmarks.kills`. Needs requirements-dev.txt, but no data set.

A small DCGAN run is killed (SIGKILL) at random moments, from its start to its export, and begun again by the same command each time;
then it meets a disk that takes no more. Its weights must be those of a run that nobody disturbed, to the bit. Prints a Markdown
table; exit code 1 and a sentence if they are not.
"""

import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from safetensors.torch import load_file

from benchmarks.training import ROOT, noise
from models.arguments import command
from models.checkpoint import sha256_of


def main(kills: int = 20, steps: int = 400, seed: int = 0) -> None:
    """Args:
    kills: how often the run is killed.
    steps: generator steps of a run; it begins anew where it ends before all kills are done.
    seed: of the moments.
    """
    chance, bad = random.Random(seed), []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        data = noise(folder / "data", 400)      # apart from the runs
        begun = time.monotonic()
        first = _start(folder / "whole", data, steps)
        start_up = _until_checkpoint(first, folder / "whole")
        _ended(first)
        seconds, expected = time.monotonic() - begun, _sums(folder / "whole")

        killed, done, rounds, moments, run = 0, 0, 0, [], folder / "killed"
        while killed < kills or done == 0:
            process = _start(run, data, steps)
            moment = chance.uniform(0, start_up + 3 * (seconds - start_up) / max(1, kills))   # a few starts die before they can save
            if killed < kills:
                try:
                    process.wait(moment)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    moments.append(_step(run))
                    killed += 1
                    continue
            _ended(process)
            rounds += 1
            bad += ["A killed run's weights differ from the undisturbed run's."] * (_sums(run) != expected)
            done = killed >= kills
            shutil.rmtree(run)

        said, kept, resumed = _full_disk(folder / "full", data, steps)
        bad += [] if kept else ["The full disk cost the last checkpoint."]
        bad += [] if resumed == expected else ["The run that met a full disk ends with other weights."]
        bad += [] if said.startswith("error: ") and "Traceback" not in said and "\n" not in said else ["A full disk ends in no sentence."]

    print("| what | measured |")
    print("|---|---|")
    print(f"| SIGKILLs / runs brought to their end in spite of them | {killed} / {rounds} |")
    print(f"| last saved step at each kill, of {steps} | {', '.join(map(str, moments))} |")
    print(f"| sha256 of the weights, undisturbed | {expected[0][:16]} |")
    print(f"| the same after the kills, and after a full disk | {'yes' if not bad else 'no'} |")
    print(f"| what a run says on a full disk | {said} |")
    if bad:
        sys.exit(f"error: {bad[0]}")


def _start(folder: Path, data: Path, steps: int, most: int = resource.RLIM_INFINITY) -> subprocess.Popen:
    """`most`: bytes that a file of the run may have, so that a checkpoint fails as on a full disk."""
    words = ["--data", data, "--out", folder / "run", "--weights", folder / "weights", "--steps", steps, "--save-every", 0,
             "--batch", 20, "--g-width", 8, "--d-width", 4, "--no-restart", "--precision", "fp32"]
    return subprocess.Popen([sys.executable, "-m", "training.dcgan", "--preset", "smoke", *map(str, words)], cwd=ROOT,
                            stdout=subprocess.DEVNULL, text=True,
                            stderr=subprocess.PIPE if most != resource.RLIM_INFINITY else subprocess.DEVNULL,
                            env=os.environ | {"OMP_NUM_THREADS": "1"},     # such small networks gain nothing from more
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))


def _until_checkpoint(process: subprocess.Popen, folder: Path) -> float:
    begun = time.monotonic()
    while process.poll() is None and not _checkpoint(folder).is_file():
        time.sleep(0.05)
    return time.monotonic() - begun


def _ended(process: subprocess.Popen) -> None:
    if process.wait():
        sys.exit("error: The training script did not come to its end; run python -m training.dcgan --preset smoke to see why.")


def _checkpoint(folder: Path) -> Path:
    return folder / "run" / "checkpoint.safetensors"


def _step(folder: Path) -> int:
    log = folder / "run" / "log.jsonl"
    return len(log.read_text(encoding="utf-8").splitlines()) if log.is_file() else 0


def _sums(folder: Path) -> tuple[str, str]:
    """sha256 of the exported weights, and of every tensor of the last checkpoint (its file also holds the seconds it took)."""
    tensors = load_file(_checkpoint(folder))
    told = hashlib.sha256()
    for key in sorted(tensors):
        told.update(key.encode() + tensors[key].numpy().tobytes())
    return sha256_of(folder / "weights" / "model.safetensors"), told.hexdigest()


def _full_disk(folder: Path, data: Path, steps: int) -> tuple[str, bool, tuple[str, str]]:
    """What the run says where a checkpoint no longer fits, whether the last one is whole, and its sums when it has gone on."""
    process = _start(folder, data, steps)
    _until_checkpoint(process, folder)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = sha256_of(_checkpoint(folder))
    process = _start(folder, data, steps, _checkpoint(folder).stat().st_size // 2)
    said = process.communicate()[1].replace("\r", "\n").strip()
    kept = process.returncode == 1 and sha256_of(_checkpoint(folder)) == before
    _ended(_start(folder, data, steps))
    words = [line for line in said.splitlines() if "step/s" not in line and "s/step" not in line and line.strip()]
    return "\n".join(words), kept, _sums(folder)


if __name__ == "__main__":
    command(main, description=__doc__)
