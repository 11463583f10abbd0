"""What colour a flower is: a measurement on images, by rules on hue, saturation and brightness.

The flowers stand in the middle, before leaves and shade. Pixels near the middle weigh more; green and dark ones do not count as flower.
`training.evaluate` tests the rules on photographs whose captions agree on one colour, and prints that share as the ceiling.
"""

import re

import numpy as np
from PIL import Image
from scipy import ndimage

COLOURS = ("red", "orange", "yellow", "white", "pink", "purple", "blue", "green")
SIDE = 64            # images are shrunk to this before they are measured


def pixel_colours(images: np.ndarray) -> np.ndarray:
    """uint8 [N, H, W, 3] -> index into COLOURS for each pixel, -1 where it is too dark or dull to say: int8 [N, SIDE, SIDE]."""
    small = [Image.fromarray(p).resize((SIDE, SIDE), Image.Resampling.BOX).convert("HSV") for p in images]
    hue, saturation, value = np.moveaxis(np.stack([np.asarray(p, np.float32) for p in small]) / 255, 3, 0)
    degrees = hue * 360
    found = np.full(hue.shape, -1, np.int8)
    for name, low, high in (("red", 0, 14), ("orange", 14, 39), ("yellow", 39, 66), ("green", 66, 175), ("blue", 175, 248),
                            ("purple", 248, 308), ("pink", 308, 345), ("red", 345, 361)):
        found[(degrees >= low) & (degrees < high)] = COLOURS.index(name)
    reddish = (degrees < 20) | (degrees >= 320)
    found[reddish & (saturation < 0.6) & (value > 0.55)] = COLOURS.index("pink")
    found[(saturation < 0.18) & (value > 0.6)] = COLOURS.index("white")
    found[(value < 0.25) | ((saturation < 0.18) & (value <= 0.6))] = -1
    return found


def _shares(found: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted share of each colour but green: [N, len(COLOURS)]. Green counts as flower only where there is hardly anything else."""
    shares = np.stack([((found == i) * weight).sum((1, 2)) for i in range(len(COLOURS))], 1) / weight.sum()
    shares[:, COLOURS.index("green")] *= 0.15
    return shares


def salient(images: np.ndarray) -> list[str]:
    """The flower's colour in each image."""
    y, x = np.mgrid[-1:1:SIDE * 1j, -1:1:SIDE * 1j]
    shares = _shares(pixel_colours(images), np.exp(-(x ** 2 + y ** 2) / 0.4))
    return [COLOURS[i] for i in shares.argmax(1)]


SEEN = 0.08          # a share of a share: so much of both colours counts as seen


def shows(images: np.ndarray, middle: str, petals: str) -> np.ndarray:
    """Whether there is a patch of the colour `middle` with a ring of `petals` around it, not far from the middle of each image: bool [N].

    The patch is a fifth of the side wide. `training.evaluate` prints how often that agrees with people on photographs, and how often
    it sees what nobody said.
    """
    found, size = pixel_colours(images), SIDE // 5
    y, x = np.mgrid[:SIDE, :SIDE]
    inside, around, best = COLOURS.index(middle), COLOURS.index(petals), np.zeros(len(images))
    for cy in range(SIDE * 3 // 10, SIDE * 7 // 10 + 1, 3):
        for cx in range(SIDE * 3 // 10, SIDE * 7 // 10 + 1, 3):
            radius = np.hypot(y - cy, x - cx)
            inner = _shares(found, (radius < size / 2).astype(np.float32))
            outer = _shares(found, ((radius > size * 0.7) & (radius < size * 1.5)).astype(np.float32))
            best = np.maximum(best, inner[:, inside] * outer[:, around] * (outer[:, inside] < 0.5))
    return best > SEEN


def blooms(images: np.ndarray) -> np.ndarray:
    """How many flowers: patches of flower-coloured pixels larger than 1 % of the image, [N]."""
    flower = (pixel_colours(images) >= 0) & (pixel_colours(images) != COLOURS.index("green"))
    counts = []
    for mask in flower:
        mask = ndimage.binary_opening(mask, iterations=2)
        patches, n = ndimage.label(mask)
        counts.append(int((ndimage.sum(mask, patches, range(1, n + 1)) > 0.01 * SIDE * SIDE).sum()) if n else 0)
    return np.array(counts)


WORDS = re.compile(r"\b(" + "|".join(COLOURS) + r")\b")


def named(captions: list[str], share: float = 0.7) -> str:
    """The one colour that at least `share` of an image's captions name, and no other of more than a fifth; else ""."""
    said = [set(WORDS.findall(caption.lower())) - {"green"} for caption in captions]
    counts = {colour: sum(colour in words for words in said) / len(said) for colour in COLOURS}
    top = max(counts, key=counts.get)
    others = [count for colour, count in counts.items() if colour != top]
    return top if counts[top] >= share and max(others) <= 0.2 else ""
