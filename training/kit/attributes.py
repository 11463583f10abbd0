"""The attributes of pictures: columns of a Parquet file that hold yes or no, such as the 40 of CelebA."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from models.errors import BadInput
from training.kit.pictures import Pictures
from training.kit.settings import RunSettings
from training.kit.sources import folder_of, parquet_files


def attributes_in(source: str, split: str = "train") -> tuple[tuple[str, ...], torch.Tensor]:
    """The names of the attributes of a split of a source, and which row has which: float32 [N, attributes], 0 or 1. Raises BadInput for
    data without any."""
    folder = folder_of(source, split)
    files = parquet_files(folder, split, source)
    names = tuple(field.name for field in pq.read_schema(files[0]) if pa.types.is_boolean(field.type)) if files else ()
    if not names:
        raise BadInput(f"{source} has no column of yes and no, such as \"Smiling\" of CelebA; this script needs Parquet files with some.")
    table = pa.concat_tables([pq.read_table(file, columns=list(names)) for file in files])
    if gap := next((name for name in names if table[name].null_count), ""):
        raise BadInput(f"{source} has rows without a yes or no in the column {gap:.60}; each picture needs one.")
    return names, torch.from_numpy(np.stack([table[name].to_numpy() for name in names], 1).astype(np.float32))


def attributes_of(cfg: RunSettings, pictures: Pictures) -> tuple[tuple[str, ...], torch.Tensor]:
    """The same of `pictures`, which were read from the training split of `cfg.data`."""
    names, found = attributes_in(cfg.data or pictures.data.hub)
    return names, found[list(pictures.places)]
