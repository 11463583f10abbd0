"""The attributes of pictures: columns of a Parquet file that hold yes or no, such as the 40 of CelebA."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from models.errors import BadInput
from training.kit.pictures import Pictures
from training.kit.settings import RunSettings
from training.kit.sources import folder_of, parquet_files


def attributes_of(cfg: RunSettings, pictures: Pictures, split: str = "train") -> tuple[tuple[str, ...], torch.Tensor]:
    """The names of the attributes of a split of `cfg.data`, and which of `pictures` has which: float32 [N, attributes], 0 or 1. Raises
    BadInput for data without any, and where a picture was left out, since rows and pictures no longer belong together."""
    source = cfg.data or pictures.data.hub
    folder = folder_of(source, split)
    tables = [pq.read_schema(file) for file in parquet_files(folder, split, source)]
    names = tuple(field.name for field in tables[0] if pa.types.is_boolean(field.type)) if tables else ()
    if not names:
        raise BadInput(f"{source} has no column of yes and no, such as \"Smiling\" of CelebA; this script needs Parquet files with some.")
    columns = [pq.read_table(file, columns=list(names)) for file in parquet_files(folder, split, source)]
    found = np.stack([pa.concat_tables(columns)[name].to_numpy() for name in names], 1)[:cfg.limit or None]
    if len(found) != len(pictures.images):
        raise BadInput(f"{len(pictures.images):,} of {len(found):,} pictures in {source} can be used, and each must be; --skip-bad is not "
                       "for this script.")
    return names, torch.from_numpy(found.astype(np.float32))
