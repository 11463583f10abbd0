"""Measurements on pictures. All take uint8 [N, H, W, C] arrays, or features float [N, F] where they say so.

Distances live in the feature space of our own classifier, not Inception's: they compare models of this house with each other
and with their floor (training pictures against test pictures), and with nothing else.
"""

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from scipy.optimize import linear_sum_assignment
from skimage.morphology import skeletonize
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from models.checkpoint import from_uint8
from models.loaded import Model


class Features(nn.Module):
    """A loaded classifier's 128 features, in the form torchmetrics expects of a feature network."""

    def __init__(self, classifier: Model):
        super().__init__()
        self.network = classifier.classifier
        self.device = classifier.device
        self.num_features = self(torch.zeros(1, *np.roll(classifier.card.image_size, 1))).shape[1]

    @torch.inference_mode()
    def forward(self, pictures: Tensor) -> Tensor:
        return self.network.embed(pictures.to(self.device)).float().cpu()

    def of(self, pictures: np.ndarray) -> Tensor:
        return torch.cat([self(from_uint8(part)) for part in torch.from_numpy(pictures).split(500)])


class _Ready(nn.Module):
    """Lets torchmetrics take features that are computed already."""

    def __init__(self, num_features: int):
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """Between Gaussians fitted to two sets of features [N, F] (Heusel 2017). 0: alike; sensitive to both quality and variety."""
    metric = FrechetInceptionDistance(feature=_Ready(real.shape[1]))
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return metric.compute().item()


def kernel_distance(real: Tensor, fake: Tensor, seed: int = 0) -> float:
    """KID (Binkowski 2018): squared maximum mean discrepancy under a cubic kernel, mean over 100 subsets of up to 1,000."""
    metric = KernelInceptionDistance(feature=_Ready(real.shape[1]), subset_size=min(1000, len(real), len(fake)))
    metric.update(real, real=True)
    metric.update(fake, real=False)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return metric.compute()[0].item()


def precision_recall(real: Tensor, fake: Tensor, k: int = 3) -> tuple[float, float]:
    """Kynkaanniemi 2019: the share of fakes that fall among the real ones, and of real ones that fall among the fakes.

    A set's region is the union of balls around its features, each as wide as the distance to the k-th nearest neighbour.
    """
    return _share_inside(fake, real, k), _share_inside(real, fake, k)


def _share_inside(points: Tensor, centres: Tensor, k: int) -> float:
    radii = torch.cat([torch.cdist(part, centres).kthvalue(k + 1, 1).values for part in centres.split(1000)])
    return torch.cat([(torch.cdist(part, centres) <= radii).any(1) for part in points.split(1000)]).float().mean().item()


def best_matching(codes: np.ndarray, classes: np.ndarray, n: int = 10) -> tuple[float, list[int]]:
    """Under the best one-to-one matching of codes to classes: the share that agrees, and the class that each code draws."""
    table = np.zeros((n, n), int)
    np.add.at(table, (codes, classes), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return table[rows, columns].sum() / len(codes), [int(column) for column in columns]


def slant(pictures: np.ndarray) -> np.ndarray:
    """How far the ink leans, in degrees to the right, from the image moments: atan(-mu11 / mu02). [N]"""
    ink = pictures[..., 0].astype(np.float64) + 1e-9
    y, x = np.mgrid[:ink.shape[1], :ink.shape[2]]
    total = ink.sum((1, 2))
    dx = x - ((ink * x).sum((1, 2)) / total)[:, None, None]
    dy = y - ((ink * y).sum((1, 2)) / total)[:, None, None]
    return np.degrees(np.arctan2(-(ink * dx * dy).sum((1, 2)), (ink * dy * dy).sum((1, 2))))


def stroke_width(pictures: np.ndarray) -> np.ndarray:
    """Mean width of the strokes in pixels: twice the distance to the background along the skeleton of the ink. [N]"""
    widths = np.zeros(len(pictures))
    for i, picture in enumerate(pictures[..., 0]):
        ink = np.kron(picture, np.ones((2, 2), np.uint8)) > 127    # twice the size: half-pixel steps
        bone = skeletonize(ink)
        if bone.any():
            widths[i] = distance_transform_edt(ink)[bone].mean()
    return widths


def _spread(pictures: np.ndarray, axis: int) -> np.ndarray:
    """Standard deviation of the ink along an axis (1: height, 2: breadth), in pixels. [N]"""
    ink = pictures[..., 0].astype(np.float64).sum(3 - axis) + 1e-9
    place, total = np.arange(ink.shape[1]), ink.sum(1)
    mean = (ink * place).sum(1) / total
    return np.sqrt((ink * (place - mean[:, None]) ** 2).sum(1) / total)


MEASURES = {   # what a continuous code may have come to mean
    "slant": slant,
    "stroke width": stroke_width,
    "height": lambda pictures: _spread(pictures, 1),
    "breadth": lambda pictures: _spread(pictures, 2),
    "brightness": lambda pictures: pictures[..., 0].mean((1, 2)),
}


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's, 0 where one side does not vary."""
    if np.std(a) == 0 or np.std(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
