"""Whatever is asked for wrongly ends in models.BadInput with one sentence that says what is accepted."""

import itertools
import math

import numpy as np
import pytest
import torch
from conftest import is_one_sentence

import models
from models.controls import Choice, Range
from models.seeds import parse_seeds

HUGE = 10 ** 5000    # more digits than Python writes out


def refused(call, *arguments, **named) -> str:
    """The message, after checking that it is one sentence."""
    with pytest.raises(models.BadInput) as caught:
        call(*arguments, **named)
    message = str(caught.value)
    assert is_one_sentence(message), message
    return message


# --- seeds ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", [
    -1, 2**32, 10**30, 1.5, math.nan, math.inf, -math.inf, None, "", " ", "seven", "1.5", "-3", "1-", "0x10", "7" * 5000,
    [-1], [1, None], [[1]], [0, 2**32], ["1-3"], np.array([[1, 2]]), np.array([0.5]), "seven\nor eight", "1-2-3", "3,", ",",
], ids=lambda s: repr(s)[:20])
def test_what_is_no_seed(seed):
    assert "whole number from 0 to 4294967295" in refused(parse_seeds, seed)


@pytest.mark.parametrize("seed", [HUGE, -HUGE, [HUGE]], ids=["huge", "-huge", "[huge]"])
def test_seed_of_thousands_of_digits(seed):
    assert "whole number from 0 to 4294967295" in refused(parse_seeds, seed)


@pytest.mark.parametrize("seeds", [np.array(1.5), torch.tensor(1.5)], ids=["numpy", "torch"])
def test_array_without_an_axis_that_holds_no_seed(seeds):
    refused(parse_seeds, seeds)


@pytest.mark.parametrize("seeds", [[], (), np.array([]), iter(()), range(100_001), "0-100000", "0-99999,7", "0-4294967295"],
                         ids=repr)
def test_no_seeds_or_too_many(seeds):
    assert "100,000" in refused(parse_seeds, seeds)


def test_endless_seeds_are_refused_without_counting_them():
    counted = itertools.count()
    refused(parse_seeds, itertools.islice(counted, 3_000_000))
    assert next(counted) < 1_000_000


def test_range_of_seeds_across_lines_is_refused_in_one_line():
    refused(parse_seeds, "0-\n4000000000")


def test_range_of_seeds_that_runs_backwards():
    assert "0-15" in refused(parse_seeds, "9-3")


def test_generate_refuses_seeds_too(loaded):
    refused(loaded["gan"].generate, -1)


# --- controls -------------------------------------------------------------------------------------------------------------

LABEL = Choice("label", ("Shirt", "Ankle boot", "Bag"), "The class to draw.")
CODE = Range("c1", -2.0, 2.0, "A code.")


@pytest.mark.parametrize("label", [
    3, -1, 1.5, 10**30, math.nan, math.inf, None, "", "Hat", "Ankle", "1.5", True, [0], b"Bag", "Hat\nBag", "x" * 1000,
    {3: 1}, {"Hat": 1}, torch.tensor([0, 1]),
], ids=lambda v: repr(v)[:20])
def test_what_is_no_label(label):
    message = refused(LABEL.parse, label)
    assert "0 to 2" in message and "Ankle boot" in message


@pytest.mark.parametrize("mixture", [{}, {0: 0}, {0: -1}, {0: 2, 1: -1}], ids=repr)
def test_mixture_without_positive_weights(mixture):
    assert "positive" in refused(LABEL.parse, mixture)


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf, "much", None, [1]], ids=repr)
def test_mixture_weight_that_is_no_number(weight):
    assert "number" in refused(LABEL.parse, {0: 1, 1: weight})


@pytest.mark.parametrize("mixture", [{0: 1e39}, {0: 1e308, 1: 1e308}, {0: 3e38, 1: 3e38}], ids=repr)
def test_mixture_of_huge_weights_is_a_mixture_or_refused(mixture):
    try:
        weights = LABEL.parse(mixture)
    except models.BadInput as error:
        assert is_one_sentence(str(error))
    else:
        assert weights.isfinite().all() and abs(weights.sum() - 1) < 1e-5


