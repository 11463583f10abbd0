"""An instrument: a piece of a plate whose controls answer at once.

Markup holds ordinary controls (named inputs, buttons with data-set, a pad) and slots for what is drawn. At each change the
browser sends the state to `draw`, a Python function, and puts the answer into the slots. One request is under way at a time
and the latest state follows it, so the last input always wins (see instrument.js). This way takes about 10 ms where an event
through Gradio's queue takes about 35, and leaves no temporary files: pictures travel as PNG data URIs.
"""

import json
import shlex
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from models.controls import MOST_LETTERS
from models.errors import BadInput
from models.images import MOST_BYTES
from models.registry import folder_of, state_of
from models.seeds import SEED_LIMIT
from page import board, served
from page.drawing import Drawing
from page.evaluate import Evaluator
from page.fields import naming
from page.language import I18N, each, language, say, speaking, tell
from page.markup import address, sharing
from page.queue import QUICK, SLOW, Queue
from page.scripts import once, scripts
from page.slots import Slots
from page.uploads import Uploads

SHARED_JS = scripts(Path(__file__).parent, "address.js", "links.js", "touch.js", "document.js")        # of the lab as well
_JS = SHARED_JS + scripts(Path(__file__).parent, "instrument.js", "notice.js", "pads.js", "uploads.js", "opening.js")
JS, JS_WITH_BOARD = once("instrument", _JS), once("instrumentWithBoard", _JS + board.JS)
State = dict[str, Any]         # what the controls say: names to numbers, texts and booleans
Recipe = tuple[str, int | str, dict[str, Any]]   # model, seed or seeds, controls


NOTICE = '<p class="notice" role="alert" data-slot="notice"></p>'     # at the end of an instrument whose markup has no place for it
IGNORED = "Ignored in the link: {names}."
MOST_NUMBER = 2**53            # above, a browser's numbers have gaps, and far above Python refuses to write whole numbers out
MOST_TEXT = 10_000             # characters of any one value in a state; what is a good value, `draw` decides


def instrument(markup: Callable[[], str], state: State, parse: Callable[[State], Any] | None = None,
               draw: Callable[[Any], Slots] | None = None, *, elem_id: str,
               follow: Callable[[Any], Slots] | None = None, finish: Callable[[Any], Slots] | None = None,
               still: Callable[[], Slots] | None = None, save: Callable[[Any], tuple[str, str]] | None = None,
               recite: Callable[[Any], Recipe | list[Recipe]] | None = None, drawing: Drawing | None = None,
               uploads: Uploads | None = None,
               read: Callable[[Any, object], Slots] | None = None, every: list[State] | None = None,
               plate: str = "", rest: int = 0, queue: Queue = QUICK) -> gr.HTML:
    """Places an instrument on the page. `markup()` writes it, in the language being spoken; `state` is what it begins with, and is drawn
    when somebody first sees it.

    `parse(state)` makes of a state what the phases work with: a small frozen object, once for each state, whatever the number of
    phases. What it raises as BadInput, or any phase does, appears as one sentence, the field is marked, and the pictures stay. The
    phases, named alike here, on the server and in instrument.js:
    - `draw` gives the slots that follow the finger; it waits in `queue`;
    - `follow` gives slots that take longer: asked for after `draw` and `rest` milliseconds without a newer state;
    - `others`, of a drawing only, gives what stands beside that, in the same way;
    - `finish` gives what can wait longest;
    - `still` gives slots that no state changes;
    - `save` gives a file name and a data URI to download, for a button with data-save;
    - `recite` names model, seeds and controls of the picture, or of each picture where there are several: command and JSON to copy;
    - `read` gives what a picture that a visitor uploads, its second argument, a data URI, puts on a colour-coded board: the text of the
      drawing, by its name in the state;
    - `piece`, of a drawing only, gives one of the pieces, by the number in the state's "piece", of a picture too large for one answer,
      which the browser puts together for a button with data-assemble: "uri"; "x" and "y", where its upper left corner lies; "width" and
      "height" of the whole, in pixels; "count" of all pieces; "name" of the file to download, without its ending.
    `uploads` keeps pictures that visitors choose, drop or paste (`upload_field`); the state holds their keys.
    A `drawing` (page/drawing.py) stands for `parse` and those phases that it has, and for `recite` if it names a recipe: the browser draws
    it, and the server where a browser cannot.
    `every` is every state there is, where these are few: a page without a server (deploy/static.py) has their answers written down.
    `plate` is the id of the tab: with it the instrument offers a link to copy that restores its state.
    """
    if drawing:
        evaluator = Evaluator(drawing)
        parse, recite = drawing.parse, recite or (evaluator.recite if drawing.recipe else None)
    works = {"draw": draw, "follow": follow, "finish": finish, "recite": recite and (lambda asked: _recited(recite(asked))),
             "save": save and (lambda asked: dict(zip(("name", "uri"), save(asked), strict=True)))}
    if drawing:
        works |= {name: partial(evaluator.slots, name) for name in drawing.phases if name != "piece"}
    queues = {"draw": queue, "follow": queue if works["finish"] else SLOW, "others": queue, "finish": SLOW, "save": SLOW, "recite": QUICK}
    parsed = _Parsed(parse, state)

    def answered(work: Callable[[Any], Slots], sent: Any, queue: Queue, request: gr.Request | None) -> Slots:
        with _understood(sent) as asked:
            try:
                return {"notice": "", **queue.run(lambda: work(parsed(asked)), request=request)}
            except BadInput as error:
                return {"notice": escape(tell(error)), "field": getattr(error, "field", "")}

    def reading(work: Callable[[Any, object], Slots]) -> Callable:
        def read(sent: Any, request: gr.Request = None) -> Slots:
            rest = dict(sent) if isinstance(sent, dict) else sent
            picture = rest.pop("picture", None) if isinstance(rest, dict) else None
            return answered(lambda asked: work(asked, picture), rest, SLOW, request)

        return read

    def function(name: str, work: Callable[[Any], Slots], queue: Queue) -> Callable:
        def call(sent: Any, request: gr.Request = None) -> Slots:        # Gradio looks for this very annotation
            return answered(work, sent, queue, request)

        call.__name__ = name
        return call

    functions = {name: function(name, work, queues[name]) for name, work in works.items() if work}
    if drawing and drawing.piece:
        functions["piece"] = _pieces(answered, evaluator)
    if uploads:
        functions["upload"] = _uploading(uploads)
    if read:
        functions["read"] = reading(read)
    quick = {name: functions[name] for name in ("draw", "follow", "others") if name in functions}
    slow = {"still": function("still", lambda asked: still(), SLOW)} if still else {}
    slow |= {"finish": functions["finish"]} if works["finish"] else {}
    functions["first"] = _first(quick, state, "first")
    if slow:
        functions["later"] = _first(slow, state, "later")

    def written() -> str:
        html = markup()
        notice = "" if 'data-slot="notice"' in html else NOTICE
        return (f'<div class="instrument" data-language="{language()}" data-state="{escape(_json(state))}" '
                f'data-words="{escape(_json(_words()))}" data-rest="{rest}" {address(plate, elem_id)}{_drawer(drawing)}>'
                f'{html}{sharing(commands=bool(recite)) if plate else ""}{notice}</div>')

    value = each(written)
    boards = "data-board=" in I18N.translations["en"][value.key]
    placed = gr.HTML(value=value, js_on_load=JS_WITH_BOARD if boards else JS, server_functions=list(functions.values()),
                     elem_id=elem_id, apply_default_css=False)
    placed.functions, placed.drawing, placed.every = functions, drawing, every      # for deploy/static.py
    return placed


