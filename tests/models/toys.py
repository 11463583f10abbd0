"""Toy networks of every kind that the atlas may meet, with random weights, as rows `models.toy_<kind>`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import torch
from conftest import FACTS
from torch import nn

from models.card import Paper
from models.checkpoint import save
from models.controls import Choice, Picture
from models.datasets import DATASETS
from models.training_record import TrainingRecord

SIDE, SMALL, NOISE, CLASSES = 16, 4, 6, 10
PAPER = Paper("Toy", "A toy", "Nobody", 2018, "https://example.org", "A toy.", "0", "Everything.")


@dataclass(frozen=True)
class Config:
    z_dim: int = NOISE
    size: int = SIDE
    channels: int = 3


class Net(nn.Module):
    """Parts that the toys are made of."""

    def __init__(self, cfg: Config):
        super().__init__()
        self.z_dim, self.cfg = cfg.z_dim, cfg
        self.build(cfg)


def flat(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, outputs))


PIXELS = 3 * SIDE * SIDE


class Translator(Net):               # pix2pix: image to image, no noise
    def build(self, cfg):
        self.z_dim, self.net = 0, nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 3, 3, 1, 1), nn.Tanh())

    def forward(self, z, input):
        assert z.shape == (len(input), 0)
        return self.net(input)


class PatchGan(Net):                 # reads output and input, averages its patches
    def build(self, cfg):
        self.net = nn.Sequential(nn.Conv2d(6, 8, 4, 2, 1), nn.LeakyReLU(), nn.Conv2d(8, 1, 4, 1, 1))

    def forward(self, x, input):
        return self.net(torch.cat([x, input], 1)).mean((1, 2, 3))


class Enlarger(Net):                 # SRGAN: small to large
    def build(self, cfg):
        self.z_dim, self.net = 0, nn.Sequential(nn.Conv2d(3, 48, 3, 1, 1), nn.PixelShuffle(4), nn.Tanh())

    def forward(self, z, small):
        return self.net(small)


class Plain(Net):                    # D of images alone
    def build(self, cfg):
        self.net = flat(PIXELS, 1)

    def forward(self, x):
        return self.net(x).squeeze(1)


class Decoder(Net):
    def build(self, cfg):
        self.net = nn.Sequential(nn.Linear(cfg.z_dim, PIXELS), nn.Unflatten(1, (3, SIDE, SIDE)), nn.Tanh())

    def forward(self, z):
        return self.net(z)


class GaussianEncoder(Net):          # of a VAE: mean and log variance
    def build(self, cfg):
        self.net = flat(PIXELS, 2 * cfg.z_dim)

    def forward(self, x):
        return self.net(x).chunk(2, 1)


class Encoder(Net):                  # of BiGAN: z itself
    def build(self, cfg):
        self.net = flat(PIXELS, cfg.z_dim)

    def forward(self, x):
        return self.net(x)


class Joint(Net):                    # D(x, z)
    reads_latents = True

    def build(self, cfg):
        self.net = nn.Linear(PIXELS + cfg.z_dim, 1)

    def forward(self, x, z):
        return self.net(torch.cat([x.flatten(1), z], 1)).squeeze(1)


class ManyLogits(Net):               # semi-supervised: K logits, real = logsumexp
    def build(self, cfg):
        self.trunk, self.head = nn.Sequential(flat(PIXELS, 12), nn.ReLU()), nn.Linear(12, CLASSES)

    def features(self, x):
        return self.trunk(x)

    def classify(self, x):
        return self.head(self.trunk(x))

    def forward(self, x):
        return self.classify(x).logsumexp(1)


class Auxiliary(ManyLogits):         # AC-GAN: beside the class, one logit for real
    def build(self, cfg):
        super().build(cfg)
        self.real = nn.Linear(12, 1)

    def forward(self, x):
        return self.real(self.trunk(x)).squeeze(1)


class Labelled(Net):
    def build(self, cfg):
        self.net = nn.Sequential(nn.Linear(cfg.z_dim + CLASSES, PIXELS), nn.Unflatten(1, (3, SIDE, SIDE)), nn.Tanh())

    def forward(self, z, label):
        return self.net(torch.cat([z, label], 1))


INPUT, LOW = Picture("input", SIDE, "The outline to fill."), Picture("small", SMALL, "The image to enlarge.", judged=False)
LABEL = Choice("label", tuple("0123456789"), "The class.", judged=False)
KINDS = {   # networks, controls, tasks
    "translator": ({"generator": Translator, "discriminator": PatchGan}, (INPUT,), {"generate", "decode", "score"}),
    "enlarger": ({"generator": Enlarger, "discriminator": Plain}, (LOW,), {"generate", "decode", "score"}),
    "vae": ({"generator": Decoder, "encoder": GaussianEncoder}, (), {"generate", "decode", "encode"}),
    "bigan": ({"generator": Decoder, "encoder": Encoder, "discriminator": Joint}, (), {"generate", "decode", "encode", "score"}),
    "semi": ({"generator": Decoder, "discriminator": ManyLogits}, (), {"generate", "decode", "score", "classify", "features"}),
    "auxiliary": ({"generator": Labelled, "discriminator": Auxiliary}, (LABEL,),
                  {"generate", "decode", "score", "classify", "features"}),
}


@contextmanager
def weights_of_every_kind(base: Path) -> Iterator[dict[str, Path]]:
    """Weights folders below `base`, by kind; their modules are there meanwhile."""
    found = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for kind, (networks, controls, _) in KINDS.items():
            module = ModuleType(f"models.toy_{kind}")
            module.Config, module.NETWORKS, module.PAPER = Config, networks, PAPER
            module.controls = lambda cfg, classes, controls=controls: controls
            sys.modules[module.__name__] = module
            found[kind] = base / f"toy-{kind}-mnist"
            save(found[kind], name=f"toy-{kind}-mnist", model=f"toy_{kind}", dataset=DATASETS["mnist"], config=Config(),
                 networks={role: build(Config()) for role, build in networks.items()}, training=TrainingRecord.of(FACTS))
    try:
        yield found
    finally:
        for kind in KINDS:
            del sys.modules[f"models.toy_{kind}"]
