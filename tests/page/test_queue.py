"""Who waits for whom: one thing at a time, nothing for those who have left, and a sentence for those who waited too long."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from conftest import until

from app import build
from harness.hostile import targets
from models.errors import BadInput
from models.runtime import RANK
from page import instrument, queue
from page.language import language, speaking
from page.queue import Queue


@pytest.fixture
def busy():
    """A queue that is busy until the test ends or sets the event."""
    line, free, begun = Queue("test"), threading.Event(), threading.Event()
    with ThreadPoolExecutor(4) as visitors:
        first = visitors.submit(line.run, lambda: begun.set() or free.wait(20))
        begun.wait(60)
        yield line, free, visitors
        free.set()
        assert first.result(20)


def test_work_is_done_one_after_another_in_one_thread(busy):
    line, free, visitors = busy
    jobs = [visitors.submit(line.run, lambda: (threading.get_ident(), time.monotonic())) for _ in range(2)]
    until(lambda: line._thread._work_queue.qsize() == 2)
    assert not any(job.done() for job in jobs)
    free.set()
    (one, _), (other, _) = (job.result(20) for job in jobs)
    assert one == other != threading.get_ident()


def test_who_waits_too_long_is_told_so(busy, monkeypatch):
    monkeypatch.setattr(queue, "PATIENCE", 0.1)
    with pytest.raises(BadInput, match=r"^Many people are drawing just now; please try again in a moment\.$"):
        busy[0].run(lambda: None)


def test_nothing_is_done_for_who_has_left(busy, monkeypatch):
    line, free, _ = busy
    monkeypatch.setattr(queue, "_left", lambda request: request is not None)
    done = []
    with pytest.raises(BadInput):
        line.run(done.append, 1, request=object())
    free.set()
    line.run(lambda: None)
    assert done == []


def test_a_drag_does_not_wait_for_a_sentence():
    made, begun, free = {target.name: target for target in targets(build())}, threading.Event(), threading.Event()
    with ThreadPoolExecutor(2) as visitors:
        visitors.submit(queue.LOW_RES.run, lambda: begun.set() or free.wait(60))
        begun.wait(60)
        drag = made["infogan.draw"]
        assert drag.call(drag.good)["picture"].startswith("data:image/png")
        waits = visitors.submit(made["text.draw"].call, made["text.draw"].good)
        with pytest.raises(TimeoutError):
            waits.result(1)
        free.set()
        assert waits.result(60)["low-res"].startswith("data:image/png")


def test_what_is_quick_goes_first_where_threads_wait_for_a_network():
    quick, low_res, slow, calls = (line.run(lambda: RANK.rank) for line in (queue.QUICK, queue.LOW_RES, queue.SLOW, queue.CALLS))
    assert quick < low_res < slow == calls


def test_the_visitors_language_is_spoken_in_the_queue():
    with speaking("zh"):
        assert Queue("test").run(language) == "zh"


def test_it_is_quiet_since_somebody_asked(monkeypatch):
    monkeypatch.setattr(queue, "_asked", time.monotonic() - 1_000)
    assert queue.quiet() >= 1_000
    assert Queue("test").run(queue.quiet) < 500


@pytest.mark.parametrize("error", [BadInput("No."), TimeoutError("late"), ZeroDivisionError()], ids=repr)
def test_what_the_work_raises_is_raised(error):
    def work():
        raise error

    with pytest.raises(type(error)):
        Queue("test").run(work)


def test_the_server_sees_that_a_visitor_hangs_up(address, monkeypatch):
    """A request waits for its turn over HTTP; its connection is dropped, and it never gets the turn."""
    parts = httpx.get(address + "config", timeout=60).json()["components"]
    part = next(part for part in parts if part["props"].get("elem_id") == "infogan")
    state = next(target.good for target in targets(build()) if target.name == "infogan.recite")
    left, begun, free, looks = threading.Event(), threading.Event(), threading.Event(), queue._left
    had = []
    monkeypatch.setattr(queue, "_left", lambda request: looks(request) and (left.set() or True))
    monkeypatch.setattr(instrument, "_recited", lambda found: had.append(found) or {})
    with ThreadPoolExecutor(1) as other:
        other.submit(queue.QUICK.run, lambda: begun.set() or free.wait(120))
        begun.wait(60)
        with pytest.raises(httpx.ReadTimeout):      # the visitor leaves after a second
            httpx.post(address + "gradio_api/component_server", timeout=1,
                       json={"data": state, "component_id": part["id"], "fn_name": "recite", "session_hash": "x"})
        assert left.wait(60)
        free.set()
    queue.QUICK.run(lambda: None)                   # whatever waited before that has had its turn
    assert not had
