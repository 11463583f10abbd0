"""`python -m models bench`: how quick and how large the shipped models are on this machine, as a Markdown table."""

import contextlib
import functools
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import torch

import models
from models.checkpoint import WEIGHTS
from models.text.encoders import ENCODERS
from models.text_to_picture import TextToPicture

_CHILD = """
import json, resource, sys, time
import models
start = time.perf_counter()
model = models.load(sys.argv[1])
print(json.dumps({"load": time.perf_counter() - start, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def bench(runs: int = 200) -> None:
    """Prints latency, load time and memory of every trained model.

    Args:
        runs: Timed calls per figure, after ten that are not counted.
    """
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}; milliseconds; load time and memory of a fresh process\n")
    print("| model | type | 1 picture p50 / p95 | 16 pictures p50 / p95 | load | memory | generator | from fp32, mean / most "
          "| trained at, in |")
    print("|---|---|---|---|---|---|---|---|---|")
    for card in models.cards():
        model = models.load(card.name)
        if model.generator is None or isinstance(model, TextToPicture):
            continue
        one, many = (_percentiles(functools.partial(model.generate, range(n)), runs) for n in (1, 16))
        child = subprocess.run([sys.executable, "-c", _CHILD, card.name], capture_output=True, text=True, check=True,
                               cwd=WEIGHTS.parent, env=os.environ)
        fresh = json.loads(child.stdout)
        size = sum(p.numel() for p in model.generator.parameters()) * 2 / 1e6
        mean, most = difference_from_fp32(model)
        speed = card.training["pictures"] / max(card.training["minutes"], 0.1) / 60
        print(f"| {card.name} | {str(model.dtype).removeprefix('torch.')} | {one[0]:.1f} / {one[1]:.1f} | {many[0]:.1f} / {many[1]:.1f} "
              f"| {fresh['load'] * 1e3:.0f} ms | {fresh['memory']:.0f} MB | {size:.1f} MB | {mean:.2f} / {most:.0f} "
              f"| {speed:,.0f} pictures/s, {card.training['minutes']:g} min |")
    _sentences(runs)
    print("\nDifferences from fp32 are in steps of 1/255 over 64 pictures, 0 where the model runs in fp32. Training speed is that of the "
          "whole run, on the hardware that its card names.")


def _sentences(runs: int) -> None:
    """Prints what sentences cost: each encoder, and each model that draws from them, beside plain fp32."""
    drawing = [model for model in map(models.load, (card.name for card in models.cards())) if isinstance(model, TextToPicture)]
    if not drawing:
        return
    encoders, runs = drawing[0].encoders, max(5, runs // 4)
    print("\n| from a sentence | 1 picture p50 / p95 | 4 pictures p50 / p95 | 16 pictures p50 / p95 | from fp32, mean / most |")
    print("|---|---|---|---|---|")
    for encoder in ENCODERS:
        counter = itertools.count()     # a new sentence each time: nothing is remembered
        call = functools.partial(lambda encoder, counter: encoders.encode([f"a flower with {next(counter)} long petals"], encoder),
                                 encoder, counter)
        low, high = _percentiles(call, runs)
        print(f"| {encoders.card.name}: encode by {encoder} | {low:.1f} / {high:.1f} | | | |")
    for model in drawing:
        mean, most = difference_from_fp32(model)
        for words, exact in ((f"{model.card.name}, encoded by char-cnn-rnn", False), ("the same in fp32", True)):
            with in_fp32(model) if exact else contextlib.nullcontext():
                cells = []
                for n in (1, 4, 16):
                    call = functools.partial(model.generate, range(n), text="a flower with seven blue petals", encoder="char-cnn-rnn")
                    cells.append("{:.0f} / {:.0f}".format(*_percentiles(call, runs)))
            print(f"| {words} | {' | '.join(cells)} | {'' if exact else f'{mean:.2f} / {most:.0f}'} |")


def _percentiles(call, runs: int) -> tuple[float, float]:
    times = []
    for _ in range(runs + 10):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return tuple(np.percentile(times[10:], (50, 95)))


def difference_from_fp32(model: models.Model) -> tuple[float, float]:
    """Mean and largest difference between the model's pictures and fp32's, in steps of 1/255, over 64 seeds."""
    if model.dtype == torch.float32 and not isinstance(model, TextToPicture):
        return 0.0, 0.0
    quick = model.generate(range(64)).astype(int)
    with in_fp32(model):
        exact = model.generate(range(64)).astype(int)
    return float(np.abs(quick - exact).mean()), float(np.abs(quick - exact).max())


@contextlib.contextmanager
def in_fp32(model: models.Model) -> Iterator[None]:
    """The model as it was before models.runtime.prepare chose its number format."""
    kept = {name: getattr(model, name) for name in ("generator", "generator2", "dtype") if hasattr(model, name)}
    for name in kept:
        setattr(model, name, torch.float32 if name == "dtype" else model._networks.get(name))
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(model, name, value)
