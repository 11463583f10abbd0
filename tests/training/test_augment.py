"""DiffAugment: what each change does to pictures, and that gradients pass through."""

import pytest
import torch
from conftest import is_one_sentence

from models.errors import BadInput
from training.kit.augment import POLICIES, affine, color, cutout, diff_augment, translation

each = pytest.mark.parametrize("name", POLICIES)


@pytest.fixture(autouse=True)
def _same_numbers():
    torch.manual_seed(0)


@each
@pytest.mark.parametrize("shape", [(6, 1, 28, 28), (6, 3, 32, 32)])
def test_shape_and_type_stay(name, shape):
    changed = diff_augment(torch.rand(shape) * 2 - 1, name)
    assert (changed.shape, changed.dtype) == (shape, torch.float32)
    assert changed.isfinite().all()


@each
def test_gradients_pass_through(name):
    pictures = torch.randn(6, 1, 28, 28).requires_grad_()
    (diff_augment(pictures, name) * torch.randn(6, 1, 28, 28)).sum().backward()
    assert (pictures.grad.flatten(1).abs().sum(1) > 0).all()


@each
def test_each_picture_is_changed_in_its_own_way(name):
    changed = diff_augment(torch.randn(1, 1, 28, 28).expand(16, -1, -1, -1).contiguous(), name)
    assert len({picture.numpy().tobytes() for picture in changed}) > (1 if name == "mirror" else 8)      # a mirror has two sides


@each
def test_pictures_given_are_left_alone(name):
    pictures = torch.randn(6, 3, 28, 28)
    kept = pictures.clone()
    diff_augment(pictures, name)
    assert torch.equal(pictures, kept)


def test_empty_policy_changes_nothing():
    pictures = torch.randn(2, 1, 28, 28)
    assert torch.equal(diff_augment(pictures, ""), pictures)


def test_policy_applies_its_functions_in_order():
    pictures = torch.randn(4, 1, 28, 28)
    torch.manual_seed(1)
    by_hand = cutout(translation(pictures))
    torch.manual_seed(1)
    assert torch.equal(diff_augment(pictures, " translation, cutout,"), by_hand)


@pytest.mark.parametrize("policy", ["colour", "color,flip"])
def test_unknown_name_is_refused_with_the_known_ones(policy):
    with pytest.raises(BadInput) as caught:
        diff_augment(torch.zeros(1, 1, 8, 8), policy)
    assert is_one_sentence(str(caught.value))
    assert "translation" in str(caught.value)


def test_color_of_a_grey_picture_is_a_line_through_its_values():
    """Brightness and contrast only: equal pixels stay equal, and differences grow by 0.5 to 1.5."""
    pictures = torch.randn(8, 1, 6, 6)
    changed = color(pictures)
    factor = (changed[:, :, 0, 0] - changed[:, :, 0, 1]) / (pictures[:, :, 0, 0] - pictures[:, :, 0, 1])
    assert ((factor >= 0.49) & (factor <= 1.51)).all()
    factor = factor[:, :, None, None]
    torch.testing.assert_close(changed - changed.mean((2, 3), keepdim=True),
                               factor * (pictures - pictures.mean((2, 3), keepdim=True)), rtol=1e-3, atol=1e-4)


def test_translation_shifts_by_an_eighth_at_most_and_lets_black_in():
    pictures = torch.full((200, 1, 32, 32), -1.0)
    pictures[:, :, 16, 16] = 1
    shifted = translation(pictures)
    places = (shifted == 1).nonzero()
    assert len(places) == 200                         # each bright pixel is still there, all others are black
    assert ((shifted == 1) | (shifted == -1)).all()
    offsets = places[:, 2:] - 16
    assert offsets.abs().max() == 4 and offsets.min() == -4


def test_cutout_greys_one_square_of_half_the_side_at_most():
    cut = cutout(torch.ones(100, 1, 28, 28))
    grey = cut == 0
    assert (grey.flatten(1).sum(1) > 0).all()
    assert grey.any(3).sum((1, 2)).max() <= 14 and grey.any(2).sum((1, 2)).max() <= 14
    assert torch.equal(grey, grey.any(3, keepdim=True) & grey.any(2, keepdim=True))   # a rectangle
    assert ((cut == 0) | (cut == 1)).all()


def test_affine_with_limits_of_zero_changes_nothing():
    pictures = torch.randn(4, 1, 28, 28)
    torch.testing.assert_close(affine(pictures, rotate=0, stretch=0, shear=0, shift=0), pictures, atol=1e-4, rtol=1e-4)


def test_affine_keeps_an_even_picture_even():
    torch.testing.assert_close(affine(torch.full((4, 1, 28, 28), -1.0)), torch.full((4, 1, 28, 28), -1.0))


def test_affine_shift_stays_within_its_limit():
    pictures = torch.zeros(100, 1, 50, 50)
    pictures[:, :, 25, 25] = 1
    moved = affine(pictures, rotate=0, stretch=0, shear=0, shift=0.08)
    places = torch.stack([(moved.sum((1, d)) * torch.arange(50)).sum(1) / moved.sum((1, 2, 3)) for d in (2, 3)], 1) - 25
    assert 3 < places.abs().max() < 4.6
