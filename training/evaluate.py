"""Measures shipped weights: `python -m training.evaluate infogan-mnist`.

10,000 samples (seeds 0 to 9,999) against real images, in the features of the data set's instrument (models/datasets.py). A paper whose
training script has `measure(model, real, drawn, controls) -> dict` decides what is measured, and with `DRAWS = False` that it needs no
samples (`drawn` is None then); any other gets the common figures. One whose script has `asked(model, real, n) -> controls` decides what is
drawn, and of how many; for any other see `asked` below. Images without captions are judged by ImageNet features as well, where the package
of these is installed. The results are printed, and stored in the weights folder's metrics.json and README.md; the moments of its replay in
history/history.json (training/kit/moments.py).
"""

import importlib
import importlib.util
import itertools
import json
import math
import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import tyro

import models
from models.arguments import command
from models.checkpoint import WEIGHTS, module_of, write_json
from models.controls import Choice, Picture, Range, Text
from models.datasets import Dataset
from models.errors import BadInput
from models.text.encoders import TextEncoders
from training.kit import second_judge
from training.kit.card import write_model_card
from training.kit.comparison import Comparison
from training.kit.folders import check_writable
from training.kit.moments import keep_moments
from training.kit.ranges import check_whole
from training.kit.real import Real, resized
from training.kit.settings import RunSettings, key_of, keys_of

PART = 512       # images drawn at a time
LEAST, MOST = 10, 100_000      # samples, for a distance to mean anything, and for memory; LEAST real pictures as well


@dataclass(frozen=True)
class Settings:
    name: Annotated[str, tyro.conf.Positional]   # weights to measure: a name under weights/ or a folder
    data: str = ""        # folder of pictures or of Parquet files, or data set id on the Hub; empty: the data set's id on the Hub
    samples: int = 10_000     # pictures to draw, and real ones to set beside them
    instrument: str = ""   # weights that measure; empty: the data set's instrument
    store: bool = True    # write metrics.json and the model card
    skip_bad: bool = False     # leave out real pictures that cannot be read, as in training
    image_column: str = ""     # of Parquet files, where training was told so: the column with the pictures
    label_column: str = ""     # the column with the labels
    caption_column: str = ""   # the column with the sentences


def main(cfg: Settings) -> dict:
    check_whole({"samples": MOST}, cfg, LEAST)
    model = models.load(cfg.name)
    folder = models.folder_of(cfg.name) or Path(cfg.name)
    if cfg.store and not folder.is_dir():
        raise BadInput(f"{cfg.name} comes from the Hub, where nothing can be stored; add --no-store, or name a folder.")
    if cfg.store:
        check_writable(f"Measuring {cfg.name}", folder)
    data = model.card.dataset
    shipped = WEIGHTS.resolve() in (folder.parent.resolve(), folder.resolve().parent)
    if cfg.store and cfg.data and (shipped or data.own) and key_of(cfg.data) not in keys_of(data) | trained_on(model):
        raise BadInput(f"{cfg.name} was trained on {data.title}, and its figures are of that; for pictures that are called "
                       f"{key_of(cfg.data)} add --no-store, or name their folder {data.key} if they are these.")
    instrument = instrument_of(cfg.instrument or data.instrument, model, folder)
    check_classes(instrument, data)
    kinds = {type(control) for control in model.card.controls}
    reads_sentences = Text in kinds or isinstance(model, TextEncoders)
    if Text in kinds and not isinstance(instrument, TextEncoders):
        raise BadInput(f"Pictures of sentences are measured by text encoders, and {data.title} has none; name some with --instrument, such "
                       "as text-flowers.")
    if {"generate", "classify"} & set(model.tasks) and not kinds & {Text, Picture}:
        data = replace(data, size=model.card.image_size[0], channels=model.card.image_size[2])       # --size may have been another
    real = Real(cfg.data, cfg.samples, instrument, data, RunSettings(
        skip_bad=cfg.skip_bad, image_column=cfg.image_column, label_column=cfg.label_column, caption_column=cfg.caption_column),
        sentences=reads_sentences or isinstance(instrument, TextEncoders))
    if reads_sentences and not real.captioned:
        raise BadInput(f"{model.card.name} reads sentences, and the pictures of {cfg.data or data.hub} have none; name the column that "
                       "holds them with --caption-column, or lay a text file beside each picture.")
    measure, drawn, controls = of_script(model.card.model, "measure"), None, {}
    draws = "generate" in model.tasks and of_script(model.card.model, "DRAWS") is not False
    distances = (draws or reads_sentences) and Picture not in kinds      # of a picture that is given, each result is measured on its own
    if distances and (count := min(len(real.images), len(real.other.images))) < LEAST:
        raise BadInput(f"There are {count} pictures to measure against, of those that were set aside or of half of all; a distance takes "
                       f"{LEAST} or more.")
    if draws:
        print(f"Measuring {model.card.name}; with the usual 10,000 samples it takes a few minutes.", file=sys.stderr)
        controls = (of_script(model.card.model, "asked") or asked)(model, real, cfg.samples)
        drawn = draw(model, min([cfg.samples, *map(len, controls.values())]), controls)
    if measure is None and drawn is None:
        raise BadInput(f"{model.card.name} draws nothing, and its training script has no measure(); there is nothing to measure.")
    found = measure(model, real, drawn, controls) if measure else Comparison(real, drawn).figures(data)
    if "frechet_distance" in found and not real.captioned:       # sentences have a judge of their own (training/independent.py)
        found |= second_judge.figures(real, drawn)
    found = finite(found)
    print(json.dumps(found, indent=2, ensure_ascii=False))
    if cfg.store:
        write_json(folder / "metrics.json", found)
        write_model_card(folder)
        keep_moments(folder, real.instrument)
    return found


