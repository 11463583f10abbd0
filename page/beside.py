"""One drawing, several readers: what the other plates with a drawing board make of it, beside the one that is open, each a link that takes
the drawing there."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from page.drawing import Expression, Node, Phase, either, field, png, text
from page.drawing_board import blank, tried
from page.language import say
from page.plate import Plate
from page.site import Site
from page.slots import EMPTY


@dataclass(frozen=True)
class Reading:
    """What a plate makes of a drawing, as expressions (page/drawing.py)."""

    image: Node            # what it makes of the drawing, or as what it reads it
    words: Expression


@dataclass(frozen=True)
class Reader:
    """A plate whose instrument `own` has a board called "drawing"; `read` tells what it makes of one that is not empty, with these
    `weights`."""

    plate: Plate
    own: str
    read: Callable[[Node], Reading]
    weights: tuple[str, ...]


def readers(site: Site, but: Plate) -> list[Reader]:
    """Those of the page's other plates whose weights are on the page, each of which names its own as READER."""
    found = [module.READER for module in site.plates if hasattr(module, "READER") and module.PLATE is not but]
    return [one for one in found if {*one.weights} <= {name for model in one.plate.models for name in site.weights(model)}]


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


def slots(found: list[Reader]) -> Phase:
    """What the readers make of the field "drawing"; nothing of an empty one, and by those whose weights are damaged."""
    told: Phase = {}
    for one in found:
        reading, empty = one.read(field("drawing")), blank(field("drawing"))
        told[f"beside-{one.plate.id}"] = either(empty, EMPTY, tried(png(reading.image), EMPTY))
        words = text("{words}", words=reading.words, image=reading.image)        # without the image, no words
        told[f"beside-{one.plate.id}-words"] = either(empty, "", tried(words, ""))
    return told
