"""Pictures of one's own, in folders and tables that tests make, and how they are read or refused."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import is_one_sentence, png
from PIL import Image

from models.errors import BadInput
from training.kit.pictures import Pictures, load, own_dataset
from training.kit.settings import ImageSettings

RED = np.full((40, 60, 3), (200, 30, 20), np.uint8)


def read(source: Path, *needs: str, split: str = "train", **settings) -> Pictures:
    return load(ImageSettings(data=str(source), **settings), own_dataset("mine"), split, needs)


def refused(source: Path, *needs: str, **settings) -> str:
    with pytest.raises(BadInput) as caught:
        read(source, *needs, **settings)
    assert is_one_sentence(str(caught.value)), str(caught.value)
    return str(caught.value)


def folder_of(root: Path, names: list[str], image: np.ndarray = RED) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return root


def table(root: Path, name: str = "data.parquet", metadata: dict | None = None, **columns) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    found = pa.table(columns)
    pq.write_table(found.replace_schema_metadata({"huggingface": json.dumps(metadata)}) if metadata else found, path)
    return root


def encoded(*shades: int) -> list[dict]:
    return [{"bytes": png(np.full((20, 20), shade, np.uint8)), "path": None} for shade in shades]
