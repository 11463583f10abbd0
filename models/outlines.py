"""The outlines of a photograph, as someone might draw them: Canny's edges of the colours, at several strengths, in black or with coloured
pencils. And outlines of our own.

Canny 1986, "A Computational Approach to Edge Detection", https://ieeexplore.ieee.org/document/4767851

Differs from the paper: the gradient is that of the colour channel in which it is largest, thresholds are shares of the image's own
gradients, and a weak edge is kept up to 32 pixels from a strong one.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import torch
import torch.nn.functional as F

EDGES, COLOURED = "edges", "pencils"      # inputs of pix2pix: lines in ink, or each with one of PENCILS
DETAILS = {"fine": (1.5, 0.88), "medium": (2.5, 0.90), "coarse": (4.0, 0.92)}
# by name: the blur before (standard deviation in pixels of a side of 256), and the share of gradients that are no strong edge
WEAK = 0.4             # a weak edge's gradient, relative to the threshold of strong ones
LEAST = 0.02           # of a strong edge: gradient a pixel, where black to white is 1, so that smooth pictures stay blank
REACH = 32
SOFT = 0.9             # standard deviation of a line's softness, in pixels of a side of 256
INK = {"paper": (255, 255, 255), "ink": (0, 0, 0)}
PENCILS = {"paper": (255, 255, 255), "pink": (245, 160, 195), "magenta": (205, 35, 125), "red": (205, 25, 35), "orange": (245, 135, 25),
           "yellow": (245, 205, 30), "white": (196, 196, 200), "lavender": (175, 140, 225), "purple": (120, 45, 150), "blue": (60, 80, 205),
           "green": (75, 135, 50), "brown": (115, 72, 38)}     # white is a grey, to be seen on paper
FLOWERS = (("red", "yellow"), ("yellow", "brown"), ("lavender", "purple"), ("white", "yellow"), ("orange", "red"), ("magenta", "yellow"),
           ("pink", "magenta"), ("blue", "yellow"))        # petals and centre of our own flowers
COLOURS = {EDGES: INK, COLOURED: PENCILS}      # RGB by name; a drawing has the numbers of these, 0 where there is no line


def edges(images: np.ndarray, detail: str = "medium") -> np.ndarray:
    """Where the edges of images uint8 [N, H, W, C] are, one pixel wide: bool [N, H, W]. `detail`: one of DETAILS."""
    sigma, share = DETAILS[detail]
    x = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 255
    n, channels, h, w = x.shape
    x = _under(x.reshape(n * channels, 1, h, w), _gaussian(sigma * w / 256))
    slope = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    gradient = F.conv2d(F.pad(x, (1, 1, 1, 1), "replicate"), torch.stack([slope, slope.T])[:, None]).reshape(n, channels, 2, h, w)
    strength = gradient.square().sum(2).sqrt()
    strength, where = strength.max(1)
    gx, gy = gradient.gather(1, where[:, None, None].expand(-1, 1, 2, -1, -1))[:, 0].unbind(1)

    # Thin: a pixel stays where its gradient is at least that of both neighbours across the edge.
    padded, direction = F.pad(strength, (1, 1, 1, 1)), (torch.atan2(gy, gx) / (math.pi / 4)).round().long() % 4
    across = {0: (0, 1), 1: (1, 1), 2: (1, 0), 3: (1, -1)}
    thin = torch.zeros_like(strength, dtype=torch.bool)
    for number, (dy, dx) in across.items():
        ahead = padded[:, 1 + dy:1 + dy + h, 1 + dx:1 + dx + w]
        behind = padded[:, 1 - dy:1 - dy + h, 1 - dx:1 - dx + w]
        thin |= (direction == number) & (strength >= ahead) & (strength > behind)

    high = strength.flatten(1).quantile(share, 1).clamp(min=LEAST * 256 / w / max(sigma, 1))[:, None, None]
    strong, weak = thin & (strength >= high), (thin & (strength >= WEAK * high)).float()
    kept = strong.float()
    for _ in range(REACH):
        grown = F.max_pool2d(kept, 3, 1, 1) * weak
        if torch.equal(grown, kept):
            break
        kept = grown
    return (kept > 0).numpy()


def pencils(images: np.ndarray | torch.Tensor, lines: np.ndarray | torch.Tensor) -> torch.Tensor:
    """The drawing with coloured pencils of images uint8 [N, 3, H, W] whose edges are `lines` bool [N, H, W]: uint8 [N, H, W].

    A line between a petal and leaves is of both; someone who draws takes the petal's colour. So the brightest and fullest colour within 2.5
    pixels of a side of 128 counts, green less than others.
    """
    x, lines = (one if isinstance(one, torch.Tensor) else torch.from_numpy(np.require(one, requirements="W")) for one in (images, lines))
    x = x.float()          # torch warns of an array that it may not write to
    n, channels, h, w = x.shape
    x = _under(x.reshape(n * channels, 1, h, w), _gaussian(1.2 * w / 128)).reshape(n, channels, h, w)
    value, (red, green, blue) = x.amax(1), x.unbind(1)
    fullness = 1 - x.amin(1) / value.clamp(min=1)
    leaf = (green >= 0.98 * red) & (green >= blue) & (fullness > 0.15)
    weight = value * (0.7 + 0.5 * fullness) * torch.where(leaf, 0.45, 1.0)
    reach = round(2.5 * w / 128)
    _, where = F.max_pool2d(weight[:, None], 2 * reach + 1, 1, reach, return_indices=True)
    near = x.flatten(2).gather(2, where.flatten(2).expand(-1, channels, -1)).transpose(1, 2)
    pencil = torch.tensor(list(PENCILS.values())[1:], dtype=torch.float32)
    number = 1 + torch.cdist(_opposed(near), _opposed(pencil)[None]).argmin(2).reshape(n, h, w)
    return torch.where(lines, number, 0).to(torch.uint8)


def _opposed(rgb: torch.Tensor) -> torch.Tensor:
    """Colours [..., 3] of 0 to 255 as lightness, red against green and yellow against blue, in which hue weighs more than lightness."""
    red, green, blue = (rgb / 255).unbind(-1)
    return torch.stack([0.6 * (0.3 * red + 0.59 * green + 0.11 * blue), red - green, 0.7 * ((red + green) / 2 - blue)], -1)


def ink(drawings: np.ndarray | torch.Tensor, colours: Iterable[Sequence[int]] = INK.values()) -> torch.Tensor:
    """Drawings, numbers of `colours` or bool, [N, H, W] as soft pens draw them on white paper: uint8 [N, 3, H, W]."""
    drawings = torch.as_tensor(drawings).long()
    n, h, w = drawings.shape
    kernel, gain = pen(w)
    darkness = 255 - torch.tensor(list(colours), dtype=torch.float32)
    soft = _under(darkness[drawings].permute(0, 3, 1, 2).reshape(3 * n, 1, h, w), kernel).reshape(n, 3, h, w)
    covered = _under((drawings > 0).float()[:, None], kernel)
    return (255 - gain * soft / (gain * covered).clamp(min=1)).round().clamp(0, 255).to(torch.uint8)


def pen(size: int) -> tuple[torch.Tensor, float]:
    """How softly lines are drawn on paper of size x size pixels: the Gaussian kernel that they are under, and the factor after it."""
    sigma = SOFT * size / 256
    return _gaussian(sigma), max(1.0, 1.2 * sigma * math.sqrt(2 * math.pi))


def draw(images: np.ndarray, detail: str = "medium", kind: str = EDGES) -> np.ndarray:
    """The drawing of images uint8 [N, H, W, 3]: numbers of COLOURS[kind], uint8 [N, H, W]."""
    lines = edges(images, detail)
    return lines.astype(np.uint8) if kind == EDGES else pencils(np.moveaxis(images, 3, 1), lines).numpy()


def outlines(images: np.ndarray, detail: str = "medium", kind: str = EDGES) -> np.ndarray:
    """The outlines of images uint8 [N, H, W, 3], on white: uint8 [N, H, W, 3]."""
    return ink(draw(images, detail, kind), COLOURS[kind].values()).permute(0, 2, 3, 1).contiguous().numpy()


def _gaussian(sigma: float) -> torch.Tensor:
    reach = max(1, math.ceil(3 * sigma))
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / max(sigma, 1e-3)) ** 2)
    return kernel / kernel.sum()


def _under(x: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """float [N, 1, H, W] under a kernel, each way; beyond the edge, its last pixels are repeated."""
    reach = len(kernel) // 2
    x = F.conv2d(F.pad(x, (reach, reach, 0, 0), "replicate"), kernel.view(1, 1, 1, -1))
    return F.conv2d(F.pad(x, (0, 0, reach, reach), "replicate"), kernel.view(1, 1, -1, 1))


def flower(seed: int, size: int = 256, kind: str = EDGES) -> np.ndarray:
    """The drawing of a flower of our own, numbers of COLOURS[kind], uint8 [size, size]. Always the same for the same seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size
    x0, y0 = rng.uniform(0.44, 0.56, 2)
    angle, radius = np.arctan2(y - y0, x - x0) + rng.uniform(0, 6), np.hypot(x - x0, y - y0)
    petals, far, near = int(rng.integers(5, 10)), rng.uniform(0.32, 0.4), rng.uniform(0.06, 0.1)
    depth = rng.uniform(0.35, 0.6)
    areas = np.zeros((size, size), np.uint8)
    for ring in range(int(rng.integers(1, 3)), 0, -1):           # a ring of petals, and perhaps a smaller one upon it
        wave = np.abs(np.cos(petals / 2 * (angle + ring * math.pi / petals)))
        reach = far * (0.55 + 0.45 * ring / 2) * (1 - depth + depth * np.sqrt(wave))
        inside = radius < reach
        sector = np.floor((angle + ring * math.pi / petals) * petals / (2 * math.pi) + 0.5) % petals
        areas = np.where(inside, (1 + sector + 20 * ring).astype(np.uint8), areas)
    areas = np.where(radius < near, 255, areas)
    lines = np.zeros((size, size), bool)
    lines[1:] |= areas[1:] != areas[:-1]
    lines[:, 1:] |= areas[:, 1:] != areas[:, :-1]
    if kind == EDGES:
        return lines.astype(np.uint8)
    petal, centre = (list(PENCILS).index(name) for name in FLOWERS[seed % len(FLOWERS)])
    return np.where(lines, np.where(radius < near + 1.5 / size, centre, petal), 0).astype(np.uint8)
