"""Conditional GAN: generator and discriminator read the class label.

Mirza, Osindero 2014, "Conditional Generative Adversarial Nets", https://arxiv.org/abs/1411.1784

Differs from the paper, which feeds one-hot labels to perceptrons: the bodies are DCGAN's. G reads the one-hot label beside z, as in
the paper; the first layer's columns for it are the learned class embedding. D is a projection discriminator (Miyato and Koyama
2018, https://arxiv.org/abs/1802.05637): D(x, y) = psi(phi(x)) + <embed(y), phi(x)>, in place of
concatenation. D is also trained on real images under wrong labels, as in GAN-CLS (Reed et al. 2016): without them its logit hardly
depends on the label.
"""

from dataclasses import dataclass

import torch
from torch import nn

from models.card import Paper
from models.controls import Choice, Control
from models.figures import Figure
from models.layers import discriminator_layers, generator_layers, init_dcgan, init_he


@dataclass(frozen=True)
class Config:
    z_dim: int = 64       # noise: independent standard normal numbers
    classes: int = 10
    g_width: int = 128    # G's channels at 7x7; half of it at 14x14
    d_width: int = 32     # D's channels at 14x14; doubled at each halving
    size: int = 28        # pixels a side
    channels: int = 1


class Generator(nn.Module):
    """z [N, z_dim], label [N, classes] with rows that sum to 1 -> images [N, channels, size, size] in [-1, 1].

    A one-hot row asks for one class; anything between mixes classes.
    """

    def __init__(self, cfg: Config):
        super().__init__()
        self.z_dim = cfg.z_dim
        self.net = nn.Sequential(*generator_layers(cfg.z_dim + cfg.classes, cfg.size, cfg.channels, cfg.g_width, 7))
        self.apply(init_dcgan)

    def forward(self, z: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        return self.net(torch.cat([z, label], 1))


class Discriminator(nn.Module):
    """Images [N, channels, size, size], label [N, classes] -> logits [N]: above 0 means "real, and of this class".

    `logits` takes phi(x) instead of x, so that one image is scored with several labels in one pass of the trunk.
    """

    def __init__(self, cfg: Config):
        super().__init__()
        layers, count = discriminator_layers(cfg.size, cfg.channels, cfg.d_width)
        self.phi = nn.Sequential(*layers, nn.Linear(count, 128), nn.LeakyReLU(0.2, inplace=True))
        self.psi = nn.Linear(128, 1)
        self.embed = nn.Linear(cfg.classes, 128, bias=False)
        self.apply(init_he)

    def forward(self, x: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        return self.logits(self.phi(x), label)

    def logits(self, phi: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        return self.psi(phi).squeeze(1) + (self.embed(label) * phi).sum(1)


NETWORKS = {"generator": Generator, "discriminator": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return (Choice("label", classes, "The class to draw, by number or by name.", judged=True),)


FIGURES = (
    Figure("label_accuracy", "label accuracy", format=".2%", short="label accuracy", short_format=".2%"),
    Figure("recall_within_class_mean", "recall within a class, mean"),
)
METRICS = {"recall_within_class": dict, "label_accuracy_per_class": dict}
PAPER = Paper(
    name="Conditional GAN",
    title="Conditional Generative Adversarial Nets",
    authors="Mirza, Osindero",
    year=2014,
    link="https://arxiv.org/abs/1411.1784",
    idea="Tell both players the label, and you may order what you want to see.",
    objective=r"\min_G \max_D \; \mathbb{E}_{x,y}[\log D(x \mid y)] + \mathbb{E}_{z,y}[\log(1 - D(G(z \mid y) \mid y))]",
    differs="Convolutional bodies instead of perceptrons; normal noise; the average of G's weights draws; in D a projection of the "
            "label (2018) instead of concatenation; and D is also shown real pictures under wrong labels, as GAN-CLS (2016) does, so "
            "that it has an opinion on them.",
)
