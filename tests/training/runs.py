"""Training runs with tiny networks, in this process or as a command, and what they leave."""

import dataclasses
import sys
from pathlib import Path

import torch
from safetensors import safe_open

from training import acgan, bigan, cgan, classifier, dcgan, gan, infogan, sgan

SCRIPTS = {
    "gan": (gan, {"width": 16}),
    "dcgan": (dcgan, {"g_width": 8, "d_width": 4}),
    "cgan": (cgan, {"g_width": 8, "d_width": 4}),
    "acgan": (acgan, {"g_width": 8, "d_width": 4}),
    "sgan": (sgan, {"g_width": 8, "d_width": 4}),
    "infogan": (infogan, {"g_width": 8, "d_width": 4}),
    "bigan": (bigan, {"g_width": 8, "e_width": 4, "d_width": 4}),
    "classifier": (classifier, {"width": 4}),
}


def settings(name: str, folder: Path, parquet: Path, **changed):
    module, small = SCRIPTS[name]
    given = {"data": str(parquet), "out": str(folder / "run"), "weights": str(folder / f"{name}-mnist"), "batch": 20, "limit": 0,
             "restart": False, "precision": "fp32", **small, **changed}
    return dataclasses.replace(module.PRESETS["smoke"], **given)


def train(name: str, folder: Path, parquet: Path, **changed) -> Path:
    """Trains in this process; gives the weights folder."""
    if name == "infogan":
        changed = {"cluster_steps": 0} | changed    # so few steps go to the game itself
    cfg = settings(name, folder, parquet, **changed)
    SCRIPTS[name][0].main(cfg)
    return Path(cfg.weights)


def checkpoint(folder: Path) -> tuple[int, dict[str, torch.Tensor]]:
    with safe_open(folder / "run" / "checkpoint.safetensors", "pt") as file:
        return int(file.metadata()["step"]), {key: file.get_tensor(key) for key in file.keys()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def command(name: str, folder: Path, parquet: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", f"training.{name}", "--preset", "smoke", "--data", str(parquet), "--out", str(folder / "run"),
            "--weights", str(folder / "weights"), "--batch", "20", "--limit", "0", "--no-restart",
            "--precision", "fp32", *more]
