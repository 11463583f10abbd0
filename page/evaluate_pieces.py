"""The part of the evaluator on the server (page/evaluate.py) that enlarges pictures."""

import hashlib
import math
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from PIL import Image

from models.images import png_uri, to_pil, webp_uri
from models.srgan import KINDS, SCALE, Srgan, check_size, tiles
from page.drawing import Node
from page.drawing_pieces import OVERVIEW, WAYS, network_of
from page.drawn import Drawn
from page.values import whole

LOSSLESS = 512                    # up to so many pixels a side a picture is sent as PNG
LUMINANCE = np.array([65.481, 128.553, 24.966]) / 255


@dataclass(frozen=True)
class Photo:
    """A picture uint8 [H, W, 3]; `key` tells it from others."""

    key: str
    pixels: np.ndarray = attribute(compare=False)
    kept: bool = False               # whether it is to be saved, so that nothing of it may be lost

    @cached_property
    def _uri(self) -> str:
        return png_uri(self.pixels) if self.kept or max(self.pixels.shape) <= LOSSLESS else webp_uri(self.pixels, len(self.pixels))

    def png(self, index: int, signed: bool) -> str:
        return self._uri

    def resized(self, height: int, width: int, box: tuple[int, int, int, int] | None = None) -> np.ndarray:
        return np.asarray(to_pil(self.pixels).resize((width, height), Image.Resampling.BICUBIC, box))


def photo(value: Photo | Drawn | np.ndarray) -> Photo:
    """As a Photo; of drawn images the first one."""
    if isinstance(value, Photo):
        return value
    pixels = value.pixels[0] if isinstance(value, Drawn) else value
    return Photo(hashlib.blake2b(pixels.tobytes() + repr(pixels.shape).encode(), digest_size=12).hexdigest(), pixels)


def smaller(original: Photo, quarter: bool) -> Photo:
    """The picture that is enlarged: the original, or a quarter of it. Raises BadInput where that is too small or too large."""
    if not quarter:
        check_size(*original.pixels.shape[:2])
        return original
    height, width = (side // SCALE for side in original.pixels.shape[:2])
    check_size(height, width)
    return Photo(f"{original.key} / {SCALE}", original.resized(height, width, (0, 0, SCALE * width, SCALE * height)))


@lru_cache(maxsize=24)
def _piece(model: Srgan, small: Photo, way: str, top: int, left: int, side: int) -> Photo:
    """A piece, as it looks in the whole picture enlarged."""
    if way in KINDS:
        pixels = model.enlarge_part(small.pixels, (top, top + side, left, left + side), way)
    else:
        pixels = small.resized(SCALE * side, SCALE * side, (left, top, left + side, top + side))
    return Photo(f"{small.key} {way} {top} {left} {side}", pixels)


@dataclass
class Enlarged:
    """What page.drawing_pieces.enlarged says, and the pieces in all ways."""

    model: Srgan
    original: Photo
    small: Photo
    top: int
    left: int
    side: int
    ways: list[str]

    def __getitem__(self, name: str) -> Any:
        height, width = self.small.pixels.shape[:2]
        if name in ("left", "right"):
            return self.piece(self.ways[name == "right"])
        if name == "overview":
            share = min(1, OVERVIEW / max(height, width))
            return Photo("", self.small.resized(*(max(1, rounded(share * side)) for side in (height, width))))
        return {"ways": [WAYS.index(way) for way in self.ways], "width": width, "height": height, "side": self.side,
                "frame": [self.left / width, self.top / height, self.side / width, self.side / height]}[name]

    def piece(self, way: str) -> Photo:
        if way != "original":
            return _piece(self.model, self.small, way, self.top, self.left, self.side)
        top, left, side = SCALE * self.top, SCALE * self.left, SCALE * self.side
        return Photo("", self.original.pixels[top:top + side, left:left + side])


def rounded(value: float) -> int:
    """To the nearest whole number, halves up: as browsers do."""
    return math.floor(value + 0.5)


class PieceOperations:
    """`value`, `values` and `evaluator` are those of page.evaluate."""

    def _pictured(self, name: str) -> Photo:
        return photo(self.evaluator.drawing.fields[name].picture(self.values[name]))

    def _enlarged(self, node: Node) -> Enlarged:
        model, original, quarter, x, y, region, left, right = map(self.value, node.args[:-2])
        original = photo(original)
        small = smaller(original, quarter)
        height, width = small.pixels.shape[:2]
        side = min(region, height, width)
        top, across = (min(max(rounded(middle - side / 2), 0), most - side) for middle, most in
                       (((1 - y) * height, height), (x * width, width)))
        ways = [way if quarter or way != "original" else "bicubic" for way in (left, right)]
        return Enlarged(model, original, small, top, across, side, ways)

    def _tile(self, node: Node) -> dict[str, Any]:
        here, number = map(self.value, node.args)
        small, network = here.small.pixels, network_of(here.ways[1])
        height, width = small.shape[:2]
        boxes = tiles(height, width)
        box = boxes[whole(number, "The number of a piece", 0, len(boxes) - 1)]
        return {"picture": Photo("", here.model.enlarge_part(small, box, network), kept=True), "x": SCALE * box[2], "y": SCALE * box[0],
                "width": SCALE * width, "height": SCALE * height, "count": len(boxes), "network": network}

    def _closeness(self, node: Node) -> list[float]:
        here = self.value(node.args[0])
        truth = here.piece("original").pixels @ LUMINANCE
        errors = [np.square(here.piece(way).pixels @ LUMINANCE - truth).mean() for way in WAYS[:-1]]
        return [10 * math.log10(255 ** 2 / error) if error else math.inf for error in errors]
