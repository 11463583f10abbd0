"""Where and how a network runs: device, number format, and the noise that a seed stands for."""

import bisect
import copy
import itertools
import os
import statistics
import threading
import timeit
from collections.abc import Callable, Iterable

import torch
from torch import nn

from models.errors import BadInput, shown

SEED_LIMIT = 2**32
MOST_PICTURES = 100_000        # per call of `generate`; they are made CHUNK at a time
CHUNK = 256


class _Rank(threading.local):
    rank = 1


RANK = _Rank()                 # RANK.rank is how much a thread hurries, 0 the most


class Turnstile:
    """A lock that its owner may take again. Of the threads that wait, the one of the lowest RANK.rank goes first; of equals, the first."""

    def __init__(self):
        self._change, self._numbers = threading.Condition(), itertools.count()
        self._owner: int | None = None
        self._depth, self._waiting = 0, []

    def acquire(self) -> None:
        with self._change:
            if self._owner != threading.get_ident():
                ticket = (RANK.rank, next(self._numbers))
                bisect.insort(self._waiting, ticket)
                try:
                    self._change.wait_for(lambda: self._owner is None and self._waiting[0] == ticket)
                    self._owner = threading.get_ident()
                finally:
                    self._waiting.remove(ticket)       # after an interruption, too
                    self._change.notify_all()
            self._depth += 1

    def release(self) -> None:
        with self._change:
            self._depth -= 1
            if not self._depth:
                self._owner = None
                self._change.notify_all()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_) -> None:
        self.release()


TORCH = Turnstile()            # one picture job at a time: two cores gain nothing from two
if hasattr(os, "register_at_fork"):   # a fork, as ZeroGPU makes them, must not inherit a turn that nobody in it will end
    os.register_at_fork(before=TORCH.acquire, after_in_parent=TORCH.release, after_in_child=TORCH.__init__)


def parse_seeds(seeds) -> list[int]:
    """Seeds as a list of ints in [0, 2**32). Accepts an int, an iterable, or text such as "0-15" or "3,7,20-22"."""
    if isinstance(seeds, str):
        found: list[int] = []
        for part in seeds.split(","):
            first, dash, last = part.strip().partition("-")
            bounds = (_seed(first), _seed(last if dash else first)) if first else (_seed(part), 0)
            if bounds[1] - bounds[0] >= MOST_PICTURES:
                raise BadInput(f"At most {MOST_PICTURES:,} seeds at a time; {shown(part.strip())} names more.")
            if bounds[1] < bounds[0]:
                raise BadInput(f"A range of seeds goes from low to high, as in 0-15, not {part.strip()!r:.40}.")
            found.extend(range(bounds[0], bounds[1] + 1))
            if len(found) > MOST_PICTURES:
                break
    elif isinstance(seeds, Iterable) and getattr(seeds, "ndim", 1):
        found = [_seed(seed) for seed in itertools.islice(seeds, MOST_PICTURES + 1)]
    else:
        found = [_seed(seeds)]
    if not 1 <= len(found) <= MOST_PICTURES:
        raise BadInput(f"Between 1 and {MOST_PICTURES:,} seeds at a time, not {'more' if found else 'none'}.")
    return found


def _seed(value) -> int:
    try:
        seed = int(value)
        whole = isinstance(value, str) or seed == value
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole or not 0 <= seed < SEED_LIMIT:
        raise BadInput(f"A seed is a whole number from 0 to {SEED_LIMIT - 1}, not {shown(value)}.")
    return seed


def noise(seeds: list[int], dim: int) -> torch.Tensor:
    """Standard normal numbers [N, dim], one generator per seed on the CPU: a seed gives the same row anywhere, in any batch."""
    return torch.stack([torch.randn(dim, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


def pick_device(device: str) -> torch.device:
    if device == "auto" and os.environ.get("SPACES_ZERO_GPU"):
        device = "cpu"              # there torch claims a GPU at all times, but it is lent to single calls only (tabs/zero.py)
    elif device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise BadInput(f"The device {device!r:.20} cannot be used here; try auto or cpu.") from error
    return torch.device(device)


def prepare(network: nn.Module, device: torch.device, example: Callable[[int, torch.dtype], tuple[torch.Tensor, ...]],
            pictures: int = 16, times: int = 4) -> nn.Module:
    """The network on its device, in bf16 where that is quicker and the eye cannot tell, else fp32.

    bf16 is tried on CPUs that know it: with AMX tiles it is quicker, with AVX-512 alone on some. It must be 1.3 times as fast on so many
    `pictures`, the median of so many `times`, and differ from fp32 by less than 1/255 of the range on average. `example(n, dtype)` gives
    inputs for n pictures.
    """
    network = network.to(device, memory_format=torch.channels_last)
    if device.type != "cpu" or not getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)():
        return network
    short = copy.deepcopy(network).to(torch.bfloat16)
    full_in, short_in = example(pictures, torch.float32), example(pictures, torch.bfloat16)
    difference = (network(*full_in) - short(*short_in).float()).abs().mean().item() / 2     # and both have warmed up
    quicker = _seconds(lambda: network(*full_in), times) > 1.3 * _seconds(lambda: short(*short_in), times)
    return short if quicker and difference < 1 / 255 else network


def _seconds(work: Callable[[], object], times: int) -> float:
    return statistics.median(timeit.repeat(work, number=1, repeat=times))
