"""pix2pix and what it is fed: its networks' promises, outlines of pictures, label maps of facades."""

import numpy as np
import pytest
import torch
from conftest import in_process, is_one_sentence, random_weights
from PIL import Image

import models
from models import facades, outlines, pix2pix, segmenter
from models.images import read_image
from models.pix2pix import LABELS

TINY = pix2pix.Config(size=32, inputs=LABELS, g_width=8, g_most=16, d_width=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return random_weights(tmp_path_factory.mktemp("weights") / "pix2pix-facades", pix2pix, "facades", TINY, loud={"generator": 0.2})


@pytest.fixture(scope="module")
def model(folder):
    return models.load(folder)


# --- networks -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", pix2pix.SIZES)
def test_pictures_of_every_size_come_out_as_they_went_in(size):
    g = pix2pix.Generator(pix2pix.Config(size=size, g_width=4, g_most=8))
    made = g(torch.randn(2, g.z_dim), torch.rand(2, 3, size, size), torch.ones(2, 1))
    assert made.shape == (2, 3, size, size) and made.abs().max() <= 1


def test_other_sizes_are_refused():
    with pytest.raises(models.BadInput) as caught:
        pix2pix.Generator(pix2pix.Config(size=96))
    assert is_one_sentence(str(caught.value))


def test_it_is_as_small_as_two_cores_like():
    with torch.device("meta"):
        g, d = pix2pix.Generator(pix2pix.Config()), pix2pix.Discriminator(pix2pix.Config())
        patches = d.patches(torch.empty(1, 3, 256, 256), torch.empty(1, 3, 256, 256))
    count = [sum(weight.numel() for weight in network.parameters()) for network in (g, d)]
    assert 5e6 < sum(count) < 7e6
    assert patches.shape == (1, 30, 30)


def test_a_logit_depends_on_a_patch_of_70_pixels():
    d = pix2pix.Discriminator(pix2pix.Config(d_width=2))
    for part in d.modules():
        if isinstance(part, torch.nn.GroupNorm):        # whose statistics are of the whole picture
            part.forward = lambda x: x
    x = torch.rand(1, 3, 256, 256, requires_grad=True)
    d.patches(x, torch.zeros(1, 3, 256, 256))[0, 15, 15].backward()
    touched = x.grad.abs().sum((0, 1))
    assert [int((touched.sum(axis) > 0).sum()) for axis in (0, 1)] == [d.FIELD, d.FIELD]


def test_gradients_reach_every_weight_of_both_players():
    g, d = pix2pix.Generator(TINY), pix2pix.Discriminator(TINY)
    given = torch.rand(2, 3, 32, 32)
    made = g(torch.randn(2, g.z_dim), given, torch.ones(2, 1))
    (d.patches(made, given) * torch.randn(2, 2, 2)).sum().backward()
    for network in (g, d):
        for name, weight in network.named_parameters():
            assert weight.grad is not None and weight.grad.abs().sum() > 0, name


def test_at_noise_0_the_seed_plays_no_part(model):
    same, other = model.generate([1, 2], noise=0.0), model.generate([1, 2], noise=1.0)
    assert (same[0] == same[1]).all() and (other[0] != other[1]).any()


def test_at_noise_1_half_of_the_channels_are_dropped():
    g = pix2pix.Generator(TINY)
    seen = []
    g.net.forward = lambda x, masks: seen.extend(masks) or x
    g(torch.randn(50, g.z_dim), torch.zeros(50, 3, 32, 32), torch.ones(50, 1))
    masks = torch.cat(seen, 1)
    assert set(masks.unique().tolist()) == {0.0, 2.0} and 0.4 < (masks == 0).float().mean() < 0.6


def test_a_seed_gives_the_same_picture_alone_and_in_a_batch(model):
    given = [facades.facade(seed, 32) for seed in range(3)]
    together = model.generate([5, 6, 7], input=given)
    assert np.abs(together[1].astype(int) - model.generate(6, input=given[1])[0]).max() <= 1


def test_the_input_changes_picture_and_score(model):
    one, two = facades.facade(1, 32), facades.facade(2, 32)
    made = model.generate(3, input=one)
    assert (made != model.generate(3, input=two)).any()
    assert model.score(made, input=one) != model.score(made, input=two)


def test_its_default_is_a_facade_of_our_own(model):
    default = model.card.control("input").default
    assert (np.asarray(read_image(default)) == facades.facade(0, 32)).all()
    assert model.inputs == LABELS and model.tasks == ("generate", "decode", "score")


def test_patches_are_scored_one_by_one(model):
    given = facades.facade(1, 32)
    scores = model.score_patches(model.generate([1, 2], input=given), given)
    assert scores.shape == (2, 2, 2) and (scores >= 0).all() and (scores <= 1).all()


def test_without_a_discriminator_there_is_no_score(tmp_path):
    alone = random_weights(tmp_path / "pix2pix-facades", pix2pix, "facades", pix2pix.Config(size=32, g_width=8, g_most=16, d_width=0))
    model = models.load(alone)
    assert "score" not in model.tasks
    for ask in (lambda: model.score(model.generate(1)), lambda: model.score_patches(model.generate(1), None)):
        with pytest.raises(models.BadInput) as caught:
            ask()
        assert is_one_sentence(str(caught.value))


def test_the_instrument_reads_a_label_for_each_pixel(tmp_path):
    config = segmenter.Config(width=8, most=16, halvings=3, size=32)
    reader = models.load(random_weights(tmp_path / "segmenter-facades", segmenter, "facades", config))
    found = reader.read_labels(np.stack([facades.facade(seed, 32) for seed in range(2)]))
    assert found.shape == (2, 32, 32) and found.min() >= 0 and found.max() < len(facades.NAMES)


# --- label maps -----------------------------------------------------------------------------------------------------------

def test_a_facade_is_drawn_in_the_twelve_colours_and_always_the_same():
    assert len(facades.NAMES) == len(facades.COLOURS) == 12
    drawn = np.stack([facades.facade(seed) for seed in range(4)])
    assert {tuple(colour) for colour in drawn.reshape(-1, 3).tolist()} <= {tuple(colour) for colour in facades.COLOURS.tolist()}
    assert (drawn[0] == facades.facade(0)).all() and (drawn[0] != drawn[1]).any()
    assert all(len(np.unique(facades.labels_of(one[None]))) >= 5 for one in drawn)


def test_labels_survive_a_lossy_file(tmp_path):
    drawn = facades.facade(2)
    Image.fromarray(drawn).save(tmp_path / "a.webp", quality=80)
    read = np.asarray(read_image(tmp_path / "a.webp"))
    assert (facades.plain(read[None])[0] == drawn).all(2).mean() > 0.95


def test_thin_wrong_borders_take_the_label_beside_them():
    labels = np.full((1, 9, 9), 1)
    labels[0, :, 4] = 6
    labels[0, 4, 4] = 9
    assert (facades.labels_of(facades.COLOURS[np.full((1, 9, 9), 3)]) == 3).all()
    assert (facades.labels_of(facades.COLOURS[labels])[0, 4, 4]) != 9


# --- outlines -------------------------------------------------------------------------------------------------------------

def disc(side: int = 128) -> np.ndarray:
    y, x = np.mgrid[:side, :side]
    image = np.full((1, side, side, 3), 40, np.uint8)
    image[0, np.hypot(y - side / 2, x - side / 2) < side / 4] = (220, 60, 60)
    return image


@pytest.mark.parametrize("detail", outlines.DETAILS)
def test_the_edge_of_a_disc_is_a_thin_circle(detail):
    y, x = np.argwhere(outlines.edges(disc(), detail)[0]).T
    away = np.hypot(y - 64, x - 64)
    assert 150 < len(y) < 330 and np.abs(away - 32).max() < 2.5


def test_a_blank_picture_has_no_edges():
    assert not outlines.edges(np.full((2, 64, 64, 3), 90, np.uint8)).any()


def test_edges_between_colours_of_equal_brightness_are_found():
    image = np.zeros((1, 64, 64, 3), np.uint8)
    image[0, :, :32], image[0, :, 32:] = (200, 0, 0), (0, 102, 0)
    assert outlines.edges(image)[0, 10:50, 30:34].any(1).all()


def test_coarser_outlines_are_fewer():
    rng = np.random.default_rng(0)
    image = np.kron(rng.integers(0, 256, (1, 32, 32, 3)), np.ones((1, 8, 8, 1))).astype(np.uint8)
    counts = [outlines.edges(image, detail).sum() for detail in outlines.DETAILS]
    assert counts == sorted(counts, reverse=True) and counts[-1] > 0


def test_edges_of_a_picture_are_the_same_alone_and_in_a_batch():
    images = np.concatenate([disc(), disc()[:, ::-1] // 2])
    assert (outlines.edges(images)[1] == outlines.edges(images[1:])[0]).all()


def test_ink_is_dark_where_lines_are_and_white_elsewhere():
    drawn = outlines.outlines(disc())[0]
    assert drawn.shape == (128, 128, 3) and drawn[outlines.edges(disc())[0]].max() < 60 and (drawn[:20] == 255).all()


def test_a_flower_is_drawn_and_always_the_same():
    assert (outlines.flower(3) == outlines.flower(3)).all() and (outlines.flower(3) != outlines.flower(4)).any()
    assert 0.01 < (outlines.flower(5) > 0).mean() < 0.15
    coloured = outlines.flower(5, kind=outlines.COLOURED)
    assert ((coloured > 0) == (outlines.flower(5) > 0)).all()
    assert {list(outlines.PENCILS)[number] for number in np.unique(coloured)} == {"paper", *outlines.FLOWERS[5]}


def test_a_line_has_the_colour_of_the_petal_not_of_the_leaf_behind():
    image = disc()
    image[image[..., 0] == 40] = (30, 90, 20)
    drawing = outlines.draw(image, kind=outlines.COLOURED)
    assert {list(outlines.PENCILS)[number] for number in np.unique(drawing)} == {"paper", "red"}
    assert ((drawing > 0) == outlines.edges(image)).all()


def test_every_pencil_draws_what_has_its_colour():
    for number, colour in enumerate(list(outlines.PENCILS.values())[1:], 1):
        image = np.zeros((1, 64, 64, 3), np.uint8)
        image[0, :, 16:48] = colour
        lines = np.zeros((1, 64, 64), bool)
        lines[0, 10:50, 30] = True
        assert (outlines.pencils(image.transpose(0, 3, 1, 2), lines).numpy()[lines] == number).all()


def test_pencils_are_inked_in_their_colours():
    drawing = np.zeros((1, 256, 256), np.uint8)
    drawing[0, 20:230, 100] = number = list(outlines.PENCILS).index("blue")
    found = outlines.ink(drawing, outlines.PENCILS.values())[0, :, 128]
    assert (found[:, 100] - torch.tensor(list(outlines.PENCILS.values())[number])).abs().max() <= 1 and (found[:, :90] == 255).all()


def test_the_shell_finds_an_input_at_home(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    Image.fromarray(facades.facade(1, 32)).save(tmp_path / "facade.png")
    made = in_process("models", "sample", folder, "--seeds", "3", "--set", "input=~/facade.png", "--out=~/made")
    assert made.returncode == 0, made.stderr
    (picture,) = (tmp_path / "made").iterdir()
    assert (np.asarray(Image.open(picture)) == models.load(folder).generate(3, input=facades.facade(1, 32))[0]).all()
