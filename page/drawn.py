"""Images with how they were made, as the evaluator on the server keeps them."""

from dataclasses import dataclass, field

import numpy as np

from models.images import png_uri, tile
from models.loaded import Model
from models.provenance import png_info


@dataclass
class Drawn:
    """`controls`: those that are given, as a recipe has them, for each image."""

    model: Model
    seeds: list[int]                     # empty: from noise that has no seed
    controls: dict[str, list]
    pixels: np.ndarray                   # uint8 [N, H, W, C]
    pngs: dict[tuple, str] = field(default_factory=dict)

    def png(self, index: int, signed: bool) -> str:
        key = (index, signed)
        if key not in self.pngs:
            info = png_info(self.model.card, self.seeds[index],
                            {name: given[index] for name, given in self.controls.items()}) if signed else None
            self.pngs[key] = png_uri(self.pixels[index], info)
        return self.pngs[key]

    def sheet(self, columns: int, left: int, right: int) -> str:
        key = (columns, left, right, "sheet")
        if key not in self.pngs:
            self.pngs[key] = png_uri(tile(self.pixels[:, :, left:self.pixels.shape[2] - right], columns))
        return self.pngs[key]
