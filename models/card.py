"""Cards: what a person must know about a model to use it: its paper, its controls and their ranges, its facts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from models.errors import BadInput, shown


@dataclass(frozen=True)
class Paper:
    title: str
    authors: str
    year: int
    link: str
    idea: str        # one sentence
    objective: str   # the formula, in LaTeX
    differs: str     # what our code does otherwise, and why


@dataclass(frozen=True)
class Choice:
    """A control with a fixed list of named options: a class label, a categorical code.

    `parse` accepts an option's index, its name, or a mapping {option: weight} that mixes several, and returns the
    weights as float [len(options)] that sum to 1.
    """

    name: str
    options: tuple[str, ...]
    help: str
    default: int | str = 0

    def parse(self, value) -> torch.Tensor:
        weights = torch.zeros(len(self.options), dtype=torch.float64)
        if isinstance(value, Mapping):
            for option, weight in value.items():
                weights[self._index(option)] += _number(weight, f"a weight of {self.name}")
            if not value or weights.min() < 0 or not 0 < weights.sum() < math.inf:
                raise BadInput(f"The weights of {self.name} must be positive numbers, not {shown(dict(value), 60)}.")
            return (weights / weights.sum()).float()
        weights[self._index(value)] = 1
        return weights.float()

    def _index(self, value) -> int:
        try:
            text = str(value).strip()
        except ValueError:          # a whole number of thousands of digits
            text = shown(value)
        for i, option in enumerate(self.options):
            if text.casefold() == option.casefold():
                return i
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (number.is_integer() and 0 <= number < len(self.options)):
            names = "" if self.options == tuple(map(str, range(len(self.options)))) else f" or one of {', '.join(self.options)}"
            raise BadInput(f"{self.name} takes a whole number from 0 to {len(self.options) - 1}{names}, not {text!r:.40}.")
        return int(number)


@dataclass(frozen=True)
class Range:
    """A continuous control. `parse` returns a float [1] and refuses anything outside [low, high]."""

    name: str
    low: float
    high: float
    help: str
    default: float = 0.0

    def parse(self, value) -> torch.Tensor:
        number = _number(value, self.name)
        if not self.low <= number <= self.high:
            raise BadInput(f"{self.name} takes a number from {self.low:g} to {self.high:g}, not {number:g}.")
        return torch.tensor([number])


MOST_LETTERS = 1_000   # of a sentence; the encoders read about the first 200


@dataclass(frozen=True)
class Text:
    """An English sentence. `parse` returns it without surrounding or repeated blanks, and refuses what holds no letter from a to z."""

    name: str
    help: str
    default: str = "a pale yellow lily with orange stamens"

    def parse(self, value) -> str:
        if not isinstance(value, str):
            raise BadInput(f"{self.name} takes a sentence, not {shown(value)}.")
        if len(value) > MOST_LETTERS:
            raise BadInput(f"{self.name} takes a sentence of at most {MOST_LETTERS:,} characters, not {len(value):,}.")
        sentence = " ".join("".join(c if c.isprintable() else " " for c in value).split())
        if not any(c.isascii() and c.isalpha() for c in sentence):
            raise BadInput(f"{self.name} takes a sentence in English, and there is no letter from a to z in {shown(value)}.")
        return sentence


Control = Choice | Range | Text


@dataclass(frozen=True)
class Card:
    name: str                       # "infogan-mnist": the folder's name
    model: str                      # "infogan": the module models/infogan.py
    dataset: str                    # key into models.datasets.DATASETS
    paper: Paper
    image_size: tuple[int, int, int]   # height, width, channels
    controls: tuple[Control, ...]
    licence: str
    training: dict = field(default_factory=dict)   # command, commit, seed, data, hardware, minutes, pictures
    metrics: dict = field(default_factory=dict)    # what training.evaluate measured; empty before
    sha256: str = ""                # of model.safetensors
    files: dict = field(default_factory=dict)      # sha256 of what else is read from the weights folder, by relative path

    def control(self, name: str) -> Control:
        for control in self.controls:
            if control.name == name:
                return control
        known = ", ".join(c.name for c in self.controls) or "none: a seed is all it takes"
        raise BadInput(f"{self.name} has no control called {shown(name)}; its controls are {known}.")


def _number(value, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadInput(f"{name} takes a number, not {shown(value)}.") from None
    if not math.isfinite(number):
        raise BadInput(f"{name} takes a finite number, not {value!r:.40}.")
    return number
