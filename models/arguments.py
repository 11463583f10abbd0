"""Reads a command line with tyro, whose boxes about what is wrong become one sentence."""

import contextlib
import difflib
import functools
import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import tyro
from safetensors import SafetensorError

from models.errors import BadInput, shown

KINDS = {"INT": "a whole number", "FLOAT": "a number"}
MOST = 200          # letters of a message that is none of those known here


def command(work: Callable, settings: Any = None, description: str | None = None) -> None:
    """Reads the command line and does the work: `work(settings)`, or without settings `work` with its own parameters. Bad input ends in one
    sentence, exit code 1."""
    spec = sys.modules["__main__"].__spec__
    options = {"description": description} | ({"prog": f"python -m {spec.name}"} if spec else {})
    with ending_in_a_sentence():
        if settings is None:
            read_arguments(_later(work), **options)()
        else:
            work(read_arguments(settings, **options))


def commands(works: dict[str, Callable], prog: str) -> None:
    """As `command`, of several that are told apart by the first word."""
    with ending_in_a_sentence():
        read_arguments({name: _later(work) for name, work in works.items()}, prog=prog)()


def check_number(setting: str, value: float, least: float = 1) -> None:
    """Raises BadInput for less than `least`."""
    if not value >= least:
        raise BadInput("{setting} takes {least} or more, not {value}.", setting=setting, least=f"{least:,}", value=shown(value))


@contextlib.contextmanager
def ending_in_a_sentence() -> Iterator[None]:
    """Ends the process in one sentence for bad input, and where a file cannot be written or read."""
    try:
        yield
    except BadInput as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:                          # as where `head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except (OSError, SafetensorError) as error:      # a full disk, above all; safetensors has an exception of its own for it
        sys.exit(f"error: {of_a_file(error)}.")


def of_a_file(error: Exception) -> str:
    """What is said of an OSError or SafetensorError, without a full stop."""
    file = f"{error.filename!s:.100}: " if getattr(error, "filename", None) else ""
    reason = getattr(error, "strerror", None) or " ".join(str(error).split()).removeprefix("Error while serializing: I/O error: ")
    return f"A file could not be written or read ({file}{reason:.100})"


def _later(work: Callable) -> Callable:
    """Gives what is to be called, so that reading the command line ends before the work begins."""
    @functools.wraps(work)
    def later(*words, **named):
        return functools.partial(work, *words, **named)

    return later


def read_arguments(kind: Any, **options: Any) -> Any:
    """As tyro.cli, or for a dict as its subcommands. Raises BadInput for arguments that cannot be read; --help prints and exits."""
    said, read = io.StringIO(), tyro.extras.subcommand_cli_from_dict if isinstance(kind, dict) else tyro.cli
    words = options.get("args")
    options["args"] = [_at_home(word) for word in (sys.argv[1:] if words is None else words)]
    try:
        with contextlib.redirect_stderr(said):
            return read(kind, **options)
    except SystemExit as ended:
        if not ended.code:
            raise
        raise BadInput(sentence(said.getvalue())) from None


def _at_home(word: str) -> str:
    """--out=~/x or "~/x" as a shell leaves it -> as it makes of --out ~/x."""
    option, path = re.fullmatch(r"(--[\w-]+=)?(.*)", word, re.DOTALL).groups(default="")
    return option + os.path.expanduser(path) if re.match(r"~(/|$)", path) else word


def sentence(box: str) -> str:
    """What a box of tyro's says, as one sentence."""
    lines = [line.strip("│ ").strip() for line in box.splitlines() if line.startswith("│")]
    lines = lines or [line.strip() for line in box.splitlines()[2:]]             # without frames, where they cannot be written
    rule = next((i for i, line in enumerate(lines) if line.startswith(("───", "---"))), len(lines))
    text, rest = " ".join(lines[:rule]), " ".join(lines[rule:])
    if found := re.match(r"Error parsing (--[\w-]+): .*?('[^']*'|\"[^\"]*\")", text):
        wanted = re.search(rf"{re.escape(found[1])}\S* (\w+)", rest)
        return f"{found[1]} takes {KINDS.get(wanted[1] if wanted else '', 'another value')}, not {found[2]:.60}."
    if found := re.match(r"invalid choice ('.*?'|\".*?\") for argument '(--[\w-]+)\S*?'\. Expected one of \((.*?),?\)", text):
        return f"{found[2]} takes one of {found[3].replace(chr(39), '')}, not {found[1]:.60}."
    if found := re.match(r"Missing value for argument '([\w-]+)", text):
        return f"{found[1]} needs a value." if found[1].startswith("-") else f"The command lacks {found[1]}; --help lists what is accepted."
    if found := re.match(r"Expected one of \{(.*?)\}", text):
        return f"The command lacks what is to be done: one of {found[1]}."
    if (found := re.match(r"Unrecognized options: ([^,]*)", text)) and (known := re.search(r"Available subcommands: ([\w, ]*\w)", rest)):
        return f"There is no {shown(found[1], 60)} here; the command takes one of {known[1]}."
    if found := re.match(r"Unrecognized options: ([^,]*)", text):
        meant = re.search(r"Perhaps you meant:[─ ]*(--[\w-]+)", rest)
        what = f"There is no {found[1]:.60}" if found[1].startswith("-") else f"{shown(found[1], 60)} belongs to no option"
        return f"{what} here" + (f"; did you mean {meant[1]}?" if meant else "; --help lists what is accepted.")
    if found := re.search(r"Missing from .*?: (.*)", text):
        wanted = re.sub(r"\b(STR|INT|FLOAT|PATH)\b", "", found[1].replace("(required)", "")).strip().removesuffix(".")
        wanted = " ".join(wanted.split())
        if unknown := re.search(r"Unrecognized options: (--[\w-]+)", rest):
            meant = difflib.get_close_matches(unknown[1], re.findall(r"--[\w-]+", wanted), 1)
            more = f"did you mean {meant[0]}?" if meant else f"the command lacks {wanted:.{MOST}}; --help lists what is accepted."
            return f"There is no {unknown[1]:.60} here; {more}"
        lacks = wanted if wanted.startswith("-") else f"what it is about: {wanted[:1].lower()}{wanted[1:]}"
        return f"The command lacks {lacks:.{MOST}}; --help lists what is accepted."
    return f"{text.removesuffix('.'):.{MOST}}; --help lists what is accepted." if text else "The arguments cannot be read; see --help."
