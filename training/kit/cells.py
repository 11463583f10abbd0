"""What one cell of a Parquet file says: a picture, a label, sentences. And a label that is the name of a folder."""

import base64
import math
import unicodedata


def picture_of(cell: object) -> bytes | str | None:
    """The encoded picture in a cell: bytes, a struct with bytes, either in a list of one, or a text in base64 or as a data URI. What else
    there is, in a few words."""
    if isinstance(cell, list):
        if len(cell) != 1:
            return f"{len(cell)} pictures"
        cell = cell[0]
    if isinstance(cell, dict):
        cell = cell.get("bytes") or cell.get("path")
    if isinstance(cell, str):
        text = cell.partition(";base64,")[2] if cell.startswith("data:") else cell
        try:
            return base64.b64decode("".join(text.split()), validate=True) or None
        except ValueError:                  # binascii.Error, or letters beyond ASCII
            return f"{cell!r:.60}"
    return (cell or None) if isinstance(cell, bytes) else None


def label_of(cell: object, names: tuple[str, ...] = ()) -> int | str | None:
    """A label as a whole number or a text, None for none: 2.0, as tables with gaps have it, is 2; texts are compared without blanks around
    them, and however their accents are written. `names` are those of the numbers; -1 is none of them where there are any."""
    if isinstance(cell, float):
        if math.isnan(cell):
            return None
        cell = int(cell) if cell.is_integer() else str(cell)
    if isinstance(cell, bytes):
        cell = cell.decode("utf-8", "replace")
    if isinstance(cell, int) and not isinstance(cell, bool):
        if names and cell == -1:
            return None
        return names[cell] if 0 <= cell < len(names) else cell
    return None if cell is None else unicodedata.normalize("NFC", str(cell)).strip() or None


def sentences_of(cell: object) -> tuple[str, ...]:
    """The sentences of a cell: a text, or a list of them."""
    told = cell if isinstance(cell, list) else [cell]
    return tuple(" ".join(one.split()) for one in told if isinstance(one, str) and one.strip())
