"""Captions as points of the joint space, computed once; what the text-to-picture scripts draw their batches from."""

import hashlib
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

import models
from models.errors import BadInput
from models.text.encoders import ENCODERS, TextEncoders
from training.kit.captions import Captioned
from training.kit.run import fast_bf16


class Points:
    """All sentences of a Captioned set by both encoders."""

    def __init__(self, data: Captioned, encoders: TextEncoders, cache: Path):
        self.data, self.labels = data, data.labels
        self.points = _encoded(data.flat()[0], encoders, cache)      # fp16 [2, sentences, dim]

    def right(self, chosen: torch.Tensor) -> torch.Tensor:
        """For each of the chosen pictures the point of one of its sentences, by one of the encoders: float [N, dim]."""
        sentence = self.data.draw(chosen)
        return self.points[torch.randint(len(ENCODERS), (len(chosen),)), sentence].float()

    def wrong(self, chosen: torch.Tensor) -> torch.Tensor:
        """For each of the chosen pictures the point of a sentence about another class: float [N, dim]."""
        other = torch.randint(len(self.labels), (len(chosen),))
        for _ in range(1000):
            same = self.labels[other] == self.labels[chosen]
            if not same.any():
                return self.right(other)
            other[same] = torch.randint(len(self.labels), (int(same.sum()),))
        raise BadInput("All pictures are of one class; wrong pairs need at least two.")


    def grid(self, *dims: int, pictures: int = 30) -> list[torch.Tensor]:
        """What a sample grid is drawn from, the same at every start: points of sentences, then noise, [pictures, dim] each."""
        chance = torch.Generator().manual_seed(0)
        shown = torch.randperm(len(self.labels), generator=chance)[:pictures]
        text = self.points[ENCODERS.index("sentence"), self.data.first[shown]].float()
        return [text, *(torch.randn(len(text), dim, generator=chance) for dim in dims)]


def _encoded(sentences: list[str], encoders: TextEncoders, cache: Path) -> torch.Tensor:
    readers = [encoders.card.sha256, *encoders.card.files.values()]       # the sentence encoder is vouched for among the files
    told = hashlib.sha256("\n".join([*readers, *sentences]).encode()).hexdigest()
    cache = cache / f"points-{told[:16]}.safetensors"
    if cache.is_file():
        return load_file(cache)["points"]
    with torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16(torch.device("cpu"))):
        found = [encoders.encode(sentences, encoder) for encoder in ENCODERS]
    points = torch.stack(found).half()
    cache.parent.mkdir(parents=True, exist_ok=True)
    save_file({"points": points}, cache)
    return points


def text_encoders(name: str) -> TextEncoders:
    encoders = models.load(name)
    if not isinstance(encoders, TextEncoders):
        raise BadInput(f"--text takes the weights of text encoders, such as text-flowers, not {name!r:.40}.")
    return encoders
