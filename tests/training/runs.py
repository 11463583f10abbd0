"""Training runs with tiny networks, in this process or as a command, and what they leave."""

import dataclasses
import importlib
import re
import sys
from pathlib import Path

import torch
from conftest import ROOT
from safetensors import safe_open

from tests.models.small import small

ALL = [importlib.import_module(f"training.{path.stem}") for path in sorted((ROOT / "training").glob("*.py"))
       if re.search("^PRESETS = ", path.read_text(encoding="utf-8"), re.MULTILINE)]
# Those that train on MNIST, by name; flowers, faces, facades and photographs have tests of their own.
SCRIPTS = {module.__name__.removeprefix("training."): module for module in ALL if module.PRESETS["smoke"].name.endswith("-mnist")}
assert {"gan", "dcgan", "cgan", "acgan", "infogan", "bigan", "sgan", "vae", "classifier"} <= SCRIPTS.keys()


def settings(name: str, folder: Path, parquet: Path, **changed):
    preset = SCRIPTS[name].PRESETS["smoke"]
    given = {"data": str(parquet), "out": str(folder / "run"), "weights": str(folder / f"{name}-mnist"), "batch": 20, "limit": 0,
             "restart": False, "precision": "fp32", **small(type(preset)), **changed}
    return dataclasses.replace(preset, **given)


def train(name: str, folder: Path, parquet: Path, **changed) -> Path:
    """Trains in this process; gives the weights folder."""
    if name == "infogan":
        changed = {"cluster_steps": 0} | changed    # so few steps go to the game itself
    cfg = settings(name, folder, parquet, **changed)
    SCRIPTS[name].main(cfg)
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
