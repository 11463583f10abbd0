"""The part of the evaluator on the server (page/evaluate.py) that draws from sentences."""

from html import escape
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from models.text.encoders import ENCODERS
from page.drawing import Node
from page.drawn import Drawn


class TextOperations:
    """`value`, `evaluator` and `index` are those of page.evaluate."""

    def _embedding(self, node: Node) -> torch.Tensor:
        model, text, encoder = map(self.value, node.args)
        return model.embed([text], encoder)[0]

    def _painted(self, node: Node) -> Drawn:
        _, stage, _, embedding, _, augment, truncation, _ = node.args
        model, seeds, recipe = self.told(node)
        truncated = any(control.name == "truncation" for control in model.card.controls)      # else its recipe could not say so
        augment, truncation = float(self.value(augment)), self.value(truncation) if truncated else None
        before, self.index = self.index, np.arange(len(seeds))
        try:
            embeddings = torch.broadcast_to(self.value(embedding), (len(seeds), model.text_dim))
        finally:
            self.index = before
        keys = [("painted", id(model), stage, seed, row.numpy().tobytes(), augment, truncation)
                for seed, row in zip(seeds, embeddings, strict=True)]
        known = {key: self.evaluator.kept(key) for key in keys}
        new = [i for i, key in enumerate(keys) if known[key] is None]
        if new:
            z = model.latents([seeds[i] for i in new])
            images = model.draw(z, embeddings[new], stage=stage, augment=augment, truncation=truncation)
            for i, image in zip(new, images, strict=True):
                known[keys[i]] = Drawn(model, [seeds[i]], {}, image[None])
                self.evaluator.keep(keys[i], known[keys[i]])
        return Drawn(model, seeds, recipe, np.concatenate([known[key].pixels for key in keys]))

    def told(self, node: Node) -> tuple[Any, list[int], dict[str, list]]:
        """Of a painted node: model, seeds, and for each image the controls of a recipe, those that the model has. Nothing is drawn."""
        model, _, seed, _, count, _, _, said = node.args
        model, count = self.value(model), int(self.value(count))
        known, found = {control.name for control in model.card.controls}, {}
        before, self.index = self.index, np.arange(count)
        try:
            seeds = np.broadcast_to(np.asarray(self.value(seed)), (count,)).tolist()
            for name, expression in said.items():
                value = self.value(expression)
                if name in known and value is not None:
                    found[name] = list(value) if isinstance(value, np.ndarray) else [value] * count
        finally:
            self.index = before
        return model, seeds, found

    def _match(self, node: Node) -> list[float]:
        drawn, embedding = map(self.value, node.args)
        return (drawn.model.encoders.embed_images(drawn.pixels) @ embedding).tolist()

    def _doubts(self, node: Node) -> list[float]:
        drawn, embeddings = map(self.value, node.args)
        return drawn.model.score_texts(drawn.pixels[0], torch.stack(embeddings)).tolist()

    def _nearest(self, node: Node) -> list[tuple[str, float]]:
        model, embedding, encoder, what = map(self.value, node.args)
        memory = model.encoders.captions
        return {"texts": memory.nearest, "kinds": memory.nearest_kinds}[what](embedding, ENCODERS.index(encoder))

    def _unseen(self, node: Node) -> list[str]:
        model, text = map(self.value, node.args)
        return model.encoders.captions.unseen(text)

    def _lerp(self, a, b, share):
        a, b, share = self.value(a), self.value(b), self.value(share)
        part = torch.as_tensor(np.asarray(share, np.float32))[..., None]
        return F.normalize(a * (1 - part) + b * part, dim=-1)

    def _dot(self, a, b): return float(self.value(a) @ self.value(b))
    def _most(self, values): return max(self.value(values))
    def _escaped(self, value, letters): return escape(str(self.value(value))[:letters or None])

    def _each(self, template, values, between):
        return self.value(between).join(template.replace("{it}", escape(one)) for one in self.value(values))
