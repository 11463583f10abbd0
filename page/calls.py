"""Calls of the programming interface by hand (curl): arguments that are left out take their defaults, and one that has none is named, as
is a function that is not there.

Gradio itself asks for all of them, and tells whoever leaves one out no more than {"error": null}, and of a wrong name that it has failed.
It would also fetch what a stranger's argument or address names, from anywhere and of any size, and hand it on: the page and its
interface use no files, so those are refused.
"""

import asyncio
import inspect
import json
import re
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX, BY_NAME = "/gradio_api/call/", "v2/"      # Gradio's newer calls give arguments by name
AT_ONCE = ("/gradio_api/run/", "/gradio_api/api/")      # answered in the same request; Gradio's own page calls functions there, too
QUEUE = "/gradio_api/queue/join"      # where Gradio's own clients call
EVENT = re.compile(r"/[0-9a-f]{16,64}$")      # how the address of an answer ends
DRAWING = "/gradio_api/component_server"     # where the page asks for pictures, with nothing that Gradio would open
CLOSED = re.compile(r"/gradio_api/(file[=/]|proxy=|(upload|process_recording|stream|vibe-\w+|deep_link)(/|$))")    # what nobody here uses
TOKEN = "oauth_token"         # which Gradio takes beside them
MOST_BYTES = 400_000_000      # of the body of a call that takes pictures: 64 of 4 MB, and room
MOST_OF_OTHERS = 8_000_000    # of any other: what the page sends is one such picture
MOST_AT_ONCE = 600_000_000    # of all bodies that are on their way, and of the large ones that wait in Gradio's queue
KEPT_FREE = 150_000_000       # of that, for the small ones: nobody's large call stops the page
WAIT, MOST_WAIT, SLOWEST = 30, 600, 50_000      # seconds that a body may take at first, and at most; each so many bytes of it add one
MOST_VALUES = 100_000         # of a body, about: 64 rows of noise are 6,400 numbers


class CompleteCalls:
    """Fills up the arguments of POST .../call/<name>, for the functions given; refuses bodies that are larger than any of use, more of them
    than there is room for, and those that do not come."""

    def __init__(self, app: ASGIApp, functions: Iterable[Callable]):
        self.app = app
        self.held = 0               # bytes of the bodies that are on their way
        self.parameters = {function.__name__: list(inspect.signature(function).parameters.values()) for function in functions}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def refuse(code: int, says: str, key: str = "error") -> None:
            await JSONResponse({key: says}, status_code=code)(scope, receive, send)

        path = scope["path"]
        if CLOSED.search(path):
            return await refuse(404, "Files are neither taken nor given here; pictures travel as data URIs.", "detail")
        prefix = next((one for one in (PREFIX, *AT_ONCE) if one in path), None)
        called = path.rpartition(prefix or "/")[2].rstrip("/")
        name = called.removeprefix(BY_NAME)
        if scope["method"] == "GET" and prefix == PREFIX and not EVENT.search(called):
            return await refuse(404, f"There is no call {name.rpartition('/')[2]!r:.60}; the answer to the POST names it, as event_id.")
        if scope["method"] != "POST":
            return await self.app(scope, receive, send)
        queued, drawing = (path.rstrip("/").endswith(one) for one in (QUEUE, DRAWING))
        call = prefix == PREFIX or (prefix is not None and name in self.parameters)
        if call and name not in self.parameters:
            return await refuse(404, f"There is no function {name!r:.60}; there are {', '.join(self.parameters)}.")
        key, many = "error" if call else "detail", call and any(one.name == "pictures" for one in self.parameters[name])
        async with self._coming(scope, receive, MOST_BYTES if queued or many else MOST_OF_OTHERS) as (body, refusal):
            if body is None:
                return await refuse(*refusal, key) if refusal else None
            if not drawing and sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:       # before any of it is made into objects
                return await refuse(413, f"A body takes at most {MOST_VALUES:,} values here.", key)
            if not call:
                if not drawing and _names_a_file(_object(body)):
                    return await refuse(400, "Pictures are taken as data URIs, not as files.", key)
                return await self.app(scope, _again(body, receive), send)
            found = (_named if name != called else _completed)(name, body, self.parameters[name])
            if isinstance(found, str):
                return await refuse(400, found)
            headers = [(key, value) for key, value in scope["headers"] if key != b"content-length"]
            headers.append((b"content-length", str(len(found)).encode()))
            if found is not body:
                body.clear()             # both at once would be twice the memory
            await self.app(scope | {"headers": headers}, _again(found, receive), send)

    @asynccontextmanager
    async def _coming(self, scope: Scope, receive: Receive, most: int) -> AsyncIterator[tuple[bytearray | None, tuple[int, str] | None]]:
        """The body, or None and why it is refused, as a status and a sentence; both None where the caller has gone. As long as the block
        lasts, the body counts among those for which there has to be room."""
        told = next((value for key, value in scope["headers"] if key == b"content-length"), b"")
        body, taken, begun, more, expected = bytearray(), 0, time.monotonic(), True, int(told) if told.isdigit() else 0
        large = most > MOST_OF_OTHERS and not 0 < expected <= MOST_OF_OTHERS
        waiting = _waiting(scope) if large else 0
        try:
            while not (refusal := self._refusal(max(taken, expected), taken, most, waiting)) and more:
                try:
                    async with asyncio.timeout(max(0, min(WAIT + taken / SLOWEST, MOST_WAIT) - (time.monotonic() - begun))):
                        message = await receive()
                except TimeoutError:
                    refusal = 408, "The body of this call did not come in time; send it again."
                    break
                if message["type"] == "http.disconnect":
                    break
                part, more = message.get("body", b""), message.get("more_body", False)
                body += part
                taken += len(part)
                self.held += len(part)
                if large and not more:
                    waiting = _waiting(scope)        # others have joined the queue meanwhile
            yield (body, None) if not (refusal or more) else (None, refusal)
        finally:
            self.held -= taken

    def _refusal(self, size: int, taken: int, most: int, waiting: int) -> tuple[int, str] | None:
        """Why there is no room for a body of this size, of which so many bytes are here, beside those that wait."""
        if size > most:
            return 413, f"A body takes at most {most // 1_000_000} MB here."
        large = size > MOST_OF_OTHERS
        if self.held - taken + size + waiting * large > MOST_AT_ONCE - KEPT_FREE * large:
            return 503, "There is no room for this call beside the others that are here; send it again in a minute."
        return None


