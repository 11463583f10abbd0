"""Embeddings of captions, computed once: what the text-to-image scripts draw their batches from."""

import hashlib
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

import models
from models.errors import BadInput
from models.precision import bf16_pays
from models.text.encoders import ENCODERS, TextEncoders
from training.kit.captions import Captioned


def of_another_class(labels: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """For each of the chosen images [N] the number of a random image of another class, int64 [N]. Raises BadInput if there is one class
    only."""
    other = torch.randint(len(labels), (len(chosen),))
    for _ in range(1000):
        same = labels[other] == labels[chosen]
        if not same.any():
            return other
        other[same] = torch.randint(len(labels), (int(same.sum()),))
    raise BadInput("All images are of one class; wrong pairs need at least two.")


class Embeddings:
    """The embeddings of all sentences of a Captioned set by both encoders, kept as files in the folder `cache`."""

    def __init__(self, data: Captioned, encoders: TextEncoders, cache: Path):
        self.data, self.labels = data, data.labels
        self.embeddings = _embedded(data.flat()[0], encoders, cache)      # fp16 [2, sentences, dim]

    def right(self, chosen: torch.Tensor) -> torch.Tensor:
        """For each of the chosen images, int64 [B], the embedding of one of its sentences by one of the encoders: float [B, dim]."""
        sentence = self.data.draw(chosen)
        return self.embeddings[torch.randint(len(ENCODERS), (len(chosen),)), sentence].float()

    def wrong(self, chosen: torch.Tensor) -> torch.Tensor:
        """For each of the chosen images, int64 [B], the embedding of a sentence about another class: float [B, dim]. Raises BadInput if
        there is one class only."""
        return self.right(of_another_class(self.labels, chosen))

    def grid(self, *dims: int, images: int = 30) -> list[torch.Tensor]:
        """What a sample grid is drawn from, the same at every start: embeddings of sentences, then noise, float [images, dim] each."""
        chance = torch.Generator().manual_seed(0)
        shown = torch.randperm(len(self.labels), generator=chance)[:images]
        text = self.embeddings[ENCODERS.index("sentence"), self.data.first[shown]].float()
        return [text, *(torch.randn(len(text), dim, generator=chance) for dim in dims)]


def _embedded(sentences: list[str], encoders: TextEncoders, cache: Path) -> torch.Tensor:
    readers = [encoders.card.sha256, *encoders.card.files.values()]       # the sentence encoder is vouched for among the files
    told = hashlib.sha256("\n".join([*readers, *sentences]).encode()).hexdigest()
    cache = cache / f"embeddings-{told[:16]}.safetensors"
    if cache.is_file():
        return load_file(cache)["embeddings"]
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16_pays("cpu")):
        found = [encoders.embed(sentences, encoder) for encoder in ENCODERS]
    embeddings = torch.stack(found).half()
    cache.parent.mkdir(parents=True, exist_ok=True)
    save_file({"embeddings": embeddings}, cache)
    return embeddings


def made_with(encoders: TextEncoders) -> dict[str, str]:
    """What weights remember of the text encoders that they were trained with."""
    return {"text_sha256": encoders.card.sha256, "text": encoders.card.name}


def text_encoders(name: str) -> TextEncoders:
    """Loaded text encoders by the name or folder of their weights. Raises BadInput for weights of another kind."""
    encoders = models.load(name)
    if not isinstance(encoders, TextEncoders):
        raise BadInput(f"--text takes the weights of text encoders, such as text-flowers, not {name!r:.40}.")
    return encoders
