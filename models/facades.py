"""The label maps of the CMP facades: twelve labels, each a colour. And facades of our own, drawn by a few lines of code.

Tyleček and Šára 2013, "Spatial Pattern Templates for Recognition of Objects with Regular Structure", https://cmp.felk.cvut.cz/~tylecr1/facade/
"""

import numpy as np

NAMES = ("background", "wall", "window", "door", "cornice", "sill", "balcony", "blind", "decoration", "moulding", "pillar", "shop")
COLOURS = np.array([(0, 0, 222), (0, 48, 255), (0, 128, 255), (0, 207, 255), (32, 255, 222), (112, 255, 143), (192, 255, 64),
                    (255, 239, 0), (255, 160, 0), (255, 80, 0), (255, 0, 0), (174, 0, 0)], np.uint8)     # index = label


def labels_of(images: np.ndarray) -> np.ndarray:
    """The label whose colour is nearest at each pixel: uint8 [N, H, W, 3] -> uint8 [N, H, W].

    Where a lossy file or a resized one has blurred the border between two labels, a third label's colour may be nearest; the commonest
    label among the 3x3 neighbours takes its place.
    """
    found = np.empty(images.shape[:3], np.uint8)
    colours = COLOURS.astype(np.float32)
    for image, labels in zip(images, found, strict=True):
        distance = np.square(colours).sum(1) - 2 * image.astype(np.float32) @ colours.T      # less the square of the pixel's own colour
        votes = distance.argmin(2)[:, :, None] == np.arange(len(NAMES))
        padded = np.pad(votes, ((1, 1), (1, 1), (0, 0)), "edge").astype(np.uint8)
        rows = padded[:-2] + padded[1:-1] + padded[2:]
        labels[:] = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]).argmax(2)
    return found


def plain(images: np.ndarray) -> np.ndarray:
    """Label maps uint8 [N, H, W, 3] in their twelve colours alone."""
    return COLOURS[labels_of(images)]


def facade(seed: int, size: int = 256) -> np.ndarray:
    """A facade of our own: its label map, uint8 [size, size, 3]. Always the same for the same seed."""
    rng, labels = np.random.default_rng(seed), np.zeros((size, size), np.uint8)

    def box(label: str, left: float, top: float, right: float, bottom: float) -> None:
        x0, y0, x1, y1 = (round(part * size) for part in (left, top, right, bottom))
        labels[max(y0, 0):y1, max(x0, 0):x1] = NAMES.index(label)

    def chance(share: float) -> bool:
        return bool(rng.random() < share)

    left, right, top, bottom = rng.uniform(0, 0.08), rng.uniform(0.92, 1), rng.uniform(0.04, 0.14), 0.97
    box("wall", left, top, right, bottom)
    box("moulding", left, top, right, top + 0.05)
    floors, columns = int(rng.integers(3, 6)), int(rng.integers(3, 7))
    ground = bottom - rng.uniform(0.16, 0.24)
    tall, wide = (ground - top - 0.08) / floors, (right - left) / columns
    share, height = rng.uniform(0.4, 0.55), rng.uniform(0.5, 0.62)
    sills, cornices, blinds, balcony = chance(0.8), chance(0.5), chance(0.3), int(rng.integers(floors)) if chance(0.6) else -1
    for floor in range(floors):
        for column in range(columns):
            x, y = left + (column + 0.5) * wide, top + 0.08 + (floor + 0.25) * tall
            half, end = wide * share / 2, y + tall * height
            box("window", x - half, y, x + half, end)
            if blinds:
                box("blind", x - half * 1.6, y, x - half, end)
                box("blind", x + half, y, x + half * 1.6, end)
            if cornices:
                box("cornice", x - half * 1.3, y - tall * 0.13, x + half * 1.3, y)
            if sills:
                box("sill", x - half * 1.2, end, x + half * 1.2, end + tall * 0.08)
            if floor == balcony:
                box("balcony", x - half * 1.4, end - tall * 0.2, x + half * 1.4, end + tall * 0.1)
    box("moulding", left, ground - 0.03, right, ground)
    shops, door = chance(0.5), int(rng.integers(columns))
    for column in range(columns):
        x = left + (column + 0.5) * wide
        if column == door:
            box("door", x - wide * 0.25, ground + 0.02, x + wide * 0.25, bottom)
        elif shops:
            box("shop", x - wide * 0.4, ground + 0.03, x + wide * 0.4, bottom - 0.02)
        else:
            box("window", x - wide * share / 2, ground + 0.04, x + wide * share / 2, ground + 0.13)
    return COLOURS[labels]
