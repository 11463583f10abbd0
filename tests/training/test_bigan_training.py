"""What is measured of BiGAN beside the common figures."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch
from conftest import random_weights

import models
from models import bigan
from training import bigan as train
from training import evaluate
from training.bigan import neighbour_accuracy
from training.kit.real import Real

NEIGHBOURS = [f"neighbour_accuracy{layer}" for layer in ("", "_maps", "_z", "_pixels")]


@pytest.fixture(scope="module")
def measured(tiny, parquet, tmp_path_factory):
    folder = random_weights(tmp_path_factory.mktemp("bigan") / "bigan-mnist", bigan, "mnist",
                            bigan.Config(z_dim=8, g_width=8, e_width=4, d_width=4, features=12, joint=16))
    return folder, evaluate.main(evaluate.Settings(name=str(folder), data=str(parquet), samples=100, instrument=str(tiny["classifier"])))


def test_reconstruction_and_neighbours_are_measured_and_printed(measured):
    folder, found = measured
    for key in ("absolute_error", "squared_error", "reconstruction_class", *NEIGHBOURS):
        assert 0 <= found[key] <= 1, key
    assert found["squared_error"] <= found["absolute_error"]
    assert found["neighbour_accuracy"] > 0.5      # ten bars in ten places: even random features tell them apart, by all 600 pictures
    assert json.loads((folder / "metrics.json").read_text()) == found
    assert "nearest neighbour in E's features (by pixels): " in (folder / "README.md").read_text(encoding="utf-8")


def test_the_error_is_that_of_pictures_drawn_again(measured, parquet):
    folder, found = measured
    model, images = models.load(folder), Real(str(parquet), 100, None, models.load(folder).card.dataset).images
    again = model.decode(model.encode(images)).astype(float)
    assert found["absolute_error"] == pytest.approx(np.abs(again - images).mean() / 255, rel=1e-3)


def test_what_was_measured_on_training_pictures_says_so(measured, parquet, tmp_path):
    shutil.copy(next(parquet.glob("train-*")), tmp_path)
    model = models.load(measured[0])
    found = train.measure(model, Real(str(tmp_path), 100, None, model.card.dataset), model.generate(range(100)), {})
    assert {"absolute_error_training", "neighbour_accuracy_training"} <= set(found) and "absolute_error" not in found


def test_the_nearest_picture_gives_its_label():
    known = torch.tensor([[0.0, 0.0], [1.0, 0.0], [5.0, 5.0]])
    asked = torch.tensor([[0.1, 0.0], [0.9, 0.1], [4.0, 4.0], [0.4, 0.0]])
    assert neighbour_accuracy(known, asked, np.array([3, 1, 4]), np.array([3, 1, 4, 1])) == 0.75


def test_r1_takes_what_e_read_in_bf16(parquet, tmp_path):
    train.main(dataclasses.replace(train.PRESETS["smoke"], data=str(parquet), out=str(tmp_path / "run"), weights=str(tmp_path / "w"),
                                   steps=1, batch=8, limit=0, r1=0.1, r1_every=1, precision="bf16"))
    assert (tmp_path / "w" / "config.json").is_file()
