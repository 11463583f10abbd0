"""The text of a drawing, and what becomes of a drawing for MNIST."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.errors import BadInput
from page.board import ALPHABET, PACKED, as_mnist, drawn, written
from tests.page.strokes import LEVELS, NOISE, SEVEN, strokes

# --- the text ---

@settings(deadline=None)
@given(arrays(np.uint8, (28, 28, 1), elements=st.sampled_from(LEVELS.tolist()), fill=st.sampled_from([0, 255, 136])))
def test_what_is_written_is_read_again(image):
    text = written(image)
    assert len(text) <= PACKED and (drawn(text) == image).all()


def test_other_greys_become_the_nearest_of_sixteen():
    image = np.resize(np.arange(256, dtype=np.uint8), (28, 28, 1))
    assert np.abs(drawn(written(image)).astype(int) - image).max() <= 8


def test_a_drawing_is_short_and_an_empty_board_is_no_text():
    assert len(written(SEVEN)) < 220 and len(written(NOISE)) == PACKED == 524
    assert written(np.zeros((28, 28, 1), np.uint8)) == "" and not drawn("").any()


@pytest.mark.parametrize("value", [None, 0, 1.5, True, [], {}, "A", " ", "A" * 783, "A" * 785, "n" * 32, "n" * 33, "=" * 524, "é" * 524,
                                   "A" * 523 + "\x00", written(SEVEN) + "A", written(SEVEN)[:-1], "A" * 10_000, "\ud800"])
def test_anything_else_is_refused_in_one_sentence(value):
    with pytest.raises(BadInput, match=r"^The drawing takes what the board writes, 28x28 pixels as letters and digits, not .*\.$"):
        drawn(value)


@settings(deadline=None)
@given(st.text(max_size=600) | st.text(ALPHABET, max_size=530))
def test_any_text_is_a_drawing_or_refused(text):
    try:
        assert drawn(text).shape == (28, 28, 1)
    except BadInput as error:
        assert "\n" not in str(error) and len(str(error)) < 200


# --- as MNIST ---

def box(image: np.ndarray) -> int:
    return max(np.ptp(np.nonzero(image[..., 0])[axis]) + 1 for axis in (0, 1))


def centre(image: np.ndarray) -> np.ndarray:
    return np.array([(image[..., 0] * at).sum() / image.sum() for at in np.indices((28, 28))])


@pytest.mark.parametrize("scale", [0.35, 0.6, 1.0])
@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("dx", [0, 6])
def test_a_drawing_gets_the_size_place_and_strokes_of_mnist(scale, width, dx):
    lines = [[2 + dx * (1 - scale) + scale * at for at in line] for line in ((4, 2, 20, 2, 10, 24), (6, 12, 18, 12))]
    found = as_mnist(strokes(*lines, width=width))
    assert found.dtype == np.uint8 and 19 <= box(found) <= 20
    assert np.abs(centre(found) - 14).max() < 0.8
    assert 0.08 < (found / 255).mean() < 0.21          # of MNIST's: 0.06 to 0.19, mean 0.12


@settings(deadline=None)
@given(arrays(np.uint8, (28, 28, 1), elements=st.sampled_from(LEVELS.tolist())))
def test_any_drawing_becomes_one(image):
    found = as_mnist(image)
    assert found.shape == (28, 28, 1) and bool(found.any()) == bool(image.any())


def test_a_dot_a_full_board_and_nothing():
    dot = np.zeros((28, 28, 1), np.uint8)
    assert not as_mnist(dot).any()
    dot[3, 25] = 255
    assert 0 < box(as_mnist(dot)) <= 21
    assert as_mnist(np.full((28, 28, 1), 255, np.uint8)).any()


def test_what_looks_like_mnist_already_stays_much_as_it_is():
    once = as_mnist(SEVEN)
    assert np.abs(as_mnist(once).astype(int) - once).mean() < 4
