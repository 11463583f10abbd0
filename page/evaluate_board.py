"""The part of the evaluator on the server (page/evaluate.py) for what visitors draw on boards."""

import base64

import numpy as np
import torch
from PIL import Image

from models.errors import BadInput
from models.images import fit
from models.loaded import Model
from page.board import as_mnist
from page.drawing import Node
from page.drawn import Drawn


def as_read(model: Model, drawing: np.ndarray) -> np.ndarray:
    """A drawing uint8 [28, 28, 1] as a model's networks take it, uint8 [H, W, C]: a digit is brought to where MNIST's digits stand."""
    height, _, channels = model.card.image_size
    image = as_mnist(drawing) if model.card.dataset.key == "mnist" else drawing
    return image if image.shape == model.card.image_size else fit(Image.fromarray(image[..., 0]), height, channels)


class BoardOperations:
    """`value` is that of page.evaluate."""

    def _blank(self, drawing): return not self.value(drawing).any()

    def _given(self, node: Node) -> Drawn:
        model, drawing = map(self.value, node.args)
        return Drawn(model, [], {}, as_read(model, drawing)[None])

    def _outputs(self, node: Node) -> dict[str, torch.Tensor]:
        drawn, part, z = node.args
        drawn, z = self.value(drawn), self.value(z)
        return drawn.model.outputs(part, drawn.pixels, **({"z": z[None]} if isinstance(z, torch.Tensor) else {}))

    def _pulled(self, drawn, z) -> tuple[float, torch.Tensor]:
        """-log p(x | z) of the first image, and its derivative by each latent; once for `nats` and `slope` of the same."""
        key = "pulled", drawn, z
        if key not in self.known:
            found = self.value(drawn)
            before, self.z_dim = self.z_dim, found.model.z_dim
            try:
                self.known[key] = found.model.pull(found.pixels[0], self.value(z))
            finally:
                self.z_dim = before
        return self.known[key]

    def _nats(self, node: Node) -> float: return self._pulled(*node.args)[0]
    def _slope(self, node: Node) -> float: return float(self._pulled(*node.args[:2])[1][self.value(node.args[2])])

    def _squared_error(self, a, b):
        a, b = (self.value(one).pixels[0].astype(np.float64) for one in (a, b))
        return float(np.square((a - b) / 255).mean())

    def _stored(self, node: Node) -> Drawn:
        model, pixels, count = map(self.value, node.args)
        return Drawn(model, [], {}, np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(count, *model.card.image_size))

    def _gathered(self, node: Node) -> Drawn:
        a, b, places = map(self.value, node.args)
        return Drawn(a.model, [], {}, np.concatenate([a.pixels, b.pixels])[np.asarray(places, int)])

    def _seen_by(self, node: Node) -> Drawn:
        model, drawn = map(self.value, node.args)
        return Drawn(model, [], {}, drawn.pixels)

    def _tried(self, expression, otherwise):
        try:
            return self.value(expression)
        except BadInput:
            return self.value(otherwise)
