"""Options are found by name, by value and by place, in this order; every whole number may be written as a float."""

import math

import numpy as np
import pytest
import torch
from conftest import is_one_sentence
from hypothesis import given, settings
from hypothesis import strategies as st

from models import stackgan
from models.controls import Choice, Range, Text
from models.datasets import DATASETS
from models.errors import BadInput

STAGE = next(control for control in stackgan.controls(stackgan.Config(), ()) if control.name == "stage")
DIGIT = Choice("label", DATASETS["mnist"].classes, "")
GARMENT = Choice("label", DATASETS["fashion"].classes, "")


def option(control: Choice, value) -> str:
    return control.options[int(control.parse(value).argmax())]


def written(number: int) -> list:
    """A whole number in every way it may come in: from Python, the shell and JSON."""
    return [number, float(number), np.int64(number), np.float32(number), str(number), f"{number}.0",
            f" {number} ", f"{number}.00", f"{number}e0"]


@pytest.mark.parametrize("number", [1, 2])
def test_a_stage_is_its_number_however_it_is_written(number):
    assert {option(STAGE, value) for value in written(number)} == {str(number)}


@settings(deadline=None)
@given(st.integers(0, 9), st.integers(0, 8))
def test_a_label_is_its_number_however_it_is_written(number, way):
    assert option(DIGIT, written(number)[way]) == str(number)
    assert option(GARMENT, written(number)[way]) == GARMENT.options[number]


OPTIONS = st.lists(st.one_of(st.integers(-20, 20).map(str), st.sampled_from(["rose", "Bag", "T-shirt", "0.5", "-1.0"])), min_size=1,
                   max_size=8, unique_by=lambda text: float(text) if text.lstrip("-")[:1].isdigit() else text)


@settings(deadline=None, max_examples=300)
@given(OPTIONS, st.integers(-25, 25), st.data())
def test_value_comes_before_place(options, number, data):
    """The option of that value, else the option in that place, else a refusal; the same for every way to write the number."""
    control = Choice("choice", tuple(options), "")
    values = [float(text) if text.lstrip("-")[:1].isdigit() else math.nan for text in options]
    expected = values.index(number) if number in values else number if 0 <= number < len(options) else None
    given_as = data.draw(st.sampled_from(written(number)))
    if expected is None:
        with pytest.raises(BadInput) as caught:
            control.parse(given_as)
        assert is_one_sentence(str(caught.value))
    else:
        assert control.parse(given_as)[expected] == 1
    for i in range(len(options)):               # and by what a recipe calls it
        assert control.parse(control.named(i))[i] == 1
    for i, text in enumerate(options):          # every option is found by its own name
        assert control.parse(text)[i] == 1 and control.parse(f" {text.upper()} ")[i] == 1


@pytest.mark.parametrize("value", [True, False, 1.5, "1.5", math.nan, math.inf, "inf", None, 0.999, "-0.5", "1_0"], ids=repr)
def test_what_is_no_whole_number_is_no_option(value):
    with pytest.raises(BadInput):
        STAGE.parse(value)


def test_options_that_cannot_be_mixed():
    with pytest.raises(BadInput, match="no mixture") as caught:
        STAGE.parse({"1": 1, "2": 1})
    assert is_one_sentence(str(caught.value))
    assert torch.equal(DIGIT.parse({1.0: 1, "2": 1}), DIGIT.parse({"1": 2, "2.0": 2}))


@settings(deadline=None)
@given(st.floats(-2, 2))
def test_a_range_takes_what_lies_in_it(value):
    control = Range("c1", -2.0, 2.0, "")
    for form in (value, str(value), np.float64(value)):
        assert control.parse(form).shape == (1,) and abs(float(control.parse(form)) - value) < 1e-6


@pytest.mark.parametrize(("control", "value", "shape"), [(DIGIT, 3, (5, 10)), (Range("c1", -2, 2, ""), 0.5, (5, 1))],
                         ids=["choice", "range"])
def test_batches_are_one_value_for_all_or_one_for_each(control, value, shape):
    assert control.batch(value, 5).shape == control.batch([value] * 5, 5).shape == control.batch(np.full(5, value), 5).shape == shape
    assert torch.equal(control.batch(torch.full((5,), value), 5), control.batch(value, 5))
    assert Text("text", "").batch("a  rose", 2) == Text("text", "").batch(["a rose", "a rose "], 2) == ["a rose", "a rose"]
    assert DIGIT.batch(range(5), 5).argmax(1).tolist() == list(range(5))
    for wrong in ([value] * 4, [], (value,), range(4), torch.zeros(4)):
        with pytest.raises(BadInput, match="5 pictures"):
            control.batch(wrong, 5)
