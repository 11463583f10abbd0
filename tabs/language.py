"""What the page says, in the reader's language. English stands in the code; words/<language>.json has every message in that language.

`say` gives a message in the language being spoken, `each` has a piece of the page written once in every language, and the browser picks
one (gr.I18n). `python -m tabs.language` adds new messages to the catalogues and drops those that nobody says any more.
"""

import ast
import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import gradio as gr
from gradio.i18n import I18nData

from models.datasets import DATASETS

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


def repeat(sentence: str) -> str:
    """A finished English sentence, such as an error's, in the language being spoken: the message it was made of is found again."""
    if _spoken.get() == "en":
        return sentence
    if sentence in WORDS["en"]:
        return say(sentence)
    for message, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return say(message, **{name: repeat(value) for name, value in found.groupdict().items()})
    return sentence


@functools.cache
def _patterns() -> list[tuple[str, re.Pattern]]:
    """Each message that has {names}, with the pattern of what it may become; the longest, which say most, first."""
    found = []
    for message in sorted((m for m in WORDS["en"] if re.search(r"{\w+}", m)), key=len, reverse=True):
        parts = re.split(r"{(\w+)}", message)
        found.append((message, re.compile("".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)), re.S)))
    return found


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


# --- the catalogues -------------------------------------------------------------------------------------------------------

SAID = {"say": 0, "BadInput": 0, "DamagedWeights": 0, "whole": 1, "share": 1}        # functions, and which argument is a message
HEARD = ("tabs/*.py", "models/*.py", "models/text/*.py", "training/lab.py")      # whose errors may reach the page


def messages() -> set[str]:
    """Every message of the page: what is said while the whole page is built, and the literals of `say` and of errors in the code."""
    from app import build
    from tabs.replay import WORDS as CURVES

    root, found = FOLDER.parent.parent, {*CURVES.values(), *DATASETS["mnist"].classes, *DATASETS["fashion"].classes}
    for path in sorted(path for pattern in HEARD for path in root.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if name in SAID:
                found |= _literal(node.args[SAID[name]])
    said.clear()
    build()
    return {message for message in found | said if re.search("[A-Za-z]{2}", message)}


def _literal(node: ast.AST) -> set[str]:
    """A text, or an f-string as a message with {a}, {b}, ... in its gaps; nothing if it is neither."""
    if isinstance(node, ast.Constant):
        return {" ".join(node.value.split())}
    if isinstance(node, ast.BinOp):              # a text and another that is joined to it
        return _literal(node.left)
    if not isinstance(node, ast.JoinedStr):
        return set()
    gaps = iter("abcdefgh")
    return {"".join(part.value if isinstance(part, ast.Constant) else f"{{{next(gaps)}}}" for part in node.values)}


def main() -> None:
    wanted = sorted(messages())
    for one in LANGUAGES:
        kept = {message: WORDS[one].get(message, message if one == "en" else "") for message in wanted}
        (FOLDER / f"{one}.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(f"{one}: {len(kept)} messages, {sum(not text for text in kept.values())} to be written")


if __name__ == "__main__":
    from tabs import language as catalogue  # not this second copy of the module, which nobody speaks to

    catalogue.main()
