"""The fields of a Drawing (page/drawing.py): what the values of a state must be, told once for the server and the browser.

`parse(value, found)` gives the checked value and raises BadInput; `found` has the values of the fields before it. `told()` says as JSON
what a browser takes; all else it leaves to the server, which refuses it in a sentence or has a meaning for it.
"""

import base64
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.controls import MOST_LETTERS, Range, Text
from models.errors import BadInput, shown
from models.seeds import SEED_LIMIT, parse_seeds
from models.text.captions import COLOURS, WHOLE, phrase
from page.board import drawn
from page.language import say
from page.painting import painted
from page.site import shown_model
from page.uploads import Uploads
from page.values import whole, within


@contextmanager
def naming(field: str) -> Iterator[None]:
    """A BadInput raised inside has this name in a state as its `field`: the page marks what holds it."""
    try:
        yield
    except BadInput as error:
        error.field = field
        raise


@dataclass(frozen=True)
class Weights:
    """The name of weights; its value is the model. `names` are on offer, and others that the page has are drawn by the server, unless
    there is a `refusal`, a sentence with {name}."""

    names: tuple[str, ...]
    refusal: str = ""

    def parse(self, value: Any, _) -> Any:
        model = shown_model(value)
        if self.refusal and model.card.name not in self.names:
            raise BadInput(self.refusal, name=model.card.name)
        return model

    def told(self) -> list:
        return ["weights", list(self.names)]


@dataclass(frozen=True)
class Seed:
    """The number of a noise."""

    def parse(self, value: Any, _) -> int:
        if isinstance(value, str) and (not value.strip() or "," in value or "-" in value.strip()[1:]):       # none, or several
            raise BadInput("A seed is one whole number from 0 to {most}.", most=SEED_LIMIT - 1)
        return parse_seeds([value])[0]

    def told(self) -> list:
        return ["seed", SEED_LIMIT]


@dataclass(frozen=True)
class Control:
    """A control of the model in the field `of`: the number of a Choice's option, or a Range's number. `clamped`: a number above the last
    option means the last one, for a plate whose weights have different numbers of options."""

    name: str
    of: str = "model"
    clamped: bool = False

    def parse(self, value: Any, found: dict) -> int | float:
        control = found[self.of].card.control(self.name)
        if isinstance(control, Range):
            return round(control.parse(value).item(), 6) + 0.0        # no -0.0, which would be written with its sign
        if type(value) is int:                    # on the page a number is always a place
            value = min(value, len(control.options) - 1) if self.clamped else value
            if 0 <= value < len(control.options):
                return value
        return int(control.parse(value).argmax())

    def told(self) -> list:
        return ["control", self.name, self.of, self.clamped]


@dataclass(frozen=True)
class Number:
    """A number from low to high, a share if these are not given; `what` begins the sentence that refuses others."""

    what: str
    low: float = 0.0
    high: float = 1.0

    def parse(self, value: Any, _) -> float:
        return within(value, self.what, self.low, self.high)

    def told(self) -> list:
        return ["number", self.low, self.high]


@dataclass(frozen=True)
class Latent:
    """The number of one of the first `most` latents of the model in the field "model"."""

    most: int

    def parse(self, value: Any, found: dict) -> int:
        return whole(value, "The latent", 0, min(self.most, found["model"].z_dim) - 1)

    def told(self) -> list:
        return ["latent", self.most]


@dataclass(frozen=True)
class Board:
    """The text of a drawing of 28x28 pixels; its value is the drawing, uint8 [28, 28, 1]."""

    def parse(self, value: Any, _) -> np.ndarray:
        return drawn(value)

    def told(self) -> list:
        return ["board"]


@dataclass(frozen=True)
class Painting:
    """The text of a drawing of side x side pixels in so many colours; its value is the drawing, uint8 [side, side]."""

    side: int
    colours: int

    def parse(self, value: Any, _) -> np.ndarray:
        return painted(value, self.side, self.colours)

    def told(self) -> list:
        return ["painting", self.side, self.colours]


