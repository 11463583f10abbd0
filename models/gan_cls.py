"""GAN-CLS and GAN-INT: images generated from captions.

Reed, Akata, Yan, Logeswaran, Schiele, Lee 2016, "Generative Adversarial Text to Image Synthesis", https://arxiv.org/abs/1605.05396

D is matching-aware (GAN-CLS, section 4.2): it is trained on real images with matching text, real images with mismatched text, and generated
images with matching text; only the first count as real. G is also trained on interpolated captions (GAN-INT, section 4.3).

Differs from the paper: the text is an embedding in our joint space instead of a 1,024-number char-CNN-RNN vector; narrower, and without the
residual blocks of the authors' code, to train on two CPU cores; D has no batch norm, because matching and mismatched pairs share their
images, but R1, and sees pictures shifted and recoloured.
"""

from dataclasses import dataclass

import torch
from torch import nn

from models.card import Paper
from models.controls import Choice, Control, Text
from models.layers import TextDiscriminator, generator_layers, init_dcgan
from models.text_to_image import ENCODERS, FIGURES, TextToImage

LOADED = TextToImage
__all__ = ["FIGURES"]


@dataclass(frozen=True)
class Config:
    text_dim: int = 256      # numbers of an embedding in the joint space of text and images
    text_width: int = 128    # numbers it is projected to, in G and in D
    z_dim: int = 100         # noise: independent standard normal numbers
    g_width: int = 48        # G's channels at 32x32; eight times as many at 4x4
    d_width: int = 48        # D's channels at 32x32; doubled at each halving
    size: int = 64
    channels: int = 3


class Generator(nn.Module):
    """z [N, z_dim], text [N, text_dim] of length 1 -> images [N, channels, size, size] in [-1, 1]."""

    def __init__(self, cfg: Config):
        super().__init__()
        self.z_dim, self.text_dim, self.scale = cfg.z_dim, cfg.text_dim, cfg.text_dim ** 0.5
        self.text = nn.Sequential(nn.Linear(cfg.text_dim, cfg.text_width), nn.LeakyReLU(0.2))
        self.net = nn.Sequential(*generator_layers(cfg.z_dim + cfg.text_width, cfg.size, cfg.channels, 2 * cfg.g_width, 4))
        self.apply(init_dcgan)

    def forward(self, z: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        return self.net(torch.cat([z, self.text(text * self.scale)], 1))


def _discriminator(cfg: Config) -> nn.Module:
    return TextDiscriminator(cfg.size, cfg.channels, cfg.d_width, cfg.text_dim, cfg.text_width)


NETWORKS = {"generator": Generator, "discriminator": _discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return (
        Text("text", "The sentence to draw, in English."),
        Choice("encoder", ENCODERS, "Which of the two text encoders reads the sentence.", default="char-cnn-rnn", mixes=False),
    )


PAPER = Paper(
    name="GAN-CLS",
    title="Generative Adversarial Text to Image Synthesis",
    authors="Reed, Akata, Yan, Logeswaran, Schiele, Lee",
    year=2016,
    link="https://arxiv.org/abs/1605.05396",
    idea="Replace the label by a sentence, and let the judge also catch a real picture that stands under the wrong one.",
    objective=r"\max_D \; \log D(x, t) + \tfrac12 \left[\log(1 - D(x, t')) + \log(1 - D(G(z, t), t))\right], \quad "
              r"\max_G \; \log D(G(z, t), t) + \log D(G(z, \tfrac12 t_1 + \tfrac12 t_2), \tfrac12 t_1 + \tfrac12 t_2)",
    differs="The text is a point of our own joint space, so one generator understands two encoders; narrower; without the "
            "residual blocks of the authors' code; no batch norm in D, but a penalty on its gradient (R1, 2018); pictures are shifted and "
            "recoloured before D sees them (DiffAugment, 2020), because there are few.",
)
