"""What drawings (page/drawing.py) of a picture that is enlarged are made of. page/evaluate_pieces.py and page/drawing_pieces.js evaluate
it.

    here = enlarged(model, pictured("source"), quarter=field("quarter"), x=field("x"), y=field("y"), region=field("region"),
                    left=field("left"), right=field("right"), refusal=said("..."))
    Drawing(..., draw={"left": png(here["left"]), "right": png(here["right"])}, follow={"figures": ... closeness(here)[0] ...})
"""

from typing import Any

from models.srgan import KINDS, LEAST_SIDE, SCALE, TILE, Srgan
from page.drawing import Expression, Node, about

WAYS = ("bicubic", *KINDS, "original")      # of showing a piece
OVERVIEW = 270                              # pixels a side of the small picture beside it, at most


def pictured(name: str) -> Node:
    """The picture that a field (page.fields.Given) of that name stands for."""
    return Node("pictured", (name,))


def enlarged(model: Node, original: Node, *, quarter: Expression, x: Expression, y: Expression, region: Expression, left: Expression,
             right: Expression, refusal: Expression) -> Node:
    """A square piece of a picture, about a place (0 to 1, from the left and from below), enlarged in two of WAYS. With `quarter` the
    picture is shrunk to a quarter first, and "original" is what the piece shows of it; without, it is as "bicubic". A table of

    - "left", "right", "overview": pictures, the last one the small picture; "ways": the numbers of the two in WAYS;
    - "frame": where the piece begins and how large it is, as shares of the picture: left, top, width, height;
    - "width", "height": of the small picture; "side": of the piece, in its pixels.

    `refusal` is what a browser says of a picture that is too small to be enlarged; the server has a sentence of its own.
    """
    how = about(model, lambda one: {"reach": one.generator.srresnet.reach, "scale": SCALE, "least": LEAST_SIDE, "overview": OVERVIEW,
                                    "tile": TILE, "ways": WAYS, "networks": KINDS})
    return Node("enlarged", (model, original, quarter, x, y, region, left, right, how, refusal))


def closeness(here: Node) -> Node:
    """How near each way but the last comes to the original piece: a list of PSNR of the luminance in dB, infinite where they are alike."""
    return Node("closeness", (here,))


def tile(here: Node, number: Expression) -> Node:
    """One of the tiles that the whole picture is enlarged in, by the network to the right of the line, or the last one if none is there. A
    table of "picture"; "x" and "y", where it lies; "width" and "height" of the whole; "count" of the tiles; "network", its name."""
    return Node("tile", (here, number))


def network_of(way: str) -> str:
    """The network that a whole picture is enlarged by, where the line has this way to its right."""
    return way if way in KINDS else KINDS[-1]


def parts(model: Any) -> tuple[str, ...]:
    """The networks of a model that a browser enlarges with; empty: all of any other."""
    return KINDS if isinstance(model, Srgan) else ()