@dataclass(frozen=True)
class Word:
    """One of a few words."""

    options: tuple[str, ...]
    refusal: str = ""
    here: tuple[str, ...] = ()       # those that a browser can serve; empty: all

    def parse(self, value: Any, _) -> str:
        if str(value) not in self.options:
            raise BadInput(self.refusal or "The choices here are {options}, not {value}.",
                           **({} if self.refusal else {"options": ", ".join(self.options), "value": shown(value)}))
        return str(value)

    def told(self) -> list:
        return ["word", list(self.here or self.options)]


@dataclass(frozen=True)
class Whole:
    """A whole number; `what` begins the sentence that refuses others."""

    what: str
    low: int
    high: int
    here: int | None = None       # the highest that browsers take where a server could draw as well; None: all

    def parse(self, value: Any, _) -> int:
        return whole(value, self.what, self.low, self.high)

    def told(self) -> list:
        return ["whole", self.low, self.high if self.here is None else self.here, self.high]


@dataclass(frozen=True)
class Optional:
    """A field that a state may lack; its value is `otherwise` then."""

    field: Any
    otherwise: Any

    def parse(self, value: Any, found: dict) -> Any:
        return self.otherwise if value is None else self.field.parse(value, found)

    def told(self) -> list:
        return ["optional", self.field.told(), self.otherwise]


@dataclass(frozen=True)
class Sentence:
    """A sentence, for the model in the field `of` if there is one; `label` is that of its box. One or two words become the phrase that they
    are short for, unless the model learned from captions of one's own, which may be so short themselves."""

    label: str = "Your sentence"
    of: str = "model"

    def parse(self, value: Any, found: dict) -> str:
        model = found.get(self.of)
        if model is not None and not any(isinstance(control, Text) for control in model.card.controls):
            raise BadInput("{name} draws nothing from a sentence.", name=model.card.name)
        sentence = Text(f"“{say(self.label)}”", "").parse(value)
        return phrase(sentence) if model is None else model.reads(sentence)

    def told(self) -> list:
        return ["sentence", MOST_LETTERS, self.of, WHOLE, COLOURS]


@dataclass(frozen=True)
class Given:
    """A picture, by a word for it or by the key of an upload; its value is that. `known` has pictures that are always here, uint8
    [H, W, 3]; `words` are for those that other fields tell."""

    known: dict[str, np.ndarray]
    uploads: Uploads
    words: tuple[str, ...] = ()

    def parse(self, value: Any, _) -> str:
        if value not in self.words and value not in self.known:
            self.uploads.get(str(value))
        return str(value)

    def told(self) -> list:
        return ["given", list(self.words), {name: [*image.shape[:2], base64.b64encode(image.tobytes()).decode()]
                                            for name, image in self.known.items()}]

    def picture(self, value: str) -> np.ndarray:
        """uint8 [H, W, 3]. Raises BadInput for an upload that is forgotten."""
        return self.known[value] if value in self.known else self.uploads.get(value)


@dataclass(frozen=True)
class Where:
    """A field that counts only where another one, before it, has a value; elsewhere its value is `otherwise`, whatever was given."""

    name: str
    value: str
    field: Any
    otherwise: Any

    def parse(self, value: Any, found: dict) -> Any:
        return self.field.parse(value, found) if found[self.name] == self.value else self.otherwise

    def told(self) -> list:
        return ["where", self.name, self.value, self.field.told(), self.otherwise]


@dataclass(frozen=True)
class Flag:
    def parse(self, value: Any, _) -> bool:
        return bool(value)

    def told(self) -> list:
        return ["flag"]


@dataclass(frozen=True)
class Digits:
    """1 to `most` digits; its value is the list of their numbers."""

    most: int

    def parse(self, value: Any, _) -> list[int]:
        digits = str(value)
        if len(digits) <= 10 * self.most:       # full-width digits are taken, too; of long texts this could take hours
            digits = unicodedata.normalize("NFKC", digits).strip().replace(" ", "")
        if not digits or len(digits) > self.most or not all(c in "0123456789" for c in digits):
            raise BadInput("Write 1 to {most} digits, 0 to 9, not {text}.", most=self.most, text=shown(digits))
        return [int(c) for c in digits]

    def told(self) -> list:
        return ["digits", self.most]
