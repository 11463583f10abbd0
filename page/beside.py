"""One drawing, several readers: what the other plates with a drawing board make of it, beside the one that is open, each a link that takes
the drawing there."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import numpy as np

from models.errors import BadInput
from models.images import png_uri
from page.language import say
from page.plate import Plate
from page.site import Site
from page.slots import EMPTY, Slots


@dataclass(frozen=True)
class Reading:
    """What a plate makes of a drawing."""

    image: np.ndarray      # uint8 [H, W, C]: what it makes of the drawing, or as what it reads it
    words: str


@dataclass(frozen=True)
class Reader:
    """A plate whose instrument `own` has a board called "drawing"; `read` takes a drawing uint8 [28, 28, 1] that is not empty, as the board
    has it. It raises BadInput where its weights are not here, or damaged."""

    plate: Plate
    own: str
    read: Callable[[np.ndarray], Reading]


def readers(site: Site, but: Plate) -> list[Reader]:
    """Those of the page's other plates, each of which names its own as READER."""
    return [module.READER for module in site.plates if hasattr(module, "READER") and module.PLATE is not but]


def markup(found: list[Reader]) -> str:
    """A link for each reader; its slots are filled by `slots`."""
    links = ""
    for one in found:
        name = say(one.plate.title or one.plate.tab)
        alt = escape(say("What {name} makes of the drawing", name=name))
        links += (f'<a href="?tab={one.plate.id}&amp;at={one.own}" data-carry="drawing"><b>{escape(name)}</b>'
                  f'<img data-slot="beside-{one.plate.id}" class="specimen" alt="{alt}">'
                  f'<span data-slot="beside-{one.plate.id}-words"></span></a>')
    return (f'<nav class="readers" aria-label="{say("The same drawing, read by other plates")}"><p class="caption">'
            f'{say("The same drawing, read by others; a click takes it there.")}</p>{links}</nav>' if links else "")


def slots(found: list[Reader], image: np.ndarray) -> Slots:
    """What the readers make of a drawing uint8 [28, 28, 1]; nothing of an empty one, and by those that lack their weights."""
    told: Slots = {}
    for one in found:
        try:
            reading = one.read(image) if image.any() else None
        except BadInput:
            reading = None
        told[f"beside-{one.plate.id}"] = png_uri(reading.image) if reading else EMPTY
        told[f"beside-{one.plate.id}-words"] = reading.words if reading else ""
    return told
