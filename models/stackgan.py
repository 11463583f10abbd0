"""StackGAN: Stage-I generates a low-resolution image from a sentence, Stage-II a high-resolution one from both.

Zhang, Xu, Li, Zhang, Wang, Huang, Metaxas 2016, "StackGAN: Text to Photo-realistic Image Synthesis with Stacked Generative Adversarial
Networks", https://arxiv.org/abs/1612.03242

Kept from the paper: conditioning augmentation (section 3.2), Stage-I at 64x64 from noise and text (3.3), Stage-II that reads the Stage-I
image and the text again, through a conditioning augmentation of its own, at 256x256 (3.4).

Differs, each for steadier training on few images or for speed on a CPU:
- the text is an embedding in our joint space (models/text/), so one generator understands two text encoders;
- in Stage-I the condition also scales and shifts the batch norm of every block (as in SAGAN, 2018), so it is not forgotten on the way;
- Stage-II has shortcuts at 32x32 and 64x64 and adds its details to the enlarged low-resolution image instead of drawing everything anew;
- D is projected (Sauer et al. 2021, "Projected GANs Converge Faster"): small heads on frozen ImageNet features, and one on the pixels; each
  has a second output that scores the image without its sentence; hinge loss (training/stackgan.py);
- the noise is scaled down at inference (the truncation trick of BigGAN, 2018): images are less varied and match the sentence better;
- the nets are narrower: one sentence takes some hundredths of a second on two CPU cores.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from models.card import Paper
from models.controls import Choice, Control, Range, Text
from models.efficientnet import EfficientNetLite
from models.layers import TextDiscriminator, init_he
from models.projected import ProjectedDiscriminator, projected_discriminator
from models.text_to_image import ENCODERS, FIGURES, TextToImage

__all__ = ["FIGURES"]


class StackGAN(TextToImage):
    """As TextToImage. Projected discriminators are given the frozen network that they share."""

    def __init__(self, card, networks: dict[str, nn.Module], device: torch.device, folder):
        share_features(networks)
        super().__init__(card, networks, device, folder)


LOADED = StackGAN


@dataclass(frozen=True)
class Config:
    text_dim: int = 256    # numbers of an embedding in the joint space of text and images
    c_dim: int = 128       # numbers of the augmented condition
    z_dim: int = 100       # noise: independent standard normal numbers
    g_width: int = 48      # Stage-I's channels at 64x64; eight times as many at 4x4
    d_width: int = 64      # its D's channels at 32x32, doubled at each halving; projected: those of its heads on the finest maps
    g2_width: int = 16     # Stage-II's channels at 256x256
    d2_width: int = 16     # its D's channels at 128x128, doubled at each halving; projected: a third of those of its finest head
    size: int = 256        # pixels a side after Stage-II; Stage-I draws a quarter of that
    channels: int = 3
    enlarge: str = "nearest"     # how the generators enlarge: nearest or bilinear
    convolutions: int = 1        # of Stage-I at each size; a second one smooths the texture that enlarging leaves
    projected: bool = False      # the discriminators are heads on frozen ImageNet features (models/projected.py)


class Augmentation(nn.Module):
    """Conditioning augmentation: text [N, text_dim] of length 1, eps [N, c_dim] -> (c, mean, log variance), each [N, c_dim].

    c = mean + deviation * eps: sentences near each other cover the space between them. eps = 0 switches it off.
    """

    def __init__(self, text_dim: int, c_dim: int):
        super().__init__()
        self.scale = text_dim ** 0.5    # a vector of length 1 in many dimensions has tiny entries
        self.net = nn.Linear(text_dim, 2 * c_dim)

    def forward(self, text: torch.Tensor, eps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        mean, log_variance = self.net(text * self.scale).chunk(2, 1)
        return mean + torch.exp(log_variance / 2) * eps, mean, log_variance


class Styled(nn.Module):
    """x [N, inside, s, s], condition [N, dim] -> [N, outside, s, s]: convolve, normalise, scale and shift as the condition says."""

    def __init__(self, inside: int, outside: int, dim: int):
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(outside, affine=False)
        self.style = nn.Linear(dim, 2 * outside)

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.conv(x))
        gain, shift = self.style(condition)[:, :, None, None].chunk(2, 1)
        return F.relu(x * (1 + gain) + shift)


class Up(Styled):
    """As Styled, on an image enlarged to twice the side; with `again`, a second time at that size."""

    def __init__(self, inside: int, outside: int, dim: int, mode: str = "nearest", again: bool = False):
        super().__init__(inside, outside, dim)
        self.mode, self.again = mode, Styled(outside, outside, dim) if again else None

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        x = super().forward(_upsample(x, self.mode), condition)
        return x if self.again is None else self.again(x, condition)


class Stage1(nn.Module):
    """z [N, z_dim], eps [N, c_dim], text [N, text_dim] -> images [N, channels, size / 4, size / 4] in [-1, 1].

    `forward_with_kl` returns the mean and the log variance of the condition as well, for the KL term.
    """

    def __init__(self, cfg: Config):
        super().__init__()
        self.z_dim, self.c_dim, self.text_dim = cfg.z_dim, cfg.c_dim, cfg.text_dim
        w, side, dim = cfg.g_width, cfg.size // 64, cfg.z_dim + cfg.c_dim
        self.augment = Augmentation(cfg.text_dim, cfg.c_dim)
        self.first = nn.Sequential(nn.Linear(dim, 8 * w * side ** 2), nn.Unflatten(1, (8 * w, side, side)))
        self.ups = nn.ModuleList([Up(a * w, b * w, dim, cfg.enlarge, cfg.convolutions > 1) for a, b in ((8, 6), (6, 4), (4, 2), (2, 1))])
        self.out = nn.Conv2d(w, cfg.channels, 3, 1, 1)
        self.apply(init_he)
        for module in self.modules():
            if isinstance(module, Styled):
                nn.init.normal_(module.style.weight, 0.0, 0.02)

    def forward(self, z: torch.Tensor, eps: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        return self.forward_with_kl(z, eps, text)[0]

    def forward_with_kl(self, z: torch.Tensor, eps: torch.Tensor,
                        text: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        c, mean, log_variance = self.augment(text, eps)
        condition = torch.cat([z, c], 1)
        x = self.first(condition)
        for up in self.ups:
            x = up(x, condition)
        return torch.tanh(self.out(x)), mean, log_variance


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to what came in."""

    def __init__(self, width: int):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
                                  nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.body(x))


