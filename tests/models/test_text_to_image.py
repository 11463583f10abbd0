"""GAN-CLS and StackGAN, loaded with small random networks: sentences, stages, seeds, scores."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch
from conftest import is_one_sentence, random_weights

import models
from models import stackgan
from models.checkpoint import build_networks
from models.controls import MOST_LETTERS
from models.errors import BadInput, DamagedWeights
from models.text_to_image import TextToImage
from tests.tiny_flowers import DIM, STACK, tiny_flowers


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_flowers(tmp_path_factory.mktemp("flowers"))


@pytest.fixture(scope="module", params=["stackgan-flowers", "gan-cls-flowers"])
def model(request, folder) -> TextToImage:
    return models.load(folder / request.param)


@pytest.fixture(scope="module")
def stack(folder) -> TextToImage:
    return models.load(folder / "stackgan-flowers")


def draw(model, seeds, sentence="a red rose", **controls) -> np.ndarray:
    return model.generate(seeds, text=sentence, encoder="char-cnn-rnn", **controls)


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def test_pictures_have_the_cards_size(model):
    assert draw(model, range(3)).shape == (3, *model.card.image_size)


def test_seed_gives_the_same_picture_alone_and_in_a_batch(model):
    together = draw(model, range(6))
    assert apart(together, np.concatenate([draw(model, seed) for seed in range(6)])) < 0.5


def test_seeds_and_sentences_make_a_difference(model):
    assert apart(draw(model, 1), draw(model, 2)) > 1
    assert apart(draw(model, 1), draw(model, 1, "an entirely different blue thing")) > 0.1


def test_each_picture_may_have_its_own_sentence(model):
    both = draw(model, [1, 1], ["a red rose", "a blue bell"])
    assert apart(both[1:], draw(model, 1, "a blue bell")) < 0.5


def test_a_name_alone_is_read_as_the_phrase_that_it_is_short_for_unless_captions_are_ones_own(model, monkeypatch):
    assert model.reads(" Rose ") == "a Rose"
    assert np.array_equal(draw(model, 1, "iris"), draw(model, 1, "an iris"))
    assert torch.equal(*model.embed(["roses", "some roses"]))
    assert model.reads("x" * MOST_LETTERS) == "x" * MOST_LETTERS           # what is as long as may be grows no longer
    monkeypatch.setattr(type(model.card.dataset), "own", True)
    assert model.reads(" Rose ") == "Rose"


def test_what_was_asked_for_is_checked_and_embedded_once(model, monkeypatch):
    asked = model.ask([1, 2], text=["a red rose", "a blue bell"], encoder="char-cnn-rnn")
    expected = draw(model, [1, 2], ["a red rose", "a blue bell"])
    monkeypatch.setattr(type(model), "embed", None)
    assert np.array_equal(model.generate(asked), expected)


def test_each_picture_may_have_its_own_controls_but_not_its_own_stage(stack):
    both = draw(stack, [1, 1], augment=[0, 1], truncation=[1, 0.5])
    assert apart(both[:1], draw(stack, 1, augment=0, truncation=1)) < 0.5
    assert apart(both[1:], draw(stack, 1, augment=1, truncation=0.5)) < 0.5
    with pytest.raises(BadInput, match="stage") as caught:
        draw(stack, [1, 2], stage=[1, 2])
    assert is_one_sentence(str(caught.value))
    assert draw(stack, [1, 2], stage=[1, "1.0"]).shape == (2, 16, 16, 3)


@pytest.mark.parametrize("stage", [1, 1.0, "1", "1.0", np.float32(1)])
def test_stage_one_is_stage_one_however_it_is_written(stack, stage):
    assert draw(stack, 1, stage=stage).shape == (1, 16, 16, 3)


@pytest.mark.parametrize(("change", "says"), [({"stage": 3}, "1 or 2"), ({"embeddings": torch.full((1, DIM), torch.nan)}, "finite")])
def test_what_cannot_be_drawn_is_refused(model, change, says):
    given = {"embeddings": torch.ones(1, DIM)} | change
    with pytest.raises(BadInput, match=says) as caught:
        model.draw(model.latents([0]), **given)
    assert is_one_sentence(str(caught.value))


def test_stage_one_is_a_quarter_of_the_side(stack):
    assert draw(stack, range(2), stage=1).shape == (2, 16, 16, 3)
    assert draw(stack, range(2), stage="2").shape == (2, 64, 64, 3)


def test_conditioning_augmentation_can_be_switched_off(stack):
    assert apart(draw(stack, 1), draw(stack, 1, augment=0)) > 0.1
    assert apart(draw(stack, 1, augment=0), draw(stack, 1, augment=0.0)) == 0


def test_truncation_takes_the_variety_away(stack):
    assert np.array_equal(draw(stack, 1), draw(stack, 1, truncation=stack.card.control("truncation").default))
    assert apart(draw(stack, 1), draw(stack, 1, truncation=1)) > 0.1
    assert apart(draw(stack, 1, truncation=0), draw(stack, 2, truncation=0)) < 0.5


def test_draw_takes_embeddings_of_either_encoder(stack):
    """One generator for both encoders: all it reads is a vector of the joint space."""
    z, embedding = stack.latents([4]), stack.embed(["a red rose"], "char-cnn-rnn")
    assert np.array_equal(stack.draw(z, embedding), draw(stack, 4))
    assert stack.draw(z, torch.randn(1, DIM)).shape == (1, 64, 64, 3)


def test_d_scores_images_of_either_stage(stack):
    for stage in (1, 2):
        scores = stack.score(draw(stack, range(3), stage=stage), text="a red rose", encoder="char-cnn-rnn")
        assert scores.shape == (3,) and ((scores >= 0) & (scores <= 1)).all()


def test_embeddings_of_images_and_sentences_share_a_space(stack):
    seen = stack.encoders.embed_images(draw(stack, range(3)))
    assert seen.shape == stack.embed(["a", "b", "c"], "char-cnn-rnn").shape == (3, DIM)
    torch.testing.assert_close(seen.norm(dim=1), torch.ones(3))


@pytest.mark.parametrize("controls", [{"text": ""}, {"text": "\u82b1"}, {"text": "a" * 5000}, {"text": 5}, {"text": ["a", "b", "c"]},
                                      {"encoder": "bert"}, {"stage": 3}, {"stage": "two"}, {"augment": float("nan")}, {"augment": 7},
                                      {"truncation": 1.5},
                                      {"label": 3}], ids=lambda c: str(c)[:30])
def test_bad_input_is_one_sentence(stack, controls):
    with pytest.raises(BadInput) as caught:
        stack.generate(range(2), **{"encoder": "char-cnn-rnn"} | controls)
    assert is_one_sentence(str(caught.value)), str(caught.value)


def test_the_sentence_encoder_that_is_missing_is_named(stack):
    with pytest.raises(DamagedWeights, match="sentence") as caught:
        stack.generate(1, text="a red rose", encoder="sentence")
    assert is_one_sentence(str(caught.value))


def test_other_text_encoders_than_those_of_training_are_refused(folder):
    random_weights(folder / "stackgan-flowers2", stackgan, "flowers", STACK, text_sha256="0" * 64)
    with pytest.raises(DamagedWeights, match="other text encoders") as caught:
        draw(models.load(folder / "stackgan-flowers2"), 1)
    assert is_one_sentence(str(caught.value))


def test_gradients_reach_every_weight():
    torch.manual_seed(0)
    networks = build_networks(stackgan, STACK)
    z, eps, text = torch.randn(4, 12), torch.randn(4, 8), torch.nn.functional.normalize(torch.randn(4, DIM), dim=1)
    low_res, mean, log_variance = networks["generator"].forward_with_kl(z, eps, text)
    image, *_ = networks["generator2"].forward_with_kl(low_res, eps, text)
    small, large = networks["discriminator"], networks["discriminator2"]
    loss = small(low_res, text).sum() + large(image, text).sum()
    (loss + mean.sum() + log_variance.sum()).backward()
    assert [name for role, network in networks.items() for name, p in network.named_parameters()
            if p.grad is None or not p.grad.isfinite().all()] == []


@pytest.fixture(scope="module")
def projected(folder) -> TextToImage:
    config = dataclasses.replace(STACK, size=256, enlarge="bilinear", projected=True)
    return models.load(random_weights(folder / "stackgan-flowers3", stackgan, "flowers", config, loud={"generator": 0.3}))


def test_projected_discriminators_do_what_the_others_do(projected, stack):
    assert "features" in projected.networks and "features" not in stack.networks
    assert projected.tasks == stack.tasks
    embeddings = projected.embed(["a red rose", "a blue bell", "a white lily"])
    for stage, side in ((1, 64), (2, 256)):
        images = draw(projected, [1, 2], stage=stage)
        assert images.shape == (2, side, side, 3)
        scores = projected.score(images, text=["a red rose", "a blue bell"], encoder="char-cnn-rnn")
        several = projected.score_texts(images[0], embeddings)
        assert scores.shape == (2,) and several.shape == (3,) and ((several > 0) & (several < 1)).all()
        assert several[0] == pytest.approx(scores[0], abs=1e-4)


def test_two_projected_discriminators_share_one_frozen_network(projected):
    networks = [projected.discriminator.frozen_maps.__self__, projected.discriminator2.frozen_maps.__self__]
    assert networks[0] is networks[1] is projected.networks["features"]


def test_weights_with_a_network_that_their_config_does_not_have_are_refused(projected, tmp_path):
    settings = json.loads((projected.folder / "config.json").read_text())
    shutil.copytree(projected.folder, tmp_path / "odd-flowers")
    (tmp_path / "odd-flowers" / "config.json").write_text(json.dumps(settings | {"config": settings["config"] | {"projected": False}}))
    with pytest.raises(DamagedWeights, match="does not fit its config") as caught:
        models.load(tmp_path / "odd-flowers")
    assert is_one_sentence(str(caught.value))
