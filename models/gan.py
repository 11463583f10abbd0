"""GAN: a generator and a discriminator, both multilayer perceptrons.

Goodfellow et al. 2014, "Generative Adversarial Networks", https://arxiv.org/abs/1406.2661

Differs from the paper's MNIST experiment: D has leaky ReLU where the paper has maxout, and a penalty on its gradient (training/gan.py)
where the paper has dropout; G has leaky ReLU and tanh where the paper has rectifiers and sigmoids; z is normal, not uniform; Adam, not SGD
with momentum. The maxout and SGD version needs hundreds of epochs; this one takes minutes, with plain perceptrons as well.
"""

from dataclasses import dataclass

import torch
from torch import nn

from models.card import Paper
from models.controls import Control


@dataclass(frozen=True)
class Config:
    z_dim: int = 100       # noise: independent standard normal numbers
    width: int = 512       # of G's last two hidden layers and D's first; G's first and D's last have half
    size: int = 28         # pixels a side
    channels: int = 1
    dropout: float = 0.3   # in D only (section 5); 0 where its gradient is penalised instead


class Generator(nn.Module):
    """z [N, z_dim] -> images [N, channels, size, size] in [-1, 1]."""

    def __init__(self, cfg: Config):
        super().__init__()
        self.z_dim = cfg.z_dim
        self.net = nn.Sequential(
            nn.Linear(cfg.z_dim, cfg.width // 2), nn.LeakyReLU(0.2),
            nn.Linear(cfg.width // 2, cfg.width), nn.LeakyReLU(0.2),
            nn.Linear(cfg.width, cfg.width), nn.LeakyReLU(0.2),
            nn.Linear(cfg.width, cfg.channels * cfg.size * cfg.size), nn.Tanh(),
            nn.Unflatten(1, (cfg.channels, cfg.size, cfg.size)),
        )

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.net(z)


class Discriminator(nn.Module):
    """Images [N, channels, size, size] -> logits [N]: above 0 means "taken for real"."""

    def __init__(self, cfg: Config):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(cfg.channels * cfg.size * cfg.size, cfg.width), nn.LeakyReLU(0.2), nn.Dropout(cfg.dropout),
            nn.Linear(cfg.width, cfg.width // 2), nn.LeakyReLU(0.2), nn.Dropout(cfg.dropout),
            nn.Linear(cfg.width // 2, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x).squeeze(1)


NETWORKS = {"generator": Generator, "discriminator": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return ()


PAPER = Paper(
    name="GAN",
    title="Generative Adversarial Networks",
    authors="Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville, Bengio",
    year=2014,
    link="https://arxiv.org/abs/1406.2661",
    idea="A forger and a detective train each other until the detective can only guess.",
    objective=r"\min_G \max_D \; \mathbb{E}_{x}[\log D(x)] + \mathbb{E}_{z}[\log(1 - D(G(z)))]",
    differs="Leaky ReLU in D instead of maxout, and in G instead of rectifiers, with tanh at its end instead of sigmoids; a penalty on "
            "D's gradient (R1, 2018) instead of dropout, normal instead of uniform noise, Adam instead of SGD; the average of G's weights "
            "draws; and in G's step log D(G(z)) is maximised, as section 3 of the paper advises.",
)
