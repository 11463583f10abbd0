"""Our scripts against a widely used implementation of the same papers, side by side: the same minutes, a core each, on the same machine.

    git clone https://github.com/eriklindernoren/PyTorch-GAN theirs
    python -m benchmarks.against theirs --data ../data/mnist --minutes 4

Theirs runs from its own files, as they are, with its own settings, and is stopped when its minutes are over; in place of torchvision it
gets MNIST decoded, resized and scaled beforehand, which is quicker than what it would do. Ours runs its shipped preset, with as many
steps as fit in the minutes. Both are measured on as many samples, by our classifier and by ImageNet features
(training/kit/second_judge.py).
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from safetensors import safe_open

import models
from benchmarks.training import step_of
from models.arguments import check_number, command
from models.datasets import DATASETS
from training import evaluate
from training.kit import metrics, second_judge
from training.kit.pictures import load
from training.kit.real import Real, features_of
from training.kit.settings import ImageSettings

ROOT = Path(__file__).resolve().parent.parent
PAPERS = {"gan": False, "dcgan": False, "cgan": True, "acgan": True}      # and whether their generator takes labels
PROBE = 100          # steps that tell how many fit in the minutes


def main(theirs: Annotated[Path, tyro.conf.Positional], data: str, minutes: float = 4, samples: int = 5_000,
         papers: tuple[str, ...] = tuple(PAPERS)) -> None:
    """Prints a Markdown table.

    Args:
        theirs: a checkout of PyTorch-GAN.
        data: MNIST, as training.gan takes it.
        minutes: that each training gets.
        samples: that are drawn of each.
        papers: which of them.
    """
    if unknown := set(papers) - set(PAPERS):
        sys.exit(f"error: --papers takes some of {', '.join(PAPERS)}, not {', '.join(sorted(unknown))}.")
    scripts = {paper: Path("implementations", paper, f"{paper}.py") for paper in papers}
    if lacking := [str(script) for script in scripts.values() if not (theirs / script).is_file()]:
        sys.exit(f"error: {theirs} is no checkout of PyTorch-GAN: it lacks {lacking[0]}.")
    check_number("--minutes", minutes, 0.1)
    os.environ["OMP_NUM_THREADS"] = "1"
    data = os.path.abspath(data) if os.path.isdir(data) else data       # theirs runs in a folder of its own
    real = Real(data, samples, models.load("classifier-mnist"), DATASETS["mnist"])
    wanted = features_of(real.images, real.instrument)
    print("| paper | whose | images/s | Fréchet distance, our classifier | ImageNet features | recall |\n|---|---|---|---|---|---|")
    for paper in papers:
        with tempfile.TemporaryDirectory() as temporary:
            home = Path(temporary, "theirs", "a", "b")
            home.mkdir(parents=True)
            steps = _steps(paper, data, minutes, Path(temporary, "probe"))
            other = multiprocessing.get_context("spawn").Process(
                target=_run_theirs, args=(theirs.resolve() / scripts[paper], data, minutes, samples, PAPERS[paper], home))
            other.start()
            ours, speed = _run_ours(paper, data, steps, samples, real, Path(temporary, "ours"))
            other.join()
            for whose, images, rate in (("ours", ours, speed), ("theirs", np.load(home / "images.npy"), float(np.load(home / "rate.npy")))):
                features, told = features_of(images, real.instrument), second_judge.figures(real, images)
                recall = metrics.precision_recall(wanted, features)[1]
                print(f"| {paper} | {whose} | {rate:,.0f} | {metrics.frechet_distance(wanted, features):.2f} "
                      f"| {told.get('imagenet_frechet', float('nan')):.1f} | {recall:.0%} |", flush=True)


# --- ours -----------------------------------------------------------------------------------------------------------------

def _train(paper: str, data: str, steps: int, folder: Path) -> tuple[float, int]:
    """Trains, and returns the run's own seconds and the real images of a step."""
    subprocess.run([sys.executable, "-m", f"training.{paper}", "--preset", "mnist", "--data", data, "--out", str(folder), "--weights",
                    str(folder / "weights"), "--steps", str(steps), "--save-every", "3600"], cwd=ROOT, check=True, capture_output=True)
    with safe_open(folder / "checkpoint.safetensors", "pt") as file:
        return float(file.metadata()["seconds"]), step_of(folder)


