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
        sentences, owners = data.flat()
        self.labels = data.labels
        self.starts = torch.searchsorted(owners, torch.arange(len(data.pictures)))
        self.counts = torch.bincount(owners)
        self.points = _encoded(sentences, encoders, cache)      # fp16 [2, sentences, dim]

    def right(self, chosen: torch.Tensor) -> torch.Tensor:
        """For each of the chosen pictures the point of one of its sentences, by one of the encoders: float [N, dim]."""
        sentence = self.starts[chosen] + (torch.rand(len(chosen)) * self.counts[chosen]).long()
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


def _encoded(sentences: list[str], encoders: TextEncoders, cache: Path) -> torch.Tensor:
    told = hashlib.sha256("\n".join([encoders.card.sha256, *sentences]).encode()).hexdigest()
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
