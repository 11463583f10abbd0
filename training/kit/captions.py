"""Pictures with sentences: Oxford-102 flowers in the Parquet layout that training/prepare_flowers.py writes."""

import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image

from models.errors import BadInput
from training.kit.data import parquet_files


@dataclass(frozen=True)
class Captioned:
    pictures: torch.Tensor        # uint8 [N, 3, size, size]
    labels: torch.Tensor          # int64 [N], the class of each picture
    captions: list[list[str]]     # the sentences of each picture, at least one

    @cached_property
    def _counts(self) -> torch.Tensor:
        return torch.tensor([len(sentences) for sentences in self.captions])

    @cached_property
    def first(self) -> torch.Tensor:
        """For each picture the number, in `flat`, of its first sentence: int64 [N]."""
        return self._counts.cumsum(0) - self._counts

    def draw(self, chosen: torch.Tensor) -> torch.Tensor:
        """For each of the chosen pictures the number, in `flat`, of one of its sentences at random."""
        return self.first[chosen] + (torch.rand(len(chosen)) * self._counts[chosen]).long()

    def flat(self) -> tuple[list[str], torch.Tensor]:
        """All sentences in order, and the number of the picture each belongs to."""
        owners = [i for i, sentences in enumerate(self.captions) for _ in sentences]
        return [sentence for sentences in self.captions for sentence in sentences], torch.tensor(owners)


def load_captioned(source: str, split: str, size: int, limit: int = 0, batch: int = 1) -> Captioned:
    """The first `limit` pictures (0: all), resized to size x size, with their classes and sentences; at least `batch` of them."""
    pictures, labels, captions = [], [], []
    for file in parquet_files(source, split):
        try:
            table = pq.read_table(file, columns=["image", "label", "captions"])
            for row in table.slice(0, limit - len(pictures) if limit else None).to_pylist():
                picture = Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB")
                pictures.append(np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS)))
                labels.append(int(row["label"]))
                captions.append([str(sentence) for sentence in row["captions"] if sentence])
        except (pa.ArrowException, OSError, KeyError, AttributeError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise BadInput(f"{file.name} in {source} is damaged or has no image, label and captions columns ({reason:.80}).") from error
        if limit and len(pictures) == limit:
            break
    bare = [i for i, sentences in enumerate(captions) if not sentences]
    if not pictures or bare:
        raise BadInput(f"{source} needs pictures with at least one sentence each; "
                       + (f"picture {bare[0]} of the {split} split has none." if bare else f"its {split} split is empty."))
    if batch > len(pictures):
        raise BadInput(f"A batch of {batch} is larger than the {len(pictures)} pictures there are.")
    return Captioned(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels), captions)


def crop_and_flip(pictures: torch.Tensor, size: int) -> torch.Tensor:
    """Random crops of size x size, mirrored half of the time: uint8 [N, 3, S, S] -> [N, 3, size, size]."""
    room = pictures.shape[-1] - size + 1
    tops, lefts = torch.randint(room, (2, len(pictures))).tolist()
    cut = torch.stack([picture[:, top:top + size, left:left + size]
                       for picture, top, left in zip(pictures, tops, lefts, strict=True)])
    mirrored = (torch.rand(len(pictures), 1, 1, 1) < 0.5).to(cut.device)
    return torch.where(mirrored, cut.flip(3), cut)
