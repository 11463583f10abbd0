"""What every training script can be told, and how it is told: `python -m training.dcgan --preset mnist --seed 3`."""

import argparse
import contextlib
import inspect
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import tyro
from safetensors import SafetensorError

from models.arguments import ending_in_a_sentence, of_a_file, read_arguments
from models.datasets import DATASETS, TABLES, Dataset
from models.errors import BadInput, print_anything, shown
from training.kit.ranges import check_settings


@dataclass(frozen=True)
class RunSettings:
    """Of every training run."""

    name: str = ""                # <model>-<dataset>: the folder under weights/ and runs/
    data: str = ""                # folder of pictures or of Parquet files, or data set id on the Hub; empty: the data set's id on the Hub
    out: str = ""                 # run folder; empty: one of its own in runs/, called after name and seed
    weights: str = ""             # where the trained weights go; empty: weights/<name>
    seed: int = 0                 # of all random numbers: the same seed gives the same run
    steps: int = 10_000           # optimiser steps; of a GAN: generator steps
    batch: int = 128              # images a step, over all processes together
    anneal: float = 0.0           # share of the steps, at the end, over which the learning rates fall to zero
    ema: float = 0.998            # decay of the exponential moving average of the weights
    limit: int = 0                # use only the first so many images; 0: all
    precision: Literal["auto", "bf16", "fp32"] = "auto"   # auto: bf16 where the hardware has fast units for it
    save_every: float = 30.0      # seconds between checkpoints
    restart: bool = False         # begin anew although the run folder holds a checkpoint
    skip_bad: bool = False        # leave out pictures that cannot be read or lack what the paper needs, instead of refusing the data
    image_column: str = ""        # of Parquet files: the column with the pictures; empty: found by what it holds
    label_column: str = ""        # the column with the labels
    caption_column: str = ""      # the column with the sentences
    dataset_title: str = ""       # what page and card call data of your own; empty: as dataset.json beside the pictures has it
    dataset_licence: str = ""     # the licence of data of your own

    def __post_init__(self):
        for name in ("data", "out", "weights"):       # a shell expands ~ in "--out ~/x", but not in "--out=~/x"
            object.__setattr__(self, name, os.path.expanduser(getattr(self, name)))


@dataclass(frozen=True)
class ImageSettings(RunSettings):
    """Of a run whose networks take images of any size."""

    size: int = 0                 # pixels a side, 16 to 256; 0: the data set's own, or 64 for pictures of your own of several sizes
    colour: Literal["auto", "grey", "rgb"] = "auto"       # auto: as most of the pictures are


@dataclass(frozen=True)
class AdversarialSettings(ImageSettings):
    """Of a run in which a generator and a discriminator play against each other."""

    lr_g: float = 2e-4            # the generator's learning rate
    lr_d: float = 2e-4            # the discriminator's
    beta1: float = 0.5            # Adam's first decay (DCGAN, section 4)


@dataclass(frozen=True)
class GameSettings(AdversarialSettings):
    """Of a run whose discriminator may have steps of its own, a penalty, and augmented images."""

    k: int = 1                    # discriminator steps per generator step (Goodfellow 2014, algorithm 1)
    r1: float = 0.0               # weight of the R1 penalty; 0: none
    r1_every: int = 16            # R1 is computed at every so many D steps and weighs so many times more
    augment: str = ""             # DiffAugment policy: of mirror, color, translation, cutout and affine, joined by commas


# Weights to begin from, such as weights/stackgan-flowers. The commands on older model cards say --begin.
InitFrom = Annotated[str, tyro.conf.arg(aliases=["--begin"])]
S = TypeVar("S", bound=RunSettings)


def command_line(main: Callable[[S], None], presets: dict[str, S], default: str) -> None:
    """Reads the preset and the settings that override it, then runs `main`. Bad input ends in one sentence, exit code 1."""
    sys.argv[1:] = map(_dashed, sys.argv[1:])
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--preset", default=default, nargs="?", const="")
    chosen, rest = first.parse_known_args()
    module = sys.modules[main.__module__]
    threading.excepthook = _thread_failed
    print_anything()
    with ending_in_a_sentence(), _of_a_training():
        if chosen.preset not in presets:
            raise BadInput(f"--preset takes one of {', '.join(presets)}, not {shown(chosen.preset)}.")
        preset = presets[chosen.preset]
        _explain(type(preset))
        settings = read_arguments(
            Annotated[type(presets[default]), tyro.conf.arg(name="")],
            default=preset, args=rest, prog=f"python -m {module.__spec__.name}",
            description=f"{module.__doc__}\n--preset: {', '.join(presets)} (default {default}; here {chosen.preset})",
        )
        check_settings(settings)
        given = {word.split("=")[0] for word in sys.argv[1:]} - ({"--preset"} if chosen.preset == "smoke" else set())
        main(_named(settings, preset, given))


