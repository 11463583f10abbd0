"""The drawing board: a canvas of 28x28 pixels on which a visitor draws a digit, for the instruments of several plates. With a palette it is
a larger one, colour-coded (page/painting.py); what follows is of the digits.

A state holds the drawing as a text of at most 524 characters, so that it travels in links; board.js writes and reads the same one. A
drawing has 16 grey levels, 0 black to 15 white, row by row; an empty board is "". Each character is a value 0 to 63 (base64url's
alphabet):
- a text of other lengths than 524 is written in runs: 0 to 15 is one pixel of that level, 16 to 39 are 2 to 25 black pixels, 40 to 63
  are 2 to 25 white ones;
- where runs would need 524 characters or more, each two characters are 12 bits, three pixels, the first in the highest bits.
"""

import json
import string
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image

from models.errors import BadInput, shown
from page.language import say
from page.scripts import scripts
from page.site import Site, shown_model

JS = scripts(Path(__file__).parent, "board_text.js", "painting_text.js", "palette.js", "board.js")
SIDE, LEVELS, LONGEST = 28, 16, 25       # pixels a side; grey levels; pixels of a run
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
PACKED = 2 * -(-SIDE * SIDE // 3)        # characters of a text that is not written in runs
_VALUES = np.full(128, -1)               # by character code
_VALUES[[ord(letter) for letter in ALPHABET]] = np.arange(64)
_LEVEL = np.array([*range(16), *[0] * 24, *[15] * 24])            # by value: of each pixel of the run
_COUNT = np.array([*[1] * 16, *range(2, 26), *range(2, 26)])      # by value: its pixels

THIN, THICK = 2.0, 3.4      # pixels: strokes of MNIST's digits, its 25th and 90th percentile (median 2.4), as _thickness measures them
HAND = "cgan-mnist"         # draws the digits of "surprise me"
POINT = ("position: absolute; width: 12px; height: 12px; margin: -6px; border: 2px solid var(--petal); border-radius: 50%; "
         "box-shadow: 0 0 0 1px var(--paper); pointer-events: none")        # where keys draw
BOX = 19.2                  # pixels: longer side of a digit of MNIST where its ink is half covered; with its soft edges it is 20
GRID = 96                   # a drawing is measured on so many cells a side


def board(name: str, label: str, *, surprises: Sequence[str] = (), size: int = SIDE, palette: Mapping[str, str] | None = None,
          tools: Sequence[str] = ("brush", "eraser"), read_by: str = "") -> str:
    """Markup of the control whose drawing stands in a state as `name`. `surprises` are texts of drawings (see written), one of which
    "surprise me" puts on the board; without any there is no such button.

    `palette` makes it colour-coded: 2 to 16 colours, such as "#0030ff", by what they are called, the first that of an empty board; the text
    is then as page/painting.py has it, pictures are read by the instrument's `read`, and drawn is with the second colour at first. `size`:
    pixels a side. `tools`: of "box" (a filled rectangle), "brush", "pen" (a brush of one pixel) and "eraser", the chosen one first.
    `read_by`: the value of the state that says how pictures are read; where it changes, the last one is read again.
    """
    words = {"nothing": say("There is no picture to paste; copy one first."),
             "closed": say("The browser does not let this button read what was copied; press Ctrl+V instead."),
             "keyless": say("The browser does not let this button read what was copied; press Upload instead.")}
    named = {"box": say("Rectangle"), "brush": say("Brush"), "pen": say("Pen"), "eraser": say("Eraser")}
    toolbox = "".join(f'<button type="button" data-tool="{tool}" aria-pressed="{str(tool == tools[0]).lower()}">{named[tool]}</button>'
                      for tool in tools)
    acts = {"undo": say("Undo"), "clear": say("Clear"), "upload": say("Upload"), "paste": say("Paste")}
    acts |= {"surprise": say("Surprise me")} if surprises else {}
    buttons = "".join(f'<button type="button" data-act="{act}">{text}</button>' for act, text in acts.items())
    keys = say("Arrow keys move the point, with Shift in larger steps; Space begins a line and ends it.")
    colours = palette or {}
    kind = (f'data-board="palette" data-palette="{escape(json.dumps({"size": size, "colours": list(colours.values())}))}"'
            if palette else 'data-board="grey"')
    swatches = "".join(f'<button type="button" data-value="{i}" aria-pressed="{str(i == 1).lower()}">'
                       f'<i style="background:{colour}"></i>{escape(title)}</button>' for i, (title, colour) in enumerate(colours.items()))
    swatches = f'<div class="choices small swatches">{swatches}</div>' if len(colours) > 2 else ""      # of two, the eraser has the other
    return (f'<div class="field board" role="group" aria-label="{escape(label)}" {kind} data-read-by="{read_by}" '
            f'data-words="{escape(json.dumps(words))}" '
            f'data-surprises="{escape(json.dumps(list(surprises)))}"><span>{escape(label)}</span>'
            f'<div class="paper"><canvas width="{size}" height="{size}" role="application" tabindex="0" aria-label="{say("The drawing")}" '
            f'aria-description="{keys}"></canvas><i data-point hidden style="{POINT}"></i>'
            f'<span class="hint" aria-hidden="true">{say("draw here")}</span></div>'
            f'<p class="caption" data-keys aria-hidden="true" hidden>{keys}</p>'
            f'<input type="hidden" name="{name}"><input type="file" accept="image/*" aria-label="{say("Upload")}" hidden>'
            f'{swatches}<div class="choices small">{toolbox}{buttons}</div></div>')


def values_of(text: str) -> np.ndarray | None:
    """The values 0 to 63 of the characters of a text; None for an empty one, or one with other characters than ALPHABET's."""
    values = _VALUES[np.frombuffer(text.encode(), np.uint8)] if text and text.isascii() else np.full(1, -1)
    return values if values.min() >= 0 else None


def drawn(value: object, what: str = "The drawing") -> np.ndarray:
    """The drawing of a text, uint8 [28, 28, 1], white on black. Raises BadInput, with `what` as its subject, for what is no drawing."""
    if value == "" and isinstance(value, str):
        return np.zeros((SIDE, SIDE, 1), np.uint8)
    values = values_of(value) if isinstance(value, str) and len(value) <= PACKED else None
    if values is not None:
        levels = _unpacked(values) if len(values) == PACKED else _LEVEL[values].repeat(_COUNT[values])
        if len(levels) == SIDE * SIDE:
            return (levels * 17).astype(np.uint8).reshape(SIDE, SIDE, 1)
    raise BadInput("{what} takes what the board writes, 28x28 pixels as letters and digits, not {value}.", what=what, value=shown(value))


def _unpacked(values: np.ndarray) -> np.ndarray:
    pairs = values[::2] * 64 + values[1::2]
    return np.stack([pairs >> 8, pairs >> 4 & 15, pairs & 15], 1).reshape(-1)[:SIDE * SIDE]


def written(image: np.ndarray) -> str:
    """The text of a picture uint8 [28, 28, 1] in the nearest of 16 grey levels, at most 524 characters."""
    levels = (image.reshape(-1).astype(int) + 8) // 17
    if not levels.any():
        return ""
    runs: list[int] = []
    for level, same in groupby(levels.tolist()):
        count = sum(1 for _ in same)
        while count:
            length = min(count, LONGEST) if level in (0, LEVELS - 1) else 1
            runs.append(level if length == 1 else length + (38 if level else 14))
            count -= length
    if len(runs) >= PACKED:
        three = np.pad(levels, (0, -len(levels) % 3)).reshape(-1, 3) @ [256, 16, 1]
        runs = np.stack([three >> 6, three & 63], 1).reshape(-1).tolist()
    return "".join(ALPHABET[value] for value in runs)


def surprises(site: Site, pairs: Sequence[tuple[int, int]], otherwise: str = "") -> list[str]:
    """Drawings for a board, as texts: digits of our conditional GAN by pairs of label and seed; where it is not on the page, what the
    weights `otherwise` draw of these seeds, and none without either."""
    labels, seeds = map(list, zip(*pairs, strict=True))
    if HAND in site.weights("cgan"):
        found = shown_model(HAND).generate(seeds, label=labels)
    else:
        found = shown_model(otherwise).generate(seeds) if otherwise else []
    return [written(image) for image in found]


def as_mnist(drawing: np.ndarray) -> np.ndarray:
    """A drawing uint8 [28, 28, 1] as MNIST would have it, uint8 [28, 28, 1]: its longer side 20 pixels, its centre of mass in the
    middle, strokes thinner or thicker than those of most of MNIST's digits brought there. An empty one stays empty.

    Enlarging a small drawing makes its strokes thick; so the ink is not resized but drawn anew, from the distance to its outline.
    """
    ink = drawing[..., 0]
    if not ink.any():
        return np.zeros_like(drawing)
    rows, columns = np.nonzero(ink > ink.max() / 2)
    span = int(max(np.ptp(rows), np.ptp(columns))) + 5          # the ink, and two pixels around it
    unit = GRID / span                                          # grid cells to a pixel of the drawing
    corner = columns.min() + 1, rows.min() + 1                  # of the padded drawing
    grid = np.asarray(Image.fromarray(np.pad(ink, ((3, SIDE + 3), (3, SIDE + 3)))).resize(
        (GRID, GRID), Image.Resampling.BICUBIC, (*corner, corner[0] + span, corner[1] + span)))
    mask = np.pad(grid > ink.max() / 2, 1)
    inner = mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
    mask = mask[1:-1, 1:-1]
    outline, inside = np.argwhere(mask & ~inner), np.argwhere(mask)
    low, high, mean = inside.min(0) - 0.5, inside.max(0) + 0.5, inside.mean(0)
    side, thickness = float((high - low).max()) / unit, _thickness(inside, outline) / unit

    scale = BOX / side
    wanted = min(max(scale * thickness, THIN), THICK)
    if wanted != scale * thickness:             # the outline moves by `grow` on either side, and the longer side is kept
        scale = (BOX - wanted) / max(side - thickness, side / 3)
    grow, scale = (wanted - scale * thickness) / 2, scale / unit          # from here on: pixels to a grid cell
    half = scale * (high - low) / 2 + grow
    centre = SIDE / 2 + 0.5 + scale * ((high + low) / 2 - mean)           # of the box; MNIST's centre of mass is at 14.5
    longer = int(np.argmax(high - low))
    centre[longer] = np.round(centre[longer] - half[longer] - 0.4) + 0.4 + half[longer]      # so that it fills 20 whole rows or columns
    centre = np.clip(centre, half + 0.4, SIDE - half - 0.4)

    at = ((np.indices((SIDE, SIDE)).reshape(2, -1).T + 0.5 - centre) / scale + (high + low) / 2)
    cell = np.round(at).astype(int).clip(0, GRID - 1)           # the grid's edge is empty
    distance = _distance(at, outline)
    depth = np.where(mask[cell[:, 0], cell[:, 1]], distance + 0.5, 0.5 - distance)
    covered = np.clip(scale * depth + grow + 0.5, 0, 1)
    return (covered * 255).round().astype(np.uint8).reshape(SIDE, SIDE, 1)


def _thickness(inside: np.ndarray, outline: np.ndarray) -> float:
    """The thickness of strokes: in a strip, the mean distance to the nearer edge is a quarter of it."""
    some = inside[::max(1, len(inside) // 400)]
    return 4 * float((_distance(some, outline) + 0.5).mean())


def _distance(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """From each of points [N, 2] to the nearest of others [M, 2]: [N]."""
    squares = points @ (-2.0 * others.T)
    squares += (others**2).sum(1)
    return np.sqrt(np.maximum(squares.min(1) + (points**2).sum(1), 0))
