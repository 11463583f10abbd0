"""What a PNG says of itself: the model, seed and controls that made it, so that it can be made again."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from models.card import NAME, Card
from models.controls import Picture, Text
from models.errors import BadInput, shown

KEY = "gan-atlas"        # of the text chunk; its value is JSON
MOST = 900_000           # characters of it; Pillow reads no text chunk of more than 1 MB


class Recipe(NamedTuple):
    """How an image was made."""

    model: str           # the card's name
    seed: int
    controls: dict       # JSON values; an image that the networks were fed is a data URI, of the size they take
    sha256: str = ""     # of the weights; empty if the PNG does not say


def png_info(card: Card, seed: int, controls: dict) -> PngInfo:
    """Text chunks for `Image.save(..., pnginfo=...)`."""
    info = PngInfo()
    info.add_text("Software", "GAN Atlas")
    info.add_itxt(KEY, json.dumps({"model": card.name, "seed": seed, "controls": recorded(card, controls), "commit": card.training.commit,
                                   "sha256": card.sha256}, ensure_ascii=False))
    return info


def recorded(card: Card, controls: dict) -> dict:
    """The controls as JSON values that `generate` takes again."""
    return {name: _recorded(card, name, value) for name, value in controls.items()}


def _recorded(card: Card, name: str, value: object) -> object:
    control = next((control for control in card.controls if control.name == name), None)
    if isinstance(control, Picture) and value is not None:
        return control.uri(value)
    if isinstance(control, Text) and isinstance(value, str):
        return control.parse(value)              # as it was drawn: a PNG holds no half characters
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value


def read_png(path: Path) -> Recipe:
    """The recipe written in a PNG. Raises BadInput if it is none of ours."""
    file = path.name[:60]
    try:
        if path.exists() and not path.is_file():
            raise BadInput("{path} is no file but a folder or a pipe; a picture that was saved here is a PNG.", path=shown(str(path), 60))
        with Image.open(path, formats=["PNG"]) as image:
            text = image.info.get(KEY, "")
        record = json.loads(str(text)[:MOST])
        model, seed, controls, sha256 = record["model"], record["seed"], record["controls"], record.get("sha256", "")
    except BadInput:
        raise
    except FileNotFoundError:
        raise BadInput("There is no picture {path}.", path=shown(str(path))) from None
    except (OSError, UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput("{file} is no PNG that can be read ({reason}).", file=file,
                       reason=getattr(error, "strerror", None) or type(error).__name__) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _unsigned(file) from None
    known = isinstance(model, str) and re.fullmatch(NAME, model) and isinstance(sha256, str)
    if not (known and isinstance(controls, dict) and type(seed) is int):
        raise _unsigned(file)
    return Recipe(model, seed, controls, sha256)


def _unsigned(file: str) -> BadInput:
    return BadInput("{file} does not say which model made it; pictures saved by GAN Atlas do.", file=file)
