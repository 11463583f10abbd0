"""Measurements on cases whose answer is known beforehand."""

import numpy as np
import pytest
import torch
from conftest import random_weights

import models
from models import infogan
from training.kit import codes, metrics, text_metrics
from training.kit.real import features_of, resized


@pytest.fixture(autouse=True)
def _same_numbers():
    torch.manual_seed(0)


def test_frechet_distance_of_shifted_gaussians_is_the_squared_shift():
    shift = torch.tensor([3.0, 0, 0, 4.0])
    assert metrics.frechet_distance(torch.randn(5000, 4), torch.randn(5000, 4) + shift) == pytest.approx(25, rel=0.05)


def test_frechet_distance_sees_a_lack_of_variety():
    """N(0, I) and N(0, I / 4) in 4 dimensions: 4 times (1 - 1/2) squared."""
    assert metrics.frechet_distance(torch.randn(5000, 4), torch.randn(5000, 4) / 2) == pytest.approx(1, rel=0.1)


def test_frechet_distance_of_a_set_to_itself_is_zero():
    features = torch.randn(500, 4)
    assert metrics.frechet_distance(features, features) == pytest.approx(0, abs=1e-3)


def test_a_perfect_generator_is_as_far_as_the_floor_and_no_nearer():
    """Distances of few features are large, so of many drawn images as many are compared as there are for the floor."""
    real, other, drawn = torch.randn(60, 20), torch.randn(60, 20), torch.randn(4000, 20)
    ours, others = metrics.as_many(drawn, other)
    assert len(ours) == 60 and others is other and metrics.frechet_distance(real, drawn) < 0.7 * metrics.frechet_distance(real, other)
    assert metrics.frechet_distance(real, ours) == pytest.approx(metrics.frechet_distance(real, other), rel=0.2)


def test_kernel_distance_is_about_zero_for_the_same_and_larger_for_another_distribution():
    same = metrics.kernel_distance(torch.randn(500, 8), torch.randn(500, 8))
    other = metrics.kernel_distance(torch.randn(500, 8), torch.randn(500, 8) + 1)
    assert abs(same) < 0.1
    assert other > 10 * abs(same) and other > 0.5


def test_kernel_distance_repeats_itself_and_leaves_the_random_state_alone():
    real, fake, state = torch.randn(300, 4), torch.randn(300, 4), torch.get_rng_state()
    assert metrics.kernel_distance(real, fake) == metrics.kernel_distance(real, fake)
    assert torch.equal(torch.get_rng_state(), state)


def test_precision_and_recall_of_the_same_set_are_one():
    features = torch.randn(300, 4)
    assert metrics.precision_recall(features, features) == (1.0, 1.0)


def test_precision_and_recall_of_sets_far_apart_are_zero():
    assert metrics.precision_recall(torch.randn(300, 4), torch.randn(300, 4) + 100) == (0.0, 0.0)


def test_fakes_that_cover_half_of_the_real_ones_have_precision_one_and_recall_one_half():
    near, far = torch.randn(100, 2), torch.randn(100, 2) + 100
    assert metrics.precision_recall(torch.cat([near, far]), near) == (1.0, 0.5)


def test_fakes_half_of_which_are_wrong_have_precision_one_half_and_recall_one():
    near, far = torch.randn(100, 2), torch.randn(100, 2) + 100
    assert metrics.precision_recall(near, torch.cat([near, far])) == (0.5, 1.0)


def test_best_matching_undoes_a_permutation():
    order = np.array([3, 0, 9, 1, 7, 2, 8, 6, 5, 4])
    codes = np.arange(200) % 10
    assert metrics.best_matching(codes, order[codes]) == (1.0, list(order))


def test_best_matching_counts_what_agrees_only():
    codes = np.arange(100) % 10
    classes = codes.copy()
    classes[:30] = (classes[:30] + 1) % 10
    assert metrics.best_matching(codes, classes) == (pytest.approx(0.7), list(range(10)))


@pytest.mark.parametrize("count", [3, 12])
def test_best_matching_takes_fewer_and_more_classes_than_codes(count):
    codes = np.arange(120) % 10
    share, meaning = metrics.best_matching(codes, np.minimum(codes, count - 1) if count < 10 else codes + 2)
    assert len(set(meaning)) == len(meaning) == 10
    assert meaning == [code + 2 for code in range(10)] if count > 10 else meaning[:2] == [0, 1]
    assert share == (1.0 if count > 10 else pytest.approx(0.3))


def test_best_matching_gives_every_class_to_one_code_only():
    _, meaning = metrics.best_matching(np.arange(100) % 10, np.zeros(100, int))
    assert sorted(meaning) == list(range(10))


def leaning_bar(degrees: float) -> np.ndarray:
    """A bar 4 pixels wide and 20 high that leans to the right by so much, its edges smoothed."""
    y, x = np.mgrid[:28, :28]
    away = np.abs(x - 13.5 + np.tan(np.radians(degrees)) * (y - 13.5))
    ink = np.clip(2.5 - away, 0, 1) * (np.abs(y - 13.5) < 10)
    return (ink * 255).round().astype(np.uint8)[None, :, :, None]


