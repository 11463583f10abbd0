"""Bodies of calls: refused before they come where they are too large or there is no room for them, and where they do not come."""

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from conftest import is_one_sentence

from page import calls
from page.calls import CompleteCalls

PATH = "/gradio_api/call/score"


def score(model: str, pictures: list, controls: dict | None = None) -> None:
    """A call that takes pictures, and so large bodies."""


async def app(scope, receive, send):
    """Answers with what it got."""
    got = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": bytes(got["body"])})


class Caller:
    """Sends a body in pieces, and notes what was asked of it and answered."""

    def __init__(self, *pieces: bytes, length: int | None = None, path: str = PATH, forever: bool = False, **scope):
        headers = [] if length is None else [(b"content-length", str(length).encode())]
        self.scope = {"type": "http", "method": "POST", "path": path, "headers": headers} | scope
        self.pieces, self.forever, self.asked, self.said = list(pieces), forever, 0, []

    async def receive(self):
        self.asked += 1
        if not self.pieces and self.forever:
            await asyncio.Event().wait()
        return ({"type": "http.request", "body": self.pieces.pop(0), "more_body": bool(self.pieces) or self.forever} if self.pieces
                else {"type": "http.disconnect"})

    async def send(self, message):
        self.said.append(message)

    def status(self) -> int:
        return self.said[0]["status"]

    def sentence(self) -> str:
        told = "".join(json.loads(b"".join(one.get("body", b"") for one in self.said)).values())
        assert is_one_sentence(told)
        return told


@pytest.fixture
def served(monkeypatch) -> CompleteCalls:
    for name, value in {"MOST_BYTES": 4_000, "MOST_OF_OTHERS": 100, "MOST_AT_ONCE": 6_000, "KEPT_FREE": 1_000, "WAIT": 0.2}.items():
        monkeypatch.setattr(calls, name, value)
    return CompleteCalls(app, [score])


def finished(work: Coroutine):
    """What comes of it, in a thread of its own: where a browser's tests run, this one has a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def ask(served: CompleteCalls, caller: Caller) -> Caller:
    finished(served(caller.scope, caller.receive, caller.send))
    assert served.held == 0
    return caller


@pytest.mark.parametrize(("path", "length"), [(PATH, 4_001), ("/gradio_api/component_server", 101), ("/anything", 101)])
def test_a_body_that_says_it_is_too_large_is_refused_unread(served, path, length):
    caller = ask(served, Caller(b"x", length=length, path=path))
    assert caller.status() == 413 and caller.asked == 0 and "MB" in caller.sentence()


def test_a_body_that_says_nothing_is_read_no_further_than_its_limit(served):
    caller = ask(served, Caller(*[b"x" * 1_000] * 50))
    assert caller.status() == 413 and caller.asked == 5


def test_bodies_for_which_there_is_no_room_are_put_off(served):
    async def both() -> tuple[Caller, Caller, Caller]:
        first = Caller(b"x" * 3_000, forever=True)
        second, small = Caller(length=3_000), Caller(b"x" * 90, length=90, path="/anything")
        waits = asyncio.create_task(served(first.scope, first.receive, first.send))
        await asyncio.sleep(0.01)
        assert served.held == 3_000
        for caller in (second, small):
            await served(caller.scope, caller.receive, caller.send)
        await waits
        return first, second, small

    first, second, small = finished(both())
    assert second.status() == 503 and second.asked == 0 and "again in a minute" in second.sentence()
    assert small.status() == 200, "nobody's large call stops the page"
    assert first.status() == 408 and "in time" in first.sentence() and served.held == 0


def test_what_waits_in_the_queue_takes_room(served):
    event = SimpleNamespace(data=SimpleNamespace(data=["gan-mnist", ["x" * 2_500], {"label": 1}]))
    line = SimpleNamespace(queue=[event, SimpleNamespace(data=None)])
    there = SimpleNamespace(blocks=SimpleNamespace(_queue=SimpleNamespace(event_queue_per_concurrency_id={"torch": line})))
    assert ask(served, Caller(length=3_000, app=there)).status() == 503
    assert ask(served, Caller(b'{"data": ["a", []]}', length=19, app=there)).status() == 200


def test_who_joins_the_queue_while_a_body_comes_takes_room(served):
    """Of two calls that were let in, the one that comes whole first."""
    line = SimpleNamespace(queue=[])
    there = SimpleNamespace(blocks=SimpleNamespace(_queue=SimpleNamespace(event_queue_per_concurrency_id={"torch": line})))

    class Slow(Caller):
        async def receive(self):
            if len(self.pieces) == 1:
                line.queue = [SimpleNamespace(data=SimpleNamespace(data=["x" * 2_500]))]
            return await super().receive()

    assert ask(served, Slow(b"x" * 1_500, b"x" * 1_500, app=there)).status() == 503


@pytest.mark.parametrize(("most", "status"), [(9.0, 200), (0.05, 408)])
def test_a_large_body_has_longer_to_come_but_not_for_ever(served, monkeypatch, most, status):
    for name, value in {"WAIT": 0.02, "SLOWEST": 100, "MOST_WAIT": most}.items():        # its first piece adds ten seconds
        monkeypatch.setattr(calls, name, value)

    class Slow(Caller):
        async def receive(self):
            if len(self.pieces) == 1:
                await asyncio.sleep(0.1)
            return await super().receive()

    whole = b'{"data":["a", []' + b" " * 1_000 + b", null]}"
    assert ask(served, Slow(whole[:1_000], whole[1_000:])).status() == status


def test_whoever_goes_away_gets_no_answer(served):
    assert ask(served, Caller()).said == []


def test_a_whole_call_goes_on_as_it_came_and_others_are_completed(served):
    whole = b'{"data":["a", [], null]}'
    assert ask(served, Caller(whole[:9], whole[9:])).said[1]["body"] == whole
    assert json.loads(ask(served, Caller(b'{"data": ["a", []]}')).said[1]["body"]) == {"data": ["a", [], None]}


def test_a_body_that_is_written_anew_is_not_held_twice(monkeypatch):
    held, real = [], calls._completed
    monkeypatch.setattr(calls, "_completed", lambda name, body, parameters: held.append(body) or real(name, body, parameters))

    async def empty(scope, receive, send):
        held.append(len(held[0]))
        await app(scope, receive, send)

    caller = ask(CompleteCalls(empty, [score]), Caller(b'{"data": ["a", []]}'))
    assert held[1] == 0 and json.loads(caller.said[1]["body"]) == {"data": ["a", [], None]}
