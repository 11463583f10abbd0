"""Queues: what visitors ask for is done one after another in threads of its own, and not at all once they have left.

Every request has a thread of Gradio's, of which there are 40, and each thread that works with torch keeps a team of threads and buffers
for good. So those only wait here. Quick work (a drag), low-resolution images of sentences (ten times slower), slow work (a large image)
and the programming interface have a thread each: none keeps another waiting, but for the moments in which one network runs.
"""

import contextvars
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import gradio as gr

from models.errors import BadInput
from models.runtime import RANK

PATIENCE = 20.0     # seconds that anyone waits in a queue
LOOK = 0.2          # seconds between two looks whether the visitor is still there
_asked = time.monotonic()      # when somebody last asked for anything


class Queue:
    """One thread, first come, first served. `rank`: where threads wait for a network, the lowest goes first (models/runtime.py)."""

    def __init__(self, name: str, rank: int = 1):
        self._name, self._rank = name, rank
        self._begin()
        if hasattr(os, "register_at_fork"):           # a forked process (ZeroGPU works in one) has no thread but its own
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._thread = ThreadPoolExecutor(1, self._name, initializer=setattr, initargs=(RANK, "rank", self._rank))

    def run(self, work: Callable[..., Any], *given: Any, request: gr.Request | None = None, **named: Any) -> Any:
        """The result of work(*given, **named). Raises BadInput when its turn does not come in time, or to a visitor who has left."""
        global _asked
        _asked = time.monotonic()
        spoken = contextvars.copy_context()      # the visitor's language
        job, begun = self._thread.submit(spoken.run, work, *given, **named), time.monotonic()
        while True:
            try:
                return job.result(LOOK)
            except TimeoutError:
                if job.done():      # just now, or the work itself raised this
                    return job.result()
                if (time.monotonic() - begun > PATIENCE or _left(request)) and job.cancel():     # what has begun comes to its end
                    raise BadInput("Many people are drawing just now; please try again in a moment.") from None


QUICK, LOW_RES, SLOW, CALLS = Queue("quick", 0), Queue("low-res", 1), Queue("slow", 2), Queue("calls", 2)


def quiet() -> float:
    """For how many seconds nobody has asked for anything."""
    return time.monotonic() - _asked


def _left(request: gr.Request | None) -> bool:
    return request is not None and anyio.from_thread.run(request.is_disconnected)     # Starlette's own: nothing wraps it here
