"""What each paper's networks promise: shapes, ranges, and that every weight can learn."""

import dataclasses
import re

import pytest
import torch
from conftest import ROOT

from models import acgan, cgan, classifier, infogan, sgan
from models.checkpoint import module_of
from models.controls import Choice, Range
from models.datasets import DATASETS
from tests.models.small import small

CLASSES = DATASETS["mnist"].classes
SIZES = [(28, 1), (32, 3)]
ROWS = [module_of(path.stem) for path in sorted((ROOT / "models").glob("*.py"))
        if re.search("^NETWORKS = ", path.read_text(encoding="utf-8"), re.MULTILINE)]
# Two players, and noise and numbers to draw from: those that draw from sentences and pictures have tests of their own.
PAPERS = [module for module in ROWS if {"generator", "discriminator"} <= module.NETWORKS.keys()
          and all(isinstance(control, Choice | Range) for control in module.controls(module.Config(), CLASSES))]
assert {"gan", "dcgan", "cgan", "acgan", "infogan", "bigan", "sgan"} <= {module.__name__.removeprefix("models.") for module in PAPERS}
papers = pytest.mark.parametrize("module", PAPERS, ids=lambda m: m.__name__.removeprefix("models."))
sizes = pytest.mark.parametrize(("size", "channels"), SIZES)


@pytest.fixture(autouse=True)
def _same_numbers():
    torch.manual_seed(0)


def built(module, size: int = 28, channels: int = 1):
    config = module.Config(**small(module.Config), size=size, channels=channels)
    return config, module.NETWORKS["generator"](config), module.NETWORKS["discriminator"](config)


def inputs(module, config, n: int) -> list[torch.Tensor]:
    """Noise and one value of every control for n pictures, as a loaded model gives them."""
    return [torch.randn(n, config.z_dim), *(control.parse(1).expand(n, -1) for control in module.controls(config, CLASSES))]


def score(module, config, d, pictures, given: list[torch.Tensor]):
    """D's logits; `given`: values of the controls, of which D takes some, as a loaded model gives them."""
    latents = [torch.linspace(-1, 1, config.z_dim).expand(len(pictures), -1)] if getattr(d, "reads_latents", False) else []
    judged = [value for control, value in zip(module.controls(config, CLASSES), given, strict=True) if control.judged]
    return d(pictures, *latents, *judged)


@papers
@sizes
def test_generator_draws_pictures_between_minus_one_and_one(module, size, channels):
    config, g, _ = built(module, size, channels)
    pictures = g(*inputs(module, config, 5))
    assert pictures.shape == (5, channels, size, size)
    assert pictures.abs().max() <= 1


@papers
@sizes
def test_discriminator_gives_one_finite_logit_a_picture(module, size, channels):
    config, _, d = built(module, size, channels)
    logits = score(module, config, d, torch.rand(5, channels, size, size) * 2 - 1, inputs(module, config, 5)[1:])
    assert logits.shape == (5,)
    assert logits.isfinite().all()


@pytest.mark.parametrize("size", [16, 17, 33, 50, 64, 100, 255, 256])
@papers
def test_networks_of_any_size(module, size):
    config, g, d = built(module, size, 3)
    given = inputs(module, config, 2)
    with torch.inference_mode():
        pictures = g.eval()(*given)
        assert pictures.shape == (2, 3, size, size)
        assert score(module, config, d.eval(), pictures, given[1:]).shape == (2,)


@papers
def test_gradients_reach_every_weight_of_both_players(module):
    config, g, d = built(module)
    given = inputs(module, config, 16)
    pictures = g(*given)
    parts = d.read(pictures) if hasattr(d, "read") else [score(module, config, d, pictures, given[1:])]
    sum((part * torch.randn_like(part)).sum() for part in parts).backward()
    for network in (g, d):
        for name, weight in network.named_parameters():
            assert weight.grad is not None and weight.grad.abs().sum() > 0, name


@papers
def test_noise_dimension_is_known(module):
    config, g, _ = built(module)
    assert g.z_dim == config.z_dim


