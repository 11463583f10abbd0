"""One's own pictures as a data set: every image upright, square, of one size, grey or in colour, in one uint8 tensor.

All are converted by the function that the Picture control uses (models/images.py). What cannot be read is named.
"""

import difflib
import hashlib
import itertools
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from models.checkpoint import read_json
from models.datasets import KEY, MOST_CLASSES, TRAINING_AGAINST_TEST, Dataset, plain_name
from models.errors import BadInput, one_line
from models.images import fit, read_image, read_size
from training.kit.columns import Columns
from training.kit.ranges import SIZES
from training.kit.settings import RunSettings
from training.kit.sources import Item, folder_of, has_split, items, passed_over

USUAL = 64              # pixels a side of one's own pictures, where they are of several sizes and none is given
NAMED_AT_MOST = 3       # bad pictures that a message names
NAMES_AT_LEAST = 20     # pictures of as many labels: these are names of pictures, and not of classes
LABELS, CAPTIONS = "labels", "captions"     # what a paper may need of each picture
LEFT, RIGHT = "left", "right"
TOLD = ("title", "licence", "classes")      # what a dataset.json beside one's own pictures may say


@dataclass(frozen=True)
class Pictures:
    images: torch.Tensor                # uint8 [N, channels, size, size]
    labels: torch.Tensor                # int64 [N], index into data.classes; -1 where there is none
    captions: list[list[str]]           # the sentences of each image; empty lists where there are none
    data: Dataset
    places: tuple[int, ...] = ()        # of each image in the order of the data, from which those that cannot be used are left out

    @property
    def digest(self) -> str:
        """Tells these pictures, labels and sentences from others."""
        told = hashlib.sha256(repr((tuple(self.images.shape), self.data.classes)).encode())
        for part in (self.images, self.labels):
            told.update(part.contiguous().numpy())
        if any(self.captions):
            told.update(repr(self.captions).encode("utf-8", "replace"))
        return told.hexdigest()


def load(cfg: RunSettings, data: Dataset, split: str = "train", needs: tuple[str, ...] = (), size: int = 0, half: str = "") -> Pictures:
    """The pictures of a split of `cfg.data`, for a paper that needs LABELS or CAPTIONS or nothing but the pictures; or their LEFT or RIGHT
    `half`, of data that hold two pictures side by side in one.

    `data` is a known data set, whose size, colour and numbering of classes hold; or one's own, of which only the key is known yet. `size`
    and the setting --size come before the data set's own. Raises BadInput in one sentence, with file or row, for what cannot be used.
    """
    source, most = cfg.data or data.hub, cfg.limit or sys.maxsize
    columns = _columns(cfg)
    size = size or getattr(cfg, "size", 0) or data.size or _usual_size(itertools.islice(items(source, split, columns), most))
    found, arrays, bad, places = [], [], [], []
    for place, item in enumerate(items(source, split, columns, named=data.own)):
        try:
            arrays.append(_array(item, size, half))
            _check_complete(item, needs)
        except BadInput as error:
            if not cfg.skip_bad:
                raise BadInput(f"{str(error)[:200].removesuffix('.')}; --skip-bad goes on without it.") from error
            bad.append(item.where)
            del arrays[len(found):]
            continue
        found.append(item)
        places.append(place)
        if len(found) == most:
            break
    if bad:
        more = ", ..." if len(bad) > NAMED_AT_MOST else ""
        print(one_line(f"Left out {len(bad)} pictures that cannot be used: {', '.join(bad[:NAMED_AT_MOST])}{more}"))
    if not found:
        raise BadInput(f"There are no pictures in {source} that can be used.")
    if beside := passed_over(source):
        print(one_line(beside))
    channels = {"grey": 1, "rgb": 3}.get(getattr(cfg, "colour", "auto")) or data.channels or _channels(arrays)
    images = torch.from_numpy(np.stack([_as(array, size, channels) for array in arrays])).permute(0, 3, 1, 2).contiguous()
    if data.own:
        data, labels = described(cfg, data, found, needs, (size, channels))
    else:
        labels, data = _numbered(found, data, needs), replace(data, size=size, channels=channels)
    return Pictures(images, labels, [list(item.captions) for item in found], data, tuple(places))


def only(pictures: Pictures, which: torch.Tensor) -> Pictures:
    """Some of the pictures: bool [N]."""
    chosen = which.tolist()
    return replace(pictures, images=pictures.images[which], labels=pictures.labels[which], captions=list(
        itertools.compress(pictures.captions, chosen)), places=tuple(itertools.compress(pictures.places, chosen)))


def tenths(n: int) -> torch.Tensor:
    """Which of n pictures are every tenth one: bool [n]."""
    return torch.arange(n) % 10 == 9


