"""Reads attributes of a face, such as "smiling" and "glasses": an instrument, which says what a generated face shows.

Not a paper's network: the CNN of models/classifier.py with one yes or no for each attribute instead of one class for the picture, trained
on the 40 attributes of Liu et al. 2014.
"""

from dataclasses import dataclass

import numpy as np
import torch

from models import classifier
from models.card import Paper
from models.controls import Control
from models.figures import Figure
from models.loaded import Model


@dataclass(frozen=True)
class Config:
    attributes: tuple[str, ...] = ()      # their names, as the data set has them: "Smiling"
    width: int = 24                       # channels at full size; doubled at each halving
    features: int = 128
    size: int = 64
    channels: int = 3


class Reader(Model):
    """As Model, with `attributes`, the names, and `read`."""

    def __init__(self, card, networks, device, folder=None):
        super().__init__(card, networks, device, folder)
        self.attributes = networks["reader"].attributes

    @property
    def tasks(self) -> tuple[str, ...]:
        return (*super().tasks, "read")

    def read(self, images: np.ndarray) -> np.ndarray:
        """How likely each attribute is in images uint8 [N, H, W, C]: float32 [N, attributes], 0 to 1."""
        network = self.networks["reader"]
        return self._run(lambda x: torch.sigmoid(network(x)), self._images(images))

    def logits(self, images: np.ndarray) -> np.ndarray:
        """As `read`, before the sigmoid: above 0 means that the attribute is likelier there than not."""
        return self._run(self.networks["reader"], self._images(images))


class AttributeReader(classifier.Classifier):
    """Images [N, channels, size, size] in [-1, 1] -> logits [N, attributes]; `features` -> features [N, features]."""

    GIVES = ("attribute_logits",)

    def __init__(self, cfg: Config):
        super().__init__(classifier.Config(len(cfg.attributes), cfg.width, cfg.features, cfg.size, cfg.channels))
        self.attributes = tuple(cfg.attributes)


# Attributes of which is told how often they are in a data set and in what is drawn.
TOLD = ("Male", "Young", "Smiling", "Eyeglasses", "Blond_Hair", "Wearing_Hat", "Bald", "Gray_Hair")
LOADED = Reader
NETWORKS = {"reader": AttributeReader}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return ()


USAGE = "shares = model.read(images)   # images: uint8 [N, 64, 64, 3]; model.attributes has the names"
FIGURES = (Figure("attribute_accuracy", "attributes read right (by the commoner answer alone)", "attribute_floor",
                  short="attributes read right"),)
METRICS = {"accuracy_per_attribute": dict}
INSTRUMENT = "attribute reader"
PAPER = Paper(
    name="Attribute reader",
    title="Deep Learning Face Attributes in the Wild",
    authors="Liu, Luo, Wang, Tang",
    year=2014,
    link="https://arxiv.org/abs/1411.7766",
    idea="A small network that says which of 40 attributes a face shows, trained here to judge what DCGAN draws.",
    objective=r"\min_\theta \; -\mathbb{E}_{x,a}\left[\sum_i \log p_\theta(a_i \mid x)\right]",
    differs="The attributes are the paper's; the network is a plain CNN of our own, trained on 9,000 of the 202,599 pictures.",
)