def _first(phases: dict[str, Callable], state: State, name: str) -> Callable:
    """The server function that gives what the phases make of the first state: asked when somebody first sees it, once in each language."""
    known: dict[tuple, Slots] = {}
    drawing, naming = threading.Lock(), _naming(state)

    def first(sent: Any, request: gr.Request = None) -> Slots:
        with _understood(sent), drawing:
            key = language(), _trainings(state, naming)
            if key in known:
                return known[key]
            slots: Slots = {}
            for phase in phases.values():
                slots |= phase(state | {"language": language()}, request)
                if slots["notice"]:              # this visitor was told to try again, or why nothing can be drawn
                    return slots
            known[key] = slots
            return slots

    first.__name__ = name
    return first


def _pieces(answered: Callable, evaluator: Evaluator) -> Callable:
    """The server function that gives a piece: of the state, and in "piece" its number."""
    def call(sent: Any, request: gr.Request = None) -> Slots:
        rest = dict(sent) if isinstance(sent, dict) else sent
        number = rest.pop("piece", None) if isinstance(rest, dict) else None
        place = evaluator.drawing.fields["piece"].parse
        return answered(lambda asked: evaluator.slots("piece", asked | {"piece": place(number, asked)}), rest, SLOW, request)

    call.__name__ = "piece"
    return call


def _uploading(uploads: Uploads) -> Callable:
    """The server function that takes a picture, as a data URI in "uri", and gives its key."""
    def call(sent: Any, request: gr.Request = None) -> dict[str, str]:
        with _understood(sent) as asked:
            try:
                uri = asked.get("uri") if isinstance(asked, dict) else None
                return {"notice": "", "key": SLOW.run(uploads.keep, uri, request=request)}
            except BadInput as error:
                return {"notice": escape(tell(error))}

    call.__name__ = "upload"
    return call


def _drawer(drawing: Drawing | None) -> str:
    """Where a browser finds what it needs to draw by itself, and which slots come in which of the later phases, as attributes."""
    found = served.declare(drawing) if drawing else ""
    can = "".join(f" data-{what}" for what, has in (("saves", drawing.save), ("recites", drawing.recipe)) if has) if drawing else ""
    late = {name: [slot for slot in phase if slot not in drawing.draw] for name, phase in drawing.phases.items()
            if name in ("follow", "others", "finish")} if drawing else {}
    later = f' data-later="{escape(_json(late))}"' if late else ""
    return f' data-drawing="{found}"{can}{later}' if found else later


