"""Measurements on images uint8 [N, H, W, C], and distances between sets of features float [N, F].

The features are those of the data set's instrument, not Inception's, so distances compare the models of one data set with each other and
with their floor, and with nothing else. torchmetrics is imported when something is measured: it takes seconds and needs a temporary
folder, and a training that only defines what is measured of it later has neither to spend.
"""

import warnings

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from scipy.optimize import linear_sum_assignment
from skimage.morphology import skeletonize
from torch import Tensor, nn

warnings.filterwarnings("ignore", module=r"torchmetrics\.", category=UserWarning)      # of memory, of which this takes little


class _Ready(nn.Module):
    """Lets torchmetrics take features that are computed already."""

    def __init__(self, num_features: int):
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """Between Gaussians fitted to two sets of features [N, F] (Heusel 2017). 0: alike; sensitive to both quality and variety."""
    from torchmetrics.image.fid import FrechetInceptionDistance

    metric = FrechetInceptionDistance(feature=_Ready(real.shape[1]))
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return metric.compute().item()


class Along:
    """Features [N, F] along the directions in which a set of features varies most [N, `count`], around its mean: a distance between them
    does not measure the number of samples, as one between full covariances does."""

    def __init__(self, features: Tensor, count: int = 128):
        self.centre = features.mean(0)
        self.directions = torch.linalg.svd(features - self.centre, full_matrices=False)[2][:count].T

    def __call__(self, features: Tensor) -> Tensor:
        return (features - self.centre) @ self.directions


def as_many(*features: Tensor) -> list[Tensor]:
    """Of each set of features [N, F] as many, chosen at random, as the smallest has. The fewer, the larger is a Frechet distance, so those
    of drawn images and of real ones can be compared at one number only."""
    count, chance = min(map(len, features)), torch.Generator().manual_seed(0)
    return [one if len(one) == count else one[torch.randperm(len(one), generator=chance)[:count]] for one in features]


def kernel_distance(real: Tensor, fake: Tensor, seed: int = 0) -> float:
    """KID (Binkowski 2018): squared maximum mean discrepancy under a cubic kernel, mean over 100 subsets of up to 1,000."""
    from torchmetrics.image.kid import KernelInceptionDistance

    metric = KernelInceptionDistance(feature=_Ready(real.shape[1]), subset_size=min(1000, len(real), len(fake)))
    metric.update(real, real=True)
    metric.update(fake, real=False)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return metric.compute()[0].item()


NEIGHBOURS = 3         # whose distance is the radius of a ball around a feature


def precision_recall(real: Tensor, fake: Tensor, k: int = NEIGHBOURS) -> tuple[float, float]:
    """Kynkaanniemi 2019: the share of fakes that fall among the real ones, and of real ones that fall among the fakes.

    A set's region is the union of balls around its features, each with the distance to its k-th nearest neighbour as radius.
    """
    return _share_inside(fake, real, k), _share_inside(real, fake, k)


def _share_inside(points: Tensor, centres: Tensor, k: int) -> float:
    radii = torch.cat([torch.cdist(part, centres).kthvalue(k + 1, 1).values for part in centres.split(1000)])
    return torch.cat([(torch.cdist(part, centres) <= radii).any(1) for part in points.split(1000)]).float().mean().item()


def best_matching(codes: np.ndarray, classes: np.ndarray, n: int = 10) -> tuple[float, list[int]]:
    """Under the best one-to-one matching of codes to classes: the share that agrees, and the class that each code draws;
    with fewer classes than codes some have a number that is no class's."""
    table = np.zeros((n, max(n, 1 + classes.max())), int)
    np.add.at(table, (codes, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return table[rows, columns].sum() / len(codes), [int(column) for column in columns]


def slant(images: np.ndarray) -> np.ndarray:
    """How far the ink leans, in degrees to the right, from the image moments: atan(-mu11 / mu02). [N]"""
    ink = images[..., 0].astype(np.float64) + 1e-9
    y, x = np.mgrid[:ink.shape[1], :ink.shape[2]]
    total = ink.sum((1, 2))
    dx = x - ((ink * x).sum((1, 2)) / total)[:, None, None]
    dy = y - ((ink * y).sum((1, 2)) / total)[:, None, None]
    return np.degrees(np.arctan2(-(ink * dx * dy).sum((1, 2)), (ink * dy * dy).sum((1, 2))))


def stroke_width(images: np.ndarray) -> np.ndarray:
    """Mean width of the strokes in pixels: twice the distance to the background along the skeleton of the ink. [N], 0 without ink."""
    widths = np.zeros(len(images))
    for i, image in enumerate(images[..., 0]):
        ink = np.kron(image, np.ones((2, 2), np.uint8)) > 127    # twice the size: half-pixel steps
        skeleton = skeletonize(ink)
        if skeleton.any():
            widths[i] = distance_transform_edt(ink)[skeleton].mean()
    return widths


def spread(images: np.ndarray, axis: int) -> np.ndarray:
    """Standard deviation of the ink along an axis (1: height, 2: breadth), in pixels. [N]"""
    ink = images[..., 0].astype(np.float64).sum(3 - axis) + 1e-9
    place, total = np.arange(ink.shape[1]), ink.sum(1)
    mean = (ink * place).sum(1) / total
    return np.sqrt((ink * (place - mean[:, None]) ** 2).sum(1) / total)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's correlation of a and b, both [N]; 0 if one of them does not vary."""
    if np.std(a) == 0 or np.std(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
