"""Photographs of any size, each with its copy at a quarter of the size, and patches of both: what super-resolution trains on."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from PIL import Image

from models.datasets import Dataset
from models.images import read_image, to_float
from models.srgan import SCALE
from training.kit.classes import described
from training.kit.columns import columns_of
from training.kit.pictures import Source, encoded, usable
from training.kit.resize import imresize
from training.kit.settings import RunSettings
from training.kit.sources import Item, items

MOST = 4_000_000       # pixels of a photograph as it is kept; larger ones are shrunk, which also makes up for the softness of a camera


@dataclass(frozen=True)
class Photographs:
    large: list[torch.Tensor]     # uint8 [3, H, W] each, H and W multiples of 4
    small: list[torch.Tensor]     # uint8 [3, H / 4, W / 4], by MATLAB's bicubic
    data: Dataset
    source: str                   # tells the files that they were read from

    @property
    def digest(self) -> str:
        """Tells these photographs from others."""
        told = hashlib.sha256()
        for image in self.large:
            told.update(repr(tuple(image.shape)).encode())
            told.update(image.numpy())
        return told.hexdigest()

    @cached_property
    def _areas(self) -> torch.Tensor:
        return torch.tensor([float(image.shape[1] * image.shape[2]) for image in self.small])

    def patches(self, count: int, side: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Random squares float [count, 3, 4 side, 4 side] in [-1, 1], and the same at a quarter of the size; turned and mirrored. A
        photograph is drawn from as often as it is large."""
        large, small = [], []
        for i in torch.multinomial(self._areas, count, replacement=True).tolist():
            height, width = self.small[i].shape[1:]
            top, left, turns, mirrored = (int(torch.randint(most, ())) for most in (height - side + 1, width - side + 1, 4, 2))
            for patches, image, scale in ((large, self.large[i], SCALE), (small, self.small[i], 1)):
                patch = image[:, scale * top:scale * (top + side), scale * left:scale * (left + side)].rot90(turns, (1, 2))
                patches.append(patch.flip(2) if mirrored else patch)
        return to_float(torch.stack(large)), to_float(torch.stack(small))


def photographs(cfg: RunSettings, data: Dataset, split: str = "train", least: int = SCALE) -> Photographs:
    """The photographs of a split of `cfg.data`, in colour, upright and whole but for what is over a multiple of four pixels. Where a side
    is shorter than `least` pixels, the edges are mirrored outwards. `data` is a known data set, or one's own, of which only the key is
    known yet. Raises BadInput in one sentence, with file or row, for what cannot be used."""
    source, found, large, small, told = cfg.data or data.hub, [], [], [], Source()
    for _, item, image in usable(cfg, source, items(source, split, columns_of(cfg)), lambda item: _array(item, least)):
        found.append(item)
        told.take(item)
        large.append(torch.from_numpy(image).permute(2, 0, 1).contiguous())
        height, width = image.shape[:2]
        small.append(torch.from_numpy(imresize(image, height // SCALE, width // SCALE)).permute(2, 0, 1).contiguous())
    return Photographs(large, small, described(cfg, data, found, (), (256, 3))[0] if data.own else data, told.sha256)


def _array(item: Item, least: int) -> np.ndarray:
    image = read_image(encoded(item), item.where, own=True).convert("RGB")
    if image.width * image.height > MOST:
        share = (MOST / (image.width * image.height)) ** 0.5
        image = image.resize((max(SCALE, int(image.width * share)), max(SCALE, int(image.height * share))), Image.Resampling.LANCZOS)
    array = np.asarray(image)
    lacking = [max(0, least - side) for side in array.shape[:2]]
    if any(lacking):
        array = np.pad(array, [(0, lacking[0]), (0, lacking[1]), (0, 0)], "symmetric")
    height, width = (side // SCALE * SCALE for side in array.shape[:2])
    return array[:height, :width].copy()         # Pillow lends its memory for reading only
