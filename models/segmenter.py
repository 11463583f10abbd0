"""Reads the labels of a facade, pixel by pixel: an instrument, which says whether a generated facade shows what was asked for.

Not a paper's network: pix2pix's U-Net (models/pix2pix.py) with a logit for each label, trained on photographs and their label maps. Isola
et al. 2016 measure in the same way with a network trained on Cityscapes (section 4.1, "FCN-score").
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from models.card import Paper
from models.controls import Control
from models.facades import NAMES
from models.figures import Figure
from models.loaded import Model
from models.pix2pix import UNet


@dataclass(frozen=True)
class Config:
    labels: int = len(NAMES)
    width: int = 24          # channels of the first layer; doubled at each halving
    most: int = 96           # most channels of a layer
    halvings: int = 5
    size: int = 256
    channels: int = 3


class Segmenter(nn.Module):
    """Images [N, channels, size, size] in [-1, 1] -> logits [N, labels, size, size]."""

    GIVES = ("label_logits",)

    def __init__(self, cfg: Config):
        super().__init__()
        self.net = UNet(cfg.channels, cfg.labels, cfg.width, cfg.most, cfg.halvings)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)


class Reader(Model):
    """As Model, with `read_labels`."""

    CHUNK = 16           # of 256x256 pixels

    @property
    def tasks(self) -> tuple[str, ...]:
        return (*super().tasks, "read_labels")

    def read_labels(self, images: np.ndarray) -> np.ndarray:
        """The likeliest label of each pixel of images uint8 [N, H, W, C]: int64 [N, H, W]."""
        return self._run(lambda x: self.networks["segmenter"](x).argmax(1), self._images(images)).astype(np.int64)


LOADED = Reader
NETWORKS = {"segmenter": Segmenter}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return ()


USAGE = "labels = model.read_labels(images)   # images: uint8 [N, 256, 256, 3]"
FIGURES = (Figure("pixel_accuracy", "labels read right, per pixel", short="labels read right", short_format=".1%"),)
INSTRUMENT = "segmenter"
PAPER = Paper(
    name="Segmenter",
    title="U-Net: Convolutional Networks for Biomedical Image Segmentation",
    authors="Ronneberger, Fischer, Brox",
    year=2015,
    link="https://arxiv.org/abs/1505.04597",
    idea="A small network that names the part of a facade that each pixel belongs to, trained here to judge what pix2pix draws.",
    objective=r"\min_\theta \; -\mathbb{E}_{x,y}[\log p_\theta(y \mid x)]",
    differs="The idea is the U-Net's; the layers are those of our pix2pix: strided convolutions and instance norm.",
)
