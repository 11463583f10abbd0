"""From the original archives to Parquet, on a small set made here."""

import dataclasses
import io
import tarfile

import numpy as np
import pytest
from conftest import is_one_sentence
from PIL import Image
from scipy.io import savemat

from models.errors import BadInput
from tests.training.discs import pictures_of
from training.prepare_flowers import VALIDATION, Settings, check, main

LABELS = [1, 1, 8, 8, 2, 11]     # as in the original, from 1: two of class 0, two of class 7 (validation), one of 1, one of 10 (kept)


@pytest.fixture
def originals(tmp_path) -> Settings:
    """Six photos of different shapes, their labels, and captions in Reed's folders; the fifth photo has none."""
    jpg = tmp_path / "jpg"
    jpg.mkdir()
    rng = np.random.default_rng(0)
    for number, label in enumerate(LABELS, 1):
        Image.fromarray(rng.integers(0, 255, (40 + number, 60, 3), dtype=np.uint8)).save(jpg / f"image_{number:05d}.jpg")
        folder = tmp_path / "text_c10" / f"class_{label:05d}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f"flower {number} is red", "  ", "it has   petals"] if number != 5 else ["", " . "]
        (folder / f"image_{number:05d}.txt").write_text("\n".join(lines), encoding="utf-8")
    savemat(tmp_path / "imagelabels.mat", {"labels": np.array([LABELS])})
    return Settings(photos=jpg, labels=tmp_path / "imagelabels.mat", captions=tmp_path / "text_c10", out=tmp_path / "out",
                    size=32, shards=2)


def test_pictures_sentences_and_classes_arrive(originals):
    main(originals)
    train, validation = (pictures_of(originals.out, split, 32) for split in ("train", "validation"))
    assert train.images.shape == (2, 3, 32, 32) and validation.images.shape == (2, 3, 32, 32)
    assert train.labels.tolist() == [0, 0] and validation.labels.tolist() == [7, 7]
    assert sorted(captions[0] for captions in (*train.captions, *validation.captions)) == [f"flower {n} is red" for n in (1, 2, 3, 4)]
    assert train.captions[0][1] == "it has petals"
    assert set(validation.labels.tolist()) <= VALIDATION


def test_the_archive_gives_what_its_folder_gives(originals, tmp_path):
    with tarfile.open(tmp_path / "102flowers.tgz", "w:gz") as archive:
        archive.add(originals.photos, "jpg")
    main(originals)
    main(dataclasses.replace(originals, photos=tmp_path / "102flowers.tgz", out=tmp_path / "again"))
    first, second = (pictures_of(folder, "train", 32) for folder in (originals.out, tmp_path / "again"))
    assert first.images.equal(second.images) and first.captions == second.captions


@pytest.mark.parametrize(("change", "says"), [
    ({"photos": "none.tgz"}, "robots.ox.ac.uk"), ({"labels": "none.mat"}, "robots.ox.ac.uk"), ({"captions": "none"}, "reedscot"),
    ({"photos": "broken.tgz"}, "fetch it again"), ({"labels": "broken.tgz"}, "fetch it again"),
])
def test_what_is_missing_or_damaged_is_named(originals, tmp_path, change, says):
    (tmp_path / "broken.tgz").write_bytes(b"\x1f\x8b not an archive")
    changed = {key: tmp_path / name for key, name in change.items()}
    with pytest.raises(BadInput, match=says) as caught:
        main(dataclasses.replace(originals, **changed))
    assert next(iter(change.values())) in str(caught.value) and is_one_sentence(str(caught.value))


def test_a_damaged_photo_is_named(originals):
    (originals.photos / "image_00003.jpg").write_bytes(b"\xff\xd8 cut short")
    with pytest.raises(BadInput, match=r"image_00003\.jpg is damaged"):
        main(originals)


def test_a_photo_without_a_label_is_named(originals):
    (originals.photos / "image_00099.jpg").write_bytes((originals.photos / "image_00001.jpg").read_bytes())
    with pytest.raises(BadInput, match=r"image_00099.jpg, but imagelabels.mat has labels for 6"):
        main(originals)


def test_splits_that_share_a_class_are_refused():
    row = {"label": 3, "image_id": "image_00001"}
    with pytest.raises(BadInput, match="share the label 3"):
        check({"train": [row], "validation": [row | {"image_id": "image_00002"}]})
    with pytest.raises(BadInput, match="validation split"):
        check({"train": [row], "validation": []})
    assert check({"train": [row], "validation": [{"label": 4, "image_id": "image_00002"}]}) is None


def test_the_photo_is_cut_to_its_middle_square(originals):
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, 40:80] = 255
    buffer = io.BytesIO()
    Image.fromarray(wide).save(buffer, "JPEG", quality=95)
    (originals.photos / "image_00003.jpg").write_bytes(buffer.getvalue())
    main(originals)
    pictures = pictures_of(originals.out, "validation", 32).images.float()
    assert pictures.mean((1, 2, 3)).max() > 250
