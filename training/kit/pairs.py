"""Pairs of an input image and the image it stands for, as an image-to-image translation learns from.

Where the inputs come from, `--inputs`: EDGES or COLOURED (the outlines of the pictures themselves, models/outlines.py), LEFT or RIGHT (the
half of each picture that is the input; the other half is the result), or the name of a second column of Parquet files with pictures.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from models import facades
from models.datasets import Dataset
from models.errors import BadInput
from models.outlines import COLOURS, DETAILS, EDGES, edges, ink, pencils
from models.pix2pix import LABELS
from training.kit.cache import kept
from training.kit.captions import crop_and_flip
from training.kit.columns import NoColumn
from training.kit.pictures import LEFT, RIGHT, Pictures, load, only
from training.kit.settings import RunSettings
from training.kit.sources import has_tables

PART = 16                      # pictures whose edges are computed at a time


@dataclass(frozen=True)
class Pairs:
    """`images` and `inputs` uint8 [N, 3, S, S]. Where inputs are of a `kind` of outlines, `lines` has the edges at each of DETAILS
    instead, packed into bits: uint8 [len(DETAILS), N, S * S / 8]."""

    images: torch.Tensor
    inputs: torch.Tensor | None
    lines: torch.Tensor | None
    data: Dataset
    digest: str
    source: str                   # tells the files that they were read from
    kind: str = EDGES             # of outlines: EDGES or COLOURED

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, chosen: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs and images, uint8 [B, 3, size, size] each, after the same random crop and flip; outlines are of a random detail."""
        if self.lines is None:
            both = crop_and_flip(torch.cat([self.inputs[chosen], self.images[chosen]], 1), size)
            return both[:, :3], both[:, 3:]
        detail = torch.randint(len(self.lines), (len(chosen),))
        lines = self._unpacked(detail, chosen)[:, None].to(torch.uint8)
        both = crop_and_flip(torch.cat([lines, self.images[chosen]], 1), size)
        lines, images = both[:, 0] > 0, both[:, 1:]
        return self._inked(images, lines), images

    def inputs_at(self, detail: str = "medium") -> np.ndarray:
        """All inputs, uint8 [N, S, S, 3]; outlines at that detail."""
        if self.lines is None:
            return self.inputs.permute(0, 2, 3, 1).contiguous().numpy()
        every = torch.arange(len(self))
        number = torch.full_like(every, list(DETAILS).index(detail))
        parts = [self._inked(self.images[part], self._unpacked(number[part], part)) for part in every.split(PART)]
        return torch.cat(parts).permute(0, 2, 3, 1).contiguous().numpy()

    def _inked(self, images: torch.Tensor, lines: torch.Tensor) -> torch.Tensor:
        """What outlines bool [B, S, S] of images look like: uint8 [B, 3, S, S]."""
        return ink(lines if self.kind == EDGES else pencils(images, lines), COLOURS[self.kind].values())

    def _unpacked(self, detail: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        """The edges of some pictures, each at one detail: bool [B, S, S]."""
        size = self.images.shape[-1]
        bits = np.unpackbits(self.lines[detail, chosen].numpy(), axis=1, count=size * size)
        return torch.from_numpy(bits.reshape(-1, size, size)).bool()


def load_pairs(cfg: RunSettings, data: Dataset, inputs: str, size: int, cache: Path, split: str = "train") -> Pairs:
    """The pairs of a split of `cfg.data`, both sides `size` pixels a side. Raises BadInput in one sentence, with file or row, for what
    lacks one of them. Edges are computed once and kept in the folder `cache`."""
    halves = {LEFT: RIGHT, RIGHT: LEFT}
    pictures = _rgb(load(cfg, data, split, size=size, half=halves.get(inputs, "")), cfg)
    if inputs in COLOURS:
        return Pairs(pictures.images, None, _lines(pictures, cache), pictures.data, pictures.digest, pictures.source, inputs)
    if inputs in halves:
        given = _rgb(load(cfg, data, split, size=size, half=inputs), cfg)
    else:
        if not has_tables(source := cfg.data or data.hub, split):
            raise BadInput(f"{source[:100]} holds image files, which have no column {inputs:.40}; --inputs takes edges, pencils, left or "
                           "right.")
        try:
            given = _rgb(load(dataclasses.replace(cfg, image_column=inputs), data, split, size=size), cfg)
        except NoColumn as error:
            raise BadInput(f"{str(error).removesuffix('.')}; --inputs takes one of them, or edges, pencils, left or right.") from error
    if cfg.skip_bad:                  # of a pair that lacks one picture, the other is left out as well
        both = set(pictures.places) & set(given.places)
        pictures, given = (only(one, torch.tensor([place in both for place in one.places])) for one in (pictures, given))
    if len(given.images) != len(pictures.images) or (given.images.shape == pictures.images.shape
                                                     and torch.equal(given.images, pictures.images)):
        raise BadInput(f"The data lack a second picture for each of the {len(pictures.images):,} pictures; --inputs takes the name of a "
                       "second column of Parquet files, left or right (halves of a picture), edges or pencils (computed).")
    found = given.images
    if inputs == LABELS and data.key == "facades":
        found = torch.from_numpy(facades.plain(found.permute(0, 2, 3, 1).numpy())).permute(0, 3, 1, 2).contiguous()
    return Pairs(pictures.images, found, None, pictures.data, pictures.digest + given.digest, pictures.source + given.source)


def _rgb(pictures: Pictures, cfg: RunSettings) -> Pictures:
    if pictures.images.shape[1] == 3:
        return pictures
    return dataclasses.replace(pictures, images=pictures.images.expand(-1, 3, -1, -1).contiguous(),
                               data=dataclasses.replace(pictures.data, channels=3))


def _lines(pictures: Pictures, cache: Path) -> torch.Tensor:
    return kept(cache / f"edges-{pictures.digest[:16]}.safetensors", lambda: _drawn(pictures))


def _drawn(pictures: Pictures) -> torch.Tensor:
    images = pictures.images.permute(0, 2, 3, 1).numpy()
    found = [torch.cat([torch.from_numpy(np.packbits(edges(images[i:i + PART], detail).reshape(len(images[i:i + PART]), -1), axis=1))
                        for i in tqdm(range(0, len(images), PART), desc=f"{detail} edges", mininterval=5)]) for detail in DETAILS]
    return torch.stack(found)
