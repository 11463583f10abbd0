"""What a loaded model promises: seeds, controls, opinions, readings, and many callers at once."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

import models

CHUNK = models.Model.CHUNK
GENERATORS = ("gan", "dcgan", "cgan", "infogan")
generators = pytest.mark.parametrize("name", GENERATORS)


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """The same pictures to the eye: less than half a step of grey apart on average, and most pixels equal."""
    difference = np.abs(a.astype(int) - b.astype(int))
    return a.shape == b.shape and difference.mean() < 0.5 and (difference == 0).mean() > 0.5


# --- seeds ----------------------------------------------------------------------------------------------------------------

@generators
def test_pictures_are_uint8_in_the_cards_size(loaded, name):
    pictures = loaded[name].generate(range(3))
    assert pictures.dtype == np.uint8
    assert pictures.shape == (3, *loaded[name].card.image_size)


@generators
def test_seeds_give_different_pictures(loaded, name):
    pictures = loaded[name].generate(range(8))
    assert len({picture.tobytes() for picture in pictures}) == 8


@generators
def test_seed_gives_the_same_picture_alone_and_in_a_batch(loaded, name):
    together = loaded[name].generate(range(16))
    alone = np.concatenate([loaded[name].generate(seed) for seed in range(16)])
    assert alike(together, alone)


@generators
def test_same_call_gives_the_same_pictures(loaded, name):
    assert np.array_equal(loaded[name].generate(range(5)), loaded[name].generate(range(5)))


@pytest.mark.parametrize("seeds", [range(16), list(range(16)), tuple(range(16)), np.arange(16), "0-15", "0-7, 8,9,10-15",
                                   (s for s in range(16)), [str(s) for s in range(16)], torch.arange(16)],
                         ids=lambda s: type(s).__name__)
def test_seeds_may_be_written_in_many_ways(loaded, seeds):
    assert np.array_equal(loaded["gan"].generate(seeds), loaded["gan"].generate(range(16)))


@pytest.mark.parametrize("seed", [7, "7", 7.0, np.int64(7), 2**32 - 1])
def test_one_seed_gives_one_picture(loaded, seed):
    assert np.array_equal(loaded["gan"].generate(seed), loaded["gan"].generate([int(seed)]))


def test_noise_of_a_seed_does_not_depend_on_its_neighbours(loaded):
    assert torch.equal(loaded["gan"].latents([3, 900, 5])[1], loaded["gan"].latents(900)[0])


def test_more_pictures_than_one_chunk(loaded):
    pictures = loaded["cgan"].generate(range(CHUNK + 3), label=[i % 10 for i in range(CHUNK + 3)])
    last = loaded["cgan"].generate([CHUNK, CHUNK + 1, CHUNK + 2], label=[(CHUNK + i) % 10 for i in range(3)])
    assert len(pictures) == CHUNK + 3
    assert alike(pictures[-3:], last)


# --- controls -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("label", [9, "9", 9.0, np.int64(9), "Ankle boot", "ankle BOOT ", {9: 2.5}, {"Ankle boot": 1, 0: 0}],
                         ids=repr)
def test_label_by_number_name_or_mixture_of_one(loaded, label):
    assert np.array_equal(loaded["cgan"].generate(3, label=label), loaded["cgan"].generate(3, label=9))


def test_label_changes_the_picture(loaded):
    pictures = loaded["cgan"].generate([3] * 10, label=list(range(10)))
    assert len({picture.tobytes() for picture in pictures}) == 10


def test_list_gives_each_picture_its_own_label(loaded):
    together = loaded["cgan"].generate([1, 2, 3], label=[0, "Bag", {5: 1}])
    alone = np.concatenate([loaded["cgan"].generate(seed, label=label) for seed, label in ((1, 0), (2, 8), (3, 5))])
    assert alike(together, alone)


def test_mixture_depends_on_the_ratio_of_its_weights_only(loaded):
    assert np.array_equal(loaded["cgan"].generate(3, label={"Bag": 1, "Coat": 3}),
                          loaded["cgan"].generate(3, label={8: 0.25, 4: 0.75}))


def test_mixture_lies_between_its_classes(loaded):
    mixed, first, second = loaded["cgan"].generate([3] * 3, label=[{0: 1, 1: 1}, 0, 1])
    between, ends = (np.abs(one.astype(float) - other).mean() for one, other in ((mixed, first), (first, second)))
    assert 0 < between < ends and 0 < np.abs(mixed.astype(float) - second).mean() < ends


def test_controls_left_out_take_the_cards_default(loaded):
    model = loaded["infogan"]
    defaults = {control.name: control.default for control in model.card.controls}
    assert set(defaults) == {"category", "c1", "c2"}
    assert np.array_equal(model.generate(range(4)), model.generate(range(4), **defaults))


@pytest.mark.parametrize("control", ["category", "c1", "c2"])
def test_each_code_changes_the_picture(loaded, control):
    assert not np.array_equal(loaded["infogan"].generate(3, **{control: 1}), loaded["infogan"].generate(3, **{control: 0}))


@pytest.mark.parametrize("value", [-2, 2, "0.5", np.float32(1.5)])
def test_codes_are_taken_up_to_their_ends(loaded, value):
    assert loaded["infogan"].generate(3, c1=value).shape == (1, 28, 28, 1)


# --- decode, score, read, classify ----------------------------------------------------------------------------------------

@generators
def test_decode_of_a_seeds_noise_is_its_picture(loaded, name):
    assert np.array_equal(loaded[name].decode(loaded[name].latents(range(4))), loaded[name].generate(range(4)))


def test_decode_takes_numpy_too(loaded):
    z = loaded["gan"].latents(range(4))
    assert np.array_equal(loaded["gan"].decode(z.double().numpy()), loaded["gan"].decode(z))


@generators
def test_score_is_a_probability_for_each_picture(loaded, name):
    scores = loaded[name].score(loaded[name].generate(range(CHUNK + 1)))
    assert scores.shape == (CHUNK + 1,)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_pictures_in_any_order_of_memory_are_looked_at(loaded):
    pictures, wide = loaded["dcgan"].generate(range(3)), np.zeros((3, 28, 56, 1), np.uint8)
    wide[:, :, ::2] = pictures
    for same in (pictures[::-1][::-1], wide[:, :, ::2], np.asfortranarray(pictures)):
        assert np.allclose(loaded["dcgan"].score(same), loaded["dcgan"].score(pictures), atol=1e-4)
    assert np.allclose(loaded["dcgan"].score(pictures[::-1]), loaded["dcgan"].score(pictures)[::-1], atol=1e-4)


def test_one_picture_meets_several_labels_as_each_alone(loaded):
    model, labels = loaded["cgan"], torch.eye(10)
    picture = model.generate(3, label=2)
    together = model.judge(picture, label=labels)
    alone = model.judge(picture.repeat(10, 0), label=labels)
    assert together.keys() == alone.keys()
    assert all(np.allclose(together[name], alone[name], atol=1e-4) and len(together[name]) == 10 for name in together)


def test_score_depends_on_the_label(loaded):
    picture = loaded["cgan"].generate(3)
    assert loaded["cgan"].score(picture, label="Bag") != loaded["cgan"].score(picture, label="Coat")


def test_infogan_reads_codes_back(loaded):
    pictures = loaded["infogan"].generate(range(5))
    reading = loaded["infogan"].read(pictures)
    assert (reading.category.shape, reading.codes.shape) == ((5, 10), (5, 2))
    np.testing.assert_allclose(reading.category.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(reading.probability, loaded["infogan"].score(pictures), atol=1e-5)


def test_classifier_gives_class_probabilities(loaded):
    probabilities = loaded["classifier"].classify(loaded["gan"].generate(range(5)))
    assert probabilities.shape == (5, 10)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)


# --- loading, many callers ------------------------------------------------------------------------------------------------

def test_loading_twice_gives_the_same_model(tiny):
    assert models.load(tiny["gan"]) is models.load(str(tiny["gan"]))


def test_threads_agree_with_one_caller(loaded):
    jobs = [(name, seed) for seed in range(6) for name in GENERATORS]
    def work(job):
        return loaded[job[0]].generate([job[1], job[1] + 100])
    alone = [work(job) for job in jobs]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(work, jobs))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))
