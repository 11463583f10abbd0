"""Bicubic resizing as MATLAB's imresize does it, and PSNR and SSIM as papers on super-resolution take them.

Low-resolution images of the benchmarks are made by MATLAB's imresize: the cubic of Keys 1981 with a = -0.5, widened by the factor where an
image shrinks (antialiasing), edges mirrored. Pillow's bicubic has the same kernel and renormalises it at the edges.
"""

import functools

import numpy as np
from skimage.metrics import structural_similarity


def imresize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """uint8 [H, W, C] -> uint8 [height, width, C]."""
    rows, columns = _weights(image.shape[0], height), _weights(image.shape[1], width)
    resized = np.einsum("hH,HWC->hWC", rows, image.astype(np.float64), optimize=True)
    resized = np.einsum("wW,hWC->hwC", columns, resized, optimize=True)
    return resized.round().clip(0, 255).astype(np.uint8)


@functools.lru_cache(maxsize=64)
def _weights(inside: int, outside: int) -> np.ndarray:
    """float64 [outside, inside]: how much each old pixel of a line counts in each new one; every row sums to 1."""
    scale = outside / inside
    shrink = min(scale, 1.0)
    centres = (np.arange(outside) + 0.5) / scale - 0.5
    reach = int(np.ceil(2 / shrink)) + 1
    places = np.floor(centres).astype(int)[:, None] + np.arange(-reach, reach + 1)
    weights = _cubic((centres[:, None] - places) * shrink)
    weights /= weights.sum(1, keepdims=True)
    places %= 2 * inside
    places = np.where(places < inside, places, 2 * inside - 1 - places)       # mirrored, the edge pixel twice
    matrix = np.zeros((outside, inside))
    np.add.at(matrix, (np.arange(outside)[:, None], places), weights)
    return matrix


def _cubic(x: np.ndarray) -> np.ndarray:
    x = np.abs(x)
    return np.where(x <= 1, 1.5 * x ** 3 - 2.5 * x ** 2 + 1, np.where(x < 2, -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2, 0.0))


def luminance(image: np.ndarray) -> np.ndarray:
    """The Y of YCbCr (BT.601, 16 to 235) of uint8 [H, W, 3]: float64 [H, W]."""
    return 16 + image.astype(np.float64) @ np.array([65.481, 128.553, 24.966]) / 255


def psnr(a: np.ndarray, b: np.ndarray, border: int = 4) -> float:
    """Peak signal-to-noise ratio in dB of the luminances of uint8 [H, W, 3], without `border` pixels at each edge."""
    error = np.square(_inner(a, border) - _inner(b, border)).mean()
    return float("inf") if error == 0 else float(10 * np.log10(255 ** 2 / error))


def ssim(a: np.ndarray, b: np.ndarray, border: int = 4) -> float:
    """Structural similarity (Wang et al. 2004), of the same pixels as `psnr`."""
    return float(structural_similarity(_inner(a, border), _inner(b, border), data_range=255, gaussian_weights=True, sigma=1.5,
                                       use_sample_covariance=False))


def _inner(image: np.ndarray, border: int) -> np.ndarray:
    return luminance(image)[border:-border, border:-border]
