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
import secrets
import shutil
from pathlib import Path
from types import ModuleType

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.overrides import TorchFunctionMode

from models.card import NAME, Card
from models.configs import config_of
from models.datasets import Dataset
from models.errors import BadInput, DamagedWeights
from models.figures import COMMON
from models.training_record import TrainingRecord

MOST_JSON = 5_000_000    # bytes of config.json and the like
NUMBER = int | float
TRAINING = {"command": str, "hardware": str, "minutes": NUMBER, "pictures": int, "steps": int, "k": int, "remark": str,
            "labels": NUMBER}
STAGES = {"stage1": dict, "stage2": dict}
COUNTS = {"samples": NUMBER, "compared": NUMBER}
WEIGHTS = Path(__file__).resolve().parent.parent / "weights"


def module_of(model: str) -> ModuleType:
    """The module `models/<model>.py` of a paper. It defines Config, NETWORKS (by role, what builds the network from a Config, or returns
    None where models of that Config have none), PAPER and controls(); it may define
    LOADED (the class of a loaded model, else models.loaded.Model), FIGURES (models/figures.py), METRICS (kinds of further entries of
    metrics.json, by name), TRAINED_BY (its module in training/, if it has another name), USAGE (lines of Python for
    its card) and INSTRUMENT (what it is called as a measure)."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", model):
        raise BadInput("{model} is not the name of a model.", model=f"{model!r:.40}")
    name = f"models.{model}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:               # what the module itself imports is missing
            raise
        raise BadInput("There is no model called {model} in models/.", model=f"{model!r:.40}") from None
    if lacks := [name for name in ("Config", "NETWORKS", "PAPER", "controls") if not hasattr(module, name)]:
        raise BadInput("models.{model} is no model, for it lacks {names}.", model=f"{model:.40}", names=", ".join(lacks))
    return module


def model_of(name: str) -> str:
    """The model of weights by their name: "gan-cls-flowers" -> "gan_cls"."""
    return name.rpartition("-")[0].replace("-", "_")


def build_networks(module: ModuleType, config) -> dict[str, nn.Module]:
    """The networks by role, with first weights, that a model of this Config has."""
    built = {role: build(config) for role, build in module.NETWORKS.items()}
    return {role: network for role, network in built.items() if network is not None}


def save(folder: Path, *, name: str, model: str, dataset: Dataset, config, networks: dict[str, nn.Module],
         training: TrainingRecord) -> None:
    """Writes the networks as fp16 safetensors, and config.json with everything needed to load them again; metrics.json of other weights
    is removed. Raises BadInput, and writes nothing, where a weight is no finite number in fp16."""
    tensors = {
        f"{role}.{key}": (value.half() if value.is_floating_point() else value).cpu().contiguous()
        for role, network in networks.items() for key, value in network.state_dict().items()
    }
    for key, value in tensors.items():
        if value.is_floating_point() and not value.isfinite().all():
            raise BadInput("{name} learned weights that are no finite numbers in fp16 ({key}), as happens where a learning rate is too "
                           "high; nothing was written to {folder}.", name=name, key=key, folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    new = beside(folder / "model.safetensors")
    try:
        save_file(tensors, new)
        sha256 = sha256_of(new)
        if not (folder / "config.json").is_file() or read_json(folder / "config.json").get("sha256") != sha256:
            (folder / "metrics.json").unlink(missing_ok=True)       # measured on other weights: training.evaluate writes it anew
        write_json(folder / "config.json", {        # first, for it says whose folder this is: a run that is killed here goes on
            "name": name,
            "model": model,
            "dataset": dataset.key,
            **({"data": dataset.as_dict()} if dataset.own else {}),
            "config": dataclasses.asdict(config),
            "sha256": sha256,
            "training": training.as_dict(),
        })
        shutil.copymode(folder / "config.json", new)                    # safetensors writes for one's own eyes only
        os.replace(new, folder / "model.safetensors")
    finally:
        new.unlink(missing_ok=True)


class _Undrawn(TorchFunctionMode):
    """Leaves out drawing first weights: without memory there is nothing to draw, and torch would need a second for it."""

    DRAWN = ("normal_", "uniform_", "kaiming_normal_", "kaiming_uniform_")

    def __torch_function__(self, function, types, arguments=(), named=None):
        if getattr(function, "__name__", "") in self.DRAWN:
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
        raise DamagedWeights("{name}/model.safetensors is not the file its config.json names (sha256 differs: cut short or altered); "
                             "restore it or train again.", name=card.name)
    try:
        tensors = load_file(path)
        with torch.device("meta"), _Undrawn():       # built without memory: sizes that no file bears out must not be asked for
            networks = build_networks(module, config)
        if strange := {key.split(".")[0] for key in tensors} - networks.keys():
            raise TypeError(f"it has no network {min(strange)}")
        for role, network in networks.items():
            state = {key.removeprefix(f"{role}."): value for key, value in tensors.items() if key.startswith(f"{role}.")}
            for key, value in network.state_dict().items():
                if key in state and state[key].is_floating_point() != value.is_floating_point():
                    raise TypeError(f"{key} holds {state[key].dtype}")
                if key in state and not state[key].isfinite().all():
                    raise ValueError(f"{key} is not finite")
            network.load_state_dict(state, strict=True, assign=True)
            network.float().eval().requires_grad_(False)
    except Exception as error:           # of whatever kind, as above
        reason = " ".join(str(error).split())
        raise DamagedWeights("{name}/model.safetensors does not fit its config.json ({reason}).",
                             name=card.name, reason=f"{reason:.100}") from error
    return card, networks


def read_card(folder: Path) -> Card:
    """The card of a weights folder, without loading its weights."""
    return _describe(folder)[0]


def _describe(folder: Path) -> tuple[Card, ModuleType, object]:
    settings = read_json(folder / "config.json")
    name = str(settings.get("name", folder.name)) if isinstance(settings, dict) else ""
    if not re.fullmatch(NAME, name):
        raise DamagedWeights("{name}/config.json gives no usable name: letters, digits, dots, dashes and underscores.", name=folder.name)
    metrics = read_json(folder / "metrics.json") if (folder / "metrics.json").exists() else {}
    try:
        _check_facts(folder, settings["training"], TRAINING | STAGES, "config.json")
        for stage in STAGES.keys() & settings["training"].keys():
            _check_facts(folder, settings["training"][stage], TRAINING, "config.json")
        module = module_of(settings["model"])
        figures = (*COMMON, *getattr(module, "FIGURES", ()))
        keys = {key.split(".")[0] for figure in figures for key in (figure.key, figure.beside) if key and "." not in key}
        _check_facts(folder, metrics, STAGES | COUNTS | dict.fromkeys(keys, NUMBER) | getattr(module, "METRICS", {}), "metrics.json")
        config = config_of(module.Config, settings["config"])
        data = Dataset.of(settings["dataset"], settings.get("data"))
        if getattr(config, "classes", len(data.classes)) != len(data.classes):
            raise DamagedWeights("{name}/config.json names {count} classes for networks of {classes}.", name=folder.name,
                                 count=len(data.classes), classes=f"{config.classes!r:.20}")
        card = Card(
            name=name,
            model=settings["model"],
            dataset=data,
            paper=module.PAPER,
            image_size=(config.size, config.size, config.channels),
            controls=module.controls(config, data.classes),
            licence=f"{'that of whoever trained them' if data.own else 'MIT'} (weights); trained on {data.title}, {data.licence}",
            training=TrainingRecord.of(settings["training"]),
            metrics=metrics,
            figures=figures,
            sha256=settings["sha256"],
            files=dict(settings.get("files", {})),
        )
    except BadInput:
        raise
    except Exception as error:           # of whatever kind: what the file says meets the code of any model here
        raise DamagedWeights("{name}/config.json lacks or misnames an entry ({error}).",
                             name=folder.name, error=f"{error!s:.80}") from error
    return card, module, config


def _check_facts(folder: Path, facts: object, shapes: dict[str, type | list[type]], file: str) -> None:
    """What page and cards print must be of the kind they expect, where it is there; [kind] is a list of such."""
    if not isinstance(facts, dict):
        raise DamagedWeights("{name}/{file} does not hold its facts as an object of names and values.", name=folder.name, file=file)
    for name, kind in shapes.items():
        if name not in facts:
            continue
        given, wanted = (facts[name], kind[0]) if isinstance(kind, list) else ([facts[name]], kind)
        if not isinstance(given, list) or any(not isinstance(one, wanted) or isinstance(one, bool) for one in given):   # True is a number
            raise DamagedWeights("{name}/{file} gives {entry} in a form that it cannot have.", name=folder.name, file=file, entry=name)


def plain_file(folder: Path, name: str, hint: str = "") -> Path:
    """A file of a weights folder. Raises DamagedWeights if it is missing, no ordinary file, or a link that leads out of the folder.

    The Hub's cache keeps the files of its folders one up, in blobs/, and links to them; that is in order.
    """
    path, called = folder / name, folder.name or folder         # the root folder has no name
    if not path.is_file():
        if hint:
            raise DamagedWeights("{name} has no {file}; {hint}.", name=called, file=name, hint=hint)
        raise DamagedWeights("{name} has no {file}; restore the file or train again.", name=called, file=name)
    real, home = path.resolve(), folder.resolve()
    if not (real.is_relative_to(home) or real.is_relative_to(home.parent.parent / "blobs")):
        raise DamagedWeights("{name}/{file} is a link that leads out of its folder; put the file itself there.", name=called, file=name)
    return path


def check_files(folder: Path, part: str, card: Card) -> None:
    """Every file under folder/part must be the one that the card vouches for. Weights of before `files` was written vouch for none."""
    found = {path.relative_to(folder).as_posix() for path in (folder / part).rglob("*") if not path.is_dir() or path.is_symlink()}
    known = {name: sha256 for name, sha256 in card.files.items() if name.startswith(f"{part}/")}
    for name in sorted(found | set(known)):
        if not name.endswith((".json", ".safetensors", ".txt")) or (known and name not in known):
            raise DamagedWeights("{name}/{file} does not belong there; remove it.", name=card.name, file=name)
        check_file(folder, name, card)


def check_file(folder: Path, name: str, card: Card) -> Path:
    """The file, if it is the one that the card vouches for, or if the card is silent about it."""
    path = plain_file(folder, name)
    if name in card.files and sha256_of(path) != card.files[name]:
        raise DamagedWeights("{name}/{file} is not the file its config.json names (sha256 differs); restore it or train again.",
                             name=card.name, file=name)
    return path


def vouch(folder: Path, *patterns: str) -> None:
    """Writes the sha256 of these files of a weights folder into its config.json, for `check_files`."""
    settings = read_json(folder / "config.json")
    paths = sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    write_json(folder / "config.json", settings | {"files": {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}})


def read_json(path: Path) -> dict:
    """Raises DamagedWeights for what is missing, too large, too deep or no JSON. Numbers that are not finite, as a measurement without
    samples gives, become None."""

    def finite(text: str) -> float | None:
        return value if math.isfinite(value := float(text)) else None

    try:
        if plain_file(path.parent, path.name).stat().st_size > MOST_JSON:
            raise DamagedWeights("{name}/{file} is larger than {most} MB, which no such file is.",
                                 name=path.parent.name, file=path.name, most=MOST_JSON // 1_000_000)
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=finite, parse_float=finite)
    except DamagedWeights:
        raise
    except OSError as error:
        raise DamagedWeights("{name}/{file} cannot be read ({reason}).", name=path.parent.name, file=path.name,
                             reason=error.strerror or type(error).__name__) from error
    except (ValueError, RecursionError) as error:
        raise DamagedWeights("{name}/{file} is not valid JSON ({error}).",
                             name=path.parent.name, file=path.name, error=f"{error!s:.80}") from error


def write_json(path: Path, value: dict) -> None:
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes a file so that a kill or a full disk leaves the old one or the new one, never half of either."""
    new = beside(path)
    try:
        with open(new, "xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def beside(path: Path) -> Path:
    """Where a file or folder is written before it takes the place of `path`: a name that nothing else has."""
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.new")


def unfinished(path: Path) -> bool:
    """Whether a file is what a kill left that came before it took its place."""
    return bool(re.fullmatch(r"\..+\.[0-9a-f]{16}\.new", path.name))


def sha256_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
