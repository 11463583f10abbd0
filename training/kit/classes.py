"""The labels of one's own pictures: which classes there are, what they are called (dataset.json), and which number each has."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

import torch

from models.checkpoint import read_json
from models.datasets import MOST_CLASSES, MOST_NAME, TRAINING_AGAINST_TEST, Dataset, plain_name
from models.errors import BadInput
from training.kit.columns import columns_of
from training.kit.settings import RunSettings
from training.kit.sources import Item, folder_of, has_split, items

LABELS = "labels"                           # what a paper may need of each picture
NAMES_AT_LEAST = 20     # pictures of as many labels: these are names of pictures, and not of classes
LONGEST = 4_000         # digits that Python reads
TOLD = ("title", "licence", "classes")      # what a dataset.json beside one's own pictures may say


def numbered(found: list[Item], data: Dataset, needs: tuple[str, ...]) -> torch.Tensor:
    """The labels as a known data set numbers them, given by number or by name; -1 for any other."""
    names = [name.casefold() for name in data.classes]
    labels = []
    for item in found:
        label = item.label.casefold() if isinstance(item.label, str) else item.label
        label = names.index(label) if label in names else int(label[:LONGEST]) if isinstance(label, str) and label.isdecimal() else label
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
        raise BadInput(f"Every picture in {source} has a label of its own, so that there are no classes to learn; put the pictures of a "
                       "class into one folder, or name another column with --label-column.")
    called = told.get("classes")
    some = bool(data.classes or cfg.limit or cfg.skip_bad)       # these pictures may lack a class that there is
    if isinstance(called, dict) and LABELS in needs and not some:
        _check_known(called, kinds, source)

    def named(of: list[int | str]) -> dict[str, str]:
        return dict(zip(map(str, of), _names(of, called, source), strict=True))

    names = named(_training_kinds(cfg, source, kinds) if some and isinstance(called, list) else kinds)
    if data.classes and not set(names.values()) <= set(data.classes):      # none of them; or numbered, as Cat and cat are
        names = named(_training_kinds(cfg, source, kinds))
    if LABELS in needs and (unknown := [item for item in found if item.label is not None and str(item.label) not in names]):
        raise BadInput(f"{unknown[0].where} is of the class {unknown[0].label!r:.40}, which the training pictures lack.")
    classes = data.classes or tuple(names[str(kind)] for kind in kinds)
    places = {kind: classes.index(name) for kind, name in names.items() if name in classes}
    labels = torch.tensor([places.get(str(item.label), -1) for item in found])
    title, licence = (plain_name(given or kept or told.get(name, "")) for given, kept, name in (
        (cfg.dataset_title, data.title, "title"), (cfg.dataset_licence, data.licence, "licence")))
    return Dataset(data.key, title or data.key.replace("_", " "), "" if Path(source).is_dir() else source, classes, *shape,
                   licence or "licence not stated", "", TRAINING_AGAINST_TEST), labels


def _training_kinds(cfg: RunSettings, source: str, kinds: list[int | str]) -> list[int | str]:
    """The labels of all the training pictures; `kinds` where none are set apart."""
    return _kinds(items(source, "train", columns_of(cfg))) if kinds and has_split(source, "train") else kinds


def _check_known(called: dict, kinds: list[int | str], source: str) -> None:
    """Raises BadInput for a class of dataset.json that no picture is of."""
    if kinds and (unknown := called.keys() - set(map(str, kinds))):
        raise BadInput(f"{source}/dataset.json names the class {min(unknown)!r:.40}, of which there is no picture; there are "
                       f"{', '.join(map(str, kinds))[:80]}.")


def _kinds(found: Iterable[Item]) -> list[int | str]:
    """Labels in order; a number in one file and the same as a text in the next are one label."""
    return sorted({str(item.label): item.label for item in found if item.label is not None}.values(), key=_natural)


def _dataset_json(source: str) -> dict:
    path = _deeper(folder_of(source)) / "dataset.json"
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


def _deeper(folder: Path) -> Path:
    """The folder that a dataset.json is looked for in: an archive is often a folder in a folder."""
    while not (folder / "dataset.json").is_file():
        inside = [path for path in folder.iterdir() if not path.name.startswith((".", "__MACOSX"))]
        if len(inside) != 1 or not inside[0].is_dir():
            break
        folder = inside[0]
    return folder


def _names(kinds: list[int | str], told: list | dict | None, source: str) -> tuple[str, ...]:
    """What the classes are called: as dataset.json has it, else by their labels."""
    told = told if kinds else None
    if isinstance(told, list) and len(told) != len(kinds):
        raise BadInput(f"{source}/dataset.json names {len(told)} classes, and the pictures are of {len(kinds)}.")
    named = dict(zip(kinds, told, strict=True)) if isinstance(told, list) else {k: (told or {}).get(str(k), k) for k in kinds}
    names = tuple(plain_name(str(named[kind])) or f"class {i}" for i, kind in enumerate(kinds))
    if len({name.casefold() for name in names}) == len(names):
        return names
    return tuple(f"{name[:MOST_NAME - len(f' {i}')].strip()} {i}" for i, name in enumerate(names))


def _natural(label: int | str) -> tuple:
    """Sorts "2" before "10", and numbers before words."""
    if isinstance(label, int):
        return [(0, label, "")], ""
    parts = re.findall(r"\d+|\D+", label)
    return [(0, int(part[:LONGEST]), "") if part.isascii() and part.isdigit() else (1, 0, part.casefold()) for part in parts], label
