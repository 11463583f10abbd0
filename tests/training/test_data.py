"""Pictures from Parquet files, and the batches made of them."""

import io
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from conftest import draw, is_one_sentence, png, write_parquet
from PIL import Image

from models.errors import BadInput
from models.images import to_float
from training.kit.captions import crop_and_flip
from training.kit.data import Batches, Order
from training.kit.pictures import LABELS, load, own_dataset
from training.kit.settings import ImageSettings
from training.kit.sources import has_split


def load_images(source: str, split: str, limit: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    found = load(ImageSettings(data=source, limit=limit), own_dataset("bars"), split, (LABELS,))
    return found.images, found.labels


def refused(call, *arguments, **named) -> str:
    with pytest.raises(BadInput) as caught:
        call(*arguments, **named)
    message = str(caught.value)
    assert is_one_sentence(message), message
    return message


# --- files ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("split", "rows"), [("train", 600), ("test", 200)])
def test_pictures_and_labels_are_those_that_were_written(parquet, split, rows):
    pictures, labels = load_images(str(parquet), split)
    expected, truth = draw(rows, seed=rows)
    assert (pictures.shape, pictures.dtype, labels.dtype) == ((rows, 1, 28, 28), torch.uint8, torch.int64)
    assert np.array_equal(pictures[:, 0].numpy(), expected)
    assert np.array_equal(labels.numpy(), truth)


def test_limit_takes_the_first_pictures(parquet):
    pictures, labels = load_images(str(parquet), "train", 37)
    everything, truth = load_images(str(parquet), "train")
    assert torch.equal(pictures, everything[:37])
    assert torch.equal(labels, truth[:37])


def test_limit_beyond_the_end_takes_all(parquet):
    assert [len(part) for part in load_images(str(parquet), "test", 10_000)] == [200, 200]


def shards(folder: Path, n: int = 2) -> Path:
    pictures, labels = draw(40)
    for i in range(n):
        part = slice(i * 40 // n, (i + 1) * 40 // n)
        write_parquet(folder / f"train-{i:05}-of-{n:05}.parquet", pictures[part], labels[part])
    return folder


@pytest.mark.parametrize("limit", [0, 10, 25])
def test_shards_are_read_in_order_and_the_limit_counts_over_all(tmp_path, limit):
    pictures, labels = load_images(str(shards(tmp_path)), "train", limit)
    expected, truth = draw(40)
    assert np.array_equal(pictures[:, 0].numpy(), expected[:limit or 40])
    assert np.array_equal(labels.numpy(), truth[:limit or 40])


def test_files_may_lie_in_a_folder_below_as_on_the_hub(tmp_path):
    (tmp_path / "mnist").mkdir()
    shards(tmp_path / "mnist")
    assert len(load_images(str(tmp_path), "train")[0]) == 40


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_coloured_pictures_in_other_formats(tmp_path, kind):
    buffer = io.BytesIO()
    Image.fromarray(np.full((32, 32, 3), (200, 100, 0), np.uint8)).save(buffer, kind)
    image = pa.array([{"bytes": buffer.getvalue(), "path": None}] * 3, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    pq.write_table(pa.table({"image": image, "label": [0, 1, 2]}), tmp_path / "train-00000-of-00001.parquet")
    pictures, _ = load_images(str(tmp_path), "train")
    assert pictures.shape == (3, 3, 32, 32)
    assert pictures[0, 0].float().mean() > pictures[0, 1].float().mean() > pictures[0, 2].float().mean()


# --- damaged and missing files --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("source", ["/no/such/folder", "./nothing", "nothing", "a/b/c", "nobody/no-such-data"])
def test_missing_folder(source):
    assert source in refused(load_images, source, "train")


def test_folder_without_the_split(tmp_path):
    assert "no pictures" in refused(load_images, str(tmp_path), "train")


def test_missing_shard(tmp_path):
    (shards(tmp_path, 4) / "train-00002-of-00004.parquet").unlink()
    assert "3 of the 4" in refused(load_images, str(tmp_path), "train")
    assert not has_split(str(tmp_path), "test")
    (tmp_path / "train-00000-of-00004.parquet").rename(tmp_path / "test-00000-of-00002.parquet")
    with pytest.raises(BadInput, match="1 of the 2 Parquet files of the test split"):       # not as if it had none
        has_split(str(tmp_path), "test")


@pytest.mark.parametrize("bytes_left", [0, 3, 500, -1])
def test_truncated_file(parquet, tmp_path, bytes_left):
    path = tmp_path / "train-00000-of-00001.parquet"
    shutil.copy(parquet / path.name, path)
    os.truncate(path, bytes_left if bytes_left >= 0 else path.stat().st_size - 100)
    assert path.name in refused(load_images, str(tmp_path), "train")


def structs(rows: list) -> pa.Array:
    return pa.array(rows, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))


GOOD = {"bytes": png(np.zeros((28, 28), np.uint8)), "path": None}
SMALL = {"bytes": png(np.zeros((14, 14), np.uint8)), "path": None}


@pytest.mark.parametrize("columns", [
    {"text": ["a"]}, {"image": [3], "label": [1]}, {"image": [{"path": "a.png"}], "label": [1]},
    {"image": structs([GOOD, GOOD]), "label": [1, None]}, {"image": structs([GOOD, GOOD]), "text": ["a", "b"]},
    {"image": structs([None]), "label": [1]}, {"image": structs([{"bytes": None, "path": "a.png"}]), "label": [1]},
    {"image": structs([{"bytes": b"no picture", "path": None}]), "label": [1]},
    {"image": structs([{"bytes": png(draw(1)[0][0])[:200], "path": None}]), "label": [1]},
    {"image": structs([]), "label": pa.array([], pa.int64())}, {"image": structs([GOOD, SMALL]), "label": [1, 1]},
    {"image": structs([GOOD]), "photo_of_it": structs([GOOD]), "label": [1]}, {"a": structs([GOOD]), "b": structs([GOOD])},
], ids=["no picture column", "image is a number", "no bytes", "label empty", "no label column", "image empty", "bytes empty", "no picture",
        "picture cut short", "no rows", "one class", "one class of two pictures", "two picture columns"])
def test_wrong_columns(tmp_path, columns):
    pq.write_table(pa.table(columns), tmp_path / "train-00000-of-00001.parquet")
    refused(load_images, str(tmp_path), "train")


# --- batches --------------------------------------------------------------------------------------------------------------

PICTURES, KINDS = torch.arange(103, dtype=torch.uint8).reshape(-1, 1, 1, 1), torch.arange(103)


def test_batches_hold_pictures_between_minus_one_and_one_with_their_labels():
    pictures, labels = Batches(PICTURES, KINDS, 10)[4]
    assert (pictures.shape, pictures.dtype) == ((10, 1, 1, 1), torch.float32)
    torch.testing.assert_close(pictures.flatten(), labels / 127.5 - 1)


def test_black_is_minus_one_and_white_is_one():
    assert to_float(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [-1, 1]


def test_the_same_number_gives_the_same_batch_in_any_order():
    first, second = Batches(PICTURES, KINDS, 10), Batches(PICTURES, KINDS, 10)
    forwards = [first[i][1] for i in range(35)]
    backwards = [second[i][1] for i in reversed(range(35))][::-1]
    assert all(torch.equal(a, b) for a, b in zip(forwards, backwards, strict=True))


def test_every_picture_once_an_epoch():
    seen = torch.cat([Batches(PICTURES[:100], KINDS[:100], 10)[i][1] for i in range(10)])
    assert sorted(seen.tolist()) == list(range(100))


def test_epochs_are_shuffled_anew_and_seeds_differ():
    batches = Batches(PICTURES, KINDS, 10)
    assert not torch.equal(batches[0][1], batches[10][1])
    assert not torch.equal(batches[0][1], Batches(PICTURES, KINDS, 10, seed=1)[0][1])


def test_shares_of_two_processes_make_up_the_batch_of_one():
    shares = [Batches(PICTURES, KINDS, 10, rank=rank, world=2) for rank in range(2)]
    for i in (0, 7, 23):
        assert torch.equal(torch.cat([share[i][1] for share in shares]), Batches(PICTURES, KINDS, 10)[i][1])


def test_the_order_of_batches_is_that_of_an_order_alone():
    order, batches = Order(103, 10, seed=2), Batches(PICTURES, KINDS, 10, seed=2)
    assert all(torch.equal(order[i], batches[i][1]) for i in (0, 3, 12))


def test_batch_larger_than_the_data_set():
    assert "103" in refused(Batches, PICTURES, KINDS, 104)


def test_crops_are_parts_of_the_picture():
    picture = torch.arange(64, dtype=torch.uint8).reshape(1, 1, 8, 8).expand(20, 3, 8, 8)
    torch.manual_seed(0)
    cuts = crop_and_flip(picture, 6)
    whole = picture[0, 0]
    parts = [part for y in range(3) for x in range(3) for part in (whole[y:y + 6, x:x + 6], whole[y:y + 6, x:x + 6].flip(1))]
    found = {next(i for i, part in enumerate(parts) if (cut == part).all())
             for cut in cuts}
    assert cuts.shape == (20, 3, 6, 6) and len(found) > 5 and len({i % 2 for i in found}) == 2
