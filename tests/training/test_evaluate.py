"""`python -m training.evaluate` on random networks: the figures mean nothing, but all are there and within their ranges."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from conftest import change, is_one_sentence, png, tiny_weights
from huggingface_hub import ModelCard
from PIL import Image

import models
from models.controls import Choice, Picture, Range
from models.datasets import DATASETS
from models.errors import BadInput
from training import classifier, evaluate, sgan
from training.kit import codes
from training.kit.comparison import Comparison
from training.kit.pictures import load, own_dataset
from training.kit.real import Real
from training.kit.settings import ImageSettings

SAMPLES = 200
CORE = {"instrument", "samples", "frechet_distance", "frechet_floor", "kernel_distance", "kernel_floor", "precision", "precision_ceiling",
        "recall", "recall_ceiling", "class_share"}
OBEDIENCE = {"label_accuracy", "label_accuracy_per_class", "recall_within_class", "recall_within_class_mean"}
CODES = {"category_accuracy", "category_meaning", "code_meaning", "code_correlation", "slant_and_width", "q_reads_category",
         "q_reads_codes"}


@pytest.fixture(scope="module")
def measured(tiny, parquet, tmp_path_factory) -> dict[str, tuple]:
    """Folder and what was found for a conditional GAN and an InfoGAN."""
    found, of_fashion = {}, tiny_weights(tmp_path_factory.mktemp("instrument") / "classifier", "classifier")
    change(of_fashion, "config.json", dataset="fashion", name="classifier-fashion")
    for name, instrument in (("cgan", of_fashion), ("infogan", tiny["classifier"])):
        folder = tiny_weights(tmp_path_factory.mktemp("evaluate") / name, name)
        found[name] = folder, evaluate.main(evaluate.Settings(
            name=str(folder), data=str(parquet), samples=SAMPLES, instrument=str(instrument)))
    return found


both = pytest.mark.parametrize("name", ["cgan", "infogan"])


@both
def test_all_figures_are_there(measured, name):
    assert set(measured[name][1]) == CORE | (OBEDIENCE if name == "cgan" else CODES)


@both
def test_metrics_json_holds_what_was_found(measured, name):
    folder, found = measured[name]
    assert json.loads((folder / "metrics.json").read_text()) == found
    assert models.cards(folder.parent)[0].metrics == found


@both
def test_model_card_shows_the_figures(measured, name):
    folder, found = measured[name]
    card = ModelCard.load(folder / "README.md")
    assert card.data.license == "mit"
    assert f"- Fréchet distance (floor): {found['frechet_distance']:.2f} ({found['frechet_floor']:.2f})" in card.text
    assert f"- samples: {SAMPLES}" in card.text and "frechet distance" not in card.text
    assert "Not measured yet" not in card.text


@both
def test_shares_lie_between_zero_and_one(measured, name):
    _, found = measured[name]
    shares = [found[key] for key in ("precision", "precision_ceiling", "recall", "recall_ceiling")] + list(found["class_share"].values())
    assert all(0 <= share <= 1 for share in shares)
    assert sum(found["class_share"].values()) == pytest.approx(1)


@both
def test_floors_lie_below_the_distances_of_random_networks(measured, name):
    _, found = measured[name]
    assert 0 <= found["frechet_floor"] < found["frechet_distance"]
    assert abs(found["kernel_floor"]) < found["kernel_distance"]


def test_obedience_is_told_for_every_class(measured):
    _, found = measured["cgan"]
    assert 0 <= found["label_accuracy"] <= 1
    for key in ("label_accuracy_per_class", "recall_within_class"):
        assert tuple(found[key]) == DATASETS["fashion"].classes
        assert all(0 <= value <= 1 for value in found[key].values())


def test_codes_are_told(measured):
    _, found = measured["infogan"]
    assert 0.1 <= found["category_accuracy"] <= 1        # a best matching is never worse than chance
    assert sorted(found["category_meaning"]) == list(range(10))
    assert set(found["code_meaning"]) <= set(codes.MEASURES) and len(found["code_meaning"]) == 2
    assert set(found["code_correlation"]) == {f"{code} {name}" for code in ("c1", "c2") for name in codes.MEASURES}
    assert all(-1 <= value <= 1 for value in [*found["code_correlation"].values(), *found["q_reads_codes"]])
    assert 0 <= found["slant_and_width"] <= 1 and 0 <= found["q_reads_category"] <= 1


def test_nothing_is_written_when_nothing_is_to_be_stored(tiny, parquet, tmp_path):
    folder = tiny_weights(tmp_path / "gan", "gan")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    evaluate.main(evaluate.Settings(name=str(folder), data=str(parquet), samples=50, instrument=str(tiny["classifier"]), store=False))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_too_few_pictures_and_too_many_samples_are_told_before_the_work(tiny, parquet, tmp_path, monkeypatch):
    few = load(ImageSettings(data=str(parquet), limit=8), own_dataset("few"))
    for i, image in enumerate(few.images):
        Image.fromarray(image[0].numpy()).save(tmp_path / f"{i}.png")
    monkeypatch.setattr(evaluate, "draw", None)
    for changes, says in (({"data": str(tmp_path)}, "There are 4 pictures to measure"), ({"samples": 10**10}, "from 10 to 100,000")):
        with pytest.raises(BadInput, match=says) as caught:
            evaluate.main(evaluate.Settings(**{"name": str(tiny["gan"]), "data": str(parquet), "store": False} | changes))
        assert is_one_sentence(str(caught.value))


def test_classes_of_too_few_pictures_have_no_recall():
    real = SimpleNamespace(instrument=SimpleNamespace(), labels=np.array([0] * 6 + [1] * 2))
    found = Comparison(real, np.zeros((8, 4, 4, 1), np.uint8))
    found.__dict__ |= {"seen": np.array([0, 0, 0, 0, 1, 1, 1, 1]), "real_features": torch.randn(8, 3), "drawn_features": torch.randn(8, 3)}
    figures = found.label_figures(SimpleNamespace(classes=("ant", "bee")), np.array([0] * 4 + [1] * 4))
    assert set(figures["recall_within_class"]) == {"ant"} and figures["label_accuracy"] == 1


def test_without_measure_and_without_instrument_the_common_figures_are_of_pixels(tiny, parquet, tmp_path, monkeypatch):
    monkeypatch.setitem(DATASETS, "mnist", dataclasses.replace(DATASETS["mnist"], instrument="", classes=()))
    folder = tiny_weights(tmp_path / "gan", "gan")
    found = evaluate.main(evaluate.Settings(name=str(folder), data=str(parquet), samples=60))
    assert set(found) == CORE - {"class_share"} and "8x8" in found["instrument"]
    assert 0 <= found["frechet_floor"] < found["frechet_distance"]
    assert "Inception" not in (folder / "README.md").read_text()


def test_a_classifier_is_measured_by_its_accuracy(tiny, parquet):
    found = evaluate.main(evaluate.Settings(name=str(tiny["classifier"]), data=str(parquet), samples=100, store=False,
                                            instrument=str(tiny["classifier"])))
    assert found["test_pictures"] == 100 and 0 <= found["test_accuracy"] <= 1


def test_a_data_set_without_labels_or_a_second_split_gives_a_floor_too(parquet, tmp_path):
    table = pq.read_table(parquet / "train-00000-of-00001.parquet")
    pq.write_table(table.drop(["label"]), tmp_path / "train-00000-of-00001.parquet")
    real = Real(str(tmp_path), limit=100)
    assert real.images.shape == real.other.images.shape == (100, 28, 28, 1) and real.captions is None
    assert (real.labels == -1).all() and not {image.tobytes() for image in real.images} & {image.tobytes() for image in real.other.images}


@pytest.mark.parametrize("control", [Picture("input", 14, ""), Range("c", 0.0, 0.5, ""), Range("c", 2.0, 3.0, "", default=2.5),
                                     Choice("label", ("a", "b"), "")], ids=repr)
def test_every_kind_of_control_is_asked_for(tiny, parquet, control):
    model = SimpleNamespace(card=SimpleNamespace(controls=(control,), dataset=DATASETS["mnist"]))
    found = evaluate.asked(model, Real(str(parquet), limit=20), 30)[control.name]
    assert len(found) == 30 and control.batch(found, 30).shape[0] == 30


def test_classes_of_ones_own_data_are_asked_for_as_often_as_there_are_pictures_of_them():
    data = dataclasses.replace(DATASETS["mnist"], key="pets", classes=("ant", "bee"))
    control = Choice("label", ("ant", "bee"), "")
    model = SimpleNamespace(card=SimpleNamespace(controls=(control,), dataset=data))
    found = evaluate.asked(model, SimpleNamespace(labels=np.array([0, 1, -1, 0, 0]), captions=None), 8)["label"]
    assert found.count(0) == 6 and found.count(1) == 2
    in_order = SimpleNamespace(labels=np.repeat([0, 1], 6), captions=None)             # a folder comes class by class
    assert evaluate.asked(model, in_order, 20)["label"].count(1) == 10
    model.card.dataset = DATASETS["mnist"]
    assert evaluate.asked(model, SimpleNamespace(labels=np.array([0, 1, -1, 0, 0]), captions=None), 4)["label"] == [0, 1, 0, 1]


def test_labels_are_asked_for_as_often_as_real_pictures_have_them_and_found_categories_equally_often():
    real, digits = SimpleNamespace(labels=np.array([7] * 9 + [1]), captions=None), DATASETS["mnist"].classes
    for name, sevens in (("label", 18), ("category", 2)):                 # of InfoGAN's categories nobody knows which is a seven
        model = SimpleNamespace(card=SimpleNamespace(controls=(Choice(name, digits, ""),), dataset=DATASETS["mnist"]))
        assert evaluate.asked(model, real, 20)[name].count(7) == sevens


def test_an_instrument_of_other_classes_is_refused(tiny, parquet, tmp_path):
    data = dataclasses.replace(DATASETS["fashion"], key="pets", classes=("ant", "bee"))
    with pytest.raises(BadInput, match="tells other classes apart") as caught:
        evaluate.check_classes(models.load(tiny["classifier"]), data)
    assert is_one_sentence(str(caught.value))
    evaluate.check_classes(models.load(tiny["classifier"]), DATASETS["mnist"])
    evaluate.check_classes(None, data)


def test_a_part_of_a_split_is_drawn_from_all_of_it(tmp_path):
    for i, picture in enumerate(np.random.default_rng(0).integers(0, 255, (40, 8, 8), np.uint8)):
        for split in ("train", "test"):
            folder = tmp_path / split / ("ant" if i < 20 else "bee")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{i}.png").write_bytes(png(picture))
    found = Real(str(tmp_path), limit=12)
    assert len(found.images) == 12 and set(found.labels.tolist()) == {0, 1} and found.apart


def test_what_d_says_of_classes_is_measured_where_there_are_some(tmp_path):
    named = SimpleNamespace(classes=np.eye(2)[[0, 1, 1]], twin=np.eye(2)[[1, 1, 1]])
    model = SimpleNamespace(read=lambda images: SimpleNamespace(classes=named.classes[:len(images)], twin=named.twin[:len(images)]))
    real = SimpleNamespace(images=np.zeros((4, 2, 2, 1)), labels=np.array([0, -1, 1, 0]), apart=True)
    assert sgan.errors(model, real) == {"error": pytest.approx(1 / 3), "twin_error": pytest.approx(2 / 3)}
    assert "error_training" in sgan.errors(model, SimpleNamespace(**real.__dict__ | {"apart": False}))
    assert sgan.errors(model, SimpleNamespace(**real.__dict__ | {"labels": np.full(4, -1)})) == {}


def test_weights_that_read_none_are_measured_on_pictures_with_sentences(tiny, tmp_path):
    for i, picture in enumerate(np.random.default_rng(0).integers(0, 255, (30, 28, 28, 3), np.uint8)):
        (tmp_path / f"{i}.png").write_bytes(png(picture))
    (tmp_path / "0.txt").write_text("一朵红花")
    found = evaluate.main(evaluate.Settings(str(tiny["gan"]), data=str(tmp_path), samples=20, store=False))
    assert found["frechet_distance"] > found["frechet_floor"] > 0


def test_without_a_test_split_a_classifier_is_measured_on_what_it_did_not_see(tmp_path):
    rng = np.random.default_rng(0)
    for kind in ("cats", "dogs"):
        (tmp_path / "animals" / kind).mkdir(parents=True)
        for i in range(30):
            Image.fromarray(rng.integers(0, 256, (24, 24), np.uint8)).save(tmp_path / "animals" / kind / f"{i}.png")
    classifier.main(dataclasses.replace(classifier.PRESETS["smoke"], name="classifier-animals", data=str(tmp_path / "animals"), batch=8,
                                        steps=3, out=str(tmp_path / "run"), weights=str(tmp_path / "w"), limit=0))
    before = json.loads((tmp_path / "w" / "metrics.json").read_text())
    found = evaluate.main(evaluate.Settings(str(tmp_path / "w"), data=str(tmp_path / "animals"), store=False))
    assert before["test_pictures"] == 6 and found == before