@contextlib.contextmanager
def _of_a_training() -> Iterator[None]:
    """What ends a training for want of disk or memory, said in its terms."""
    try:
        yield
    except BrokenPipeError:
        raise
    except UnicodeEncodeError:
        sys.exit("error: A name in this command is no text in UTF-8, and the run must write it down; rename it, or give another.")
    except (OSError, SafetensorError) as error:      # a full disk, above all; safetensors has an exception of its own for it
        sys.exit(f"error: {of_a_file(error)}; the last checkpoint of the run, if there is one, stays, and the same command goes on from "
                 "there.")
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not re.search("can't allocate memory|out of memory", str(error), re.IGNORECASE):
            raise
        sys.exit("error: The networks and their batches need more memory than there is here; give smaller widths, a smaller --size, a "
                 "smaller --batch or a --limit.")


def _explain(kind: type) -> None:
    """Settings that a paper only gives another default keep their comment for --help: tyro reads those of the class itself alone."""
    told: dict[str, str] = {}
    for one in reversed(kind.__mro__[:-1]):
        source, annotations = inspect.getsource(one), one.__annotations__
        for name, annotation in annotations.items():
            if found := re.search(rf"^    {name}: [^#\n]*#\s*(.+)$", source, re.MULTILINE):
                told[name] = found[1]
            elif name in told:
                annotations[name] = Annotated[annotation, tyro.conf.arg(help=told[name])]


def _named(settings: S, preset: S, chosen: set[str]) -> S:
    """The settings under their name: data of one's own never go under a shipped name unless --name says so. `chosen`: what the command
    line names. Raises BadInput for a name of another model."""
    model, _, known = preset.name.rpartition("-")
    if "--name" in chosen:
        if settings.name.rpartition("-")[0] != model:
            raise BadInput(f"--name is {model}-<data set> for this script, such as {model}-cats, not {settings.name!r:.60}.")
        named = settings.name.rpartition("-")[2]
        key = key_of(settings.data)
        if named in DATASETS and settings.data and (settings.dataset_title or settings.dataset_licence or _without_tables(settings.data)):
            raise BadInput(f"{settings.name} is the name of weights trained on {DATASETS[named].title}, and card and page would say so; "
                           f"pictures of your own take another, such as --name {model}-{f'my_{key}' if key in DATASETS else key}.")
        return settings
    key, shipped = key_of(settings.data), DATASETS[known]
    if not settings.data or settings.data == shipped.hub:
        return settings
    meant = chosen & {"--preset", "--init-from", "--begin"} or settings.weights
    if key in {*DATASETS, *keys_of(shipped)} and _without_tables(settings.data):        # "photos" is what many call theirs
        return replace(settings, name=f"{model}-my_{key}")
    if key in keys_of(shipped) and meant:      # the data set itself, says the command
        return settings
    if key in DATASETS:
        these = f", or {model}-{known} if they are these" if key == known else ""
        raise BadInput(f"The data in {settings.data} would pass for {DATASETS[key].title}, for they are called {key}; give --name, such as "
                       f"{model}-my_{key}{these}.")
    return replace(settings, name=f"{model}-{key}")


def _dashed(word: str) -> str:
    """--init_from as --init-from: both are taken, and the name of an option has one spelling afterwards."""
    name, mark, value = word.partition("=")
    return name.replace("_", "-") + mark + value if name.startswith("--") else word


def _without_tables(source: str) -> bool:
    """Whether it is a folder without Parquet files, which all data sets that are known have."""
    names = (name for _, folders, files in os.walk(source) for name in (*folders, *files))
    return os.path.isdir(source) and not any(name.lower().endswith(TABLES) for name in names)


def key_of(source: str) -> str:
    """The key of a data set of one's own: the name of its folder, or of its data set id, in small letters, digits and underscores."""
    name = Path(source).resolve().name if Path(source).is_dir() else source.rpartition("/")[2]
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40].strip("_") or "own"


def keys_of(data: Dataset) -> set[str]:
    """What a folder with a known data set may be called."""
    return {data.key} | ({key_of(data.hub)} if data.hub else set())


def _thread_failed(args: threading.ExceptHookArgs) -> None:
    """TensorBoard writes in a thread; where that fails, its next call says so here, and `command_line` says it in one sentence."""
    if not isinstance(args.exc_value, OSError):
        threading.__excepthook__(args)