async def not_of_the_page(request: Request, error: Exception) -> JSONResponse:
    """Answers a request to no part of the page: from one of an earlier server, still open somewhere, or from none at all."""
    begun = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    if "component_server" not in begun or "run_sync" in begun:            # the part was found, and its function failed
        raise error
    there = "The page has no such part; one that was opened before the server began draws again when it is opened anew."
    return JSONResponse({"detail": there}, status_code=404)


UNKNOWN = dict.fromkeys((KeyError, ValidationError), not_of_the_page)         # what Gradio raises then, and its handler


def _waiting(scope: Scope) -> int:
    """Bytes, about, of the texts that wait in Gradio's queue."""
    queue = getattr(getattr(scope.get("app"), "blocks", None), "_queue", None)
    lines = queue.event_queue_per_concurrency_id.values() if queue else ()
    values = [value for line in lines for event in line.queue if event.data for value in event.data.data]
    return sum(len(one) for value in values for one in (value if isinstance(value, list) else (value,)) if isinstance(one, str))


def _again(body: bytes | bytearray, receive: Receive) -> Receive:
    """What gives a body that was read already, and then what `receive` gives."""
    left = [bytes(body)]
    if isinstance(body, bytearray):
        body.clear()             # Starlette would copy it, too

    async def again() -> Message:
        return {"type": "http.request", "body": left.pop(), "more_body": False} if left else await receive()

    return again


def _completed(name: str, body: bytes | bytearray, parameters: list[inspect.Parameter]) -> bytes | bytearray | str:
    """The body with all arguments, or a sentence that says what is wrong with it."""
    names, told = _listed(parameters), _object(body)
    if told is None:
        return f'The body of a call of {name} is a JSON object {{"data": [...]}} with {names}.'
    data = told.get("data", [])
    if not isinstance(data, list):
        return f'The body of a call of {name} is a JSON object {{"data": [...]}} with a list of {names}.'
    if _names_a_file(data):
        return f"{name} takes pictures as data URIs, not as files."
    if len(data) > len(parameters):
        return f"{name} takes {len(parameters)} arguments ({names}), not {len(data)}."
    if data and len(data) == len(parameters):
        return body                      # not written anew: it may be large
    for parameter in parameters[len(data):]:
        if parameter.default is parameter.empty:
            return f"{name} takes {names}; {parameter.name} is missing."
        data.append(parameter.default)
    return json.dumps(told | {"data": data}).encode()


def _named(name: str, body: bytes | bytearray, parameters: list[inspect.Parameter]) -> bytes | bytearray | str:
    """As `_completed`, of an object of arguments by name."""
    names, told = _listed(parameters), _object(body)
    if told is None:
        return f"The body of a call of {name} is a JSON object with {names}."
    if _names_a_file(told):
        return f"{name} takes pictures as data URIs, not as files."
    if unknown := [key for key in told if key != TOKEN and key not in {parameter.name for parameter in parameters}]:
        return f"{name} takes {names}, not {unknown[0]!r:.40}."
    lacking = [parameter for parameter in parameters if parameter.name not in told]
    for parameter in lacking:
        if parameter.default is parameter.empty:
            return f"{name} takes {names}; {parameter.name} is missing."
    if body and not lacking:
        return body                      # not written anew: it may be large
    return json.dumps(told | {parameter.name: parameter.default for parameter in lacking}).encode()


def _names_a_file(value: object) -> bool:
    """Whether a JSON value holds one of Gradio's descriptions of a file: it would open the path, or fetch the address, that a stranger
    names."""
    left = [value]
    while left:                          # no recursion: however deep a stranger nests
        one = left.pop()
        if isinstance(one, dict):
            meta = one.get("meta")
            if isinstance(meta, dict) and "_type" in meta:
                return True
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
    return False


def _listed(parameters: list[inspect.Parameter]) -> str:
    return ", ".join(parameter.name for parameter in parameters) or "no arguments"


def _object(body: bytes | bytearray) -> dict | None:
    """A JSON object, empty for an empty body; None for anything else."""
    try:
        told = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