@pytest.mark.parametrize("degrees", [-25, -10, 0, 5, 20])
def test_slant_of_a_sheared_bar_is_its_angle(degrees):
    assert metrics.slant(leaning_bar(degrees))[0] == pytest.approx(degrees, abs=1)


def test_slant_does_not_depend_on_the_place():
    bar = leaning_bar(10)
    np.testing.assert_allclose(metrics.slant(np.roll(bar, (2, 3), (1, 2))), metrics.slant(bar), atol=0.1)


def test_slant_of_an_empty_picture_is_zero():
    assert metrics.slant(np.zeros((2, 28, 28, 1), np.uint8)) == pytest.approx([0, 0], abs=1e-6)


def test_stroke_width_of_bars_is_their_width():
    bars = np.zeros((6, 28, 28, 1), np.uint8)
    for width, bar in enumerate(bars, 1):
        bar[4:24, 8:8 + width] = 255
    found = metrics.stroke_width(bars)
    assert (np.diff(found) > 0.5).all(), found
    np.testing.assert_allclose(found, range(1, 7), rtol=0.25)


def test_stroke_width_of_an_empty_picture_is_zero():
    assert metrics.stroke_width(np.zeros((1, 28, 28, 1), np.uint8)) == 0


def test_height_and_breadth_of_a_block_are_its_spread():
    """A block of n pixels spreads by the standard deviation of n even numbers."""
    block = np.zeros((1, 28, 28, 1), np.uint8)
    block[0, 4:24, 10:16] = 200
    assert codes.MEASURES["height"](block)[0] == pytest.approx(np.arange(20).std(), rel=1e-3)
    assert codes.MEASURES["breadth"](block)[0] == pytest.approx(np.arange(6).std(), rel=1e-3)


@pytest.mark.parametrize("name", codes.MEASURES)
def test_every_measure_gives_a_finite_number_a_picture(name):
    pictures = np.concatenate([np.zeros((1, 28, 28, 1), np.uint8), leaning_bar(10), np.full((1, 28, 28, 1), 255, np.uint8)])
    found = codes.MEASURES[name](pictures)
    assert found.shape == (3,) and np.isfinite(found).all()


def test_correlation():
    a = np.arange(50.0)
    assert metrics.correlation(a, 3 * a + 2) == pytest.approx(1)
    assert metrics.correlation(a, -a) == pytest.approx(-1)
    assert metrics.correlation(a, np.ones(50)) == 0


def test_features_are_the_classifiers_in_batches_of_any_size(tiny):
    classifier = models.load(tiny["classifier"])
    pictures = np.random.default_rng(0).integers(0, 256, (501, 28, 28, 1), np.uint8)
    found = features_of(pictures, classifier)
    assert found.shape == (501, 128)
    torch.testing.assert_close(found[500:], features_of(pictures[500:], classifier), rtol=1e-4, atol=1e-5)


def test_images_of_another_size_are_resized_for_the_instrument(tiny):
    small = np.random.default_rng(0).integers(0, 256, (3, 14, 20, 3), np.uint8)
    assert resized(small, (28, 28, 1)).shape == (3, 28, 28, 1)
    assert features_of(small, models.load(tiny["classifier"])).shape == (3, 128)


def test_without_an_instrument_features_are_pixels():
    grey = np.full((2, 16, 24, 3), 51, np.uint8)
    torch.testing.assert_close(features_of(grey, None), torch.full((2, 8 * 8 * 3), 0.2))


def test_retrieval_by_hand():
    pictures, labels = torch.eye(4), torch.tensor([0, 0, 1, 1])
    queries = torch.tensor([[0.9, 0.8, 0.1, 0.0], [0.0, 0.7, 0.6, 0.1]])
    assert text_metrics.average_precision_at(queries, torch.tensor([0, 1]), pictures, labels, 2) == pytest.approx((1 + 0.5) / 2)
    assert text_metrics.zero_shot_accuracy(queries, torch.tensor([0, 1]), pictures, labels) == pytest.approx((1 + 1) / 2)
    sentences = torch.tensor([[1.0, 0, 0, 0], [0.9, 1.0, 0, 0], [0, 0, 0.5, 1.0]])
    assert text_metrics.recall_at(sentences, torch.tensor([0, 0, 2]), pictures, 1) == pytest.approx(1 / 3)
    assert text_metrics.recall_at(sentences, torch.tensor([0, 0, 2]), pictures, 2) == 1
    assert text_metrics.r_precision(pictures, pictures, -pictures, candidates=5) == 1
    assert text_metrics.r_precision(pictures, -pictures, pictures, candidates=50) == 0
    assert text_metrics.nearest_pairs(torch.tensor([[0.0], [1.0], [5.0]])) == pytest.approx([1.0] * 6 + [1.6, 2.2, 2.8, 3.4, 4.0])
    assert text_metrics.nearest_distance(pictures[:1], pictures[1:]).item() == pytest.approx(2 ** 0.5)


def test_codes_of_colour_pictures_have_no_meaning_in_ink(tmp_path):
    model = models.load(random_weights(tmp_path / "infogan-pets", infogan, "mnist", infogan.Config(g_width=8, d_width=4, channels=3)))
    assert set(codes.meaning_of_codes(model, 40)) == {"q_reads_category", "q_reads_codes"}
