"""One's own pictures as a data set: every image upright, square, of one size, grey or in colour, in one uint8 tensor.

All are converted by the function that the Picture control uses (models/images.py). What cannot be read is named.
"""

import hashlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from models.controls import MOST_LETTERS
from models.datasets import KEY, TRAINING_AGAINST_TEST, Dataset
from models.errors import BadInput, one_line
from models.images import fit, read_image, read_size
from training.kit.classes import LABELS, described, numbered
from training.kit.columns import columns_of
from training.kit.ranges import SIZES
from training.kit.settings import RunSettings
from training.kit.sources import Item, items, passed_over

UNREAD = ("metadata.jsonl", "metadata.csv", "captions.json", "captions.jsonl", "captions.csv")     # where others keep sentences
USUAL = 64              # pixels a side of one's own pictures, where they are of several sizes and none is given
NAMED_AT_MOST = 20      # bad pictures that a message names
CAPTIONS = "captions"   # what a paper may need of each picture, beside LABELS
LEFT, RIGHT = "left", "right"


@dataclass(frozen=True)
class Pictures:
    images: torch.Tensor                # uint8 [N, channels, size, size]
    labels: torch.Tensor                # int64 [N], index into data.classes; -1 where there is none
    captions: list[list[str]]           # the sentences of each image; empty lists where there are none
    data: Dataset
    source: str = ""                    # tells what they were read from: files, labels and sentences, at whatever size they are taken
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


class Source:
    """A fingerprint of encoded pictures with their labels and sentences, one after the other."""

    def __init__(self):
        self._told = hashlib.sha256()

    def take(self, item: Item) -> None:
        encoded = item.image.read_bytes() if isinstance(item.image, Path) else item.image
        self._told.update(hashlib.sha256(encoded).digest() + repr((item.label, item.captions)).encode("utf-8", "replace"))

    @property
    def sha256(self) -> str:
        return self._told.hexdigest()


def usable(cfg: RunSettings, source: str, found: Iterable[Item],
           read: Callable[[Item], np.ndarray]) -> Iterator[tuple[int, Item, np.ndarray]]:
    """Of the pictures of a source those that can be used, `cfg.limit` of them at most: the place of each, itself, and what `read` makes of
    it. Prints at the end what --skip-bad left out. Raises BadInput for one that cannot be used, and where none can."""
    count, bad = 0, {}
    for place, item in enumerate(found):
        try:
            array = read(item)
        except BadInput as error:
            if not cfg.skip_bad:
                raise BadInput(f"{str(error)[:200].removesuffix('.')}; --skip-bad goes on without it.") from error
            bad[item.where] = str(error)
            continue
        yield place, item, array
        count += 1
        if count == cfg.limit:
            break
    if bad:
        named = ", ".join(list(bad)[:NAMED_AT_MOST]) + (", ..." if len(bad) > NAMED_AT_MOST else "")
        print(one_line(f"Left out {len(bad):,} picture{'s' * (len(bad) != 1)} that cannot be used: {named}"))
    if not count:
        raise BadInput(f"None of the pictures in {source} can be used; {next(iter(bad.values()))[:200]}" if bad else
                       f"There are no pictures in {source}.")
    if beside := passed_over(source):
        print(one_line(beside))


def load(cfg: RunSettings, data: Dataset, split: str = "train", needs: tuple[str, ...] = (), size: int = 0, half: str = "") -> Pictures:
    """The pictures of a split of `cfg.data`, for a paper that needs LABELS or CAPTIONS or nothing but the pictures; or their LEFT or RIGHT
    `half`, of data that hold two pictures side by side in one.

    `data` is a known data set, whose size, colour and numbering of classes hold; or one's own, of which only the key is known yet. `size`
    and the setting --size come before the data set's own. Raises BadInput in one sentence, with file or row, for what cannot be used.
    """
    source, columns = cfg.data or data.hub, columns_of(cfg)
    size = size or getattr(cfg, "size", 0) or data.size or _usual_size(itertools.islice(items(source, split, columns), cfg.limit or None))
    found, arrays, places, told = [], [], [], Source()
    there = tqdm(items(source, split, columns, named=data.own), "reading", unit="picture", delay=3, leave=False, disable=None)
    for place, item, array in usable(cfg, source, there, lambda item: _array(item, size, half, needs)):
        found.append(item)
        arrays.append(array)
        told.take(item)
        places.append(place)
    channels = {"grey": 1, "rgb": 3}.get(getattr(cfg, "colour", "auto")) or data.channels or _channels(arrays)
    images = np.empty((len(arrays), channels, size, size), np.uint8)
    for i in range(len(arrays)):             # each array goes as it is taken over: there may be room for all of them once only
        images[i], arrays[i] = _as(arrays[i], size, channels).transpose(2, 0, 1), None
    if data.own:
        data, labels = described(cfg, data, found, needs, (size, channels))
    else:
        labels, data = numbered(found, data, needs), replace(data, size=size, channels=channels)
    captions = [list(item.captions) for item in found]
    return Pictures(torch.from_numpy(images), labels, captions, data, told.sha256, tuple(places))


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

def _array(item: Item, size: int, half: str, needs: tuple[str, ...]) -> np.ndarray:
    image = read_image(encoded(item), item.where, own=True)
    if half:
        if image.width < 1.5 * image.height:
            raise BadInput(f"{item.where} is {image.width}x{image.height}, and two pictures side by side are about twice as wide as high.")
        middle = image.width // 2
        image = image.crop((0, 0, middle, image.height) if half == LEFT else (image.width - middle, 0, image.width, image.height))
    _check_complete(item, needs)
    return fit(image, size, 1 if image.mode == "L" else 3)


def encoded(item: Item) -> bytes | Path:
    """The picture as it was found. Raises BadInput where there is none."""
    if not isinstance(item.image, bytes | Path):
        raise BadInput(f"{item.where} holds {item.image or 'nothing'} instead of a picture.")
    return item.image


def _check_complete(item: Item, needs: tuple[str, ...]) -> None:
    if LABELS in needs and item.label is None:
        raise BadInput(f"{item.where} has no label, and this paper needs one for each picture: a folder for each class, or a column "
                       "(--label-column names it).")
    if CAPTIONS in needs and item.fault:
        raise BadInput(item.fault)
    if CAPTIONS in needs and not item.captions:
        beside = [item.image.with_name(name) for name in UNREAD] if isinstance(item.image, Path) else []
        unread = next((f" ({path.name} is not read)" for path in beside if path.is_file()), "")
        raise BadInput(f"{item.where} has no sentence{unread}, and this paper needs one for each picture: a text file beside it, or a "
                       "column (--caption-column names it).")
    for sentence in item.captions if CAPTIONS in needs else ():
        if not re.search("[a-z]", sentence, re.IGNORECASE):
            raise BadInput(f"{item.where} has the sentence {sentence!r:.40}, and the text encoders read English, in letters from a to z.")
        if len(sentence) > MOST_LETTERS:
            raise BadInput(f"{item.where} has a sentence of {len(sentence):,} letters, and one takes at most {MOST_LETTERS:,}.")


def _usual_size(found: Iterable[Item]) -> int:
    """The size of pictures that are all square and of one size that --size would take; else USUAL."""
    sides = set()
    for item in found:
        try:
            sides.add(read_size(encoded(item)))
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