def held_out(pictures: Pictures) -> tuple[Pictures, Pictures]:
    """The pictures without every tenth one, and those: what is tested on where nothing was set aside."""
    chosen = tenths(len(pictures.images))
    return only(pictures, ~chosen), only(pictures, chosen)


def own_dataset(key: str) -> Dataset:
    """A data set of which only the key is known. Raises BadInput for a key that is none."""
    if not re.fullmatch(KEY, key):
        raise BadInput(f"--name ends in the name of a data set, in small letters, digits and underscores, and {key!r:.40} is none.")
    return Dataset(key, "", "", (), 0, 0, "", "", TRAINING_AGAINST_TEST)


# --- pictures -------------------------------------------------------------------------------------------------------------

def _array(item: Item, size: int, half: str = "") -> np.ndarray:
    image = read_image(_encoded(item), item.where, own=True)
    if half:
        if image.width < 1.5 * image.height:
            raise BadInput(f"{item.where} is {image.width}x{image.height}, and two pictures side by side are about twice as wide as high.")
        middle = image.width // 2
        image = image.crop((0, 0, middle, image.height) if half == LEFT else (image.width - middle, 0, image.width, image.height))
    return fit(image, size, 1 if image.mode == "L" else 3)


def _encoded(item: Item) -> bytes | Path:
    if not isinstance(item.image, bytes | Path):
        raise BadInput(f"{item.where} holds {item.image or 'nothing'} instead of a picture.")
    return item.image


def _check_complete(item: Item, needs: tuple[str, ...]) -> None:
    if LABELS in needs and item.label is None:
        raise BadInput(f"{item.where} has no label, and this paper needs one for each picture: a folder for each class, or a column "
                       "(--label-column names it).")
    if CAPTIONS in needs and not item.captions:
        raise BadInput(f"{item.where} has no sentence, and this paper needs one for each picture: a text file beside it, or a column "
                       "(--caption-column names it).")


def _usual_size(found: Iterable[Item]) -> int:
    """The size of pictures that are all square and of one size that --size would take; else USUAL."""
    sides = set()
    for item in found:
        try:
            sides.add(read_size(_encoded(item)))
        except BadInput:
            continue
        if len(sides) > 1:
            return USUAL
    width, height = sides.pop() if sides else (0, 1)
    return width if width == height and SIZES[0] <= width <= SIZES[1] else USUAL


def _channels(arrays: list[np.ndarray]) -> int:
    """1 if most of the pictures are grey, even if they are stored in colour."""
    grey = sum(array.shape[2] == 1 or bool((array == array[..., :1]).all()) for array in arrays)
    return 1 if 2 * grey > len(arrays) else 3


def _as(array: np.ndarray, size: int, channels: int) -> np.ndarray:
    if array.shape == (size, size, channels):
        return array
    return fit(Image.fromarray(array[..., 0] if array.shape[2] == 1 else array), size, channels)


# --- labels ---------------------------------------------------------------------------------------------------------------

def _numbered(found: list[Item], data: Dataset, needs: tuple[str, ...]) -> torch.Tensor:
    """The labels as a known data set numbers them, given by number or by name; -1 for any other."""
    names = [name.casefold() for name in data.classes]
    labels = []
    for item in found:
        label = item.label.casefold() if isinstance(item.label, str) else item.label
        label = names.index(label) if label in names else int(label) if isinstance(label, str) and label.isdecimal() else label
        labels.append(label if isinstance(label, int) and 0 <= label < len(names) else -1)
        if labels[-1] < 0 and LABELS in needs:
            raise BadInput(f"{item.where} has the label {item.label!r:.40}, and the {len(names)} classes of {data.title} have none such; "
                           "other data takes another --name.")
    return torch.tensor(labels)


