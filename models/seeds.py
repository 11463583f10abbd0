"""Seeds, the noise that a seed stands for, and the way from one noise to another."""

import itertools
from collections.abc import Iterable

import torch

from models.errors import BadInput, shown

SEED_LIMIT = 2**32
MOST_IMAGES = 100_000        # seeds per call


def parse_seeds(seeds) -> list[int]:
    """Seeds as a list of ints in [0, 2**32). Accepts an int, an iterable, or text such as "0-15" or "3,7,20-22". Raises BadInput."""
    if isinstance(seeds, str):
        found: list[int] = []
        for part in seeds.split(","):
            first, dash, last = part.strip().partition("-")
            bounds = (_seed(first), _seed(last if dash else first)) if first else (_seed(part), 0)
            if bounds[1] - bounds[0] >= MOST_IMAGES:
                raise BadInput("At most {most} seeds at a time; {part} names more.", most=f"{MOST_IMAGES:,}", part=shown(part.strip()))
            if bounds[1] < bounds[0]:
                raise BadInput("A range of seeds goes from low to high, as in 0-15, not {part}.", part=shown(part.strip()))
            found.extend(range(bounds[0], bounds[1] + 1))
            if len(found) > MOST_IMAGES:
                break
    elif isinstance(seeds, Iterable) and getattr(seeds, "ndim", 1):
        found = [_seed(seed) for seed in itertools.islice(seeds, MOST_IMAGES + 1)]
    else:
        found = [_seed(seeds)]
    if not 1 <= len(found) <= MOST_IMAGES:
        raise BadInput("Between 1 and {most} seeds at a time.", most=f"{MOST_IMAGES:,}")
    return found


def from_seed(first: int, count: int) -> list[int]:
    """`count` seeds from the first one on; after the last of all come those from 0."""
    return [(first + i) % SEED_LIMIT for i in range(count)]


def named_from(first: int, count: int) -> str:
    """The same seeds as `parse_seeds` reads them: "42-53"."""
    seeds = from_seed(first, count)
    return f"{seeds[0]}-{seeds[-1]}" if seeds[0] < seeds[-1] else ",".join(map(str, seeds))


def _seed(value) -> int:
    try:
        seed = int(value)
        whole = not isinstance(value, bool) and (isinstance(value, str) or seed == value)
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole or not 0 <= seed < SEED_LIMIT:
        raise BadInput("A seed is a whole number from 0 to {most}, not {value}.", most=SEED_LIMIT - 1, value=shown(value))
    return seed


def noise(seeds: list[int], dim: int) -> torch.Tensor:
    """Standard normal numbers [N, dim], one CPU generator per seed: a seed gives the same row anywhere, in any batch. dim may be 0."""
    return torch.stack([torch.randn(dim, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


def slerp(a: torch.Tensor, b: torch.Tensor, share: float) -> torch.Tensor:
    """The vector `share` (0 to 1) of the way from a to b, both [dim], along the great circle (Shoemake 1985).

    A straight line between two normal vectors passes where the generator was never trained.
    """
    angle = torch.arccos((a @ b / (a.norm() * b.norm())).clamp(-1, 1))
    if not angle > 1e-4:         # the same direction; or no direction at all
        return a + share * (b - a)
    return (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)
