"""SRGAN's networks, and enlarging images of any size without seams."""

import numpy as np
import pytest
import torch
from conftest import photo, random_weights

import models
from models import srgan
from models.datasets import DATASETS
from models.errors import BadInput

SMALL = srgan.Config(width=8, blocks=2, d_width=4)
LOUD = {"generator": 0.05}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return models.load(random_weights(tmp_path_factory.mktemp("weights") / "srgan-photos", srgan, "photos", SMALL, loud=LOUD))


def test_gradients_reach_every_weight_of_both_players():
    g, d = srgan.Generator(SMALL), srgan.Discriminator(SMALL)
    images = g(torch.zeros(3, 0), torch.randn(3, 3, 8, 12), torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]))
    assert images.shape == (3, 3, 32, 48)
    logits = d(images)
    assert logits.shape == (3,)
    logits.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for network in (g, d) for p in network.parameters())


def test_a_new_network_begins_as_a_bilinear_enlargement():
    small = torch.rand(1, 3, 8, 8) * 2 - 1
    plain = torch.nn.functional.interpolate(small, scale_factor=4, mode="bilinear")
    assert (srgan.SRResNet(SMALL)(small) - plain).abs().mean() < 0.1


def test_generate_takes_either_network_or_a_mixture(model):
    given = photo(64, 64)
    one, other, mixed = (model.generate(0, small=given, network=network)[0].astype(int)
                         for network in ("srresnet", "srgan", {"srresnet": 0.5, "srgan": 0.5}))
    assert one.shape == (256, 256, 3) and np.abs(one - other).mean() > 1
    inside = (one > 0) & (one < 255) & (other > 0) & (other < 255)
    assert np.abs(mixed - (one + other) / 2)[inside].max() <= 1.5
    assert set(model.tasks) == {"generate", "decode", "score", "enlarge"}


def test_without_a_picture_a_generated_flower_is_enlarged(model):
    assert model.generate(0).std() > 10


def test_enlarge_is_what_generate_draws(model):
    given = photo(64, 64)
    assert np.abs(model.enlarge(given, "srresnet").astype(int) - model.generate(0, small=given, network="srresnet")[0]).max() <= 1


@pytest.mark.parametrize("size", [(8, 8), (8, 500), (31, 17), (300, 410)])
def test_tiles_leave_no_seam(model, size, monkeypatch):
    given = photo(*size)
    whole = model.enlarge(given)
    monkeypatch.setattr(srgan, "TILE", 50)
    tiled = model.enlarge(given)
    assert tiled.shape == (4 * size[0], 4 * size[1], 3)
    assert np.abs(tiled.astype(int) - whole).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (191, 193), (288, 289), (1000, 777)])
def test_tiles_cover_an_image_once(size):
    covered = np.zeros(size, int)
    for top, bottom, left, right in srgan.tiles(*size):
        covered[top:bottom, left:right] += 1
        assert bottom - top <= 1.5 * srgan.TILE and right - left <= 1.5 * srgan.TILE
    assert (covered == 1).all()


@pytest.mark.parametrize("image", [photo(7, 100), np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3)), "a.png", None,
                                   np.broadcast_to(np.uint8(0), (2000, 1001, 3))])
def test_other_pictures_are_refused_in_one_sentence(model, image):
    with pytest.raises(BadInput, match="enlarge"):
        model.enlarge(image)


def test_the_reach_is_as_far_as_a_pixel_depends_on():
    network = srgan.SRResNet(SMALL).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_()
    small = torch.zeros(1, 3, 31, 31, dtype=torch.float64, requires_grad=True)
    network(small)[0, :, 60:64, 60:64].sum().backward()
    found = small.grad.abs().sum((0, 1)).nonzero()
    assert (found - 15).abs().max() == network.reach
    assert DATASETS["photos"].classes == ()
