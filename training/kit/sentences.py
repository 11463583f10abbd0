"""What the scripts that read sentences share: the text encoders they learn or begin from, and wrong sentences."""

import hashlib
from pathlib import Path

import torch

import models
from models.checkpoint import load_networks
from models.errors import BadInput
from models.text.encoders import TextEncoders
from models.text.sentence import FOLDER


def of_another_class(labels: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """For each of the chosen images [N] the number of a random image of another class, int64 [N]. Raises BadInput if there is one class
    only."""
    order, kinds = labels.argsort(stable=True), labels[chosen]
    begin, end = (torch.searchsorted(labels[order], kinds, right=right) for right in (False, True))
    others = len(labels) - (end - begin)
    if not others.all():
        raise BadInput("All images are of one class; wrong pairs need at least two.")
    place = (torch.rand(len(chosen), dtype=torch.float64) * others).long().clamp(max=others - 1)      # among those of other classes
    return order[torch.where(place < begin, place, place + end - begin)]


def made_with(encoders: TextEncoders) -> dict[str, str]:
    """What weights remember of the text encoders that they were trained with."""
    return {"text_sha256": encoders.card.sha256, "text": encoders.card.name}


def digest_of(encoders: TextEncoders) -> str:
    """Tells these text encoders from others, the sentence encoder's own files included."""
    told = [encoders.card.sha256, *(f"{name} {sha}" for name, sha in sorted(encoders.card.files.items()) if name.startswith(f"{FOLDER}/"))]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def text_encoders(name: str, option: str = "text", device: str = "auto", both: bool = True) -> TextEncoders:
    """Loaded text encoders by the name or folder of their weights, which a command's option holds. Raises BadInput for weights of another
    kind and, where both are needed, for those whose character encoder is not trained yet."""
    encoders = models.load(name, device)
    if not isinstance(encoders, TextEncoders):
        raise BadInput(f"--{option} takes the weights of text encoders, such as text-flowers, not {name!r:.40}.")
    if both and encoders.card.training.notes.get("part") == "space":
        raise BadInput(f"The character encoder of {name!r:.60} is not trained yet, and generators learn from both; python -m "
                       "training.text_encoder --preset flowers-characters trains it into the same weights.")
    return encoders


def initial_encoders(source: Path) -> TextEncoders:
    """Text encoders to train on, which nobody else holds, from weights that are some (training/kit/init_from.py)."""
    card, networks = load_networks(source)
    return TextEncoders(card, networks, torch.device("cpu"), source)
