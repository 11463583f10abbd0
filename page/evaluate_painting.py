"""The part of the evaluator on the server (page/evaluate.py) for what visitors paint on colour-coded boards."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from models.images import fit, png_uri, read_image
from models.outlines import ink
from page.drawing import Node
from page.drawing_painting import BELIEVED, DOUBTED
from page.drawn import Drawn


def image_of(drawing: np.ndarray, how: dict, size: int) -> np.ndarray:
    """What page.drawing_painting.coloured says: uint8 [size, size, 3] of a drawing uint8 [side, side]."""
    times = max(1, size // len(drawing))
    larger = drawing.repeat(times, 0).repeat(times, 1)
    colours = np.asarray(how["colours"], np.uint8)
    image = ink(larger[None], how["colours"])[0].permute(1, 2, 0).numpy() if "ink" in how else colours[larger]
    return image if len(image) == size else fit(read_image(np.ascontiguousarray(image)), size, 3)


def map_of(image: np.ndarray, belief: np.ndarray, believed: tuple = BELIEVED, doubted: tuple = DOUBTED) -> np.ndarray:
    """What page.drawing_painting.mapped says: uint8 [H, W, 3] of an image uint8 [H, W, C] and belief float [rows, columns], 0 to 1."""
    spread = F.interpolate(torch.from_numpy(belief).float()[None, None], size=image.shape[:2], mode="bilinear")[0, 0, :, :, None]
    colour = spread * torch.tensor(believed) + (1 - spread) * torch.tensor(doubted)
    grey = torch.from_numpy(image).float().mean(2, keepdim=True)
    return (0.5 * grey + 0.5 * colour).round().to(torch.uint8).numpy()


class PaintingOperations:
    """`value` is that of page.evaluate."""

    def _coloured(self, node: Node) -> Drawn:
        model, drawing, how = map(self.value, node.args)
        return Drawn(model, [], {}, image_of(drawing, how, model.card.image_size[0])[None])

    def _mapped(self, drawn, belief, believed, doubted) -> str:
        flat = np.asarray(self.value(belief), np.float32).reshape(-1)
        return png_uri(map_of(self.value(drawn).pixels[0], flat.reshape(math.isqrt(len(flat)), -1), believed, doubted))
