"""The text of a colour-coded drawing: a square of pixels, each with the number of one of 2 to 16 colours.

A state holds it, so that it travels in links; painting_text.js writes and reads the same text. Rows go from the top; an empty board, all of
colour 0, is "". Each character is a value 0 to 63 (board.ALPHABET). A text is written in runs, none longer than a row:
- 4 * colour: one pixel of that colour;
- 4 * colour + 1, then n: 2 + n pixels; 4 * colour + 2, then n: 66 + n pixels;
- 3, then n, where a row begins: the row above n + 1 times more; above the first row all is of colour 0.
Where runs would need as many characters or more, each three characters are 18 bits, a number whose digits to the base of the count of
colours are as many pixels as fit, the first in the highest digit. Of 128x128 pixels that takes 9,831 characters at 12 colours, 2,733 at 2.
"""

from itertools import groupby

import numpy as np

from models.errors import BadInput, shown
from page.board import ALPHABET, values_of

MOST_SIDE = 128      # pixels: longer rows have runs of more pixels than two characters say


def digits(colours: int) -> int:
    """How many pixels three characters hold."""
    return next(k for k in range(18, 0, -1) if colours ** k <= 2 ** 18)


def packed_length(size: int, colours: int) -> int:
    """The characters of a drawing that is not written in runs."""
    return 3 * -(-size * size // digits(colours))


def painted(value: object, size: int, colours: int, what: str = "The drawing") -> np.ndarray:
    """The drawing of a text: uint8 [size, size], numbers of colours. Raises BadInput, with `what` as its subject, for what is none."""
    if value == "" and isinstance(value, str):
        return np.zeros((size, size), np.uint8)
    length = packed_length(size, colours)
    values = values_of(value) if isinstance(value, str) and len(value) <= length else None
    if values is not None:
        found = _unpacked(values, size, colours) if len(values) == length else _runs(values.tolist(), size, colours)
        if found is not None:
            return found
    raise BadInput("{what} takes what the board writes, {size}x{size} pixels as letters and digits, not {value}.", what=what, size=size,
                   value=shown(value))


def _unpacked(values: np.ndarray, size: int, colours: int) -> np.ndarray | None:
    numbers = values.reshape(-1, 3) @ [4096, 64, 1]
    count = digits(colours)
    if numbers.max() >= colours ** count:
        return None
    pixels = numbers[:, None] // colours ** np.arange(count - 1, -1, -1) % colours
    return pixels.reshape(-1)[:size * size].astype(np.uint8).reshape(size, size)


def _runs(values: list[int], size: int, colours: int) -> np.ndarray | None:
    rows, row, at = [np.zeros(size, np.uint8)], [], 0
    while at < len(values):
        colour, kind = divmod(values[at], 4)
        if kind and at + 1 == len(values):
            return None
        following = values[at + 1] if kind else 0
        at += 2 if kind else 1
        if kind == 3:
            if colour or row or len(rows) + following + 1 > size + 1:
                return None
            rows += [rows[-1]] * (following + 1)
            continue
        if colour >= colours:
            return None
        row += [colour] * (1, 2 + following, 66 + following)[kind]
        if len(row) > size or len(rows) > size:
            return None
        if len(row) == size:
            rows.append(np.array(row, np.uint8))
            row = []
    return np.stack(rows[1:]) if len(rows) == size + 1 and not row else None


def written(drawing: np.ndarray, colours: int) -> str:
    """The text of a drawing uint8 [size, size] of numbers below `colours`."""
    size = len(drawing)
    if not drawing.any():
        return ""
    values: list[int] = []
    above, same = np.zeros(size, drawing.dtype), 0
    for row in (*drawing, None):
        if row is not None and same < 64 and (row == above).all():
            same += 1
            continue
        if same:
            values += [3, same - 1]
        same = 0
        if row is None:
            break
        if (row == above).all():
            same = 1
            continue
        for colour, run in groupby(row.tolist()):
            count = sum(1 for _ in run)
            values += [4 * colour] if count == 1 else [4 * colour + 1, count - 2] if count < 66 else [4 * colour + 2, count - 66]
        above = row
    if len(values) >= packed_length(size, colours):
        count = digits(colours)
        pixels = np.pad(drawing.reshape(-1).astype(int), (0, -size * size % count)).reshape(-1, count)
        numbers = pixels @ colours ** np.arange(count - 1, -1, -1)
        values = np.stack([numbers >> 12, numbers >> 6 & 63, numbers & 63], 1).reshape(-1).tolist()
    return "".join(ALPHABET[value] for value in values)
