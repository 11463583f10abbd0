"""Pictures from Parquet files, decoded once into one uint8 tensor.

A source is a local folder with files such as `train-00000-of-00001.parquet`, or a data set id on the Hugging Face Hub, where
the same files lie. The picture column is `struct<bytes, path>` holding an encoded PNG, JPEG or WebP file.
"""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError
from PIL import Image

from models.errors import BadInput


def parquet_files(source: str, split: str) -> list[Path]:
    """The split's Parquet files, in order. Raises BadInput when there are none."""
    if not source:
        raise BadInput("This data set is not on the Hub; give --data a folder of Parquet files (training/prepare_flowers.py makes it).")
    folder = Path(source)
    if not folder.is_dir():
        if source.startswith((".", "/", "~")) or source.count("/") != 1:
            raise BadInput(f"--data takes a folder of Parquet files or a data set id on the Hub; there is no folder {source}.")
        try:
            folder = Path(snapshot_download(source, repo_type="dataset", allow_patterns=[f"{split}-*", f"*/{split}-*"]))
        except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError, OSError) as error:
            raise BadInput(f"The data set {source} could not be fetched from the Hub ({type(error).__name__}); "
                           "give --data a local folder of Parquet files instead.") from error
    files = sorted(folder.rglob(f"{split}-*.parquet"))
    if not files:
        raise BadInput(f"{source} holds no file {split}-*.parquet.")
    expected = int(files[0].stem.rsplit("-", 1)[-1]) if "-of-" in files[0].stem else len(files)
    if len(files) != expected:
        raise BadInput(f"{source} holds {len(files)} of the {expected} Parquet files of the {split} split; fetch the others.")
    return files


def load_pictures(source: str, split: str, limit: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """The first `limit` pictures (0: all) and their labels: uint8 [N, C, H, W] and int64 [N]."""
    pictures, labels = [], []
    for file in parquet_files(source, split):
        try:
            table = pq.read_table(file, columns=["image", "label"])
            for row in table["image"].combine_chunks().field("bytes"):
                pictures.append(np.asarray(Image.open(io.BytesIO(row.as_py()))))
                if limit and len(pictures) == limit:
                    break
            labels.extend(table["label"].to_pylist())
        except (pa.ArrowException, OSError, KeyError, AttributeError, TypeError) as error:
            reason = " ".join(str(error).split())
            raise BadInput(f"{file.name} in {source} is damaged or has no image and label columns ({reason:.80}).") from error
        if limit and len(pictures) == limit:
            break
    try:
        array, known = torch.from_numpy(np.stack(pictures)), torch.tensor(labels[:len(pictures)], dtype=torch.int64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadInput(f"The {split} split in {source} needs pictures of one size, and a whole number as the label of each.") from error
    array = array[:, None] if array.ndim == 3 else array.permute(0, 3, 1, 2)
    return array.contiguous(), known


def to_float(pictures: torch.Tensor) -> torch.Tensor:
    """uint8 0..255 -> float32 [-1, 1]."""
    return pictures.float().div_(127.5).sub_(1)


class Batches:
    """Shuffled batches by number: `batches[i]` is always the same, so a resumed run meets the data it would have met.

    With several processes each takes its share of every batch. Pictures come as float [N, C, H, W] in [-1, 1] on the device,
    labels as int64 [N].
    """

    def __init__(self, pictures: torch.Tensor, labels: torch.Tensor, batch: int, *,
                 seed: int = 0, rank: int = 0, world: int = 1, device: torch.device | str = "cpu"):
        if batch > len(pictures):
            raise BadInput(f"A batch of {batch} is larger than the {len(pictures)} pictures there are.")
        if batch % world:
            raise BadInput(f"A batch of {batch} does not divide among {world} processes.")
        self.pictures, self.labels = pictures.to(device), labels.to(device)
        self.batch, self.seed, self.rank, self.share = batch, seed, rank, batch // world
        self.per_epoch = len(pictures) // batch
        self._epoch, self._order = -1, None

    def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        epoch, place = divmod(i, self.per_epoch)
        if epoch != self._epoch:
            shuffle = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            self._epoch, self._order = epoch, torch.randperm(len(self.labels), generator=shuffle).to(self.labels.device)
        start = place * self.batch + self.rank * self.share
        chosen = self._order[start:start + self.share]
        return to_float(self.pictures[chosen]), self.labels[chosen]
