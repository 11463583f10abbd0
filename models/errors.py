"""The two kinds of failure a person may cause. Each carries one sentence, ready to be shown in page, shell and API."""

import contextlib
import sys


class BadInput(ValueError):
    """What was asked for is out of range or unknown; the message says what is accepted.

    `message` is a template with {names} that `values` fill; both are kept, so that the page can say it in another language. A message
    without values is taken as it is, braces and all.
    """

    def __init__(self, message: str, /, **values: object):
        self.message, self.values = " ".join(message.split()) if values else message, values
        super().__init__(one_line(self.message.format(**values) if values else message))

    def __reduce__(self):                # pickled by process pools: the values travel too
        return _again, (type(self), self.message, self.values)


class DamagedWeights(BadInput):
    """A weights folder is missing, cut short or altered; the message names the file."""


def _again(kind: type[BadInput], message: str, values: dict[str, object]) -> BadInput:
    return kind(message, **values)


def one_line(text: str) -> str:
    """The text as a terminal can show it: a line break in a file's name, or what steers the terminal, stands there as its escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def print_anything() -> None:
    """For commands: what the terminal's encoding lacks, or a file's name that is no text, is printed as its escape."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):         # a test's or a notebook's own stream
            stream.reconfigure(errors="backslashreplace")


def shown(value, most: int = 40) -> str:
    """The value as a message may quote it: one line of at most `most` characters, whatever it is."""
    try:
        return repr(value)[:most]
    except RecursionError:
        return "a value nested too deeply"
    except ValueError:              # Python writes out no whole number of more than 4,300 digits
        return "a number of thousands of digits"
