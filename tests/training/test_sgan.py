"""The semi-supervised GAN's own parts: which images keep their labels, feature matching, and the table of errors by labels."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import is_one_sentence
from huggingface_hub import ModelCard

import models
from models.errors import BadInput
from models.sgan import FIGURES
from training import evaluate, label_curve, sgan

LABELS, CLASSES = torch.arange(200) % 10, tuple("0123456789")


@pytest.mark.parametrize("count", [10, 100, 23])
def test_as_many_of_each_class_keep_their_label(count):
    chosen = sgan.drawn_labels(LABELS, CLASSES, count, 0)
    shares = torch.bincount(LABELS[chosen], minlength=10)
    assert len(chosen) == len(chosen.unique()) == count
    assert shares.max() - shares.min() <= 1


def test_labels_are_drawn_by_their_seed():
    first, again, other = (sgan.drawn_labels(LABELS, CLASSES, 50, draw) for draw in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_a_class_with_few_images_gives_all_it_has():
    labels = torch.tensor([0] * 30 + [1] * 3)
    assert torch.bincount(labels[sgan.drawn_labels(labels, ("a", "b"), 20, 0)]).tolist() == [10, 3]


@pytest.mark.parametrize("count", [0, 9])
def test_less_than_one_label_a_class_is_refused(count):
    with pytest.raises(BadInput) as caught:
        sgan.drawn_labels(LABELS, CLASSES, count, 0)
    assert is_one_sentence(str(caught.value))


def test_feature_matching_compares_means_alone():
    real = torch.randn(500, 4)
    assert sgan.feature_matching(real, real.flip(0)) < 1e-9
    assert sgan.feature_matching(real, real + 2) == pytest.approx(4, rel=1e-4)


def smoke(folder, parquet, **changes) -> sgan.SganSettings:
    small = {"data": str(parquet), "out": str(folder / "run"), "weights": str(folder / "weights"), "steps": 3, "batch": 20, "limit": 0,
             "precision": "fp32"}
    return dataclasses.replace(sgan.PRESETS["smoke"], **small | changes)


@pytest.fixture(scope="module")
def trained(parquet, tmp_path_factory) -> list:
    """Weights folders of runs with 20 and with 100 labels."""
    found = []
    for labels in (20, 100):
        folder = tmp_path_factory.mktemp("sgan")
        sgan.main(smoke(folder, parquet, labels=labels))
        found.append(folder / "weights")
    return found


def test_the_weights_name_the_images_that_had_labels(trained):
    told = json.loads((trained[0] / "config.json").read_text())["training"]
    assert (told["labels"], told["draw"], len(told["labelled"])) == (20, 0, 20)


def test_a_loaded_model_reads_classes_and_source(trained, tiny):
    model = models.load(trained[0])
    assert {"generate", "score", "classify", "features", "read"} <= set(model.tasks)
    images = model.generate(range(4))
    seen = model.read(images)
    assert seen.classes.sum(1) == pytest.approx(1, abs=1e-4) and seen.twin.sum(1) == pytest.approx(1, abs=1e-4)
    assert seen.probability == pytest.approx(model.score(images), abs=1e-5)
    assert seen.classes == pytest.approx(model.classify(images), abs=1e-5)


def test_errors_on_training_pictures_are_told_to_be_such():
    model = SimpleNamespace(read=lambda images: SimpleNamespace(classes=np.eye(2), twin=np.eye(2)[[1, 1]]))
    found = sgan.errors(model, SimpleNamespace(images=np.zeros((2, 2, 2, 1)), labels=np.arange(2), apart=False))
    assert found == {"error_training": 0, "twin_error_training": 0.5} and set(found) <= {figure.key for figure in FIGURES}


def test_the_table_of_errors_survives_an_evaluation(trained, parquet, tiny):
    label_curve.main(label_curve.Settings(str(trained[1]), (str(trained[0]),), str(parquet)))
    lines = json.loads((trained[1] / "metrics.json").read_text())["by_labels"]
    assert [(line["labels"], line["draw"], line["steps"]) for line in lines] == [(20, 0, 3), (100, 0, 3)]
    assert all(0 <= line[key] <= 1 for line in lines for key in ("error", "twin_error"))
    assert label_curve.main(label_curve.Settings(str(trained[1]), (), str(parquet))) == lines       # lines of runs that are gone stay
    found = evaluate.main(evaluate.Settings(name=str(trained[1]), data=str(parquet), samples=200, instrument=str(tiny["classifier"])))
    assert found["by_labels"] == lines
    assert found["error"] == lines[1]["error"] and len(found["labelled"]) == 100
    assert "error on test pictures" in ModelCard.load(trained[1] / "README.md").text


def test_the_table_refuses_other_weights(trained, tiny, parquet):
    with pytest.raises(BadInput, match="no semi-supervised GAN"):
        label_curve.main(label_curve.Settings(str(trained[1]), (str(tiny["gan"]),), str(parquet)))
