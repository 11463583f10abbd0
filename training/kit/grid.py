"""Which images a run's sample grids show: a hundred small ones, or fewer large ones, of which a hundred would take minutes and
gigabytes."""

import torch

COLUMNS = 10
SMALL, LARGE = 100, 30    # images of up to 32 pixels a side, and of more


def count_of(size: int) -> int:
    """How many images of `size` pixels a side a grid has, in rows of COLUMNS."""
    return SMALL if size <= 32 else LARGE


def fixed_noise(count: int, z_dim: int) -> torch.Tensor:
    """The noise that a grid's images are drawn from, the same at every start: float32 [count, z_dim]."""
    return torch.randn(count, z_dim, generator=torch.Generator().manual_seed(0))


def rows_of(kinds: int, size: int) -> torch.Tensor:
    """Which of some classes or categories have a row each, spread over all of them where these are too many: int64 [rows]."""
    return torch.linspace(0, kinds - 1, min(kinds, count_of(size) // COLUMNS)).round().long()
