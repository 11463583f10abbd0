"""`python -m models bench`: how quick and how large the trained models are on this machine, as Markdown tables."""

import contextlib
import functools
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch

import models
from models import precision, registry
from models.checkpoint import WEIGHTS
from models.controls import Text
from models.errors import BadInput

_CHILD = """
import json, pathlib, sys, time
try: import resource
except ImportError: resource = None       # Windows
import models
start = time.perf_counter()
model = models.load(sys.argv[1])
load, status = time.perf_counter() - start, pathlib.Path("/proc/self/status")
peak = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.is_file() else []
memory = int(peak[0]) if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if resource else float("nan")
memory /= 1024 if sys.platform == "darwin" else 1       # bytes there
print(json.dumps({"load": load, "memory": memory / 1024}))
"""


MOST_RUNS = 100_000


def bench(runs: int = 200) -> None:
    """Prints latency, load time and memory of every trained model.

    Args:
        runs: Timed calls per figure, after ten that are not counted.
    """
    if not 1 <= runs <= MOST_RUNS:
        raise BadInput("--runs takes a whole number from 1 to {most}, not {runs}.", most=f"{MOST_RUNS:,}", runs=runs)
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, {precision.name_of(precision.dtype_for())}, "
          f"{precision.processor()}; milliseconds; load time and memory of a fresh process\n")
    everything = list(_loaded())
    drawing = [model for model in everything if "generate" in model.tasks]
    print("| model | type | 1 picture p50 / p95 | 16 pictures p50 / p95 | load | memory | generator | from fp32, mean / most "
          "| trained at, in |")
    print("|---|---|---|---|---|---|---|---|---|")
    for model in drawing:
        if _text(model) is None:
            _row(model, runs)
    _sentences([model for model in everything if "embed" in model.tasks and model not in drawing],
               [model for model in drawing if _text(model)], max(5, runs // 4))
    print("\nDifferences from fp32 are in steps of 1/255 over 64 pictures, 0 where the model runs in fp32. Training speed is that of the "
          "whole run, on the hardware that its card names.")


def _loaded() -> Iterator[models.Model]:
    """All weights; what is damaged is left out with a note."""
    for card in models.cards():
        try:
            yield models.load(card.name)
        except BadInput as error:
            print(f"note: left out: {error}", file=sys.stderr)


def _row(model: models.Model, runs: int) -> None:
    one, many = (_percentiles(functools.partial(model.generate, range(n)), runs) for n in (1, 16))
    child = subprocess.run([sys.executable, "-c", _CHILD, model.card.name], capture_output=True, text=True, check=True,
                           cwd=WEIGHTS.parent, env=os.environ | registry.for_another_place())
    fresh = json.loads(child.stdout)
    size = sum(p.numel() for p in model.generator.parameters()) * 2 / 1e6
    mean, most = difference_from_fp32(model)
    record = model.card.training
    speed = record.pictures / max(record.minutes, 0.1) / 60
    print(f"| {model.card.name} | {str(model.dtype).removeprefix('torch.')} | {one[0]:.1f} / {one[1]:.1f} | {many[0]:.1f} / {many[1]:.1f} "
          f"| {fresh['load'] * 1e3:.0f} ms | {fresh['memory']:.0f} MB | {size:.1f} MB | {mean:.2f} / {most:.0f} "
          f"| {speed:,.0f} pictures/s, {record.minutes:g} min{record.more} |")


def _sentences(encoding: list, drawing: list[models.Model], runs: int) -> None:
    """Prints what sentences cost: each encoder, and each model that draws from them, beside plain fp32."""
    if not drawing:
        return
    print("\n| from a sentence | 1 picture p50 / p95 | 4 pictures p50 / p95 | 16 pictures p50 / p95 | from fp32, mean / most |")
    print("|---|---|---|---|---|")
    for encoders in encoding:
        for encoder in encoders.names:
            counter = itertools.count()     # a new sentence each time: nothing is remembered
            call = functools.partial(lambda encoders, encoder, counter: encoders.embed([f"a flower with {next(counter)} long petals"],
                                                                                       encoder), encoders, encoder, counter)
            low, high = _percentiles(call, runs)
            print(f"| {encoders.card.name}: encode by {encoder} | {low:.1f} / {high:.1f} | | | |")
    for model in drawing:
        mean, most = difference_from_fp32(model)
        by = next((f", encoded by {control.default}" for control in model.card.controls if control.name == "encoder"), "")
        beside = [("the same in fp32", True)] if model.dtype != torch.float32 else []
        for words, exact in [(f"{model.card.name}{by}", False), *beside]:
            with in_fp32(model) if exact else contextlib.nullcontext():
                cells = []
                for n in (1, 4, 16):
                    call = functools.partial(model.generate, range(n), **{_text(model): "a flower with seven blue petals"})
                    cells.append("{:.0f} / {:.0f}".format(*_percentiles(call, runs)))
            print(f"| {words} | {' | '.join(cells)} | {'' if exact else f'{mean:.2f} / {most:.0f}'} |")


def _text(model: models.Model) -> str | None:
    """The name of the control that takes a sentence."""
    return next((control.name for control in model.card.controls if isinstance(control, Text)), None)


def _percentiles(call: Callable, runs: int) -> tuple[float, float]:
    times = []
    for _ in range(runs + 10):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return tuple(np.percentile(times[10:], (50, 95)))


def difference_from_fp32(model: models.Model) -> tuple[float, float]:
    """Mean and largest difference between the model's images and fp32's, in steps of 1/255, over 64 seeds."""
    if model.dtype == torch.float32:
        return 0.0, 0.0
    quick = model.generate(range(64)).astype(int)
    with in_fp32(model):
        exact = model.generate(range(64)).astype(int)
    return float(np.abs(quick - exact).mean()), float(np.abs(quick - exact).max())


@contextlib.contextmanager
def in_fp32(model: models.Model) -> Iterator[None]:
    """The model with its generators as they were before models.precision.prepare: in fp32."""
    kept = {name: getattr(model, name) for name in (*model.networks, "dtype") if hasattr(model, name)}
    for name in kept:
        setattr(model, name, torch.float32 if name == "dtype" else model.networks[name])
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(model, name, value)
