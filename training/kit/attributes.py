"""The attributes of pictures: columns of a Parquet file that hold yes or no, such as the 40 of CelebA."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from models.errors import BadInput
from training.kit.pictures import Pictures
from training.kit.settings import RunSettings
from training.kit.sources import folder_of, parquet_files, undamaged


def attributes_in(source: str, split: str = "train") -> tuple[tuple[str, ...], torch.Tensor]:
    """The names of the attributes of a split of a source, and which row has which: float32 [N, attributes], 0 or 1. Raises BadInput for
    data without any, and for files that do not have the same."""
    folder, tables = folder_of(source, split), []
    files = parquet_files(folder, split, source)
    for file in files:
        with undamaged(file, source):
            parquet = pq.ParquetFile(file)
            tables.append(parquet.read([field.name for field in parquet.schema_arrow if pa.types.is_boolean(field.type)]))
    names = tuple(tables[0].column_names) if files else ()
    for file, table in zip(files, tables, strict=True):
        if odd := sorted({*names} ^ {*table.column_names}):
            having, without = (path.relative_to(folder) for path in ((files[0], file) if odd[0] in names else (file, files[0])))
            raise BadInput(f"The column {odd[0]:.40} holds yes and no in {having!s:.80} and not in {without!s:.80}; all Parquet files need "
                           "the same columns of yes and no.")
    if not names:
        raise BadInput(f"{source} has no column of yes and no, such as \"Smiling\" of CelebA; this script needs Parquet files with some.")
    table = pa.concat_tables(table.select(names) for table in tables)
    if gap := next((name for name in names if table[name].null_count), ""):
        raise BadInput(f"{source} has rows without a yes or no in the column {gap:.60}; each picture needs one.")
    return names, torch.from_numpy(np.stack([table[name].to_numpy() for name in names], 1).astype(np.float32))


def attributes_of(cfg: RunSettings, pictures: Pictures) -> tuple[tuple[str, ...], torch.Tensor]:
    """The same of `pictures`, which were read from the training split of `cfg.data`."""
    names, found = attributes_in(cfg.data or pictures.data.hub)
    return names, found[list(pictures.places)]
