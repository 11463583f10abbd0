"""InfoGAN: a generator with latent codes that can be read back from its images.

Chen et al. 2016, "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets",
https://arxiv.org/abs/1606.03657

As in the paper's appendix C.1: 62 noise numbers, one 10-way category, two continuous codes in [-1, 1]; Q shares all of D's
convolutions and reads the codes back from the image. Differs: a strided convolution takes the place of the paper's
1024-wide fully connected layers, which hold 97 % of its parameters; the noise is normal, and may be scaled down when images are made
(the truncation trick of BigGAN, 2018).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from models.card import Paper
from models.controls import Choice, Control, Range
from models.figures import Figure
from models.layers import discriminator_layers, generator_layers, init_dcgan, init_he
from models.loaded import Model

MEANINGS = ("slant", "stroke width", "height", "breadth", "brightness")      # what a code is found to mean (training/kit/codes.py)


@dataclass(frozen=True)
class Config:
    z_dim: int = 62        # noise: independent standard normal numbers
    categories: int = 10   # values of the discrete code
    g_width: int = 128     # G's channels at 7x7; half of it at 14x14
    d_width: int = 32      # D's channels at 14x14; doubled at each halving
    size: int = 28         # pixels a side
    channels: int = 1
    truncation: float = 1.0      # scales the noise when images are made; less keeps the categories apart and varies them less


class Generator(nn.Module):
    """z [N, z_dim], category [N, categories] one-hot, c1 and c2 [N, 1] in [-1, 1] -> images [N, channels, size, size]."""

    def __init__(self, cfg: Config):
        super().__init__()
        self.z_dim, self.categories, self.truncation = cfg.z_dim, cfg.categories, cfg.truncation
        self.net = nn.Sequential(*generator_layers(cfg.z_dim + cfg.categories + 2, cfg.size, cfg.channels, cfg.g_width, 7))
        self.apply(init_dcgan)

    def forward(self, z: torch.Tensor, category: torch.Tensor, c1: torch.Tensor, c2: torch.Tensor) -> torch.Tensor:
        z = z if self.training else z * self.truncation
        return self.net(torch.cat([z, category, c1, c2], 1))


class Discriminator(nn.Module):
    """D and Q on one trunk.

    forward: images [N, channels, size, size] -> logits [N]: above 0 means "taken for real".
    read:    the same -> (logits [N], category logits [N, categories], means of c1 and c2 [N, 2]).
    """

    READS = ("logits", "category_logits", "codes")      # what `read` gives

    def __init__(self, cfg: Config):
        super().__init__()
        layers, count = discriminator_layers(cfg.size, cfg.channels, cfg.d_width, 0.1)
        self.trunk = nn.Sequential(*layers)
        self.d = nn.Linear(count, 1)
        self.q = nn.Sequential(nn.Linear(count, 128, bias=False), nn.BatchNorm1d(128), nn.LeakyReLU(0.1, inplace=True))
        self.codes = nn.Linear(128, cfg.categories + 2)
        self.apply(init_he)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.d(self.trunk(x)).squeeze(1)

    def read(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        h = self.trunk(x)
        codes = self.codes(self.q(h))
        return self.d(h).squeeze(1), codes[:, :-2], codes[:, -2:]


@dataclass(frozen=True)
class Reading:
    """The outputs of D and Q for N images, from one pass of their trunk."""

    probability: np.ndarray   # float32 [N], 0 to 1: that it is real
    category: np.ndarray      # float32 [N, categories], probabilities
    codes: np.ndarray         # float32 [N, 2], the means of c1 and c2


class Infogan(Model):
    """As Model, with `read`."""

    @property
    def tasks(self) -> tuple[str, ...]:
        return (*super().tasks, "read")

    def read(self, images: np.ndarray) -> Reading:
        """D's probability, and the codes that Q reads, for images uint8 [N, H, W, C]. Raises BadInput for images of another size."""
        def work(x: torch.Tensor) -> torch.Tensor:
            logits, category, codes = self.discriminator.read(x)
            return torch.cat([torch.sigmoid(logits)[:, None], codes, category.softmax(1)], 1)

        found = self._run(work, self._images(images))
        return Reading(found[:, 0], found[:, 3:], found[:, 1:3])


LOADED = Infogan
NETWORKS = {"generator": Generator, "discriminator": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return (
        Choice("category", tuple(map(str, range(cfg.categories))), "The discrete code; what each value draws was learned."),
        Range("c1", -2.0, 2.0, "First continuous code; trained on [-1, 1], beyond it the network extrapolates."),
        Range("c2", -2.0, 2.0, "Second continuous code; trained on [-1, 1], beyond it the network extrapolates."),
    )


FIGURES = (Figure("category_accuracy", "category draws one class", short="category against class", short_format=".1%"),)
METRICS = {"category_meaning": [int], "code_meaning": [str]}
PAPER = Paper(
    name="InfoGAN",
    title="InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets",
    authors="Chen, Duan, Houthooft, Schulman, Sutskever, Abbeel",
    year=2016,
    link="https://arxiv.org/abs/1606.03657",
    idea="Add a few codes to the noise, demand that they can be read back from the picture, and they come to mean something.",
    objective=r"\min_{G,Q} \max_D \; V(D, G) - \lambda \, L_I(G, Q), \quad "
              r"L_I = \mathbb{E}_{c,\, x \sim G(z,c)}[\log Q(c \mid x)] + H(c) \le I(c;\, G(z,c))",
    differs="A strided convolution instead of wide fully connected layers, normal noise, the average of G's weights draws, on MNIST with "
            "noise scaled to 0.91. In training, Q "
            "first sorts real pictures into ten kinds without any label and goes on practising on them; and it reads distorted copies, "
            "so that a code cannot hide in a shift or a shade. After training on MNIST the two codes were turned in their plane towards "
            "slant and stroke width, as near as they come, which leaves the pictures as they are. The continuous codes weigh as "
            "much as the category (MNIST: three times that); the paper gives them less.",
)
