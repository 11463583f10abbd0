"""What a state's values must be."""

import math
from typing import Any

from models.errors import BadInput, shown


def whole(value: Any, what: str, low: int, high: int) -> int:
    """A whole number from low to high. Raises BadInput with `what` as its subject: "The number of pictures"."""
    try:
        found = low - 1 if isinstance(value, bool) or (isinstance(value, float) and value != int(value)) else int(value)
    except (ValueError, TypeError, OverflowError):
        found = low - 1
    if not low <= found <= high:
        raise BadInput("{what} is a whole number from {low} to {high}, not {value}.", what=what, low=low, high=high, value=shown(value))
    return found


def within(value: Any, what: str, low: float, high: float) -> float:
    """A number from low to high. Raises BadInput with `what` as its subject: "The deviation"."""
    try:
        found = float(value)
    except (ValueError, TypeError, OverflowError):
        found = math.nan
    if not low <= found <= high:
        raise BadInput("{what} goes from {low} to {high}, not {value}.", what=what, low=f"{low:g}", high=f"{high:g}", value=shown(value))
    return found
