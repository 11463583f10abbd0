"""Weights folders: `weights/<name>/` with model.safetensors, config.json, metrics.json and a README.md that is the model card.

A folder is complete in itself: config.json says which module of `models/` builds the networks, with which settings, and the
sha256 of the weights and of what else is read beside them. Only safetensors and JSON are read; nothing is unpickled, and no link is
followed out of the folder.
"""

import dataclasses
import hashlib
import importlib
import json
import math
import os
import re
from pathlib import Path
from types import ModuleType

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from torch.overrides import TorchFunctionMode

from models.card import Card
from models.datasets import DATASETS
from models.errors import BadInput, DamagedWeights

MOST_JSON = 5_000_000    # bytes of config.json and the like
FACTS = {"command": str, "hardware": str, "minutes": int | float, "pictures": int, "steps": int, "k": int}   # of training
UNKNOWN = {"command": "unknown", "hardware": "unknown", "minutes": 0, "pictures": 0, "steps": 0}     # what every page and card prints
FIGURES = ("frechet_distance", "frechet_floor", "kernel_distance", "kernel_floor", "precision", "precision_ceiling", "recall",
           "recall_ceiling", "label_accuracy", "category_accuracy", "test_accuracy")                           # numbers in metrics.json
SHAPES = {"stage1": dict, "stage2": dict, "category_meaning": list, "code_meaning": list} | dict.fromkeys(FIGURES, int | float)
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


class _Undrawn(TorchFunctionMode):
    """Leaves out drawing first weights from a normal: without memory there is nothing to draw, and torch would need a second for it."""

    def __torch_function__(self, function, types, arguments=(), named=None):
        if getattr(function, "__name__", "") == "normal_":
            return (*arguments, *(named or {}).values())[0]
        return function(*arguments, **(named or {}))


def load_networks(folder: Path, files: Path | None = None) -> tuple[Card, dict[str, nn.Module]]:
    """The card and the networks of a weights folder, in float32 and eval mode. Raises DamagedWeights in one sentence.

    `files` is where model.safetensors lies, if not in the folder.
    """
    card, module, config = _describe(folder)
    path = plain_file(files or folder, "model.safetensors", "restore the file, train again, or name in GAN_ATLAS_HUB whose copy on "
                      "the Hub to take")
    if sha256_of(path) != card.sha256:
        raise DamagedWeights(f"{card.name}/model.safetensors is not the file its config.json names (sha256 differs: cut short or "
                             "altered); restore it or train again.")
    try:
        tensors = load_file(path)
        networks = {}
        for role, build in module.NETWORKS.items():
            state = {key.removeprefix(f"{role}."): value for key, value in tensors.items() if key.startswith(f"{role}.")}
            with torch.device("meta"), _Undrawn():       # built without memory: sizes that no file bears out must not be asked for
                network = build(config)
            for key, value in network.state_dict().items():
                if key in state and state[key].is_floating_point() != value.is_floating_point():
                    raise TypeError(f"{key} holds {state[key].dtype}")
            network.load_state_dict(state, strict=True, assign=True)
            networks[role] = network.float().eval().requires_grad_(False)
    except (SafetensorError, RuntimeError, TypeError, ValueError, ArithmeticError, MemoryError) as error:
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
    metrics = read_json(folder / "metrics.json") if (folder / "metrics.json").exists() else {}
    try:
        _check_facts(folder, settings["training"], FACTS | {"stage1": dict, "stage2": dict}, "config.json")
        for stage in {"stage1", "stage2"} & set(settings["training"]):
            _check_facts(folder, settings["training"][stage], FACTS, "config.json")
        _check_facts(folder, metrics, SHAPES, "metrics.json")
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
            training=UNKNOWN | settings["training"],
            metrics=metrics,
            sha256=settings["sha256"],
            files=dict(settings.get("files", {})),
        )
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise DamagedWeights(f"{folder.name}/config.json lacks or misnames an entry ({error!s:.80}).") from error
    return card, module, config


