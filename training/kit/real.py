"""Real images of a data set, and the instrument: what generated images are measured against."""

import io
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow.parquet as pq
import torch
import torch.nn.functional as F
from PIL import Image

import models
from models.errors import BadInput
from models.parquet import load_images, parquet_files
from training.kit.captions import load_captioned

CAPTIONED_SIZE = 256      # pixels a side at which captioned images are shown to the instrument
PIXELS = 8                # pixels a side of the features of a data set without an instrument


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

    source: str          # folder of Parquet files, or data set id on the Hub
    limit: int = 0       # at most so many images in each set, except of captioned data; 0: all
    instrument: models.Model | None = field(default=None, compare=False)     # in whose features distances are measured

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
        """The images that give the floor: of captioned data the validation split, else training images in random order."""
        if self.captioned:
            return _captioned(self.source, "validation")
        if self._held_out:
            train = _labelled(self.source, "train")
            order = self._rng.permutation(len(train.images))
            return _part(train, order[:self.limit or None])
        return self._halves[1]

    @cached_property
    def rng(self) -> np.random.Generator:
        """For the controls of drawn images: the random numbers that follow those that chose `other`, so the same in every evaluation."""
        len(self.other.images)
        return self._rng

    @cached_property
    def captioned(self) -> bool:
        """Whether the data set has captions."""
        return "captions" in pq.read_schema(parquet_files(self.source, "train")[0]).names

    @cached_property
    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(0)

    @cached_property
    def _main(self) -> Split:
        if self.captioned:
            return _captioned(self.source, "train")
        return _labelled(self.source, self._held_out, self.limit) if self._held_out else self._halves[0]

    @cached_property
    def _halves(self) -> tuple[Split, Split]:
        train = _labelled(self.source, "train")
        first, second = np.array_split(self._rng.permutation(len(train.images)), 2)
        return _part(train, first[:self.limit or None]), _part(train, second[:self.limit or None])

    @cached_property
    def _held_out(self) -> str:
        """The name of the first split there is of test and validation; empty if there is none."""
        for split in ("test", "validation"):
            try:
                parquet_files(self.source, split)
                return split
            except BadInput:
                continue
        return ""


def features_of(images: np.ndarray, instrument: models.Model | None) -> torch.Tensor:
    """Features float32 [N, F] of images uint8 [N, H, W, C] by the instrument; without one, the images shrunk to PIXELS pixels a side."""
    if instrument is not None:
        return torch.from_numpy(instrument.features(resized(images, instrument.card.image_size)))
    small = [F.interpolate(part.permute(0, 3, 1, 2).float() / 255, size=(PIXELS, PIXELS), mode="area").flatten(1)
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
    return Split(split.images[chosen], split.labels[chosen], None)


def _labelled(source: str, split: str, limit: int = 0) -> Split:
    files = parquet_files(source, split)
    if "label" in pq.read_schema(files[0]).names:
        images, labels = load_images(source, split, limit)
        return Split(images.permute(0, 2, 3, 1).numpy(), labels.numpy(), None)
    cells = [cell for file in files for cell in pq.read_table(file, columns=["image"])["image"].to_pylist()][:limit or None]
    try:
        found = np.stack([np.asarray(Image.open(io.BytesIO(cell["bytes"]))) for cell in cells])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"The {split} split in {source} needs images of one size ({' '.join(str(error).split()):.80}).") from error
    return Split(found[..., None] if found.ndim == 3 else found, np.full(len(found), -1), None)


def _captioned(source: str, split: str) -> Split:
    data = load_captioned(source, split, CAPTIONED_SIZE)
    return Split(data.images.permute(0, 2, 3, 1).numpy(), data.labels.numpy(), data.captions)
