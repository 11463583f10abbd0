"""BiGAN's three networks, and a loaded model that reads pictures: encode, draw again, score pairs, export."""

import numpy as np
import onnx
import pytest
import torch
from conftest import is_one_sentence, random_weights

import models
from models import bigan, exported

SMALL = {"z_dim": 8, "g_width": 8, "e_width": 4, "d_width": 4, "features": 12, "joint": 16}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> bigan.Bigan:
    return models.load(random_weights(tmp_path_factory.mktemp("bigan") / "bigan-mnist", bigan, "mnist", bigan.Config(**SMALL)))


def digits(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 28, 28, 1), np.uint8)


@pytest.mark.parametrize(("size", "channels"), [(16, 1), (28, 1), (33, 3), (100, 3), (256, 3)])
def test_networks_of_any_size(size, channels):
    cfg = bigan.Config(**SMALL, size=size, channels=channels)
    g, e, d = (build(cfg).eval() for build in bigan.NETWORKS.values())
    z = torch.randn(2, 8)
    with torch.inference_mode():
        x = g(z)
        assert x.shape == (2, channels, size, size) and x.abs().max() <= 1
        assert (e(x).shape, e.features(x).shape, d(x, z).shape) == ((2, 8), (2, 12), (2,))
        torch.testing.assert_close(e.body[-3:](e.maps(x)), e.features(x))
        torch.testing.assert_close(d.logits(d.phi(x), z), d(x, z))


def test_gradients_reach_every_weight_of_the_encoder():
    torch.manual_seed(0)
    e = bigan.Encoder(bigan.Config(**SMALL))
    (e(torch.rand(16, 1, 28, 28)) * torch.randn(16, 8)).sum().backward()
    for name, weight in e.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


def test_d_reads_both_halves_of_a_pair(loaded):
    images, z = digits(2), loaded.latents([1, 2])
    right = loaded.score_pairs(images, z)
    assert right.shape == (2,) and ((right > 0) & (right < 1)).all()
    assert (loaded.score_pairs(images, z.flip(0)) != right).all() and (loaded.score_pairs(images[[1, 0]], z) != right).all()
    np.testing.assert_allclose(loaded.score(images), loaded.score_pairs(images, loaded.encode(images)), atol=1e-6)


def test_it_encodes_and_draws_again(loaded):
    assert {"generate", "decode", "score", "encode", "features"} == set(loaded.tasks)
    z = loaded.encode(digits(3))
    assert z.shape == (3, 8) and loaded.features(digits(3)).shape == (3, 12)
    assert loaded.decode(z).shape == (3, 28, 28, 1)
    torch.testing.assert_close(loaded.encode(digits(3)[1:2]), z[1:2], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("call", [
    lambda model: model.encode(np.zeros((1, 32, 32, 1), np.uint8)), lambda model: model.encode(np.zeros((1, 28, 28, 1))),
    lambda model: model.score_pairs(digits(1), torch.zeros(1, 9)), lambda model: model.score_pairs(digits(2), torch.zeros(1, 8)),
    lambda model: model.score_pairs(digits(1), torch.full((1, 8), float("nan"))), lambda model: model.score_pairs(digits(1), "z"),
    lambda model: model.decode(torch.zeros(8)), lambda model: model.generate(0, label=3),
])
def test_bad_input_is_one_sentence(loaded, call):
    with pytest.raises(models.BadInput) as caught:
        call(loaded)
    assert is_one_sentence(str(caught.value)), str(caught.value)


def test_d_takes_image_and_z_in_onnx_too(loaded, tmp_path):
    path, = exported.export(loaded, tmp_path, ("discriminator",))
    assert [given.name for given in onnx.load(path).graph.input] == ["image", "z"]
