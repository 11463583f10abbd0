"""`python -m models bench`: how quick and how large the shipped models are on this machine, as a Markdown table."""

import functools
import json
import os
import subprocess
import sys
import time

import numpy as np
import torch

import models
from models.checkpoint import WEIGHTS

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
        if model.generator is None:
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
    print("\nDifferences from fp32 are in steps of 1/255 over 64 pictures, 0 where the model runs in fp32. Training speed is that of the "
          "whole run, on the hardware that its card names.")


def _percentiles(call, runs: int) -> tuple[float, float]:
    times = []
    for _ in range(runs + 10):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return tuple(np.percentile(times[10:], (50, 95)))


def difference_from_fp32(model: models.Model) -> tuple[float, float]:
    """Mean and largest difference between the model's pictures and fp32's, in steps of 1/255, over 64 seeds."""
    if model.dtype == torch.float32:
        return 0.0, 0.0
    quick = model.generate(range(64)).astype(int)
    kept, model.generator, model.dtype = (model.generator, model.dtype), model._networks["generator"], torch.float32
    try:
        exact = model.generate(range(64)).astype(int)
    finally:
        model.generator, model.dtype = kept
    return float(np.abs(quick - exact).mean()), float(np.abs(quick - exact).max())
