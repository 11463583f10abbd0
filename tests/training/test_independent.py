"""Measures by networks that trained nothing: the linear reader, and which class a name finds."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from conftest import is_one_sentence, random_weights
from torch import nn

import models
from models import stackgan, text
from models.datasets import FLOWERS
from models.efficientnet import EfficientNetLite
from models.errors import BadInput
from training import evaluate_flowers, independent
from training.kit import metrics
from training.prepare_flowers import KEPT, VALIDATION


def test_the_reader_tells_separable_classes_apart_and_leaves_the_random_state_alone():
    torch.manual_seed(0)
    classes = torch.arange(5).repeat(40)
    features = F.one_hot(classes, 8).float() * 6 + torch.randn(200, 8) + 10
    state = torch.random.get_rng_state()
    reader = independent.linear_reader(features, classes)
    assert (reader(features).argmax(1) == classes).float().mean() > 0.95
    assert torch.equal(state, torch.random.get_rng_state())


class _Speller:
    """Embeds a text as the axis of the class whose name it holds."""

    def __init__(self, wrong: int = 0):
        self.wrong = wrong

    def embed(self, texts, encoder):
        found = [next(i for i, name in enumerate(FLOWERS) if name in text) for text in texts]
        return torch.stack([F.one_hot(torch.tensor((n + 1) % 102 if i < self.wrong else n), 102).float() for i, n in enumerate(found)])


def test_names_find_the_mean_of_their_own_class():
    labels = torch.tensor([53, 53, 73, 73, 0, 0, 5, 5])
    images = F.normalize(F.one_hot(labels, 102).float() + 0.01, dim=1)
    assert independent.names_found(_Speller(), "sentence", images, labels) == 1
    assert independent.names_found(_Speller(wrong=1), "sentence", images, labels) == 0.75


def test_classes_that_training_must_not_know_are_not_asked_for():
    labels = torch.tensor([53, 53, 73, 73, *VALIDATION, *KEPT, -1])
    images = F.normalize(F.one_hot(labels.clamp(0), 102).float() + 0.01, dim=1)
    assert independent.names_found(_Speller(), "sentence", images, labels) == 1
    assert np.isnan(independent.names_found(_Speller(), "sentence", images[4:], labels[4:]))


def test_the_instrument_measures_against_photographs(monkeypatch):
    torch.manual_seed(0)
    instrument = independent.Instrument.__new__(independent.Instrument)
    instrument.photos = torch.randn(400, 6)
    instrument.along = metrics.Along(instrument.photos)
    instrument.along.centre, instrument.along.directions = torch.zeros(6), torch.eye(6)[:, :3]
    instrument.labels = torch.tensor([3, 7, 9])
    instrument.reader = lambda features: features[:, :3]
    assert instrument.frechet(instrument.photos) < 1e-3 < instrument.frechet(instrument.photos + 1)
    away = torch.cat([torch.zeros(400, 3), torch.ones(400, 3)], 1)
    assert abs(instrument.frechet(instrument.photos + away)) < 1e-2          # along the other directions nothing is measured
    seen = torch.tensor([[0.0, 1, 2], [2, 1, 0]])
    assert instrument.among_first(seen, torch.tensor([9, 9]), 1) == 0.5
    assert np.isclose(instrument.among_first(seen, torch.tensor([3, 7]), 2), 0.5)
    assert instrument.among_first(seen, torch.tensor([3, 7]), 9) == 1


def test_what_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(independent, "package", lambda variant: None)
    assert "efficientnet-lite2" in independent.missing(tmp_path)
    monkeypatch.setattr(independent, "package", lambda variant: tmp_path)
    assert "--preset independent makes" in independent.missing(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    assert independent.missing(tmp_path) == ""


@pytest.mark.parametrize(("changed", "says"), [
    ({}, "need a text-and-image pair in runs/independent/weights that python -m training.text_encoder --preset independent makes."),
    ({"samples": -1}, "--samples takes a whole number from 10 to 100,000, not -1."), ({"samples": 1}, "--samples takes"),
    ({"seeds": 0}, "--seeds takes a whole number from 1 to 100,000, not 0."),
])
def test_what_cannot_be_measured_is_told_before_the_work(changed, says, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(independent, "package", lambda variant: tmp_path)
    monkeypatch.delattr(models, "load")
    with pytest.raises(BadInput) as caught:
        independent.main(independent.Settings("stackgan-flowers", **changed))
    assert says in str(caught.value) and is_one_sentence(str(caught.value))


def test_classes_of_one_photograph_have_no_variety_to_compare_with():
    features = torch.tensor([[0.0], [4], [9], [1], [3]])
    assert evaluate_flowers.diversity_within(features, torch.tensor([0, 0, 1, 2, 2])) == 3
    assert np.isnan(evaluate_flowers.diversity_within(features, torch.arange(5)))


@pytest.mark.parametrize(("pair", "says"), [
    ("dcgan-mnist", "--pair takes the weights of text encoders"), ("text-flowers", "--pair takes text encoders on features of lite2"),
])
def test_a_pair_that_could_not_judge_is_refused(pair, says, monkeypatch):
    monkeypatch.setattr(independent, "imagenet", EfficientNetLite)
    with pytest.raises(BadInput) as caught:
        independent.independent_pair(pair)
    assert says in str(caught.value) and is_one_sentence(str(caught.value))


class _Pair:
    """A text-and-image pair that knows nothing."""

    image = SimpleNamespace(out=nn.Linear(48, 16).requires_grad_(False))

    def embed(self, texts, encoder):
        return F.normalize(torch.randn(len(texts), 16), dim=1)


def test_every_stage_is_measured_and_photographs_are_read_once(tmp_path, monkeypatch):
    """With average colours of a 4x4 grid in place of ImageNet features."""
    random_weights(tmp_path / "text-flowers", text, "flowers", text.Config(dim=16, text_width=16, image_width=4), loud={})
    config = stackgan.Config(text_dim=16, c_dim=8, z_dim=12, g_width=4, d_width=4, g2_width=4, d2_width=4, size=64)
    model = models.load(random_weights(tmp_path / "stackgan-flowers", stackgan, "flowers", config))
    grid = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten())
    monkeypatch.setattr(independent, "imagenet", lambda variant: grid)
    chance = np.random.default_rng(0)
    real = SimpleNamespace(images=chance.integers(256, size=(60, 32, 32, 3), dtype=np.uint8), labels=np.array([53, 73, 0, 7] * 15),
                           captions=[["a red flower", f"flower {i}"] for i in range(60)])
    instrument = independent.Instrument(real, tmp_path / "cache")
    found = independent.measure(model, instrument, 50, 2, _Pair(), "char-cnn-rnn")
    assert found["samples"] == 50 and found["lite2_frechet_floor"] < found["stage1"]["lite2_frechet"]
    for stage in ("stage1", "stage2"):
        assert set(found[stage]["names"]) == {FLOWERS[label] for label in (53, 73, 0)}
        assert all(0 <= found[stage][key] <= 1 for key in ("caption_class_among_first_5", "name_among_first_5", "name_first"))
        assert "top1" in found[stage]["independent_r_precision"]
    without = independent.measure(model, instrument, 50, 2, None, "char-cnn-rnn")
    assert without["stage2"].keys() == found["stage2"].keys() - {"independent_r_precision"}
    instrument.labels = torch.tensor(sorted(VALIDATION)[:4])      # none that training may know
    assert "name_first" not in independent.measure(model, instrument, 50, 2, None, "char-cnn-rnn")["stage1"]
    grid[0] = None                            # a second instrument needs no network for what is kept
    assert torch.equal(independent.Instrument(real, tmp_path / "cache").photos, instrument.photos)
