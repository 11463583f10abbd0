"""Drawings on the board, uint8 [28, 28, 1] in sixteen greys."""

import numpy as np
from PIL import Image, ImageDraw

LEVELS = np.arange(16, dtype=np.uint8) * 17
NOISE = np.random.default_rng(0).choice(LEVELS, (28, 28, 1))


def strokes(*lines: tuple[int, ...], width: int = 3) -> np.ndarray:
    """A drawing, uint8 [28, 28, 1], of straight lines (x, y, x, y, ...)."""
    paper = Image.new("L", (28 * 8, 28 * 8))
    for line in lines:
        ImageDraw.Draw(paper).line([8 * at for at in line], fill=255, width=8 * width, joint="curve")
    return np.asarray(paper.resize((28, 28), Image.Resampling.BOX))[..., None]


SEVEN = strokes((6, 5, 21, 5, 12, 24), width=2)
CROSS = strokes((4, 14, 24, 14), (14, 4, 14, 24), width=2)