class _Parsed:
    """What `parse` made of the last few states: the phases of one drag share it."""

    KEPT = 32

    def __init__(self, parse: Callable[[State], Any], first: State):
        self._parse, self._first, self._naming = parse, first, _naming(first)
        self._known: dict[tuple, Any] = {}
        self._lock = threading.Lock()        # phases of one state may come at the same time

    def __call__(self, sent: Any) -> Any:
        """What `sent` means, if it has the shape of the first state. Raises BadInput."""
        state = _checked(sent, self._first, self._parse)
        key = _json(state), _trainings(state, self._naming)
        with self._lock:
            if key not in self._known:
                self._known[key] = self._parse(state)
                for old in list(self._known)[:-self.KEPT]:
                    del self._known[old]
            return self._known[key]


def _naming(first: State) -> list[str]:
    """The entries of a state that name weights."""
    return [name for name, value in first.items() if isinstance(value, str) and folder_of(value)]


def _trainings(state: State, naming: list[str]) -> tuple:
    """Of which trainings the weights are that a state names: what was made with those of an earlier one is not kept."""
    return tuple(state_of(value) for name in naming if isinstance(value := state[name], str))


@contextmanager
def _understood(sent: Any) -> Iterator[Any]:
    """What the browser sent without its language, which is spoken inside."""
    asked = dict(sent) if isinstance(sent, dict) else sent
    with speaking(asked.pop("language", "en") if isinstance(asked, dict) else "en"):
        yield asked


def _words() -> dict[str, str]:
    """What the page itself says, where no server is asked."""
    return {"lost": say("The server did not answer; is it still running? Your settings are kept."), "copied": say("Copied."),
            "none": say("There is nothing to copy until the input is right."),
            "pause": say("Pause"),
            "stays": say("Your own picture stays here: whoever opens the link sees an example in its place."),
            "alone": say("This browser cannot draw here: the networks could not be fetched or run. Reload the page, or try another "
                         "browser."),
            "offline": say("Nothing can be fetched now; is there a network?"),
            "soon": say("Nothing can be fetched now; is there a network? What is missing comes by itself as soon as there is one."),
            "heavy": say("A picture has at most {most} MB.", most=MOST_BYTES // 1_000_000),
            "unread": say("This browser cannot read that picture; it takes PNG, JPEG and WebP."),
            "file": say("This file is no picture that the browser can read; PNG, JPEG and WebP always work."),
            "vast": say("This browser cannot hold a picture of that size."),
            "saving": say("Drawing…"), "sending": say("Your picture is being read…"), "browser": say("drawn in your browser"),
            "graphics": say("drawn in your browser, by its graphics card"), "server": say("drawn by the server"),
            "fetching": say("Fetching the networks, {size} MB: then your own browser draws."),
            "unfit": say("That cannot be drawn: a value is missing, or not one that is taken here."),
            "unfit field": say("That cannot be drawn: {name} is missing, or not a value that is taken here.", name="{name}"),
            "number field": say("{name} takes a number from {low} to {high}.", name="{name}", low="{low}", high="{high}"),
            "seed field": say("A seed is one whole number from 0 to {most}.", most=SEED_LIMIT - 1),
            "sentence field": say("{name} takes English words, in at most {most} characters.", name="{name}", most=f"{MOST_LETTERS:,}"),
            "gone": say("That picture stayed where it was chosen; this is an example. Choose yours again."), "ignored": say(IGNORED)}


def _checked(sent: Any, state: State, parse: Callable[[State], Any] = lambda _: None) -> State:
    """The state the browser sent, if it has the shape of ours: the same names, each a short text, number or boolean. Of a text that is too
    long `parse` may say more, for it knows what stands there.

    Halves of characters (lone surrogates) become question marks: an answer that quotes them could not be sent.
    """
    if not isinstance(sent, dict) or set(sent) != set(state):
        raise BadInput("The page and the server do not fit together; please reload the page.")
    texts = {name: value.encode("utf-8", "replace").decode() for name, value in sent.items() if isinstance(value, str)}
    odd = [name for name, value in sent.items() if name not in texts and (not isinstance(value, int | float) or abs(value) > MOST_NUMBER)]
    long, found = [name for name, text in texts.items() if len(text) > MOST_TEXT], sent | texts
    if long and not odd:
        parse(found)
    for name in odd + long:
        with naming(name):
            raise BadInput("{name} takes a number or a text of at most {most_text} characters.", name=name, most_text=MOST_TEXT)
    return found


def _recited(found: Recipe | list[Recipe]) -> dict[str, str]:
    recipes, commands, records = found if isinstance(found, list) else [found], [], []
    for model, seeds, controls in recipes:
        words = ["python", "-m", "models", "sample", model, "--seeds", str(seeds)]
        for name, value in controls.items():
            words += ["--set", f"{name}={_json(value) if isinstance(value, dict) else value}"]
        commands.append(shlex.join(words))
        records.append({"model": model, "seeds": str(seeds), "controls": controls})
    return {"command": "\n".join(commands), "json": _json(records if isinstance(found, list) else records[0])}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
