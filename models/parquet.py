"""Images from Parquet files, decoded once into one uint8 tensor.

A source is a local folder with files such as `train-00000-of-00001.parquet`, or a data set id on the Hugging Face Hub, where
the same files lie. The image column is `struct<bytes, path>` holding an encoded PNG, JPEG or WebP file.
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
            raise BadInput("--data takes a folder of Parquet files or a data set id on the Hub; there is no folder {source}.",
                           source=source)
        try:
            folder = Path(snapshot_download(source, repo_type="dataset", allow_patterns=[f"{split}-*", f"*/{split}-*"]))
        except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError, OSError) as error:
            raise BadInput("The data set {source} could not be fetched from the Hub ({name}); give --data a local folder of Parquet "
                           "files instead.", source=source, name=type(error).__name__) from error
    files = sorted(folder.rglob(f"{split}-*.parquet"))
    if not files:
        raise BadInput("{source} holds no file {split}-*.parquet.", source=source, split=split)
    expected = int(files[0].stem.rsplit("-", 1)[-1]) if "-of-" in files[0].stem else len(files)
    if len(files) != expected:
        raise BadInput("{source} holds {count} of the {expected} Parquet files of the {split} split; fetch the others.",
                       source=source, count=len(files), expected=expected, split=split)
    return files


def load_images(source: str, split: str, limit: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """The first `limit` images (0: all) and their labels: uint8 [N, C, H, W] and int64 [N]. Raises BadInput."""
    images, labels = [], []
    for file in parquet_files(source, split):
        try:
            table = pq.read_table(file, columns=["image", "label"])
            for row in table["image"].combine_chunks().field("bytes"):
                images.append(np.asarray(Image.open(io.BytesIO(row.as_py()))))
                if limit and len(images) == limit:
                    break
            labels.extend(table["label"].to_pylist())
        except (pa.ArrowException, OSError, KeyError, AttributeError, TypeError) as error:
            reason = " ".join(str(error).split())
            raise BadInput("{name} in {source} is damaged or has no image and label columns ({reason}).",
                           name=file.name, source=source, reason=f"{reason:.80}") from error
        if limit and len(images) == limit:
            break
    try:
        array, known = torch.from_numpy(np.stack(images)), torch.tensor(labels[:len(images)], dtype=torch.int64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadInput("The {split} split in {source} needs pictures of one size, and a whole number as the label of each.",
                       split=split, source=source) from error
    array = array[:, None] if array.ndim == 3 else array.permute(0, 3, 1, 2)
    return array.contiguous(), known
