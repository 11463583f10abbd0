"""DCGAN: generator and discriminator are convolutional.

Radford, Metz, Chintala 2015, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", https://arxiv.org/abs/1511.06434

Differs from the paper: 28x28 images need three doublings (4, 7, 14, 28) where 64x64 needs four, so the nets are shallower, and
narrower, to train on two CPU cores; z is normal; D's weights start as He et al. advise.
"""

from dataclasses import dataclass

import torch
from torch import nn

from models.card import Paper
from models.controls import Control
from models.layers import NoiseGenerator, discriminator_layers, init_he


@dataclass(frozen=True)
class Config:
    z_dim: int = 100      # noise: independent standard normal numbers
    g_width: int = 128    # G's channels at a quarter of the size (7x7); twice that at 4x4, half of it at 14x14
    d_width: int = 32     # D's channels at 14x14; doubled at each halving
    size: int = 28        # pixels a side
    channels: int = 1


class Generator(NoiseGenerator):
    """z [N, z_dim] -> images [N, channels, size, size] in [-1, 1]."""

    def __init__(self, cfg: Config):
        super().__init__(cfg.z_dim, cfg.size, cfg.channels, cfg.g_width, 4)


class Discriminator(nn.Module):
    """Images [N, channels, size, size] -> logits [N]: above 0 means "taken for real"."""

    def __init__(self, cfg: Config):
        super().__init__()
        layers, count = discriminator_layers(cfg.size, cfg.channels, cfg.d_width)
        self.net = nn.Sequential(*layers, nn.Linear(count, 1))
        self.apply(init_he)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x).squeeze(1)


NETWORKS = {"generator": Generator, "discriminator": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return ()


PAPER = Paper(
    name="DCGAN",
    title="Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
    authors="Radford, Metz, Chintala",
    year=2015,
    link="https://arxiv.org/abs/1511.06434",
    idea="Give both players convolutions, batch norm and no pooling, and pictures become sharp and training steady.",
    objective=r"\min_G \max_D \; \mathbb{E}_{x}[\log D(x)] + \mathbb{E}_{z}[\log(1 - D(G(z)))]",
    differs="Three doublings instead of four for 28x28 pictures, narrower nets, normal noise, He's initial weights in D, and the "
            "average of G's weights over training is what draws.",
)
