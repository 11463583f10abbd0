"""When a training reached what: the first kept grids that show shapes, things that can be named, and rows that keep to one kind.

Read from the grids of a weights folder's history by the classifier of the data set, or by its reader of attributes; kept in
history/history.json, and told in the replay.
"""

from pathlib import Path

import numpy as np
from PIL import Image

import models
from models.checkpoint import read_json, write_json
from models.errors import BadInput
from training.kit.real import resized

SURE = 0.9        # probability from which the classifier is sure
SOME = 3          # cells of which it is sure that they are of a kind, for that kind to be drawn
KINDS = 3         # fewer at the end, and no moment is named
OF_ONE = 0.75     # share of a row that is of one kind, on average
OF_ALL = 0.7      # share of all kinds that have a row


def keep_moments(folder: Path, instrument: models.Model | None) -> dict[str, int]:
    """Writes the steps of these moments to history.json, and returns them: "shapes", "things", "rows", each where there was one. Empty
    without an instrument that names what it sees, and for a history that is missing or damaged."""
    path = folder / "history" / "history.json"
    if instrument is None or not ("classify" in instrument.tasks or hasattr(instrument, "read")) or not path.is_file():
        return {}
    try:
        told = read_json(path)
        grids = {step: np.asarray(Image.open(path.with_name(f"{step:06d}.png"))) for step in told["grids"]}
    except (BadInput, OSError, KeyError, TypeError, ValueError):
        return {}
    found = moments(grids, models.load(folder).card.image_size, instrument) if grids else {}
    write_json(path, told | {"moments": found})
    return found


def moments(grids: dict[int, np.ndarray], size: tuple[int, int, int], instrument: models.Model) -> dict[str, int]:
    """grids: uint8 [rows H, columns W] or [.., C] by step; none is told of grids that are no such. size: H, W, C."""
    if any(grid.shape[0] % size[0] or grid.shape[1] % size[1] for grid in grids.values()):
        return {}
    seen = {step: _Seen(grid, size, instrument) for step, grid in grids.items()}
    last = seen[max(seen)]
    rules = {
        "shapes": lambda one: one.contrast >= last.contrast / 2 and one.roughness <= 2 * last.roughness,
        "things": lambda one: one.kinds >= max(KINDS, last.kinds / 2),
        "rows": lambda one: one.of_one >= OF_ONE and one.rows >= OF_ALL * one.of,
    }
    first = {name: next((step for step in sorted(seen) if rule(seen[step])), None) for name, rule in rules.items()}
    return {name: step for name, step in first.items() if step is not None}


class _Seen:
    """What a grid shows: contrast in 1/255; roughness, the mean difference of neighbours over the contrast; how many kinds it shows surely,
    or how many attributes are surely in some of it and surely not in some; the share of a row that is of its commonest kind, and of how
    many kinds there is a row (of `of`)."""

    def __init__(self, grid: np.ndarray, size: tuple[int, int, int], instrument: models.Model):
        height, width, channels = size
        rows, columns = grid.shape[0] // height, grid.shape[1] // width
        cells = grid.reshape(rows, height, columns, width, channels).swapaxes(1, 2).reshape(-1, height, width, channels)
        self.contrast = float(cells.std())
        self.roughness = float(np.abs(np.diff(cells.astype(float), axis=2)).mean() / (self.contrast + 1e-6))
        seen = resized(cells, instrument.card.image_size)
        if "classify" not in instrument.tasks:        # of an attribute that is neither rare nor everywhere
            opinion = instrument.read(seen)
            self.kinds = int((np.minimum((opinion > SURE).sum(0), (opinion < 1 - SURE).sum(0)) >= SOME).sum())
            self.of_one, self.of, self.rows = 0.0, 1, 0
            return
        opinion = instrument.classify(seen)
        named, sure = opinion.argmax(1), opinion.max(1) > SURE
        of_rows = [np.bincount(row, minlength=opinion.shape[1]) for row in named.reshape(rows, columns)]
        self.kinds = int((np.bincount(named[sure], minlength=opinion.shape[1]) >= SOME).sum())
        self.of_one = float(np.mean([row.max() / columns for row in of_rows]))
        self.of, self.rows = opinion.shape[1], len({int(row.argmax()) for row in of_rows})
