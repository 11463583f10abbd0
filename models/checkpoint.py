"""Weights folders: `weights/<name>/` with model.safetensors, config.json, metrics.json and a README.md that is the model card.

A folder is complete in itself: config.json says which module of `models/` builds the networks, with which settings, and the
sha256 of the weights. Only safetensors is read; nothing is unpickled.
"""

import dataclasses
import hashlib
import importlib
import json
import re
from pathlib import Path
from types import ModuleType

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from models.card import Card
from models.datasets import DATASETS
from models.errors import BadInput, DamagedWeights

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"


def module_of(model: str) -> ModuleType:
    """The module `models/<model>.py` of a paper. It defines Config, NETWORKS, PAPER and controls()."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", model):
        raise BadInput(f"{model!r:.40} is not the name of a model.")
    try:
        module = importlib.import_module(f"models.{model}")
    except ModuleNotFoundError:
        module = None
    if not hasattr(module, "NETWORKS"):
        raise BadInput(f"There is no model called {model!r:.40} in models/.")
    return module


def save(folder: Path, *, name: str, model: str, dataset: str, config, networks: dict[str, nn.Module], training: dict) -> None:
    """Writes the networks as fp16 safetensors, and config.json with everything needed to load them again."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        f"{role}.{key}": (value.half() if value.is_floating_point() else value).cpu().contiguous()
        for role, network in networks.items() for key, value in network.state_dict().items()
    }
    save_file(tensors, folder / "model.safetensors")
    write_json(folder / "config.json", {
        "name": name,
        "model": model,
        "dataset": dataset,
        "config": dataclasses.asdict(config),
        "sha256": sha256_of(folder / "model.safetensors"),
        "training": training,
    })


def load_networks(folder: Path, files: Path | None = None) -> tuple[Card, dict[str, nn.Module]]:
    """The card and the networks of a weights folder, in float32 and eval mode. Raises DamagedWeights in one sentence.

    `files` is where model.safetensors lies, if not in the folder.
    """
    card, module, config = _describe(folder)
    path = (files or folder) / "model.safetensors"
    if not path.is_file():
        raise DamagedWeights(f"{card.name} has no model.safetensors; restore the file, train again, or name in GAN_ATLAS_HUB whose "
                             "copy on the Hub to take.")
    if sha256_of(path) != card.sha256:
        raise DamagedWeights(f"{card.name}/model.safetensors is not the file its config.json names (sha256 differs: cut short or "
                             "altered); restore it or train again.")
    try:
        tensors = load_file(path)
        networks = {}
        for role, build in module.NETWORKS.items():
            state = {key.removeprefix(f"{role}."): value for key, value in tensors.items() if key.startswith(f"{role}.")}
            networks[role] = build(config)
            networks[role].load_state_dict(state, strict=True)
            networks[role].eval().requires_grad_(False)
    except (SafetensorError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise DamagedWeights(f"{card.name}/model.safetensors does not fit its config.json ({reason:.100}).") from error
    return card, networks


def read_card(folder: Path) -> Card:
    """The card of a weights folder, without loading its weights."""
    return _describe(folder)[0]


def _describe(folder: Path) -> tuple[Card, ModuleType, object]:
    settings = read_json(folder / "config.json")
    name = str(settings.get("name", folder.name)) if isinstance(settings, dict) else ""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):   # it becomes part of file names
        raise DamagedWeights(f"{folder.name}/config.json gives no usable name: letters, digits, dots, dashes and underscores.")
    try:
        module = module_of(settings["model"])
        config = module.Config(**settings["config"])
        data = DATASETS[settings["dataset"]]
        card = Card(
            name=name,
            model=settings["model"],
            dataset=settings["dataset"],
            paper=module.PAPER,
            image_size=(config.size, config.size, config.channels),
            controls=module.controls(config, data.classes),
            licence=f"MIT (weights); trained on {data.title}, {data.licence}",
            training=settings["training"],
            metrics=read_json(folder / "metrics.json") if (folder / "metrics.json").is_file() else {},
            sha256=settings["sha256"],
        )
    except (KeyError, TypeError) as error:
        raise DamagedWeights(f"{folder.name}/config.json lacks or misnames an entry ({error!s:.80}).") from error
    return card, module, config


def read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DamagedWeights(f"{path.parent.name} has no {path.name}; restore the file or train again.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DamagedWeights(f"{path.parent.name}/{path.name} is not valid JSON ({error!s:.80}).") from error


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_uint8(pictures: torch.Tensor) -> torch.Tensor:
    """[-1, 1] float [N, C, H, W] -> uint8 [N, H, W, C]: the border between networks and the world."""
    return pictures.float().add(1).mul(127.5).round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def from_uint8(pictures: torch.Tensor) -> torch.Tensor:
    """The way back: uint8 [N, H, W, C] -> float [N, C, H, W] in [-1, 1]."""
    return pictures.permute(0, 3, 1, 2).float().div(127.5).sub(1)
