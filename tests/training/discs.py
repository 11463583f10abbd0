"""Pictures of flowers that tests draw, and how a prepared set of them is read."""

import numpy as np

from models.datasets import DATASETS
from training.kit.captions import Captioned, captioned
from training.kit.settings import RunSettings

PAINT = {"red": (210, 20, 20), "yellow": (240, 220, 30), "purple": (140, 40, 190), "white": (240, 240, 240)}
GREEN = (30, 90, 30)


def disc(colour, middle=None, radius=0.35, at=((0.5, 0.5),), size=64) -> np.ndarray:
    """A picture of round flowers before leaves, uint8 [size, size, 3]."""
    y, x = np.mgrid[:size, :size] / size
    picture = np.full((size, size, 3), GREEN, np.uint8)
    for cx, cy in at:
        picture[np.hypot(x - cx, y - cy) < radius] = colour
        if middle:
            picture[np.hypot(x - cx, y - cy) < radius / 3] = middle
    return picture


def pictures_of(folder, split: str, size: int) -> Captioned:
    return captioned(RunSettings(data=str(folder)), DATASETS["flowers"], size, split)[0]
