"""A small CNN that classifies images and whose features the metrics are measured in.

Not a paper's network: plain 3x3 convolutions, batch norm, two halvings (more where images are larger than 32 pixels), 128 features. Its
accuracy on the test set stands in its metrics.json, and every distance measured with it is named after it, since it is no Inception
network.
"""

from dataclasses import dataclass

import torch
from torch import nn

from models.card import Paper
from models.controls import Control
from models.figures import Figure
from models.layers import halvings


@dataclass(frozen=True)
class Config:
    classes: int = 10
    width: int = 32       # channels at full size; doubled at the first two halvings
    features: int = 128
    size: int = 28
    channels: int = 1


def _block(cin: int, cout: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True))


class Classifier(nn.Module):
    """Images [N, channels, size, size] in [-1, 1] -> class logits [N, classes]; `features` -> features [N, features]."""

    GIVES = ("class_logits",)

    def __init__(self, cfg: Config):
        super().__init__()
        w, sides = cfg.width, halvings(-(-cfg.size // 4), 8)      # two halvings, and more for large images
        self.body = nn.Sequential(
            _block(cfg.channels, w), _block(w, w, 2), _block(w, 2 * w), _block(2 * w, 2 * w, 2), nn.Dropout2d(0.1),
            _block(2 * w, 4 * w), nn.Dropout2d(0.1), *(_block(4 * w, 4 * w, 2) for _ in sides[1:]), nn.Flatten(),
            nn.Linear(4 * w * sides[-1] ** 2, cfg.features, bias=False), nn.BatchNorm1d(cfg.features), nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(cfg.features, cfg.classes))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x))


NETWORKS = {"classifier": Classifier}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return ()


FIGURES = (Figure("test_accuracy", "test accuracy", format=".2%", short="test accuracy", short_format=".2%"),)
INSTRUMENT = "classifier"
PAPER = Paper(
    name="Classifier",
    title="Gradient-Based Learning Applied to Document Recognition",
    authors="LeCun, Bottou, Bengio, Haffner",
    year=1998,
    link="https://ieeexplore.ieee.org/document/726791",
    idea="A small convolutional classifier, trained here to judge what the generators draw.",
    objective=r"\min_\theta \; -\mathbb{E}_{x,y}[\log p_\theta(y \mid x)]",
    differs="The idea is LeNet's; the layers are today's: 3x3 convolutions, batch norm, dropout.",
)