def _steps(paper: str, data: str, minutes: float, folder: Path) -> int:
    """As many as fit, with a core of its own beside another that is busy."""
    busy = multiprocessing.get_context("spawn").Process(target=_keep_busy, daemon=True)
    busy.start()
    seconds, _ = _train(paper, data, PROBE, folder)
    busy.kill()
    return max(1, int(60 * minutes * PROBE / seconds))


def _keep_busy() -> None:
    torch.set_num_threads(1)
    a, parent = torch.randn(512, 512), os.getppid()
    while os.getppid() == parent:       # also where that was killed
        a @ a


def _run_ours(paper: str, data: str, steps: int, samples: int, real: Real, folder: Path) -> tuple[np.ndarray, float]:
    seconds, batch = _train(paper, data, steps, folder)
    model = models.load(folder / "weights")
    return evaluate.draw(model, samples, evaluate.asked(model, real, samples)), steps * batch / seconds


# --- theirs ---------------------------------------------------------------------------------------------------------------

class _Over(BaseException):
    """The minutes are over."""


def _run_theirs(script: Path, data: str, minutes: float, samples: int, labelled: bool, home: Path) -> None:
    """Runs a script in a process of its own until its minutes are over; leaves images.npy, uint8 [samples, H, W, 1], and rate.npy."""
    os.chdir(home)
    torch.set_num_threads(1)
    sys.argv, sys.stdout = [str(script)], open(os.devnull, "w")  # noqa: SIM115 - until this process ends
    began: list[float] = []

    def begun() -> None:
        if not began:
            began.append(time.perf_counter())
            signal.setitimer(signal.ITIMER_REAL, 60 * minutes)

    def over(*_) -> None:
        raise _Over

    _stand_in(data, begun)
    signal.signal(signal.SIGALRM, over)
    try:
        runpy.run_path(str(script), run_name="__main__")
        raise RuntimeError(f"{script} ended by itself")
    except _Over as ended:
        seconds, trace = time.perf_counter() - began[0], ended.__traceback__
    while "generator" not in trace.tb_frame.f_globals:
        trace = trace.tb_next
    told = trace.tb_frame.f_globals
    images = []
    with torch.no_grad():                           # as the script draws its own samples: its batch norm goes on in training mode
        for first in range(0, samples, 100):
            z = torch.randn(100, told["opt"].latent_dim)
            labels = (torch.arange(first, first + 100) % 10,) if labelled else ()
            images.append(told["generator"](z, *labels).add(1).mul(127.5).round().clamp(0, 255).byte())
    np.save("images.npy", torch.cat(images)[:samples].permute(0, 2, 3, 1).numpy())
    np.save("rate.npy", (told["batches_done"] + 1) * told["opt"].batch_size / seconds)


def _stand_in(data: str, begun: Callable[[], None]) -> None:
    """What the scripts take of torchvision. `begun` is called whenever an image is taken."""
    class Mnist(torch.utils.data.Dataset):
        def __init__(self, root, train=True, download=False, transform=None):
            found = load(ImageSettings(data=data), DATASETS["mnist"])
            size = next((one for one in transform if isinstance(one, int)), 28)
            self.images = F.interpolate(found.images.float(), size=(size, size), mode="bilinear", antialias=True) / 127.5 - 1
            self.labels = found.labels.tolist()

        def __len__(self):
            return len(self.labels)

        def __getitem__(self, i):
            begun()
            return self.images[i], self.labels[i]

    parts = {"transforms": {"Compose": list, "Resize": int, "ToTensor": lambda: None, "Normalize": lambda *_: None},
             "datasets": {"MNIST": Mnist}, "utils": {"save_image": lambda *_, **__: None}}
    whole = sys.modules["torchvision"] = types.ModuleType("torchvision")
    for name, held in parts.items():
        part = types.ModuleType(f"torchvision.{name}")
        vars(part).update(held)
        setattr(whole, name, part)
        sys.modules[part.__name__] = part


if __name__ == "__main__":
    command(main, description=__doc__)
