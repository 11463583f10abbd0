"""The VAE's networks, its bound, the gradients that the plate shows, and the places of a map."""

import numpy as np
import pytest
import torch
from conftest import random_weights, refused

import models
from models import vae, vae_map
from models.checkpoint import build_networks
from models.losses import kl_to_normal

SMALL = {"g_width": 8, "e_width": 4}
CONFIGS = [vae.Config(z_dim=6, **SMALL), vae.Config(z_dim=6, size=32, channels=3, **SMALL), vae.Config(z_dim=6, hidden=20),
           vae_map.Config(size=16, **SMALL), vae.Config(z_dim=6, size=256, channels=3, **SMALL)]
configs = pytest.mark.parametrize("config", CONFIGS, ids=["28", "32 colour", "perceptrons", "map 16", "256 colour"])


@pytest.fixture(autouse=True)
def _same_numbers():
    torch.manual_seed(0)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> vae.Vae:
    config = vae.Config(z_dim=6, **SMALL)
    return models.load(random_weights(tmp_path_factory.mktemp("vae") / "vae-mnist", vae, "mnist", config))


@pytest.fixture
def digits() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 28, 28, 1)).astype(np.uint8)


@configs
def test_decoder_draws_and_encoder_gives_mean_and_log_variance(config):
    networks = build_networks(vae, config)
    x = networks["generator"](torch.randn(4, config.z_dim))
    assert x.shape == (4, config.channels, config.size, config.size) and x.abs().max() <= 1
    mean, log_variance = networks["encoder"](x)
    assert mean.shape == log_variance.shape == (4, config.z_dim)


@configs
def test_gradients_reach_every_weight(config):
    networks = build_networks(vae, config)
    x = torch.rand(8, config.channels, config.size, config.size) * 2 - 1
    mean, log_variance = networks["encoder"](x)
    loss = vae.reconstruction(networks["generator"].logits(vae.sample(mean, log_variance)), x) + kl_to_normal(mean, log_variance).sum(1)
    loss.sum().backward()
    for network in networks.values():
        for name, weight in network.named_parameters():
            assert weight.grad is not None and weight.grad.abs().sum() > 0, name


def test_pixels_are_the_probabilities_of_the_logits():
    decoder, z = vae.Decoder(vae.Config(z_dim=6, **SMALL)).eval(), torch.randn(3, 6)
    torch.testing.assert_close((decoder(z) + 1) / 2, decoder.logits(z).sigmoid())


def test_the_terms_of_the_bound_are_those_of_torch():
    x, logits, mean, log_variance = torch.rand(3, 1, 4, 4) * 2 - 1, torch.randn(3, 1, 4, 4), torch.randn(3, 6), torch.randn(3, 6)
    bernoulli, prior = torch.distributions.Bernoulli(logits=logits, validate_args=False), torch.distributions.Normal(0.0, 1.0)
    torch.testing.assert_close(vae.reconstruction(logits, x), -bernoulli.log_prob((x + 1) / 2).sum((1, 2, 3)))
    posterior = torch.distributions.Normal(mean, (log_variance / 2).exp())
    torch.testing.assert_close(kl_to_normal(mean, log_variance), torch.distributions.kl_divergence(posterior, prior))


def test_tasks_have_no_score_and_encoding_is_the_mean(small, digits):
    assert set(small.tasks) == {"generate", "decode", "encode"}
    with pytest.raises(models.BadInput, match="cannot score"):
        small.score(digits)
    posterior = small.posterior(digits)
    torch.testing.assert_close(small.encode(digits), posterior.mean)
    assert posterior.deviation.min() > 0
    with pytest.raises(models.BadInput, match="looks at uint8 pictures"):
        small.posterior(digits[:, :20])


def test_a_bound_is_the_same_in_every_evaluation_and_in_parts(small, digits, monkeypatch):
    whole = small.bound(digits)
    monkeypatch.setattr(vae.Vae, "CHUNK", 2)
    parts = small.bound(digits)
    np.testing.assert_allclose(whole.reconstruction, parts.reconstruction, rtol=1e-4)
    np.testing.assert_allclose(whole.kl, parts.kl, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("latent", [0, 2])
def test_the_pull_on_z_is_that_of_differences(small, digits, latent):
    z, h = small.encode(digits)[0], torch.zeros(small.z_dim)
    h[latent] = 1e-2
    slope = (small.pull(digits[0], z + h)[0] - small.pull(digits[0], z - h)[0]) / 2e-2
    pull = small.pull(digits[0], z)[1][latent].item()
    assert pull == pytest.approx(slope, rel=0.05, abs=0.5)
    logits, change = small.generator.along(z[None], (h / 1e-2)[None])
    shown = torch.from_numpy(digits[:1, ..., 0] / 255)
    assert ((logits.sigmoid() - shown) * change[:, 0]).sum().item() == pytest.approx(pull, rel=1e-3, abs=1e-2)


@pytest.fixture
def map_folder(tmp_path):
    folder = random_weights(tmp_path / "vae-map-mnist", vae_map, "mnist", vae_map.Config(**SMALL))
    vae_map.save_places(folder, torch.randn(7, 2), torch.arange(7))
    return folder


def test_places_are_read_back_and_vouched_for(map_folder):
    places = models.load(map_folder).places
    assert places.means.shape == (7, 2) and places.labels.tolist() == list(range(7))
    (map_folder / vae_map.PLACES).write_bytes(b"something else")
    with pytest.raises(models.DamagedWeights, match="sha256 differs"):
        vae_map.VaeMap(models.load(map_folder).card, models.load(map_folder).networks, torch.device("cpu"), map_folder).places   # noqa: B018


def test_a_map_without_places_has_none(map_folder):
    (map_folder / vae_map.PLACES).unlink()
    assert len(models.load(map_folder).places.labels) == 0


def test_another_number_of_latents_is_refused(tmp_path):
    from conftest import change

    folder = random_weights(tmp_path / "vae-mnist", vae, "mnist", vae.Config(z_dim=6, **SMALL))
    change(folder, config={"z_dim": 5, **SMALL})
    assert "does not fit its config.json" in refused(folder)


@pytest.mark.parametrize("module", [vae, vae_map])
def test_paper_is_told_on_the_card(module):
    assert all([module.PAPER.title, module.PAPER.authors, module.PAPER.idea, module.PAPER.objective, module.PAPER.differs])
