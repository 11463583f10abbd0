"""Checkpoints of a run: the tensors of its networks and optimisers as one file, which is there whole or not at all."""

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from training.kit.folders import CHECKPOINT, PREVIOUS, keep_previous

State = Mapping[str, nn.Module | torch.optim.Optimizer]


def tensors_of(state: State) -> dict[str, torch.Tensor]:
    """What networks and optimisers hold, on the CPU, by names that begin with theirs: "g/net.0.weight", "g_optimizer/0.exp_avg"."""
    tensors = {}
    for name, part in state.items():
        entries = part.state_dict()
        if isinstance(part, torch.optim.Optimizer):
            entries = {f"{i}.{key}": value for i, entry in entries["state"].items() for key, value in entry.items()}
        tensors |= {f"{name}/{key}": value.detach().cpu().contiguous() for key, value in entries.items()}
    return tensors


def take(state: State, tensors: dict[str, torch.Tensor]) -> None:
    """Gives networks and optimisers what `tensors_of` found. Raises RuntimeError, KeyError or ValueError for those of others."""
    for name, part in state.items():
        own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
        if isinstance(part, torch.optim.Optimizer):
            entries: dict[int, dict] = {}
            for key, value in own.items():
                i, entry = key.split(".", 1)
                entries.setdefault(int(i), {})[entry] = value
            part.load_state_dict({"state": entries, "param_groups": part.state_dict()["param_groups"]})
        else:
            part.load_state_dict(own)


def write_checkpoint(folder: Path, tensors: dict[str, torch.Tensor], told: dict[str, str]) -> None:
    """Writes a run folder's checkpoint; the one before stays beside it."""
    path = folder / CHECKPOINT
    new = path.with_suffix(".new")
    try:
        save_file(tensors, new, metadata=told)
        keep_previous(path, folder / PREVIOUS)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)         # half a file would fill the disk for nothing


def read_checkpoint(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors, and what `write_checkpoint` was told. Raises SafetensorError or OSError for a damaged file."""
    with safe_open(path, "pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}, file.metadata()
