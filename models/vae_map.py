"""VAE with two latents, whose every image has a place on a plane: figure 4 of the paper. All else is models/vae.py.

Kingma, Welling 2013, "Auto-Encoding Variational Bayes", https://arxiv.org/abs/1312.6114
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from models import vae
from models.checkpoint import check_file, vouch
from models.errors import DamagedWeights

PLACES = "places.safetensors"
TRAINED_BY = "vae"


@dataclass(frozen=True)
class Config(vae.Config):
    z_dim: int = 2


@dataclass(frozen=True)
class Places:
    """Where the encoder puts some test images: their means and classes, and nothing else of them."""

    means: torch.Tensor      # float32 [N, 2]
    labels: torch.Tensor     # int64 [N]; -1 without a class


class VaeMap(vae.Vae):
    """As Vae, with the places of test images."""

    @cached_property
    def places(self) -> Places:
        """Read from the weights folder; none if the file is not there. Raises DamagedWeights for another one than the card names."""
        if self.folder is None or not (self.folder / PLACES).is_file():
            return Places(torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64))
        path = check_file(self.folder, PLACES, self.card)
        try:
            found = load_file(path)
            means, labels = found["means"].float(), found["labels"].long()
            if means.shape != (len(labels), 2) or labels.ndim != 1 or not means.isfinite().all():
                raise ValueError
        except (SafetensorError, KeyError, ValueError) as error:
            raise DamagedWeights("{name}/{file} does not hold places; train again.", name=self.card.name, file=PLACES) from error
        return Places(means, labels)


def save_places(folder: Path, means: torch.Tensor, labels: torch.Tensor) -> None:
    """Writes means [N, 2] and labels [N] beside the weights of a folder, whose config.json then vouches for them."""
    save_file({"means": means.half().contiguous(), "labels": labels.to(torch.int16).contiguous()}, folder / PLACES)
    vouch(folder, PLACES)


LOADED = VaeMap
NETWORKS, FIGURES, controls = vae.NETWORKS, vae.FIGURES, vae.controls
PAPER = replace(vae.PAPER, name="VAE, 2-D")
