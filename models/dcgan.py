"""DCGAN: generator and discriminator are convolutional.

Radford, Metz, Chintala 2015, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", https://arxiv.org/abs/1511.06434

Differs from the paper: 28x28 images need three doublings (4, 7, 14, 28) where 64x64 needs four, so those nets are shallower, and all are
narrower, to train on two CPU cores; z is normal; D's weights start as He et al. advise; the D of the faces has no batch norm.

Directions: the paper adds and subtracts noises by hand (section 6.3.2). A generator may also keep a direction of the noise for each of some
attributes, found after its training (training/kit/directions.py), and then takes how far to go along each.
"""

from dataclasses import dataclass

import torch
from torch import nn

from models.card import Paper
from models.controls import Choice, Control, Range
from models.layers import NoiseGenerator, discriminator_layers, init_he

KINDS = ("held", "free")      # orthogonal to the directions of the other attributes, so that these are held still; or as it was found
SETS, TERMS = 8, 3             # in metrics.json: sets of noises for one term of a sum; noises in each, as in the paper's figure 7
REACH = 4.0                   # how far along a direction, in deviations of the noise


@dataclass(frozen=True)
class Config:
    z_dim: int = 100      # noise: independent standard normal numbers
    g_width: int = 128    # G's channels at a quarter of the size (7x7); twice that at 4x4, half of it at 14x14
    d_width: int = 32     # D's channels at 14x14; doubled at each halving
    d_norm: bool = True   # batch norm in D, as in the paper
    size: int = 28        # pixels a side
    channels: int = 1
    directions: tuple[str, ...] = ()      # attributes that G has a direction for, as the data set calls them: "Smiling"


class Generator(NoiseGenerator):
    """z [N, z_dim] -> images [N, channels, size, size] in [-1, 1].

    With directions it takes more: for each how far to go along it, [N, 1], in deviations of the noise; and which of their KINDS, [N, 2].
    """

    def __init__(self, cfg: Config):
        super().__init__(cfg.z_dim, cfg.size, cfg.channels, cfg.g_width, 4)
        if cfg.directions:      # of length 1; of each kind one for each attribute
            self.register_buffer("directions", torch.zeros(len(KINDS), len(cfg.directions), cfg.z_dim))

    def forward(self, z: torch.Tensor, *along: torch.Tensor) -> torch.Tensor:
        if along:
            *amounts, kind = along
            held, free = (torch.cat(amounts, 1) @ directions for directions in self.directions)
            z = z + kind[:, :1] * held + kind[:, 1:] * free
        return self.net(z)


class Discriminator(nn.Module):
    """Images [N, channels, size, size] -> logits [N]: above 0 means "taken for real"."""

    def __init__(self, cfg: Config):
        super().__init__()
        layers, count = discriminator_layers(cfg.size, cfg.channels, cfg.d_width, norm=cfg.d_norm)
        self.net = nn.Sequential(*layers, nn.Linear(count, 1))
        self.apply(init_he)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x).squeeze(1)


NETWORKS = {"generator": Generator, "discriminator": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    if not cfg.directions:
        return ()
    return (*(Range(name.lower(), -REACH, REACH, f"How far towards \"{name.replace('_', ' ')}\", in deviations of the noise.")
              for name in cfg.directions),
            Choice("others", KINDS, "Whether the other attributes are held still, or free to move along.", mixes=False))


METRICS = {"arithmetic": dict, "directions": dict, "shares": dict}
PAPER = Paper(
    name="DCGAN",
    title="Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
    authors="Radford, Metz, Chintala",
    year=2015,
    link="https://arxiv.org/abs/1511.06434",
    idea="Give both players convolutions, batch norm and no pooling, and pictures become sharp and training steady.",
    objective=r"\min_G \max_D \; \mathbb{E}_{x}[\log D(x)] + \mathbb{E}_{z}[\log(1 - D(G(z)))]",
    differs="Three doublings instead of four where pictures are 28x28, narrower nets, normal noise, He's initial weights in D, no batch "
            "norm in the D of faces, but a penalty on its gradient (R1, 2018), and pictures mirrored and shifted; the average of "
            "G's weights over training is what draws.",
)
