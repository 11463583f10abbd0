"""Networks of every kind that the atlas may meet (toys.py), loaded from a folder like any other."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from conftest import is_one_sentence
from PIL import Image
from toys import CLASSES, KINDS, NOISE, SIDE, SMALL, weights_of_every_kind

import models
from models.images import fit, png_bytes, png_uri, read_image
from models.provenance import png_info, read_png


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    with weights_of_every_kind(tmp_path_factory.mktemp("kinds")) as found:
        yield found


@pytest.fixture(scope="module")
def loaded(folders) -> dict[str, models.Model]:
    return {kind: models.load(folder) for kind, folder in folders.items()}


def photographs(n: int, side: int = SIDE, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, 3), np.uint8)


def refused(call, *arguments, **named) -> str:
    with pytest.raises(models.BadInput) as caught:
        call(*arguments, **named)
    assert is_one_sentence(str(caught.value)), str(caught.value)
    return str(caught.value)


# --- what every kind promises ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", KINDS)
def test_tasks_tell_what_it_can_do_and_the_rest_is_refused(loaded, kind):
    model, images = loaded[kind], photographs(2)
    assert set(model.tasks) == KINDS[kind][2]
    calls = {"generate": lambda: model.generate(0), "decode": lambda: model.decode(torch.zeros(1, model.z_dim)),
             **{task: lambda task=task: getattr(model, task)(images) for task in ("score", "encode", "classify", "features")}}
    for task, call in calls.items():
        if task in model.tasks:
            assert len(call()) == (1 if task in ("generate", "decode") else 2)
        else:
            message = refused(call)
            assert task in message and all(known in message for known in model.tasks)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_the_same_image_alone_and_in_a_batch(loaded, kind):
    together = loaded[kind].generate(range(5))
    assert together.shape == (5, SIDE, SIDE, 3) and together.dtype == np.uint8
    alone = np.concatenate([loaded[kind].generate(seed) for seed in range(5)])
    assert np.abs(together.astype(int) - alone).max() <= 1
    assert np.abs(loaded[kind].decode(loaded[kind].latents(range(5))).astype(int) - together).max() == 0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "score" in KINDS[kind][2]])
def test_score_is_one_probability_an_image(loaded, kind):
    scores = loaded[kind].score(photographs(5))
    assert scores.shape == (5,) and ((scores >= 0) & (scores <= 1)).all()
    np.testing.assert_allclose(loaded[kind].score(photographs(5)[3:4]), scores[3:4], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_listing_shows_it(folders, kind):
    assert [card.name for card in models.cards(folders[kind].parent) if card.model == f"toy_{kind}"] == [f"toy-{kind}-mnist"]


# --- networks that are fed an image ---------------------------------------------------------------------------------------

@pytest.mark.parametrize(("kind", "name", "side"), [("translator", "input", SIDE), ("enlarger", "small", SMALL)])
def test_an_image_for_all_or_one_for_each(loaded, kind, name, side, tmp_path):
    model, fed = loaded[kind], photographs(3, side)
    each = model.generate([1, 1, 1], **{name: fed})
    assert len({image.tobytes() for image in each}) == 3
    assert np.array_equal(model.generate([1, 1, 1], **{name: list(fed)}), each)
    (tmp_path / "a.png").write_bytes(png_bytes(fed[1]))
    for one in (fed[1], png_uri(fed[1]), png_bytes(fed[1]), tmp_path / "a.png"):
        drawn = model.generate(range(2), **{name: one})
        assert np.abs(drawn.astype(int) - each[1]).max() <= 1      # without noise all seeds draw the same
    assert np.abs(model.generate(7, **{name: [png_uri(fed[2])]}).astype(int) - each[2]).max() <= 1


def test_what_the_networks_are_fed_is_the_image_in_their_size(loaded):
    photograph = np.asarray(Image.fromarray(photographs(1, 64)[0]).resize((90, 60)))
    fitted = fit(read_image(photograph), SMALL, 3)
    assert np.array_equal(loaded["enlarger"].generate(0, small=photograph), loaded["enlarger"].generate(0, small=fitted))


def test_grey_where_nothing_is_fed(loaded):
    grey = torch.zeros(1, 3, SIDE, SIDE)
    model = loaded["translator"]
    with torch.inference_mode():
        expected = model.networks["generator"](torch.zeros(1, 0), grey)[0, :, 0, 0]
    assert np.abs(model.generate(0)[0, 0, 0] / 127.5 - 1 - expected.numpy()).max() < 0.02


def test_d_reads_the_input_where_it_is_judged(loaded):
    images, fed = photographs(2), photographs(2, seed=1)
    scores = loaded["translator"].score(images, input=fed)
    assert not np.allclose(scores, loaded["translator"].score(images, input=fed[::-1]))
    x, y = (torch.from_numpy(each).permute(0, 3, 1, 2) / 127.5 - 1 for each in (images, fed))
    with torch.inference_mode():
        expected = torch.sigmoid(loaded["translator"].networks["discriminator"](x, y)).numpy()
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_d_does_not_read_the_input_where_it_is_not_judged(loaded):
    images = photographs(2)
    assert np.array_equal(loaded["enlarger"].score(images, small=photographs(2, SMALL)), loaded["enlarger"].score(images))


@pytest.mark.parametrize("value", ["a.png", "/etc/passwd", 7, {}, b"no image", Path("none.png"), np.zeros((4, 4, 2), np.uint8),
                                   photographs(3), [1, 2], ["a", "b"], [photographs(1)[0]]], ids=lambda v: str(type(v)))
def test_bad_pictures_are_one_sentence(loaded, value):
    refused(loaded["translator"].generate, range(2), input=value)
    refused(loaded["translator"].score, photographs(2), input=value)


def test_images_of_another_size_are_not_scored(loaded):
    assert "16, 16, 3" in refused(loaded["enlarger"].score, photographs(2, SMALL))


def test_a_recipe_holds_the_image_that_was_fed(loaded, tmp_path):
    model, photograph = loaded["enlarger"], photographs(1, 640)[0]
    drawn = model.generate(3, small=photograph)[0]
    (tmp_path / "made.png").write_bytes(png_bytes(drawn, png_info(model.card, 3, {"small": photograph})))
    recipe = read_png(tmp_path / "made.png")
    assert (recipe.model, recipe.seed, recipe.sha256) == ("toy-enlarger-mnist", 3, model.card.sha256)
    assert recipe.controls["small"].startswith("data:image/png") and len(recipe.controls["small"]) < 300
    assert np.array_equal(model.generate(recipe.seed, **recipe.controls)[0], drawn)


# --- encoders -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["vae", "bigan"])
def test_encode_gives_the_z_that_decode_takes(loaded, kind):
    z = loaded[kind].encode(photographs(5))
    assert z.shape == (5, NOISE) and z.dtype == torch.float32 and z.device.type == "cpu"
    assert loaded[kind].decode(z).shape == (5, SIDE, SIDE, 3)
    torch.testing.assert_close(loaded[kind].encode(photographs(5)[2:3]), z[2:3])


def test_joint_d_scores_images_with_the_z_of_the_encoder(loaded):
    model, images = loaded["bigan"], photographs(3)
    x = torch.from_numpy(images).permute(0, 3, 1, 2) / 127.5 - 1
    with torch.inference_mode():
        expected = torch.sigmoid(model.discriminator(x, model.encode(images)))
    np.testing.assert_allclose(model.score(images), expected.numpy(), atol=1e-5)


# --- classes --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["semi", "auxiliary"])
def test_d_names_classes_and_lends_features(loaded, kind):
    probabilities, features = loaded[kind].classify(photographs(4)), loaded[kind].features(photographs(4))
    assert probabilities.shape == (4, CLASSES) and features.shape == (4, 12)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)


def test_real_is_the_logsumexp_of_the_class_logits(loaded):
    d, images = loaded["semi"].discriminator, photographs(4)
    x = torch.from_numpy(images).permute(0, 3, 1, 2) / 127.5 - 1
    with torch.inference_mode():
        np.testing.assert_allclose(loaded["semi"].score(images), F.sigmoid(d.classify(x).logsumexp(1)).numpy(), atol=1e-5)


def test_a_label_that_is_not_judged_reaches_g_alone(loaded):
    model = loaded["auxiliary"]
    assert not np.array_equal(model.generate(1, label=3), model.generate(1, label=4))
    assert np.array_equal(model.score(photographs(2), label=3), model.score(photographs(2), label=4))
    refused(model.score, photographs(2), label=11)
