"""The weights that a run starts from, if not from random ones."""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.card import Card
from models.checkpoint import read_card
from models.errors import BadInput
from training.kit.folders import INIT


def of_model(weights: Path, model: str) -> Path:
    """The folder itself. Raises BadInput for weights of another model."""
    if weights.is_dir() and (found := read_card(weights).model) != model:
        raise BadInput(f"{weights} holds weights of {found}, and what is trained here begins from weights of {model}.")
    return weights


def check_same_start(copy: Path, target: Path, of: Callable[[Card], Any]) -> None:
    """Raises BadInput where a run began from a copy of its own target, and the weights that lie there now have another beginning; `of`
    gives what tells one beginning from another."""
    if copy != target and target.is_dir() and of(read_card(target)) != of(read_card(copy)):
        raise BadInput(f"{target} was trained anew since this run began from it; --restart begins from what is there now.")


def shapes_of(network: nn.Module) -> dict[str, torch.Size]:
    """The shape of every tensor of a network by its name: what must be the same for one's weights to fit another."""
    return {name: value.shape for name, value in network.state_dict().items()}


def initial_weights(run_folder: Path, weights: Path) -> Path:
    """The folder to read the starting weights from: a copy of `weights` inside the run folder, made at the first call.

    A copy, because a run may write its result over the folder it started from, and the same command may be given again. Returns
    `weights` itself if that folder does not exist and was never copied.
    """
    kept = run_folder / INIT
    if weights.is_dir() and not kept.is_dir():
        shutil.copytree(weights, half := kept.with_name(f"{INIT}.{os.getpid()}"))
        with contextlib.suppress(OSError):        # another process of this run was quicker
            half.rename(kept)
        shutil.rmtree(half, ignore_errors=True)
    return kept if kept.is_dir() else weights
