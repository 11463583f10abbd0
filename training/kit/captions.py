"""Images with captions, in the Parquet layout that training/prepare_flowers.py writes."""

import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image

from models.errors import BadInput
from models.parquet import parquet_files


@dataclass(frozen=True)
class Captioned:
    images: torch.Tensor          # uint8 [N, 3, size, size]
    labels: torch.Tensor          # int64 [N], the class of each image
    captions: list[list[str]]     # the sentences of each image, at least one

    @cached_property
    def _counts(self) -> torch.Tensor:
        return torch.tensor([len(sentences) for sentences in self.captions])

    @cached_property
    def first(self) -> torch.Tensor:
        """For each image the number, in `flat`, of its first sentence: int64 [N]."""
        return self._counts.cumsum(0) - self._counts

    def draw(self, chosen: torch.Tensor) -> torch.Tensor:
        """For each of the chosen images, int64 [B], the number in `flat` of one of its sentences at random: int64 [B]."""
        return self.first[chosen] + (torch.rand(len(chosen)) * self._counts[chosen]).long()

    def flat(self) -> tuple[list[str], torch.Tensor]:
        """All sentences in order, and the number of the image each belongs to, int64 [sentences]."""
        return flat(self.captions)


def flat(captions: list[list[str]]) -> tuple[list[str], torch.Tensor]:
    """The sentences of all images in order, and the number of the image each belongs to, int64 [sentences]."""
    return ([sentence for sentences in captions for sentence in sentences],
            torch.tensor([i for i, sentences in enumerate(captions) for _ in sentences]))


def load_captioned(source: str, split: str, size: int, limit: int = 0, batch: int = 1) -> Captioned:
    """The first `limit` images (0: all), resized to size x size, with classes and sentences. Raises BadInput for fewer than `batch`."""
    images, labels, captions = [], [], []
    for file in parquet_files(source, split):
        try:
            table = pq.read_table(file, columns=["image", "label", "captions"])
            for row in table.slice(0, limit - len(images) if limit else None).to_pylist():
                image = Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB")
                images.append(np.asarray(image.resize((size, size), Image.Resampling.LANCZOS)))
                labels.append(int(row["label"]))
                captions.append([str(sentence) for sentence in row["captions"] if sentence])
        except (pa.ArrowException, OSError, KeyError, AttributeError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise BadInput(f"{file.name} in {source} is damaged or has no image, label and captions columns ({reason:.80}).") from error
        if limit and len(images) == limit:
            break
    bare = [i for i, sentences in enumerate(captions) if not sentences]
    if not images or bare:
        raise BadInput(f"{source} needs pictures with at least one sentence each; "
                       + (f"picture {bare[0]} of the {split} split has none." if bare else f"its {split} split is empty."))
    if batch > len(images):
        raise BadInput(f"A batch of {batch} is larger than the {len(images)} pictures there are.")
    return Captioned(torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels), captions)


def crop_and_flip(images: torch.Tensor, size: int) -> torch.Tensor:
    """A random crop of size x size of each image, mirrored half of the time: [N, C, S, S] -> [N, C, size, size] of the same type."""
    room = images.shape[-1] - size + 1
    tops, lefts = torch.randint(room, (2, len(images))).tolist()
    cut = torch.stack([image[:, top:top + size, left:left + size]
                       for image, top, left in zip(images, tops, lefts, strict=True)])
    mirrored = (torch.rand(len(images), 1, 1, 1) < 0.5).to(cut.device)
    return torch.where(mirrored, cut.flip(3), cut)
