"""Conditional GAN: both players are told the label.

Mirza, Osindero 2014, "Conditional Generative Adversarial Nets", https://arxiv.org/abs/1411.1784

Differs from the paper, which feeds one-hot labels to perceptrons: the bodies are DCGAN's. G reads the label by conditional
batch norm and beside z (a learned embedding: a linear map of the one-hot y). D is a projection discriminator (Miyato and
Koyama 2018, https://arxiv.org/abs/1802.05637): D(x, y) = psi(phi(x)) + <embedding(y), phi(x)>, which binds picture and
label more tightly than concatenation.
"""

from dataclasses import dataclass

import torch
from torch import nn

from models.card import Choice, Control, Paper
from models.layers import ConditionalBatchNorm2d, init_dcgan, init_he


@dataclass(frozen=True)
class Config:
    z_dim: int = 64       # noise: independent standard normal numbers
    classes: int = 10
    embedding: int = 32   # numbers that stand for a label beside z
    g_width: int = 128    # G's channels at 7x7; half of it at 14x14
    d_width: int = 32     # D's channels at 14x14; doubled at each halving
    size: int = 28        # a multiple of 4
    channels: int = 1


class Generator(nn.Module):
    """z [N, z_dim], label [N, classes] with rows that sum to 1 -> pictures [N, channels, size, size] in [-1, 1].

    A one-hot row asks for one class; anything between mixes classes.
    """

    def __init__(self, cfg: Config):
        super().__init__()
        self.z_dim = cfg.z_dim
        w, s = cfg.g_width, cfg.size // 4
        self.embed = nn.Linear(cfg.classes, cfg.embedding, bias=False)
        self.project = nn.Sequential(nn.Linear(cfg.z_dim + cfg.embedding, w * s * s, bias=False), nn.Unflatten(1, (w, s, s)))
        self.up1 = nn.ConvTranspose2d(w, w // 2, 4, 2, 1, bias=False)
        self.up2 = nn.ConvTranspose2d(w // 2, cfg.channels, 4, 2, 1)
        self.apply(init_dcgan)
        nn.init.normal_(self.embed.weight)                    # as large as z, or it would not be heard
        self.norm1 = ConditionalBatchNorm2d(w, cfg.classes)
        self.norm2 = ConditionalBatchNorm2d(w // 2, cfg.classes)

    def forward(self, z: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        h = self.project(torch.cat([z, self.embed(label)], 1))
        h = self.up1(torch.relu(self.norm1(h, label)))
        return torch.tanh(self.up2(torch.relu(self.norm2(h, label))))


class Discriminator(nn.Module):
    """Pictures [N, channels, size, size], label [N, classes] -> logits [N]: above 0 means "real, and of this class"."""

    def __init__(self, cfg: Config):
        super().__init__()
        w, s = cfg.d_width, -(-cfg.size // 8)   # three halvings, rounded up: 28 -> 14 -> 7 -> 4
        self.phi = nn.Sequential(
            nn.Conv2d(cfg.channels, w, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * w), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(2 * w, 4 * w, 3, 2, 1, bias=False), nn.BatchNorm2d(4 * w), nn.LeakyReLU(0.2, inplace=True),
            nn.Flatten(), nn.Linear(4 * w * s * s, 128), nn.LeakyReLU(0.2, inplace=True),
        )
        self.psi = nn.Linear(128, 1)
        self.embed = nn.Linear(cfg.classes, 128, bias=False)
        self.apply(init_he)

    def forward(self, x: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        phi = self.phi(x)
        return self.psi(phi).squeeze(1) + (self.embed(label) * phi).sum(1)


NETWORKS = {"generator": Generator, "discriminator": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return (Choice("label", classes, "The class to draw, by number or by name."),)


PAPER = Paper(
    title="Conditional Generative Adversarial Nets",
    authors="Mirza, Osindero",
    year=2014,
    link="https://arxiv.org/abs/1411.1784",
    idea="Tell both players the label, and you may order what you want to see.",
    objective=r"\min_G \max_D \; \mathbb{E}_{x,y}[\log D(x \mid y)] + \mathbb{E}_{z,y}[\log(1 - D(G(z \mid y) \mid y))]",
    differs="Convolutional bodies instead of perceptrons; in G a learned label embedding with conditional batch norm, in D a "
            "projection of the label (2018) instead of concatenation.",
)
