"""A toy: the smallest row there can be, for tests/test_toy_row.py. No paper; https://example.org stands for one."""

from dataclasses import dataclass

import torch
from torch import nn

from models.card import Paper
from models.controls import Control, Range
from models.figures import Figure


@dataclass(frozen=True)
class Config:
    z_dim: int = 8       # noise: independent standard normal numbers
    size: int = 28
    channels: int = 1


class Generator(nn.Module):
    """z [N, z_dim], ink [N, 1] in [0, 1] -> images [N, channels, size, size] in [-1, 1]."""

    def __init__(self, cfg: Config):
        super().__init__()
        self.z_dim = cfg.z_dim
        self.net = nn.Sequential(nn.Linear(cfg.z_dim + 1, cfg.channels * cfg.size ** 2), nn.Tanh(),
                                 nn.Unflatten(1, (cfg.channels, cfg.size, cfg.size)))

    def forward(self, z: torch.Tensor, ink: torch.Tensor) -> torch.Tensor:
        return self.net(torch.cat([z, ink], 1))


class Discriminator(nn.Module):
    """Images [N, channels, size, size] -> logits [N]."""

    def __init__(self, cfg: Config):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(cfg.channels * cfg.size ** 2, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x).squeeze(1)


NETWORKS = {"generator": Generator, "discriminator": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return (Range("ink", 0.0, 1.0, "How much ink there is."),)


FIGURES = (Figure("toy_share", "toy share", short="toy share"),)
PAPER = Paper(
    name="Toy GAN", title="A Toy", authors="Nobody", year=2017, link="https://example.org/toy",
    idea="A row that has nothing but its own files.", objective=r"\min_G \max_D \; V(D, G)", differs="It is a toy.",
)
