"""What a person may set on a model, and what they give the networks: a choice, a number, a sentence, an image.

Every control has `name`, `help`, `default`, and
- `parse(value)`: the checked value, once; raises BadInput in one sentence;
- `batch(value, n)`: what a network takes for n images, a tensor [n, ...] (a Text: the list of n sentences). `value` is one value for
  all, or a list, range, array or tensor with one for each;
- `judged`: whether the discriminator reads it too.
"""

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from models.errors import BadInput, shown
from models.images import fit, from_uint8, png_uri, read_image


class _Batches:
    """`batch` for controls whose parsed values are tensors."""

    def batch(self, value, n: int) -> torch.Tensor:
        """float [n, ...]. Raises BadInput for a list of another length."""
        return _expand(self, value, n, lambda parsed: parsed.expand(n, *parsed.shape), torch.stack)


def _expand(control, value, n: int, same: Callable, several: Callable):
    """`same(parsed)` of one value for all n, or `several(parsed values)` of a list, tuple, range, array or tensor of n."""
    value = value.tolist() if isinstance(value, torch.Tensor) and not control.takes_arrays else value
    rows = isinstance(value, list | tuple | range) or (isinstance(value, np.ndarray) and value.ndim > 0 and not control.takes_arrays)
    if not rows:
        return same(control.parse(value))
    if len(value) != n:
        raise BadInput("{name} takes one value, or one for each of the {n} pictures, not {count}.", name=control.name, n=n,
                       count=len(value))
    return several([control.parse(one) for one in value])


@dataclass(frozen=True)
class Choice(_Batches):
    """A control with a fixed list of named options: a class label, a categorical code.

    `parse` accepts an option's name, its index, or a mapping {option: weight} that mixes several, and returns the weights as float
    [len(options)] that sum to 1. An option that is a number is found by its value, however it is written: of the options "1" and "2",
    1, 1.0 and "1.0" all mean "1". A number is an index only where no option has that value.
    """

    name: str
    options: tuple[str, ...]
    help: str
    default: int | str = 0
    judged: bool = False
    mixes: bool = True      # whether several options may be mixed
    takes_arrays = False

    def parse(self, value) -> torch.Tensor:
        weights = torch.zeros(len(self.options), dtype=torch.float64)
        if isinstance(value, Mapping) and not self.mixes:
            raise BadInput("{name} takes one of {known}, and no mixture of them.", name=self.name, known=", ".join(self.options))
        if isinstance(value, Mapping):
            for option, weight in value.items():
                number = _value(weight)
                weights[self._index(option)] += math.nan if number is None else number
            if not value or not weights.min() >= 0 or not 0 < weights.sum() < math.inf:
                raise BadInput("The weights of {name} must be positive numbers with a finite sum, not {value}.",
                               name=self.name, value=shown(dict(value), 60))
            return (weights / weights.sum()).float()
        weights[self._index(value)] = 1
        return weights.float()

    def named(self, i: int) -> int | str:
        """What `parse` takes for option i: its number, or its name where that number is the name of another option."""
        return self._names[i]

    @functools.cached_property
    def _names(self) -> tuple[int | str, ...]:
        return tuple(i if self._index(i) == i else option for i, option in enumerate(self.options))

    def _index(self, value) -> int:
        try:
            text = str(value).strip()
        except ValueError:          # a whole number of thousands of digits
            text = shown(value)
        for i, option in enumerate(self.options):
            if text.casefold() == option.casefold():
                return i
        number, values = _value(text), [_value(option) for option in self.options]
        if number is not None and number in values:
            return values.index(number)
        if number is not None and number.is_integer() and 0 <= number < len(self.options):
            return int(number)
        most, asked = len(self.options) - 1, f"{text!r:.40}"
        if self.options == tuple(map(str, range(len(self.options)))):
            raise BadInput("{name} takes a whole number from 0 to {most}, not {text}.", name=self.name, most=most, text=asked)
        if None not in values:                   # numbers themselves: their places are nobody's concern
            raise BadInput("{name} takes one of {options}, not {text}.", name=self.name, options=", ".join(self.options), text=asked)
        raise BadInput("{name} takes a whole number from 0 to {most} or one of {options}, not {text}.",
                       name=self.name, most=most, options=", ".join(self.options), text=asked)