@papers
def test_discriminators_logit_does_not_depend_on_the_rest_of_the_batch(module):
    config, _, d = built(module)
    pictures, given = torch.rand(6, 1, 28, 28) * 2 - 1, inputs(module, config, 6)[1:]
    d.eval()
    alone = score(module, config, d, pictures[:1], [part[:1] for part in given])
    torch.testing.assert_close(score(module, config, d, pictures, given)[:1], alone, rtol=1e-4, atol=1e-5)


@papers
def test_paper_is_told_on_the_card(module):
    assert all([module.PAPER.title, module.PAPER.authors, module.PAPER.idea, module.PAPER.objective, module.PAPER.differs])
    assert module.PAPER.link.startswith("https://")


def test_label_changes_what_the_conditional_players_do():
    config, g, d = built(cgan)
    z, seven = inputs(cgan, config, 4)
    two = seven.roll(1, 1)
    assert not torch.equal(g(z, seven), g(z, two))
    assert not torch.equal(d(g(z, seven), seven), d(g(z, seven), two))


def test_infogan_scales_its_noise_down_when_images_are_made_and_not_in_training():
    config = dataclasses.replace(infogan.Config(**small(infogan.Config)), truncation=0.5)
    plain, scaled = infogan.Generator(dataclasses.replace(config, truncation=1.0)), infogan.Generator(config)
    scaled.load_state_dict(plain.state_dict())
    z, *codes = inputs(infogan, config, 4)
    torch.testing.assert_close(scaled.eval()(z, *codes), plain.eval()(z / 2, *codes))
    torch.testing.assert_close(scaled.train()(z, *codes), plain.train()(z, *codes))


@sizes
def test_infogan_reads_category_and_codes_beside_the_same_logit(size, channels):
    config, _, d = built(infogan, size, channels)
    pictures = torch.rand(5, channels, size, size)
    logits, category, codes = d.read(pictures)
    assert (category.shape, codes.shape) == ((5, config.categories), (5, 2))
    torch.testing.assert_close(logits, d(pictures))


@pytest.mark.parametrize("module", [acgan, sgan])
@sizes
def test_discriminators_that_classify_read_both_in_one_pass(module, size, channels):
    config, _, d = built(module, size, channels)
    d.eval()
    pictures = torch.rand(5, channels, size, size)
    logits, classes = d.read(pictures)
    assert classes.shape == (5, config.classes)
    torch.testing.assert_close(logits, d(pictures))
    torch.testing.assert_close(classes, d.classify(pictures))


def test_the_label_of_acgan_is_for_the_generator_alone():
    config, g, d = built(acgan)
    (z, seven), control = inputs(acgan, config, 4), acgan.controls(config, CLASSES)[0]
    assert not torch.equal(g(z, seven), g(z, seven.roll(1, 1)))
    assert not control.judged and d(g(z, seven)).shape == (4,)


def test_the_source_of_a_semi_supervised_discriminator_is_in_its_class_logits():
    """D(x) = Z / (Z + 1) with Z = sum exp l: section 5."""
    config, _, d = built(sgan)
    logits, classes = d.eval().read(torch.rand(5, 1, 28, 28))
    z = classes.exp().sum(1)
    torch.testing.assert_close(torch.sigmoid(logits), z / (z + 1))
    assert d.features(torch.rand(5, 1, 28, 28)).shape == (5, config.features)


def test_noise_enters_a_semi_supervised_discriminator_in_training_alone():
    _, _, d = built(sgan)
    pictures = torch.rand(2, 1, 28, 28)
    assert not torch.equal(d.train()(pictures), d(pictures))
    assert torch.equal(d.eval()(pictures), d(pictures))


@sizes
def test_classifier_gives_logits_and_features(size, channels):
    network = classifier.Classifier(classifier.Config(width=4, features=12, size=size, channels=channels)).eval()
    pictures = torch.rand(5, channels, size, size)
    assert network(pictures).shape == (5, 10)
    assert network.features(pictures).shape == (5, 12)


def test_gradients_reach_every_weight_of_the_classifier():
    network = classifier.Classifier(classifier.Config(width=4))
    (network(torch.rand(16, 1, 28, 28)) * torch.randn(16, 10)).sum().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name
