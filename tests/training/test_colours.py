"""The colours of flowers, by rule: of their middles and petals, how many there are, and what captions agree on."""

import numpy as np
import pytest

from tests.training.discs import PAINT, disc
from training.kit.colours import COLOURS, blooms, named, pixel_colours, salient, shows


def test_the_colour_of_a_flower_is_read_from_its_middle():
    assert salient(np.stack([disc(rgb) for rgb in PAINT.values()])) == list(PAINT)
    assert (pixel_colours(disc(PAINT["red"])[None])[0, 0, 0]) == COLOURS.index("green")


def test_middle_and_petals_are_told_apart():
    pictures = np.stack([disc(PAINT["white"], PAINT["yellow"]), disc(PAINT["purple"], PAINT["white"]), disc(PAINT["red"])])
    assert shows(pictures, "yellow", "white").tolist() == [True, False, False]
    assert shows(pictures, "white", "purple").tolist() == [False, True, False]
    assert not shows(pictures, "red", "white").any()


def test_flowers_are_counted():
    many = [(x, y) for x in (0.2, 0.5, 0.8) for y in (0.25, 0.75)]
    assert blooms(np.stack([disc(PAINT["red"]), disc(PAINT["red"], radius=0.1, at=many)])).tolist() == [1, 6]


@pytest.mark.parametrize(("captions", "colour"), [
    (["a red flower", "red petals", "it is red and tall"], "red"), (["a red flower", "a yellow one", "red"], ""),
    (["petals that are white", "white with green leaves"], "white"), (["it is covered", "tall"], ""),
])
def test_captions_agree_on_one_colour_or_on_none(captions, colour):
    assert named(captions) == colour
