"""A second judge of drawn images: how far they are from real ones in ImageNet features, of a network that trained nothing here.

The first judge, a classifier of the same data set, looks at what tells its classes apart; this one at whatever pictures of things have.
Distances are taken along the directions in which real images vary most (metrics.Along).
"""

from pathlib import Path

import numpy as np

from training.kit import metrics
from training.kit.cache import CACHE
from training.kit.imagenet import imagenet, kept_features, package, pooled_features
from training.kit.real import Real

VARIANT = "lite2"       # lite0 is what some of our networks learned from
LEAST = 1000            # images of each side
SIDE = 96               # pixels a side at which images are shown


def figures(real: Real, drawn: np.ndarray, cache: Path = CACHE) -> dict[str, float]:
    """For metrics.json; empty where there are too few images or the network's package is not installed. drawn: uint8 [N, H, W, C]."""
    if not package(VARIANT) or min(len(drawn), len(real.images), len(real.other.images)) < LEAST:
        return {}
    network, kept = imagenet(VARIANT), cache / f"{VARIANT}-real"
    first, other = (kept_features(network, _in_colour(images), kept, SIDE) for images in (real.images, real.other.images))
    ours = pooled_features(network, _in_colour(drawn), SIDE)
    along = metrics.Along(first)
    ours, other = metrics.as_many(ours, other)
    return {"imagenet_frechet": metrics.frechet_distance(along(first), along(ours)),
            "imagenet_floor": metrics.frechet_distance(along(first), along(other))}


def _in_colour(images: np.ndarray) -> np.ndarray:
    return np.repeat(images, 3, axis=3) if images.shape[3] == 1 else images
