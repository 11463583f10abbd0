"""The judge by ImageNet features: near is nearer than far, little is not judged, and what was read once is not read again."""

import numpy as np
import pytest

from training.kit import imagenet, second_judge
from training.kit.real import Real


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(second_judge, "LEAST", 60)
    monkeypatch.setattr(second_judge, "SIDE", 64)


def test_real_pictures_are_nearer_than_negatives_and_noise(parquet, tmp_path, small):
    real = Real(str(parquet), limit=80)
    bars = real.other.images
    found = [second_judge.figures(real, images, tmp_path) for images in (
        bars, 255 - bars, np.random.default_rng(0).integers(0, 256, bars.shape, np.uint8))]
    distances = [one["imagenet_frechet"] for one in found]
    assert distances[0] == found[0]["imagenet_floor"] and min(distances[1:]) > 3 * distances[0]


def test_features_of_real_pictures_are_kept(parquet, tmp_path, small, monkeypatch):
    real, kept = Real(str(parquet), limit=60), tmp_path / "cache"
    first = second_judge.figures(real, real.other.images, kept)
    files = sorted(kept.iterdir())
    assert len(files) == 2
    monkeypatch.setattr(imagenet, "pooled_features", None)
    assert second_judge.figures(real, real.other.images, kept) == first and sorted(kept.iterdir()) == files


def test_few_pictures_are_not_judged(parquet, tmp_path):
    real = Real(str(parquet), limit=50)
    assert second_judge.figures(real, real.other.images, tmp_path) == {} and not list(tmp_path.iterdir())