@pytest.mark.parametrize("code", [2.01, -2.01, 1e308, -1e30, "3"], ids=repr)
def test_code_out_of_its_range(code):
    assert "-2 to 2" in refused(CODE.parse, code)


@pytest.mark.parametrize("code", [math.nan, math.inf, -math.inf, "nan", "much", "", None, [], {}, {0: 1}, "x" * 1000, "1\n2"],
                         ids=lambda v: repr(v)[:20])
def test_code_that_is_no_number(code):
    assert "number" in refused(CODE.parse, code)


@pytest.mark.parametrize("control", [LABEL, CODE], ids=["label", "code"])
@pytest.mark.parametrize("value", [HUGE, 10**400, {0: 10**400}], ids=["5000 digits", "400 digits", "400 digits as a weight"])
def test_control_of_hundreds_of_digits(control, value):
    refused(control.parse, value)


@pytest.mark.parametrize(("name", "control"), [("cgan", "category"), ("infogan", "label"), ("gan", "label"), ("dcgan", "x" * 1000)],
                         ids=["cgan", "infogan", "gan", "long"])
def test_unknown_control(loaded, name, control):
    message = refused(loaded[name].generate, 0, **{control: 1})
    assert all(known.name in message for known in loaded[name].card.controls)


@pytest.mark.parametrize("labels", [[], [1], [1, 2, 3], np.arange(5)], ids=repr)
def test_list_of_labels_for_another_number_of_pictures(loaded, labels):
    assert "2 pictures" in refused(loaded["cgan"].generate, [0, 1], label=labels)


def test_wrong_label_in_a_list(loaded):
    refused(loaded["cgan"].generate, [0, 1], label=[1, 10])


# --- pictures and noise ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("pictures", [
    np.zeros((28, 28), np.uint8), np.zeros((1, 28, 28), np.uint8), np.zeros((1, 27, 28, 1), np.uint8),
    np.zeros((1, 1, 28, 28), np.uint8), np.zeros((1, 28, 28, 3), np.uint8), np.zeros((1, 28, 28, 1)),
    np.zeros((1, 28, 28, 1), np.int64), None, [], "picture", [[1], [1, 2]],
], ids=lambda v: str(getattr(v, "shape", v)))
@pytest.mark.parametrize(("name", "method"), [("gan", "score"), ("cgan", "score"), ("infogan", "read"), ("classifier", "classify")])
def test_what_is_no_stack_of_pictures(loaded, name, method, pictures):
    assert "uint8" in refused(getattr(loaded[name], method), pictures)


def test_unknown_control_of_score(loaded):
    refused(loaded["gan"].score, np.zeros((1, 28, 28, 1), np.uint8), label=3)


@pytest.mark.parametrize("z", [
    torch.zeros(16), torch.zeros(2, 15), torch.zeros(2, 16, 1), torch.full((1, 16), math.nan), torch.full((1, 16), math.inf),
    [[1.0]], [[1.0], [1.0, 2.0]], [[10**400] * 16], "noise", None,
], ids=lambda v: str(getattr(v, "shape", v))[:40])
def test_what_is_no_noise(loaded, z):
    assert "[N, 16]" in refused(loaded["gan"].decode, z)


@pytest.mark.parametrize(("name", "method"), [
    ("classifier", "generate"), ("classifier", "latents"), ("classifier", "decode"), ("classifier", "score"),
    ("classifier", "encode"), ("gan", "classify"), ("gan", "encode"), ("gan", "features"),
])
def test_what_a_model_cannot_do(loaded, name, method):
    given = {"generate": 0, "latents": 0, "decode": torch.zeros(1, 16)}.get(method, np.zeros((1, 28, 28, 1), np.uint8))
    assert loaded[name].card.name in refused(getattr(loaded[name], method), given)


# --- names ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [
    "no-such-weights", "../gan-mnist", "/no/such/folder", "./nothing", "a/b/c", "user/no-such-weights", "gan mnist", "gan\nmnist",
    "\0", "x" * 1000, "-", "..", "user/" + "x" * 300, "user/..",
], ids=lambda v: repr(v)[:20])
def test_unknown_weights(name):
    refused(models.load, name)


def test_unknown_device(tiny):
    assert "cpu" in refused(models.load, tiny["gan"], "toaster")
