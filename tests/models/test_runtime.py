"""Threads that want the networks take turns: the hurried ones first, the others in the order of their coming."""

import threading

import pytest
from conftest import until

from models.runtime import RANK, Turnstile


def waiting(turnstile: Turnstile, number: int) -> None:
    until(lambda: len(turnstile._waiting) >= number)


def test_the_hurried_go_first_and_equals_in_order():
    turnstile, went, threads = Turnstile(), [], []

    def go(rank: int, name: str) -> None:
        RANK.rank = rank
        with turnstile:
            went.append(name)

    with turnstile, turnstile:                 # its owner may take it again
        for rank, name in ((2, "painting"), (1, "sketch"), (0, "drag"), (1, "another sketch"), (0, "another drag")):
            threads.append(threading.Thread(target=go, args=(rank, name)))
            threads[-1].start()
            waiting(turnstile, len(threads))
    for thread in threads:
        thread.join(10)
    assert went == ["drag", "another drag", "sketch", "another sketch", "painting"]


def test_who_is_interrupted_while_waiting_keeps_nobody_waiting(monkeypatch):
    turnstile, free = Turnstile(), threading.Event()

    def hold() -> None:
        with turnstile:
            free.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    until(lambda: turnstile._owner is not None)

    def interrupted(ready) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(turnstile._change, "wait_for", interrupted)
        with pytest.raises(KeyboardInterrupt):
            turnstile.acquire()
    free.set()
    with turnstile:
        holder.join(10)
    assert not turnstile._waiting
