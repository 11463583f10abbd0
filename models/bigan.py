"""BiGAN: an encoder beside the generator; the discriminator reads pairs of image and noise.

Donahue, Kraehenbuehl, Darrell 2016, "Adversarial Feature Learning", https://arxiv.org/abs/1605.09782; the same idea was published at the
same time as ALI: Dumoulin et al. 2016, "Adversarially Learned Inference", https://arxiv.org/abs/1606.00704

D tells (x, E(x)) of real images x from (G(z), z) of noise z. Where it cannot, E inverts G (section 3). No loss compares an image with its
reconstruction G(E(x)).

Differs from the paper's MNIST experiment (section 4.2, perceptrons): the bodies are DCGAN's; in D the features of x meet z in layers
with dropout, as in ALI; z is normal and has 24 numbers, not 50 uniform ones.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from models.card import Paper
from models.controls import Control
from models.errors import BadInput
from models.figures import Figure
from models.layers import NoiseGenerator, discriminator_layers, init_he
from models.loaded import Model


@dataclass(frozen=True)
class Config:
    z_dim: int = 24       # noise: independent standard normal numbers
    g_width: int = 96     # G's channels at 7x7; half of it at 14x14
    e_width: int = 32     # E's channels at 14x14; doubled at each halving
    d_width: int = 32     # D's channels at 14x14; doubled at each halving
    features: int = 256   # E's penultimate layer
    joint: int = 512      # D's layers that read image and noise together
    size: int = 28        # pixels a side
    channels: int = 1


class Generator(NoiseGenerator):
    """z [N, z_dim] -> images [N, channels, size, size] in [-1, 1]."""

    def __init__(self, cfg: Config):
        super().__init__(cfg.z_dim, cfg.size, cfg.channels, cfg.g_width, 7)


class Encoder(nn.Module):
    """Images [N, channels, size, size] in [-1, 1] -> z [N, z_dim]; `features` -> the layer before it [N, features]; `maps` -> the last
    convolution, flat [N, numbers]."""

    GIVES = ("z",)

    def __init__(self, cfg: Config):
        super().__init__()
        layers, count = discriminator_layers(cfg.size, cfg.channels, cfg.e_width)
        self.body = nn.Sequential(*layers, nn.Linear(count, cfg.features, bias=False), nn.BatchNorm1d(cfg.features), nn.LeakyReLU(0.2))
        self.z = nn.Linear(cfg.features, cfg.z_dim)
        self.apply(init_he)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)

    def maps(self, x: torch.Tensor) -> torch.Tensor:
        return self.body[:-3](x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.z(self.body(x))


class Discriminator(nn.Module):
    """Images [N, channels, size, size], z [N, z_dim] -> logits [N]: above 0 means "a real image, with the z that E found for it".

    `logits` takes phi(x) instead of x, so that one image is scored with several z in one pass of phi.
    """

    reads_latents = True

    def __init__(self, cfg: Config):
        super().__init__()
        layers, count = discriminator_layers(cfg.size, cfg.channels, cfg.d_width)
        self.phi = nn.Sequential(*layers, nn.Linear(count, cfg.joint), nn.LeakyReLU(0.2), nn.Dropout(0.2))
        self.z = nn.Sequential(nn.Linear(cfg.z_dim, cfg.joint), nn.LeakyReLU(0.2), nn.Dropout(0.2))
        self.joint = nn.Sequential(nn.Linear(2 * cfg.joint, cfg.joint), nn.LeakyReLU(0.2), nn.Dropout(0.2),
                                   nn.Linear(cfg.joint, cfg.joint), nn.LeakyReLU(0.2), nn.Dropout(0.2), nn.Linear(cfg.joint, 1))
        self.apply(init_he)

    def forward(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        return self.logits(self.phi(x), z)

    def logits(self, phi: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        return self.joint(torch.cat([phi, self.z(z)], 1)).squeeze(1)


class Bigan(Model):
    """As Model, with `score_pairs` and `maps`."""

    def score_pairs(self, images: np.ndarray, z: torch.Tensor) -> np.ndarray:
        """D's probability, 0 to 1, that each pair of an image uint8 [N, H, W, C] and a z float [N, z_dim] is a real image and what E found
        for it: float32 [N]. Raises BadInput for images of another size, and for z of another shape or not as many as images."""
        x, z = self._images(images), self._noise(z)
        if len(x) != len(z):
            raise BadInput("{name} scores one z for each picture, not {count} for {n}.", name=self.card.name, count=len(z), n=len(x))
        return self._run(lambda x, z: torch.sigmoid(self.discriminator(x, z)), x, z)

    def maps(self, images: np.ndarray) -> np.ndarray:
        """E's last convolution, flat, float32 [N, numbers], for images uint8 [N, H, W, C]. Raises BadInput for images of another size."""
        return self._run(self.encoder.maps, self._images(images))


LOADED = Bigan
NETWORKS = {"generator": Generator, "encoder": Encoder, "discriminator": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return ()


FIGURES = (
    Figure("neighbour_accuracy", "nearest neighbour in E's features (by pixels)", "neighbour_accuracy_pixels", ".2%",
           short="1-NN in E's features", short_format=".1%"),
    Figure("neighbour_accuracy_maps", "nearest neighbour by E's last convolution", format=".2%"),
    Figure("neighbour_accuracy_z", "nearest neighbour by z = E(x) itself", format=".2%"),
    Figure("reconstruction_class", "drawn again as the same class", short="drawn again as the same class", short_format=".0%"),
    Figure("absolute_error", "drawn again: mean absolute error of a pixel, 0 to 1", format=".4f"),
    Figure("squared_error", "drawn again: mean squared error of a pixel", format=".4f"),
)
PAPER = Paper(
    name="BiGAN",
    title="Adversarial Feature Learning",
    authors="Donahue, Krähenbühl, Darrell",
    year=2016,
    link="https://arxiv.org/abs/1605.09782",
    idea="Learn the way back too: from a picture to the noise that would have drawn it.",
    objective=r"\min_{G,E} \max_D \; \mathbb{E}_x[\log D(x, E(x))] + \mathbb{E}_z[\log(1 - D(G(z), z))]",
    differs="Convolutional bodies instead of perceptrons; 24 normal numbers of noise instead of 50 uniform ones; in D the features of the "
            "picture meet z in layers with dropout, as in ALI, which had the same idea at the same time; the averages of G's and E's "
            "weights are what ships.",
)
