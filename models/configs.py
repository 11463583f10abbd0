"""The settings of a model's networks as a file gives them, held to what any of ours could have."""

import dataclasses
import math
from typing import get_args, get_origin, get_type_hints

MOST = 100_000         # of a number
LIMITS = {"size": 1_024, "blocks": 64, "convolutions": 64, "halvings": 16}     # of what costs time or memory before a weight is read


def config_of(kind: type, values: dict):
    """The Config `kind` with these values. Raises ValueError or TypeError, with the entry's name, for a value of another kind than the
    field's, or beyond what networks of this project have."""
    config = kind(**values)
    hints = get_type_hints(kind)
    read = {field.name: _value(field.name, hints[field.name], getattr(config, field.name)) for field in dataclasses.fields(config)}
    return kind(**read)


def _value(name: str, kind, value):
    if get_origin(kind) is tuple and isinstance(value, list | tuple):          # JSON has lists only
        return tuple(_value(name, get_args(kind)[0], one) for one in value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:                    # to Python, True is a whole number
        raise TypeError(f"{name} is {value!r:.20}")
    if kind in (int, float) and not (math.isfinite(value) and 0 <= value <= LIMITS.get(name, MOST)):
        raise ValueError(f"{name} is {value:.12g}")
    return value
