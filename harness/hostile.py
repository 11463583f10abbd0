"""Hostile input, made by hypothesis: what any stranger may send to each function of the page. For tests/page and benchmarks.hostile."""

import html
import inspect
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
from gradio.routes import ORJSONResponse
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from models.errors import BadInput
from models.images import png_uri
from page.language import I18N

NUMBERS = [float("nan"), float("inf"), float("-inf"), -0.0, 1e308, 5e-324, 2**31, 2**32, -2**63, 2**64, 10**400, -1, 0.5, True]
TEXTS = ["", " ", "0", "-1", "1e9", "nan", "NaN", "inf", "٣", "½", "0x10", "1_000", "9" * 5000, "a" * 100_000, "0-99999999999", "1,2,,3",
         "-", "../../etc/passwd", "/etc/passwd", "C:\\Windows\\win.ini", "..\\..\\x", "infogan-mnist/../dcgan-mnist", "%2e%2e%2f", "a%00b",
         "CON", "file:///etc/passwd", "http://127.0.0.1:1/x", "someone/else", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
         "</div>", "&lt;b&gt;", "{{7*7}}", "${7*7}", "%s%n", "{0.__class__}", "'; DROP TABLE x; --", "$(id)", "\x00", "\x1b[2J", "\x7f\x85",
         "\ud800", "\udfff rose", "a \ud83d rose", "\u202e", "\ufeff", "é" * 300, "e\u0301" * 200, "🌸" * 50, "line\nline", "\r\n\r\n",
         "data:image/png;base64,", "data:image/png;base64,AAAA", "data:text/html,<b>", "__class__", "constructor", "None", "null", "self"]

scalars = st.one_of(st.none(), st.booleans(), st.sampled_from(NUMBERS), st.integers(), st.floats(),
                    st.just(5000).map(lambda digits: 10**digits),           # Python itself refuses to write this number out
                    st.sampled_from(TEXTS), st.text(max_size=40), st.text(st.characters(categories=["Cc", "Cs", "Cf", "Co"]), max_size=8))
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(TEXTS) | st.text(max_size=8),
                                                                                        inner, max_size=4), max_leaves=8)
nested = st.integers(2, 60).map(lambda depth: json.loads("[" * depth + "]" * depth))


MARKUP = re.compile(r"<(?:script>alert|img src=x)")     # of TEXTS, as a browser would run it
PICTURE = png_uri(np.tile(np.arange(0, 252, 9, dtype=np.uint8)[:, None], 28)[..., None])       # of the size of MNIST's
MODELS = {"text_to_image": "stackgan-flowers", "classify": "classifier-mnist", "encode": "bigan-mnist"}     # infogan-mnist does the rest
PLAIN = {"command", "json"}        # slots that no browser reads as HTML, beside those of alt texts


class Target(NamedTuple):
    """A function of the page. `good`: an argument that it takes, for an endpoint the list of its arguments."""

    name: str
    call: Callable[[Any], Any]
    good: Any
    component: int | None     # of a server function; None: an endpoint
    function: str             # its name over HTTP


def targets(page: gr.Blocks) -> Iterator[Target]:
    """Every server function of every instrument, and every endpoint of the programming interface, of a page that has been built."""
    for number, block in page.blocks.items():
        for function in getattr(block, "server_fns", []):
            found = re.search(r'data-state="([^"]*)"', I18N.translations["en"][block.value.key])
            state = json.loads(html.unescape(found[1]))
            good = _sent(function.__name__, state)
            yield Target(f"{block.elem_id}.{function.__name__}", function, good, number, function.__name__)
    for function in page.fns.values():
        if isinstance(function.api_name, str) and function.fn and function.fn.__module__ == "page.api":
            yield Target(f"api.{function.api_name}", lambda sent, call=function.fn: call(*sent), _arguments(function.fn), None,
                         function.api_name)


def _sent(function: str, state: dict[str, Any]) -> dict[str, Any]:
    """What the page sends to a server function of an instrument in this state."""
    own = {"upload": {"uri": PICTURE}, "read": state | {"picture": PICTURE}, "piece": state | {"piece": 0}}
    return own.get(function, state)


def _arguments(function: Callable) -> list[Any]:
    known = {"model": MODELS.get(function.__name__, "infogan-mnist"), "control": "c1", "text": "a red rose", "pictures": [PICTURE],
             "seeds": "3", "steps": 3, "stage": 1, "z": [[0.1] * 62]}
    return [known.get(name, parameter.default) for name, parameter in inspect.signature(function).parameters.items()]


def _spoilt(good: Any) -> st.SearchStrategy:
    """`good`, but for one hostile value somewhere in it, or a key more or less."""
    if isinstance(good, dict) and good:
        key = st.sampled_from(sorted(good))
        within = key.flatmap(lambda name: (values | _spoilt(good[name])).map(lambda value: good | {name: value}))
        less = key.map(lambda name: {other: value for other, value in good.items() if other != name})
        return st.one_of(within, within, within, less, st.tuples(st.sampled_from(TEXTS), values).map(lambda pair: good | dict([pair])))
    if isinstance(good, list) and good:
        return st.integers(0, len(good) - 1).flatmap(
            lambda i: (values | _spoilt(good[i])).map(lambda value: [*good[:i], value, *good[i + 1:]]))
    return values


def hostile(target: Target) -> st.SearchStrategy:
    """Arguments for it: most are almost good."""
    if target.component is None:        # Gradio itself counts the arguments
        several = st.lists(values, min_size=len(target.good), max_size=len(target.good))
        return st.one_of(_spoilt(target.good), _spoilt(target.good), several) if target.good else st.just([])
    return st.one_of(*[_spoilt(target.good)] * 6, values, nested)


def bombard(target: Target, times: int, start: int, act: Callable[[Any], None]) -> None:
    """Calls `act` with so many hostile arguments; the same for the same `start`."""

    @seed(start)
    @settings(max_examples=times, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(hostile(target))
    def one(sent: Any) -> None:
        act(sent)

    one()


def trouble(target: Target, sent: Any) -> str | None:
    """What is wrong with the function's answer: None if it is a value that can be sent, or one sentence."""
    try:
        answer = target.call(sent)
    except (BadInput, gr.Error) as error:
        return refusal_trouble(getattr(error, "message", str(error)))
    except Exception as error:
        return f"{type(error).__name__}: {error!s:.200}"
    try:
        ORJSONResponse(answer)
    except Exception as error:
        return f"its answer cannot be sent, {type(error).__name__}: {error!s:.200}"
    if not isinstance(answer, dict):
        return None
    for slot, value in answer.items():
        if slot not in PLAIN and not slot.endswith("-alt") and MARKUP.search(str(value)):
            return f"what was sent stands in {slot} as markup"
    notice = answer.get("notice", "")
    return refusal_trouble(html.unescape(notice)) if notice else None


def refusal_trouble(said: str) -> str | None:
    """A refusal quotes what was sent, so it may hold anything but another line."""
    said = said.strip()
    try:
        said.encode()
    except UnicodeEncodeError:
        return "a refusal that cannot be sent"
    whole = said.endswith((".", "?")) and 15 < len(said) < 400 and said.isprintable() and "Traceback" not in said
    return None if whole else f"no sentence: {said[:200]!r}"