def described(cfg: RunSettings, data: Dataset, found: list[Item], needs: tuple[str, ...],
              shape: tuple[int, int]) -> tuple[Dataset, torch.Tensor]:
    """A data set as its owner tells it, and the labels: numbered in the order of their names, or as `data` has them if it has classes."""
    source = cfg.data or data.hub
    told = _dataset_json(source)
    kinds = _kinds(found)
    if len(kinds) > MOST_CLASSES:
        if LABELS in needs:
            raise BadInput(f"The labels of {source} have {len(kinds):,} values, and at most {MOST_CLASSES:,} classes can be learned; name "
                           "another column with --label-column.")
        kinds = []
    if LABELS in needs and not data.classes and len(kinds) < 2:
        first = f"first {cfg.limit:,} " if cfg.limit else ""
        raise BadInput(f"The {first}pictures in {source} are of one class, {str(kinds[0])!r:.40}; this paper needs two or more.")
    if LABELS in needs and not data.classes and len(kinds) == len(found) > NAMES_AT_LEAST:
        raise BadInput(f"Every picture in {source} has a label of its own, so that there are no classes to learn; name another column with "
                       "--label-column.")
    called = told.get("classes")
    some = bool(data.classes or cfg.limit or cfg.skip_bad)       # these pictures may lack a class that there is
    if isinstance(called, dict) and LABELS in needs and not some:
        _check_known(called, kinds, source)
    of = _training_kinds(cfg, source, kinds) if some and isinstance(called, list) else kinds
    names = dict(zip(map(str, of), _names(of, called, source), strict=True))
    if data.classes and not names.keys() <= _places(names, data.classes).keys():      # none of them; or numbered, as Cat and cat are
        of = _training_kinds(cfg, source, kinds)
        names = dict(zip(map(str, of), _names(of, called, source), strict=True))
    if LABELS in needs and (unknown := [item for item in found if item.label is not None and str(item.label) not in names]):
        raise BadInput(f"{unknown[0].where} is of the class {unknown[0].label!r:.40}, which the training pictures lack.")
    classes = data.classes or tuple(names[str(kind)] for kind in kinds)
    places = _places(names, classes)
    labels = torch.tensor([places.get(str(item.label), -1) for item in found])
    title, licence = (plain_name(given or kept or told.get(name, "")) for given, kept, name in (
        (cfg.dataset_title, data.title, "title"), (cfg.dataset_licence, data.licence, "licence")))
    return Dataset(data.key, title or data.key.replace("_", " "), "" if Path(source).is_dir() else source, classes, *shape,
                   licence or "licence not stated", "", TRAINING_AGAINST_TEST), labels


def _training_kinds(cfg: RunSettings, source: str, kinds: list[int | str]) -> list[int | str]:
    """The labels of all the training pictures; `kinds` where none are set apart."""
    return _kinds(items(source, "train", _columns(cfg))) if kinds and has_split(source, "train") else kinds


def _places(names: dict[str, str], classes: tuple[str, ...]) -> dict[str, int]:
    """Of each label the place of its name."""
    return {kind: classes.index(name) for kind, name in names.items() if name in classes}


def _check_known(called: dict, kinds: list[int | str], source: str) -> None:
    if kinds and (unknown := called.keys() - set(map(str, kinds))):
        raise BadInput(f"{source}/dataset.json names the class {min(unknown)!r:.40}, of which there is no picture; there are "
                       f"{', '.join(map(str, kinds))[:80]}.")


def _kinds(found: Iterable[Item]) -> list[int | str]:
    return sorted({item.label for item in found if item.label is not None}, key=_natural)


def _columns(cfg: RunSettings) -> Columns:
    return Columns(cfg.image_column, cfg.label_column, cfg.caption_column)


def _dataset_json(source: str) -> dict:
    path = folder_of(source) / "dataset.json"
    if not path.is_file():
        return {}
    told = read_json(path)
    if isinstance(told, dict):
        told = {"licence" if name == "license" else name: value for name, value in told.items()}
    texts = isinstance(told, dict) and all(isinstance(told.get(name, ""), str) for name in ("title", "licence"))
    classes = told.get("classes", []) if texts else None
    named = classes.values() if isinstance(classes, dict) else classes
    if not isinstance(classes, list | dict) or not all(isinstance(name, str) for name in named):
        raise BadInput(f"{path} takes a title, a licence (both texts) and classes (a list of names, or an object of labels and names).")
    for name in told.keys() - set(TOLD):               # others' tools write files of that name with entries of their own
        meant = difflib.get_close_matches(name, TOLD, 1, cutoff=0.8)
        if meant and meant[0] not in told:
            raise BadInput(f"{path} has an entry {name!r:.40}; did you mean {meant[0]}?")
    return told


def _names(kinds: list[int | str], told: list | dict | None, source: str) -> tuple[str, ...]:
    """What the classes are called: as dataset.json has it, else by their labels."""
    if isinstance(told, list) and len(told) != len(kinds):
        raise BadInput(f"{source}/dataset.json names {len(told)} classes, and the pictures are of {len(kinds)}.")
    named = dict(zip(kinds, told, strict=True)) if isinstance(told, list) else {k: (told or {}).get(str(k), k) for k in kinds}
    names = tuple(plain_name(str(named[kind])) or f"class {i}" for i, kind in enumerate(kinds))
    return names if len({name.casefold() for name in names}) == len(names) else tuple(f"{name} {i}" for i, name in enumerate(names))


def _natural(label: int | str) -> tuple:
    """Sorts "2" before "10", and numbers before words."""
    if isinstance(label, int):
        return [(0, label, "")], ""
    parts = re.findall(r"\d+|\D+", label)
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part.casefold()) for part in parts], label
