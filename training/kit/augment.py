"""DiffAugment: random changes to every image D sees, real or generated, through which gradients pass.

Zhao et al. 2020, https://arxiv.org/abs/2006.10738. Each function takes and returns images float [N, C, H, W] in [-1, 1].
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from models.errors import BadInput


def mirror(x: Tensor) -> Tensor:
    """Left and right changed, in half of the images on average."""
    return torch.where(torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5, x.flip(3), x)


def color(x: Tensor) -> Tensor:
    """Brightness +-0.5, saturation x0-2 (only where there are colours), contrast x0.5-1.5."""
    def draw() -> Tensor:
        return torch.rand(len(x), 1, 1, 1, device=x.device, dtype=x.dtype)

    x = x + draw() - 0.5
    if x.shape[1] > 1:
        grey = x.mean(1, keepdim=True)
        x = grey + (x - grey) * draw() * 2
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * (draw() + 0.5)


def translation(x: Tensor, ratio: float = 1 / 8) -> Tensor:
    """A shift by up to `ratio` of the side; what enters is black (-1)."""
    n, _, h, w = x.shape
    dy = torch.randint(-round(h * ratio), round(h * ratio) + 1, (n, 1), device=x.device)
    dx = torch.randint(-round(w * ratio), round(w * ratio) + 1, (n, 1), device=x.device)
    rows = torch.arange(h, device=x.device) + dy
    columns = torch.arange(w, device=x.device) + dx
    inside = ((rows >= 0) & (rows < h))[:, None, :, None] & ((columns >= 0) & (columns < w))[:, None, None, :]
    picked = torch.arange(n, device=x.device)[:, None, None]
    shifted = x.permute(0, 2, 3, 1)[picked, rows.clamp(0, h - 1)[:, :, None], columns.clamp(0, w - 1)[:, None, :]]
    return torch.where(inside, shifted.permute(0, 3, 1, 2), x.new_tensor(-1.0))


def cutout(x: Tensor, ratio: float = 1 / 2) -> Tensor:
    """A square of `ratio` of the side becomes grey (0)."""
    n, _, h, w = x.shape
    top = torch.randint(0, h, (n, 1), device=x.device) - round(h * ratio) // 2
    left = torch.randint(0, w, (n, 1), device=x.device) - round(w * ratio) // 2
    y, x_ = torch.arange(h, device=x.device), torch.arange(w, device=x.device)
    rows, columns = (y >= top) & (y < top + round(h * ratio)), (x_ >= left) & (x_ < left + round(w * ratio))
    return x.masked_fill(rows[:, None, :, None] & columns[:, None, None, :], 0)


def affine(x: Tensor, rotate: float = 0.2, stretch: float = 0.15, shear: float = 0.2, shift: float = 0.08) -> Tensor:
    """A random rotation (radians), stretch, shear and shift (share of the side), each uniform within +- its limit; the edge is repeated."""
    def draw(limit: float) -> Tensor:
        return (torch.rand(len(x), device=x.device) * 2 - 1) * limit

    angle, lean, sx, sy = draw(rotate), draw(shear), 1 + draw(stretch), 1 + draw(stretch)
    cos, sin = torch.cos(angle), torch.sin(angle)
    matrix = torch.stack([
        torch.stack([sx * cos, -sy * sin + lean, draw(2 * shift)], 1),
        torch.stack([sx * sin, sy * cos, draw(2 * shift)], 1),
    ], 1).to(x.dtype)
    grid = F.affine_grid(matrix, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


POLICIES = {"mirror": mirror, "color": color, "translation": translation, "cutout": cutout, "affine": affine}


def names_in(policy: str) -> list[str]:
    """The names that a policy gives, in its order."""
    return [name for part in policy.split(",") if (name := part.strip())]


def check_policy(policy: str) -> None:
    """Raises BadInput for a name that is none of POLICIES."""
    for name in names_in(policy):
        if name not in POLICIES:
            raise BadInput(f"--augment takes names from {', '.join(POLICIES)}, joined by commas, not {name!r:.60}.")


def diff_augment(x: Tensor, policy: str) -> Tensor:
    """Applies the functions named in `policy`, e.g. "color,translation". An empty policy returns x."""
    check_policy(policy)
    for name in names_in(policy):
        x = POLICIES[name](x)
    return x
