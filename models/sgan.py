"""Semi-supervised GAN: a discriminator that is a classifier, taught by a handful of labels and by all other images without one.

Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen 2016, "Improved Techniques for Training GANs", https://arxiv.org/abs/1606.03498;
the same idea in Odena 2016, "Semi-Supervised Learning with Generative Adversarial Networks", https://arxiv.org/abs/1606.01583

As in section 5 of the paper, D has K logits l and none for "generated", which is fixed at 0: D(x) = Z / (Z + 1) with Z = sum exp l, so the
logit of "real" is logsumexp(l). Gaussian noise enters D's layers in training. Differs: the bodies are small and convolutional instead of
perceptrons of up to 1,000 units with weight normalisation, for they learn in fewer steps; the generator's noise is normal.
`twin` is a network like D that was trained on the labelled images alone: what the unlabelled ones and the game are worth.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from models.card import Paper
from models.controls import Control
from models.figures import Figure
from models.layers import NoiseGenerator, discriminator_layers, init_he
from models.loaded import Call, Model, Part


@dataclass(frozen=True)
class Config:
    z_dim: int = 64       # noise: independent standard normal numbers
    classes: int = 10
    g_width: int = 32     # G's channels at 7x7; half of it at 14x14
    d_width: int = 32     # D's channels at 14x14; doubled at each halving
    features: int = 128   # D's last layer but one, whose means G matches
    noise: float = 0.3    # standard deviation of the noise on D's input in training; one and a half times as much further in
    size: int = 28        # pixels a side
    channels: int = 1


class Generator(NoiseGenerator):
    """z [N, z_dim] -> images [N, channels, size, size] in [-1, 1]."""

    def __init__(self, cfg: Config):
        super().__init__(cfg.z_dim, cfg.size, cfg.channels, cfg.g_width, 7)


class Noise(nn.Module):
    """Adds normal noise of a standard deviation in training; in eval mode it does nothing."""

    def __init__(self, deviation: float):
        super().__init__()
        self.deviation = deviation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.deviation * torch.randn_like(x) if self.training else x


class Discriminator(nn.Module):
    """A classifier whose logits also say whether an image is real.

    forward:  images [N, channels, size, size] -> logits [N]: above 0 means "taken for real".
    classify: the same -> class logits [N, classes].
    read:     the same -> both, from one pass.
    features: the same -> [N, features], the layer that feature matching compares.
    """

    def __init__(self, cfg: Config):
        super().__init__()
        layers, count = discriminator_layers(cfg.size, cfg.channels, cfg.d_width, norm=False)
        self.trunk = nn.Sequential(Noise(cfg.noise), *layers, Noise(1.5 * cfg.noise), nn.Linear(count, cfg.features),
                                   nn.LeakyReLU(0.2, inplace=True))
        self.head = nn.Sequential(Noise(1.5 * cfg.noise), nn.Linear(cfg.features, cfg.classes))
        self.apply(init_he)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classify(x).logsumexp(1)

    def classify(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.trunk(x))

    def read(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = self.classify(x)
        return logits.logsumexp(1), logits

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return self.trunk(x)


@dataclass(frozen=True)
class Reading:
    """What D and its twin say of N images."""

    probability: np.ndarray   # float32 [N], 0 to 1: that it is real
    classes: np.ndarray       # float32 [N, classes], probabilities
    twin: np.ndarray          # float32 [N, classes], those of the network that knows the labelled images alone


class Sgan(Model):
    """As Model, with `read`."""

    @property
    def tasks(self) -> tuple[str, ...]:
        return (*super().tasks, "read")

    def parts(self) -> list[Part]:
        found = super().parts()
        return [*found, Part("twin", Call(self.networks["twin"], "read"), found[1].inputs, found[1].outputs)]

    def read(self, images: np.ndarray) -> Reading:
        """What D and its twin say of images uint8 [N, H, W, C]. Raises BadInput for images of another size."""
        def work(x: torch.Tensor) -> torch.Tensor:
            source, classes = self.discriminator.read(x)
            return torch.stack([classes.softmax(1), self.networks["twin"].classify(x).softmax(1),
                                torch.sigmoid(source)[:, None].expand_as(classes)], 1)

        found = self._run(work, self._images(images))
        return Reading(found[:, 2, 0], found[:, 0], found[:, 1])


LOADED = Sgan
NETWORKS = {"generator": Generator, "discriminator": Discriminator, "twin": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return ()


FIGURES = (
    Figure("error", "error on test pictures", format=".2%", short="error", short_format=".2%"),
    Figure("error_training", "error on training pictures, whose labels it may have seen", format=".2%"),
    Figure("twin_error", "error of the same network with the labelled pictures alone", format=".2%"),
    Figure("twin_error_training", "error on training pictures of the same network with the labelled ones alone", format=".2%"),
)
METRICS = {"labelled": [int], "by_labels": [dict]}
PAPER = Paper(
    name="Semi-supervised", title="Improved Techniques for Training GANs",
    authors="Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen", year=2016,
    link="https://arxiv.org/abs/1606.03498", idea="Let the judge also name the class, and a handful of labels goes a long way.",
    objective=r"\min_D \; -\mathbb{E}_{x,y}[\log p(y \mid x, y \le K)] - \mathbb{E}_x[\log D(x)] - \mathbb{E}_z[\log(1 - D(G(z)))], "
              r"\quad D(x) = 1 - p(K{+}1 \mid x)",
    differs="Small convolutional networks instead of wide perceptrons with weight normalisation; normal noise; real pictures are shown "
            "rotated, stretched and shifted a little, to the network trained on the labelled ones alone as well; D is also asked to be "
            "sure of the class of unlabelled pictures (Dai et al. 2017); the averages of the weights classify and draw.",
)
