"""Real images of a data set, and the instrument: what generated images are measured against."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import models
from models.datasets import Dataset
from models.figures import SHRUNK
from training.kit.columns import columns_of
from training.kit.pictures import CAPTIONS, load, own_dataset, tenths
from training.kit.settings import RunSettings
from training.kit.sources import has_split, items

CAPTIONED_SIZE = 256      # pixels a side at which captioned images are shown to the instrument


@dataclass(frozen=True)
class Split:
    images: np.ndarray                  # uint8 [N, H, W, C]
    labels: np.ndarray                  # int64 [N]; -1 without labels
    captions: list[list[str]] | None    # the sentences of each image; None without


@dataclass(frozen=True)
class Real:
    """Real images, read when they are first asked for.

    `images`, `labels` and `captions` are of the split that generated images are compared with: the test split or, of captioned data, the
    training split, whose captions the generated images illustrate. `other` is a second set of real images; its distance to the first is
    the floor. Without a second split the two are halves of the training split.
    """

    source: str          # folder of pictures or of Parquet files, or data set id on the Hub; empty: the data set's id there
    limit: int = 0       # at most so many images in each set, except of captioned data; 0: all
    instrument: models.Model | None = field(default=None, compare=False)     # in whose features distances are measured
    dataset: Dataset | None = None       # what they are: its size, colour and numbering of classes hold; None: as they are found
    reading: RunSettings = field(default_factory=RunSettings, compare=False)     # its columns and skip_bad say how they are read
    sentences: bool = True      # whether captions are looked at; without, pictures that have some are as any other

    @property
    def images(self) -> np.ndarray:
        """uint8 [N, H, W, C]."""
        return self._main.images

    @property
    def labels(self) -> np.ndarray:
        """int64 [N], -1 where the data set has none."""
        return self._main.labels

    @property
    def captions(self) -> list[list[str]] | None:
        """The sentences of each image, or None."""
        return self._main.captions

    @cached_property
    def other(self) -> Split:
        """The images that give the floor: of captioned data the split that was held out, else training images in random order."""
        if not self._held_out:
            return self._halves[1]
        if self.captioned:
            return self._read(self._held_out)
        train = self._read("train")
        order = self._rng.permutation(len(train.images))
        return _part(train, order[:self.limit or None])

    @cached_property
    def apart(self) -> bool:
        """Whether `images` are of a split that was held out. Else they may be what a training learned from."""
        return bool(self._held_out)

    def unseen(self, labelled: bool = False) -> Split:
        """What a training that sets pictures aside (training_and_test) never saw: the split held out or, without one, every tenth image; of
        data without captions. `labelled`: of those that have a label."""
        found = self._main if self._held_out else self._read("train")
        found = _part(found, np.flatnonzero(found.labels >= 0)) if labelled else found
        return found if self._held_out else _part(found, np.flatnonzero(tenths(len(found.images)))[:self.limit or None])

    @cached_property
    def rng(self) -> np.random.Generator:
        """For the controls of drawn images: the random numbers that follow those that chose `other`, so the same in every evaluation."""
        len(self.other.images)
        return self._rng

    @cached_property
    def captioned(self) -> bool:
        """Whether the images have captions that are looked at."""
        return self.sentences and any(item.captions for item in items(self._source, "train", columns_of(self.reading)))

    @cached_property
    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(0)

    @cached_property
    def _main(self) -> Split:
        if self.captioned:
            return self._read("train") if self._held_out else self._halves[0]
        if not self._held_out:
            return self._halves[0]
        found = self._read(self._held_out)          # drawn from all of it: folders come class by class
        chosen = np.random.default_rng(1).permutation(len(found.images))[:self.limit or None]
        return _part(found, np.sort(chosen)) if len(chosen) < len(found.images) else found

    @cached_property
    def _halves(self) -> tuple[Split, Split]:
        train = self._read("train")
        first, second = np.array_split(self._rng.permutation(len(train.images)), 2)
        return _part(train, first[:self.limit or None]), _part(train, second[:self.limit or None])

    @cached_property
    def _held_out(self) -> str:
        """The name of the first split there is of test and validation; empty if there is none."""
        return next((split for split in ("test", "validation") if has_split(self._source, split)), "")

    @property
    def _source(self) -> str:
        return self.source or (self.dataset.hub if self.dataset else "")

    def _read(self, split: str) -> Split:
        captioned = self.captioned
        found = load(replace(self.reading, data=self._source, limit=0), self.dataset or own_dataset("real"), split,
                     (CAPTIONS,) if captioned else (), size=CAPTIONED_SIZE if captioned else 0)
        return Split(found.images.permute(0, 2, 3, 1).numpy(), found.labels.numpy(), found.captions if captioned else None)


def features_of(images: np.ndarray, instrument: models.Model | None) -> torch.Tensor:
    """Features float32 [N, F] of images uint8 [N, H, W, C] by the instrument; without one, the images shrunk to SHRUNK pixels a side."""
    if instrument is not None:
        return torch.from_numpy(instrument.features(resized(images, instrument.card.image_size)))
    small = [F.interpolate(part.permute(0, 3, 1, 2).float() / 255, size=(SHRUNK, SHRUNK), mode="area").flatten(1)
             for part in torch.from_numpy(images).split(500)]
    return torch.cat(small)


def resized(images: np.ndarray, size: tuple[int, int, int]) -> np.ndarray:
    """Images uint8 [N, H, W, C] in the height, width and channels that an instrument takes; as they are if they have them."""
    height, width, channels = size
    if images.shape[1:3] == (height, width) and images.shape[3] == channels:
        return images
    mode = "L" if channels == 1 else "RGB"
    found = [np.asarray(Image.fromarray(image.squeeze(2) if image.shape[2] == 1 else image).convert(mode)
                        .resize((width, height), Image.Resampling.LANCZOS)) for image in images]
    return np.stack(found).reshape(len(images), height, width, channels)


def _part(split: Split, chosen: np.ndarray) -> Split:
    captions = [split.captions[i] for i in chosen.tolist()] if split.captions else None
    return Split(split.images[chosen], split.labels[chosen], captions)