def _conv(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    """A convolution that keeps the side (stride 1) or halves it (stride 2), batch norm and ReLU."""
    return nn.Sequential(nn.Conv2d(inside, outside, 4 if stride == 2 else 3, stride, 1, bias=False), nn.BatchNorm2d(outside),
                         nn.ReLU(inplace=True))


class Stage2(nn.Module):
    """Stage-I images [N, channels, s, s], eps [N, c_dim], text [N, text_dim] -> images [N, channels, 4s, 4s], about [-1, 1]."""

    def __init__(self, cfg: Config):
        super().__init__()
        w, self.mode = cfg.g2_width, cfg.enlarge
        self.augment = Augmentation(cfg.text_dim, cfg.c_dim)
        self.at64, self.at32, self.at16 = _conv(cfg.channels, 2 * w), _conv(2 * w, 4 * w, 2), _conv(4 * w, 8 * w, 2)
        self.join = _conv(8 * w + cfg.c_dim, 12 * w)
        self.blocks = nn.Sequential(ResidualBlock(12 * w), ResidualBlock(12 * w), ResidualBlock(12 * w))
        self.up32, self.up64, self.up128, self.up256 = (_conv(12 * w + 4 * w, 8 * w), _conv(8 * w + 2 * w, 4 * w),
                                                        _conv(4 * w, 2 * w), _conv(2 * w, w))
        self.out = nn.Conv2d(w, cfg.channels, 3, 1, 1)
        self.apply(init_he)
        nn.init.normal_(self.out.weight, 0.0, 0.002)   # it begins by enlarging

    def forward(self, low_res: torch.Tensor, eps: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        return self.forward_with_kl(low_res, eps, text)[0]

    def forward_with_kl(self, low_res: torch.Tensor, eps: torch.Tensor,
                        text: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        c, mean, log_variance = self.augment(text, eps)
        fine = self.at64(low_res)
        middle = self.at32(fine)
        x = self.at16(middle)
        x = self.blocks(self.join(torch.cat([x, c[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)))
        x = self.up32(torch.cat([_upsample(x, self.mode), middle], 1))
        x = self.up64(torch.cat([_upsample(x, self.mode), fine], 1))
        x = self.up256(_upsample(self.up128(_upsample(x, self.mode)), self.mode))
        large = F.interpolate(low_res, scale_factor=4.0, mode="bilinear", align_corners=False)
        return large + self.out(x), mean, log_variance


def _upsample(x: torch.Tensor, mode: str) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2.0, mode=mode, align_corners=None if mode == "nearest" else False)


def _discriminator1(cfg: Config) -> nn.Module:
    if cfg.projected:
        return projected_discriminator(cfg.size // 4, cfg.size // 2, cfg.text_dim, cfg.d_width, cfg.d_width)
    return TextDiscriminator(cfg.size // 4, cfg.channels, cfg.d_width, cfg.text_dim)


def _discriminator2(cfg: Config) -> nn.Module:
    if cfg.projected:
        return projected_discriminator(cfg.size, cfg.size, cfg.text_dim, 3 * cfg.d2_width, 2 * cfg.d2_width)
    return TextDiscriminator(cfg.size, cfg.channels, cfg.d2_width, cfg.text_dim)


def _features(cfg: Config) -> nn.Module | None:
    return EfficientNetLite("lite0", pooled=False) if cfg.projected else None


def share_features(networks: dict[str, nn.Module]) -> None:
    """Gives projected discriminators the frozen network of the role "features"."""
    for network in networks.values():
        if isinstance(network, ProjectedDiscriminator):
            network.frozen_maps = networks["features"].maps


NETWORKS = {"generator": Stage1, "generator2": Stage2, "discriminator": _discriminator1, "discriminator2": _discriminator2,
            "features": _features}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    small = cfg.size // 4
    return (
        Text("text", "The sentence to draw, in English."),
        Choice("stage", ("1", "2"), f"1: Stage-I, {small}x{small}. 2: Stage-II, {cfg.size}x{cfg.size}.", default=2, mixes=False),
        Choice("encoder", ENCODERS, "Which of the two text encoders reads the sentence.", default="char-cnn-rnn", mixes=False),
        Range("augment", 0.0, 1.0, "Conditioning augmentation: 1 as in training, 0 off.", default=1.0),
        Range("truncation", 0.0, 1.0, "Scales all noise: 1 as in training; less gives less variety and more obedience.", default=0.7),
    )


PAPER = Paper(
    name="StackGAN",
    title="StackGAN: Text to Photo-realistic Image Synthesis with Stacked Generative Adversarial Networks",
    authors="Zhang, Xu, Li, Zhang, Wang, Huang, Metaxas",
    year=2016,
    link="https://arxiv.org/abs/1612.03242",
    idea="Sketch the sentence small, then read it again and paint the sketch at sixteen times the area.",
    objective=r"\min_G \max_D \; \mathbb{E}_{x,t}[\log D(x, t)] + \mathbb{E}_{s_0,t}[\log(1 - D(G(s_0, \hat c), t))] "
              r"+ \lambda \, D_{KL}(\mathcal{N}(\mu(t), \Sigma(t)) \,\|\, \mathcal{N}(0, I))",
    differs="The text is a point of our own joint space, so one generator understands two encoders; the condition also steers every block "
            "of Stage-I; Stage-II adds details to the enlarged sketch and practises on shrunken photos as well; D reads frozen ImageNet "
            "features beside the pixels (Projected GAN, 2021), with hinge loss and an opinion without the sentence; the noise is scaled "
            "down when pictures are made; narrower nets, for two CPU cores.",
)