def trained_on(model: models.Model) -> set[str]:
    """What the data of one's own were called in the commands of the training: --name may have called the weights otherwise."""
    words = shlex.split(model.card.training.command) if model.card.dataset.own else []
    return {key_of(value) for word, value in itertools.pairwise(words) if word == "--data"}


def check_classes(instrument: models.Model | None, data: Dataset) -> None:
    """Raises BadInput for an instrument that classifies and does not number classes as the weights' data set does."""
    known = instrument.card.dataset.classes if instrument is not None and "classify" in instrument.tasks else ()
    if known and data.classes and known != data.classes:
        raise BadInput(f"{instrument.card.name} tells other classes apart ({first_of(known)}) than {data.title} has "
                       f"({first_of(data.classes)}); give an --instrument that was trained on the same ones.")


def first_of(names: tuple[str, ...], most: int = 3) -> str:
    """The first few of them and how many there are, in words."""
    return f"{len(names)}: {', '.join(names[:most])}" + (", ..." if len(names) > most else "")


def finite(figures: dict) -> dict:
    """The same without numbers that are not finite, as a measurement of nothing gives: a weights folder with such is refused."""
    return {name: finite(value) if isinstance(value, dict) else value for name, value in figures.items()
            if not isinstance(value, float) or math.isfinite(value)}


def of_script(model: str, name: str) -> Any:
    """What a model's training script, training/<TRAINED_BY of models/<model>.py, or model>.py, calls by that name. None without it."""
    script = f"training.{getattr(module_of(model), 'TRAINED_BY', model)}"
    return getattr(importlib.import_module(script), name, None) if importlib.util.find_spec(script) else None


def instrument_of(name: str, model: models.Model, folder: Path) -> models.Model | None:
    """The loaded instrument of that name: from beside the model's own folder, or else as models.load finds it. None for an empty name."""
    if not name or name == model.card.name:
        return model if name else None
    beside = folder.parent / name
    return models.load(beside if (beside / "config.json").is_file() else name)


def asked(model: models.Model, real: Real, n: int) -> dict[str, list]:
    """The controls of n samples: every option of a Choice equally often, or as `_options` has it; a Range uniform over [-1, 1] or what of
    it is allowed; a Text a caption of the real images; a Picture a real image. What only a Text reads (models of sentences) keeps its
    default."""
    found = {}
    texts = any(isinstance(control, Text) for control in model.card.controls)
    for control in model.card.controls:
        if isinstance(control, Text) and real.captions:
            sentences = [sentence for captions in real.captions for sentence in captions]
            order = torch.randperm(len(sentences), generator=torch.Generator().manual_seed(1))
            order = order.repeat(-(-n // len(sentences)))[:n]
            found[control.name] = [sentences[i] for i in order.tolist()]
        elif isinstance(control, Picture):
            small = resized(real.images[:n], (control.size, control.size, control.channels))
            found[control.name] = [small[i % len(small)] for i in range(n)]
        elif isinstance(control, Choice) and not texts:
            found[control.name] = _options(model, control, real, n)
        elif isinstance(control, Range) and not texts:
            low, high = max(-1.0, control.low), min(1.0, control.high)
            found[control.name] = [float(v) for v in (real.rng.uniform(low, high, n) if low < high else np.full(n, control.default))]
    return found


def _options(model: models.Model, control: Choice, real: Real, n: int) -> list[int]:
    """Every option equally often; of labels as often as the real images have each, lest the distance measure that as well."""
    if control.name == "label" and control.options == model.card.dataset.classes and (known := real.labels[real.labels >= 0]).size:
        return np.sort(known)[np.arange(n) * known.size // n].tolist()
    return [int(i) for i in np.arange(n) % len(control.options)]


def draw(model: models.Model, n: int, controls: dict[str, list]) -> np.ndarray:
    """The images of seeds 0 to n - 1, uint8 [n, H, W, C]; a control has one value for each, a Choice the number of an option."""
    for name, values in controls.items():
        if isinstance(control := model.card.control(name), Choice):
            controls = controls | {name: [control.named(i) if type(i) is int else i for i in values]}
    drawn = np.empty((n, *model.card.image_size), np.uint8)
    for start in range(0, n, PART):
        part = slice(start, min(start + PART, n))
        drawn[part] = model.generate(range(part.start, part.stop), **{name: values[part] for name, values in controls.items()})
    return drawn


if __name__ == "__main__":
    command(main, Settings, __doc__)
