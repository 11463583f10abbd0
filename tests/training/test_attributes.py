"""The reader of attributes, and the directions of the noise that it finds."""

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from conftest import is_one_sentence, png

import models
from models.checkpoint import read_card
from models.dcgan import KINDS
from models.errors import BadInput
from training import attributes, dcgan, evaluate
from training.kit import directions
from training.kit.attributes import attributes_in, attributes_of
from training.kit.pictures import load

SIDE = 32


@pytest.fixture(scope="module")
def faces(tmp_path_factory) -> Path:
    """120 pictures that are red or not, and bright at the left or not; and what they are, in columns."""
    folder, rng = tmp_path_factory.mktemp("faces") / "celeba", np.random.default_rng(0)
    folder.mkdir()
    red, left = (rng.random(120) < share for share in (0.5, 0.3))
    pictures = rng.integers(0, 60, (120, SIDE, SIDE, 3)).astype(np.uint8)
    pictures[red, :, :, 0] += 150
    pictures[left, :, :SIDE // 2, 1] += 150
    image = pa.array([{"bytes": png(picture), "path": None} for picture in pictures],
                     pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    pq.write_table(pa.table({"image": image, "Red": red, "At_Left": left}), folder / "train-00000-of-00001.parquet")
    return folder


@pytest.fixture(scope="module")
def reader(faces, tmp_path_factory) -> Path:
    """The weights of a reader of these."""
    out = tmp_path_factory.mktemp("out")
    attributes.main(dataclasses.replace(attributes.PRESETS["smoke"], data=str(faces), out=str(out / "run"), limit=0, steps=60,
                                        weights=str(out / "attributes-celeba")))
    return out / "attributes-celeba"


def test_a_reader_says_what_it_was_taught_to_see(reader, faces):
    model, told = models.load(reader), json.loads((reader / "metrics.json").read_text())
    assert model.attributes == ("Red", "At_Left") and told["test_pictures"] == 12
    assert told["attribute_accuracy"] > 0.9 > told["attribute_floor"] and told["accuracy_per_attribute"].keys() == {"Red", "At_Left"}
    both = np.zeros((2, SIDE, SIDE, 3), np.uint8) + 30
    both[0, ..., 0] = 200
    both[1, :, :SIDE // 2, 1] = 200
    assert (np.eye(2) == (model.read(both) > 0.5)).all() and model.features(both).shape == (2, 128)
    assert "attributes read right" in (reader / "README.md").read_text()


def test_it_is_measured_again_alike(reader, faces):
    before = json.loads((reader / "metrics.json").read_text())
    found = evaluate.main(evaluate.Settings(str(reader), data=str(faces), store=False))
    assert found == before


def test_data_without_attributes_are_refused(tmp_path, parquet):
    with pytest.raises(BadInput, match="no column of yes and no") as caught:
        attributes.main(dataclasses.replace(attributes.PRESETS["smoke"], data=str(parquet), out=str(tmp_path / "run"), limit=0))
    assert is_one_sentence(str(caught.value))


@pytest.mark.filterwarnings("error")
def test_answers_that_are_sure_are_one_and_zero_without_a_warning(reader, monkeypatch):
    model = models.load(reader)
    images = np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3)).astype(np.uint8)
    np.testing.assert_allclose(model.read(images), 1 / (1 + np.exp(-model.logits(images))), rtol=1e-6)
    forward = model.networks["reader"].forward
    monkeypatch.setattr(model.networks["reader"], "forward", lambda x: forward(x).sign() * 200)
    assert (model.read(images) == (model.logits(images) > 0)).all()


def changed(faces, folder, change) -> Path:
    """The same faces in another folder, their table changed."""
    folder.mkdir()
    pq.write_table(change(pq.read_table(faces / "train-00000-of-00001.parquet")), folder / "train.parquet")
    return folder


@pytest.mark.parametrize("limit", [0, 100])
def test_pictures_that_are_left_out_leave_the_others_their_attributes(faces, tmp_path, limit):
    def spoilt(table):
        rows = table.to_pylist()
        rows[3]["image"]["bytes"] = b"no picture"
        return pa.Table.from_pylist(rows)

    folder = changed(faces, tmp_path / "celeba", spoilt)
    cfg = dataclasses.replace(attributes.PRESETS["smoke"], data=str(folder), limit=limit, skip_bad=True)
    pictures = load(cfg, models.load("attributes-celeba").card.dataset, size=SIDE)
    names, found = attributes_of(cfg, pictures)
    assert names == ("Red", "At_Left") and len(found) == len(pictures.images) == (limit or 119)
    red = pictures.images[:, 0].float().mean((1, 2)) > 100
    assert torch.equal(found[:, 0] > 0, red)


def test_other_attributes_than_a_reader_knows_are_named(reader, faces, tmp_path):
    folder = changed(faces, tmp_path / "celeba", lambda table: table.rename_columns(["image", "At_Left", "Red"]))
    with pytest.raises(BadInput, match="has others or another order") as caught:
        evaluate.main(evaluate.Settings(str(reader), data=str(folder), store=False))
    assert is_one_sentence(str(caught.value))


def test_too_few_faces_are_told_before_the_first_step(faces, tmp_path):
    folder = changed(faces, tmp_path / "celeba", lambda table: table.slice(0, 8))
    with pytest.raises(BadInput, match="Every tenth picture is set aside") as caught:
        attributes.main(dataclasses.replace(attributes.PRESETS["smoke"], data=str(folder), out=str(tmp_path / "run"), batch=4))
    assert is_one_sentence(str(caught.value)) and not (tmp_path / "run" / "checkpoint.safetensors").exists()


# --- directions -----------------------------------------------------------------------------------------------------------

def test_directions_are_those_along_which_the_answer_rises(monkeypatch):
    """Images of one row that holds the noise itself; a reader that answers with two sums of it, which overlap."""
    monkeypatch.setattr(directions, "DRAWN", 2_000)
    wanted = directions.unit(torch.tensor([[1.0, 0, 0, 0], [1.0, 1.0, 0, 0]]))

    def generate(z):
        return (z * 20 + 128).clamp(0, 255).round().to(torch.uint8).numpy()[:, None, :, None]

    reader = SimpleNamespace(attributes=("One", "Two"), card=SimpleNamespace(image_size=(1, 4, 1), name="toy"),
                             logits=lambda images: (images[:, 0, :, 0] - 128.0) @ wanted.numpy().T)
    found = dict(zip(KINDS, directions.find(generate, 4, reader, ("One", "Two")), strict=True))
    assert torch.allclose(found["free"], wanted, atol=0.02)
    assert torch.allclose(found["held"] @ wanted.T * (1 - torch.eye(2)), torch.zeros(2, 2), atol=0.02)       # nothing along the other
    assert torch.allclose(found["held"].norm(dim=1), torch.ones(2), atol=1e-5)


@pytest.mark.parametrize(("change", "words"), [
    ({"directions": "Red,Blue"}, "reads no attribute called 'Blue'"), ({"directions": "Red", "reader": ""}, "needs a --reader"),
    ({"directions": "Red, red"}, "names an attribute twice"),
])
def test_directions_are_checked_before_the_first_step(reader, faces, tmp_path, change, words):
    cfg = dataclasses.replace(dcgan.PRESETS["smoke"], data=str(faces), out=str(tmp_path / "run"), **{"reader": str(reader)} | change)
    with pytest.raises(BadInput, match=words) as caught:
        dcgan.main(cfg)
    assert is_one_sentence(str(caught.value)) and not (tmp_path / "run").exists()


def test_weights_that_read_no_attributes_are_no_reader(tiny, faces, tmp_path):
    cfg = dataclasses.replace(dcgan.PRESETS["smoke"], data=str(faces), out=str(tmp_path / "run"), reader=str(tiny["gan"]), directions="Red")
    with pytest.raises(BadInput, match="does not") as caught:
        dcgan.main(cfg)
    assert is_one_sentence(str(caught.value))


def test_a_generator_goes_along_its_directions_and_they_are_measured(reader, faces, tmp_path, monkeypatch):
    for name, fewer in (("DRAWN", 500), ("MEASURED", 50)):
        monkeypatch.setattr(directions, name, fewer)
    weights = tmp_path / "dcgan-celeba"
    dcgan.main(dataclasses.replace(dcgan.PRESETS["smoke"], name="dcgan-celeba", data=str(faces), out=str(tmp_path / "run"), steps=3,
                                   batch=8, weights=str(weights), limit=0, reader=str(reader), directions="Red,At_Left", d_norm=False,
                                   size=SIDE))
    model = models.load(weights)
    assert [control.name for control in model.card.controls] == ["red", "at_left", "others"]
    z, (held, free) = model.latents([3]), model.generator.directions
    for kind, along in (("held", held), ("free", free)):
        assert np.abs(model.generate(3, red=2.0, others=kind).astype(int) - model.decode(z + 2 * along[:1])).max() <= 1
    assert (model.generate(3) == model.decode(z)).all()
    with pytest.raises(BadInput, match="no mixture"):
        model.generate(3, others={"held": 0.5, "free": 0.5})

    (tmp_path / "attributes-celeba").symlink_to(reader)
    found = evaluate.main(evaluate.Settings(str(weights), data=str(faces), samples=200))
    assert found["directions"].keys() == {"held", "free"} and found["directions"]["held"]["red"].keys() == {"red", "at_left"}
    assert found["arithmetic"] == {} and found["shares"] == {} and 0 <= found["recall"] <= 1      # these pictures show no people
    assert read_card(weights).metrics["directions"] == found["directions"]
    images = model.generate(range(40))
    wanted = directions._seeds(models.load(reader), directions.read(models.load(reader), images), (("Red", True), ("At_Left", False)))
    assert len(wanted) == directions.SETS * directions.TERMS and len({*wanted}) == len(wanted)


def test_a_row_without_yes_or_no_is_told_before_the_first_step(faces, tmp_path):
    table = pq.read_table(faces / "train-00000-of-00001.parquet")
    red = table["Red"].to_pylist()
    pq.write_table(table.set_column(1, "Red", pa.array([*red[:-1], None])), tmp_path / "train-00000-of-00001.parquet")
    with pytest.raises(BadInput, match="in the column Red") as caught:
        attributes_in(str(tmp_path))
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize("second", [{"Smiling": [True]}, {"Smiling": [True], "Male": [1]}, {"Smiling": [True], "Male": ["yes"]},
                                    {"Smiling": [True], "Male": [False], "Young": [True]}, {"Male": [True]}], ids=str)
def test_files_without_the_same_attributes_are_named(tmp_path, second):
    pq.write_table(pa.table({"Male": [True, False], "Smiling": [True, True]}), tmp_path / "a.parquet")
    (tmp_path / "label=b").mkdir()
    pq.write_table(pa.table(second), tmp_path / "label=b" / "b.parquet")
    with pytest.raises(BadInput, match=r"The column \w+ holds yes and no in (a|label=b/b)\.parquet and not in (a|label=b/b)\.p") as caught:
        attributes_in(str(tmp_path))
    assert is_one_sentence(str(caught.value))


def test_files_may_have_their_attributes_in_another_order(tmp_path):
    pq.write_table(pa.table({"Male": [True, False], "Smiling": [True, True]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"Smiling": [True], "Male": [False]}), tmp_path / "b.parquet")
    names, found = attributes_in(str(tmp_path))
    assert names == ("Male", "Smiling") and found.tolist() == [[1, 1], [0, 1], [0, 1]]


def test_a_damaged_file_of_attributes_is_named(tmp_path):
    pq.write_table(pa.table({"Male": [True, False]}), tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(BadInput, match=r"b\.parquet in .* is damaged") as caught:
        attributes_in(str(tmp_path))
    assert is_one_sentence(str(caught.value))
