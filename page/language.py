"""What the page says, in the reader's language. English stands in the code; words/<language>.json has every message in that language.

`say` gives a message in the language being spoken, `tell` an error's; `each` has a piece of the page written once in every language, and
the browser picks one (gr.I18n). `python -m harness.catalogue` adds new messages to the catalogues and drops those that nobody says.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import gradio as gr
from gradio.i18n import I18nData

from models.errors import BadInput

FOLDER = Path(__file__).parent / "words"
LANGUAGES = ("en", "zh")
WORDS: dict[str, dict[str, str]] = {language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
                                    for language in LANGUAGES}
I18N = gr.I18n(**{language: {} for language in LANGUAGES})     # for launch(i18n=...): what `each` has written
said: set[str] = set()                                         # messages that `say` was asked for, for the test of the catalogues
_spoken: ContextVar[str] = ContextVar("language", default="en")


def say(message: str, /, **values: object) -> str:
    """An English message, perhaps with {names} that `values` fill, in the language being spoken; in English where it is missing."""
    message = " ".join(message.split())          # how a long one is wrapped in the code does not matter
    said.add(message)
    told = WORDS[_spoken.get()].get(message) or message
    return told.format(**values) if values else told


def comma() -> str:
    """What stands between the items of a list."""
    return say("{first}, {second}", first="", second="")


def tell(error: BadInput) -> str:
    """The sentence of an error in the language being spoken. Values that are errors or messages themselves are told as well."""
    return say(error.message, **{name: _told(value) for name, value in error.values.items()})


def _told(value: object) -> object:
    if isinstance(value, BadInput):
        return tell(value)
    return (WORDS[_spoken.get()].get(value) or value) if isinstance(value, str) else value


@contextmanager
def speaking(language: object) -> Iterator[None]:
    """Everything said inside is said in this language; in English if it is none of ours."""
    token = _spoken.set(language if language in LANGUAGES else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """The language being spoken: "en" or "zh"."""
    return _spoken.get()


def each(write: Callable[[], str]) -> I18nData:
    """A piece of the page, written in every language by `write`: for the value or label of a Gradio component."""
    versions = {}
    for one in LANGUAGES:
        with speaking(one):
            versions[one] = write()
    key = hashlib.sha256("\0".join(versions.values()).encode()).hexdigest()[:16]
    for one, text in versions.items():
        I18N.translations[one][key] = text
    return I18N(key)
