"""Where a network runs: the device, and the turns that threads take."""

import bisect
import itertools
import os
import threading
import time

import torch

from models.errors import BadInput


class _Rank(threading.local):
    rank = 1


RANK = _Rank()                 # RANK.rank is how much a thread hurries, 0 the most


CROWDED = 2.0       # seconds without anyone waiting after which torch has all its threads again


class Turnstile:
    """A lock that its owner may take again. Of the threads that wait, the one of the lowest RANK.rank goes first; of equals, the first.

    While several wait, torch works with one thread: beside a busy server two cores gain nothing from a second, and lose time at every
    meeting of the two (benchmarks/visitors.py).
    """

    def __init__(self):
        self._change, self._numbers = threading.Condition(), itertools.count()
        self._owner: int | None = None
        self._depth, self._waiting = 0, []
        self._all, self._crowded = torch.get_num_threads(), -CROWDED

    def _choose_threads(self) -> None:
        if len(self._waiting) > 1:
            self._crowded = time.monotonic()
        wanted = 1 if time.monotonic() - self._crowded < CROWDED else self._all
        if torch.get_num_threads() != wanted:
            torch.set_num_threads(wanted)

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
            if self._depth == 1:
                self._choose_threads()

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


TORCH = Turnstile()            # one job at a time: two cores gain nothing from two
if hasattr(os, "register_at_fork"):   # a fork, as ZeroGPU makes them, must not inherit a turn that nobody in it will end
    os.register_at_fork(before=TORCH.acquire, after_in_parent=TORCH.release, after_in_child=TORCH.__init__)


def pick_device(device: str) -> torch.device:
    if device == "auto" and os.environ.get("SPACES_ZERO_GPU"):
        device = "cpu"              # there torch claims a GPU at all times, but it is lent to single calls only (page/zerogpu.py)
    elif device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise BadInput("The device {device} cannot be used here; try auto or cpu.", device=f"{device!r:.20}") from error
    return torch.device(device)
