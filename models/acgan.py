"""AC-GAN: the generator reads the label, and the discriminator names it.

Odena, Olah, Shlens 2016, "Conditional Image Synthesis With Auxiliary Classifier GANs", https://arxiv.org/abs/1610.09585

As in section 3 of the paper, D is told no label: one trunk bears a source head ("real or generated") and a class head, and both players
gain when the class of an image can be read. Differs: G is the conditional GAN's (models/cgan.py) and D has its body, so that the two can
be compared; they are smaller than the paper's, which draw 128x128 ImageNet classes; the noise is normal; no dropout.
"""

import torch
from torch import nn

from models.card import Paper
from models.cgan import Config, Generator
from models.controls import Choice, Control
from models.figures import Figure
from models.layers import discriminator_layers, init_he


class Discriminator(nn.Module):
    """P(S | x) and P(C | x) on one trunk (section 3).

    forward:  images [N, channels, size, size] -> logits [N]: above 0 means "taken for real".
    classify: the same -> class logits [N, classes].
    read:     the same -> both, from one pass of the trunk.
    """

    def __init__(self, cfg: Config):
        super().__init__()
        layers, count = discriminator_layers(cfg.size, cfg.channels, cfg.d_width)
        self.trunk = nn.Sequential(*layers, nn.Linear(count, 128), nn.LeakyReLU(0.2, inplace=True))
        self.source = nn.Linear(128, 1)
        self.label = nn.Linear(128, cfg.classes)
        self.apply(init_he)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.source(self.trunk(x)).squeeze(1)

    def classify(self, x: torch.Tensor) -> torch.Tensor:
        return self.label(self.trunk(x))

    def read(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        h = self.trunk(x)
        return self.source(h).squeeze(1), self.label(h)


NETWORKS = {"generator": Generator, "discriminator": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return (Choice("label", classes, "The class to draw, by number or by name.", judged=False),)


FIGURES = (
    Figure("label_accuracy", "label accuracy", format=".2%", short="label accuracy", short_format=".2%"),
    Figure("recall_within_class_mean", "recall within a class, mean"),
    Figure("d_accuracy", "D names the class of test pictures", format=".2%"),
    Figure("d_accuracy_training", "D names the class of training pictures", format=".2%"),
)
METRICS = {"recall_within_class": dict, "label_accuracy_per_class": dict}
PAPER = Paper(
    name="AC-GAN",
    title="Conditional Image Synthesis With Auxiliary Classifier GANs",
    authors="Odena, Olah, Shlens",
    year=2016,
    link="https://arxiv.org/abs/1610.09585",
    idea="Ask the judge not only \u201creal?\u201d but also \u201cof what?\u201d, and classes become crisp.",
    objective=r"\max_D \; L_S + L_C, \quad \max_G \; L_C - L_S, \quad L_C = \mathbb{E}[\log P(c \mid x)] "
              r"+ \mathbb{E}[\log P(c \mid G(z, c))]",
    differs="The bodies of our conditional GAN, so that the two can be compared, instead of larger ones for 128x128 pictures; normal "
            "noise; no dropout; G's rate is higher than D's; the average of G's weights draws. In training of the shipped weights L_C "
            "counts twice, and D learns labels from real images alone.",
)