def _check_facts(folder: Path, facts: object, shapes: dict[str, type], file: str) -> None:
    """What page and cards print must be of the kind they expect, where it is there."""
    if not isinstance(facts, dict):
        raise DamagedWeights(f"{folder.name}/{file} does not hold its facts as an object of names and values.")
    for name, kind in shapes.items():
        if name in facts and (not isinstance(facts[name], kind) or isinstance(facts[name], bool)):   # to Python, True is a number
            raise DamagedWeights(f"{folder.name}/{file} gives {name} in a form that it cannot have.")


def plain_file(folder: Path, name: str, hint: str = "restore the file or train again") -> Path:
    """A file of a weights folder. Raises DamagedWeights if it is missing, no ordinary file, or a link that leads out of the folder.

    The Hub's cache keeps the files of its folders one up, in blobs/, and links to them; that is in order.
    """
    path = folder / name
    if not path.is_file():
        raise DamagedWeights(f"{folder.name} has no {name}; {hint}.")
    real, home = path.resolve(), folder.resolve()
    if not (real.is_relative_to(home) or real.is_relative_to(home.parent.parent / "blobs")):
        raise DamagedWeights(f"{folder.name}/{name} is a link that leads out of its folder; put the file itself there.")
    return path


def check_files(folder: Path, part: str, card: Card) -> None:
    """Every file under folder/part must be the one that the card vouches for. Weights of before `files` was written vouch for none."""
    found = {str(path.relative_to(folder)) for path in (folder / part).rglob("*") if not path.is_dir() or path.is_symlink()}
    known = {name: sha256 for name, sha256 in card.files.items() if name.startswith(f"{part}/")}
    for name in sorted(found | set(known)):
        if not name.endswith((".json", ".safetensors", ".txt")) or (known and name not in known):
            raise DamagedWeights(f"{card.name}/{name} does not belong there; remove it.")
        check_file(folder, name, card)


def check_file(folder: Path, name: str, card: Card) -> Path:
    """The file, if it is the one that the card vouches for, or if the card is silent about it."""
    path = plain_file(folder, name)
    if name in card.files and sha256_of(path) != card.files[name]:
        raise DamagedWeights(f"{card.name}/{name} is not the file its config.json names (sha256 differs); restore it or train again.")
    return path


def vouch(folder: Path, *patterns: str) -> None:
    """Writes the sha256 of these files of a weights folder into its config.json, for `check_files`."""
    settings = read_json(folder / "config.json")
    paths = sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    write_json(folder / "config.json", settings | {"files": {str(path.relative_to(folder)): sha256_of(path) for path in paths}})


def read_json(path: Path) -> dict:
    """Raises DamagedWeights for what is missing, too large, too deep or no JSON. Numbers that are not finite, as a measurement without
    samples gives, become None."""

    def finite(text: str) -> float | None:
        return value if math.isfinite(value := float(text)) else None

    try:
        if plain_file(path.parent, path.name).stat().st_size > MOST_JSON:
            raise DamagedWeights(f"{path.parent.name}/{path.name} is larger than {MOST_JSON // 1_000_000} MB, which no such file is.")
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=finite, parse_float=finite)
    except DamagedWeights:
        raise
    except (ValueError, RecursionError, OSError) as error:
        raise DamagedWeights(f"{path.parent.name}/{path.name} is not valid JSON ({error!s:.80}).") from error


def write_json(path: Path, value: dict) -> None:
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Writes a text file so that a kill or a full disk leaves the old one or the new one, never half of either."""
    new = path.with_name(path.name + ".new")
    try:
        new.write_text(text, encoding="utf-8")
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_uint8(pictures: torch.Tensor) -> torch.Tensor:
    """[-1, 1] float [N, C, H, W] -> uint8 [N, H, W, C]: the border between networks and the world."""
    return pictures.float().add(1).mul(127.5).round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def from_uint8(pictures: torch.Tensor) -> torch.Tensor:
    """The way back: uint8 [N, H, W, C] -> float [N, C, H, W] in [-1, 1]."""
    return pictures.permute(0, 3, 1, 2).float().div(127.5).sub(1)