def _value(written) -> float | None:
    """The finite number that a text or value is, if it is one."""
    try:
        number = float(written)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True)
class Range(_Batches):
    """A continuous control. `parse` returns a float [1] and refuses anything outside [low, high]."""

    name: str
    low: float
    high: float
    help: str
    default: float = 0.0
    judged: bool = False
    takes_arrays = False

    def parse(self, value) -> torch.Tensor:
        number = _number(value, self.name)
        if not self.low <= number <= self.high:
            raise BadInput("{name} takes a number from {low} to {high}, not {number}.",
                           name=self.name, low=f"{self.low:g}", high=f"{self.high:g}", number=f"{number:g}")
        return torch.tensor([number])


MOST_LETTERS = 1_000   # of a sentence; the encoders read about the first 200


@dataclass(frozen=True)
class Text:
    """An English sentence. `parse` returns it without surrounding or repeated blanks, and refuses what holds no letter from a to z."""

    name: str
    help: str
    default: str = "a pale yellow lily with orange stamens"
    judged: bool = True
    takes_arrays = False

    def parse(self, value) -> str:
        if not isinstance(value, str):
            raise BadInput("{name} takes a sentence, not {value}.", name=self.name, value=shown(value))
        if len(value) > MOST_LETTERS:
            raise BadInput("{name} takes a sentence of at most {most_letters} characters, not {count}.",
                           name=self.name, most_letters=f"{MOST_LETTERS:,}", count=f"{len(value):,}")
        sentence = " ".join("".join(c if c.isprintable() else " " for c in value).split())
        if not sentence:
            raise BadInput("{name} is empty: write a few English words.", name=self.name)
        if not any(c.isascii() and c.isalpha() for c in sentence):
            raise BadInput("{name} takes a sentence in English, and there is no letter from a to z in {value}.",
                           name=self.name, value=shown(value))
        return sentence

    def batch(self, value, n: int) -> list[str]:
        """n sentences. Raises BadInput for a list of another length."""
        return _expand(self, value, n, lambda parsed: [parsed] * n, list)


@dataclass(frozen=True)
class Picture(_Batches):
    """An image that the networks are fed: a small photograph to enlarge, an outline to fill.

    `parse` takes uint8 [H, W], [H, W, C]; a data URI of a PNG, JPEG or WebP file; or a Path, and returns float [channels, size, size]
    in [-1, 1]: upright, the centre square, resized (models.images). A batch of arrays is uint8 [n, H, W, C] or a list.
    """

    name: str
    size: int               # pixels a side, as the networks take it
    help: str
    channels: int = 3
    judged: bool = True
    default: Any = None     # None: mid-grey
    takes_arrays = True

    def parse(self, value) -> torch.Tensor:
        """float [channels, size, size] in [-1, 1]. Raises BadInput for what is no image, or too large a one."""
        if value is None:
            return torch.zeros(self.channels, self.size, self.size)
        return from_uint8(torch.from_numpy(self._fitted(value).copy())[None])[0]

    def uri(self, value) -> str:
        """The image as the networks take it, as the data URI of a PNG: what a recipe keeps of it."""
        return png_uri(self._fitted(value))

    def batch(self, value, n: int) -> torch.Tensor:
        """float [n, channels, size, size]."""
        return super().batch(list(value) if isinstance(value, np.ndarray) and value.ndim == 4 else value, n)

    def _fitted(self, value) -> np.ndarray:
        return fit(read_image(value, self.name), self.size, self.channels)


Control = Choice | Range | Text | Picture


def _number(value, name: str) -> float:
    number = _value(value)
    if number is None:
        raise BadInput("{name} takes a finite number, not {value}.", name=name, value=shown(value))
    return number
