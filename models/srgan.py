"""SRGAN: enlarges a photograph four times; a discriminator insists on detail that looks photographed.

Ledig et al. 2016, "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network", https://arxiv.org/abs/1609.04802

Two networks of one shape ship together, as in the paper: SRResNet, trained for the smallest error, and SRGAN, which goes on from it with
a discriminator and a loss on features. Residual blocks at the small size, PixelShuffle at the end (section 2.1, figure 4).

Differs, for a training of an hour on two CPU cores from 291 photographs:
- no batch norm, which leaves artefacts in enlarged images and was dropped by later work (EDSR, 2017; ESRGAN, 2018);
- 8 blocks of 48 channels instead of 16 of 64, leaky ReLU, one PixelShuffle by four instead of two by two, and a bilinear enlargement of
  the input to which the network adds the detail;
- the error is L1 instead of the mean square: the same figures sooner (Zhao et al. 2017);
- the feature loss reads a frozen EfficientNet-Lite0 instead of VGG-19: a fifth of the work (training/kit/imagenet.py);
- D averages its opinions of overlapping patches (PatchGAN), so it takes images of any size, and has no batch norm either.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from models.card import Paper
from models.controls import Choice, Control, Picture
from models.errors import BadInput
from models.figures import Figure
from models.images import from_uint8, to_uint8
from models.layers import init_he
from models.loaded import Model, Part
from models.runtime import TORCH

SCALE = 4
EXAMPLE = Path(__file__).with_name("srgan.png")      # a flower that our StackGAN drew, 64x64: what is enlarged where nothing is given
KINDS = ("srresnet", "srgan")      # the networks, in the order of the control's options
MOST_PIXELS = 2_000_000            # of an image that is enlarged
LEAST_SIDE = 8                     # pixels
TILE = 192                         # pixels a side of what is enlarged at a time; others wait for their turn meanwhile
Box = tuple[int, int, int, int]    # top, bottom, left, right, in pixels


@dataclass(frozen=True)
class Config:
    width: int = 48        # channels of the residual blocks
    blocks: int = 8
    d_width: int = 32      # D's channels at half the size; doubled at each halving
    size: int = 256        # pixels a side of what `generate` draws; the networks take any size
    channels: int = 3


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to what came in."""

    def __init__(self, width: int):
        super().__init__()
        self.first, self.second = nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(F.leaky_relu(self.first(x), 0.1))


class SRResNet(nn.Module):
    """Images [N, channels, H, W] in [-1, 1] -> [N, channels, 4 H, 4 W], about [-1, 1]. A pixel depends on input up to `reach` away."""

    def __init__(self, cfg: Config):
        super().__init__()
        self.reach = 2 * cfg.blocks + 2
        self.first = nn.Conv2d(cfg.channels, cfg.width, 3, 1, 1)
        self.blocks = nn.Sequential(*(ResidualBlock(cfg.width) for _ in range(cfg.blocks)))
        self.last = nn.Conv2d(cfg.width, cfg.channels * SCALE ** 2, 3, 1, 1)
        self.apply(init_he)
        for block in self.blocks:      # each block begins as a small change, so that many can be trained without batch norm
            nn.init.normal_(block.second.weight, 0.0, 0.005)
        nn.init.normal_(self.last.weight, 0.0, 0.005)       # begins as a bilinear enlargement

    def forward(self, small: torch.Tensor) -> torch.Tensor:
        x = F.leaky_relu(self.first(small), 0.1)
        large = F.interpolate(small, scale_factor=float(SCALE), mode="bilinear", align_corners=False)
        return large + F.pixel_shuffle(self.last(x + self.blocks(x)), SCALE)


class Generator(nn.Module):
    """Both networks. z [N, 0], small [N, channels, H, W] in [-1, 1], network [N, 2], the weights of KINDS -> [N, channels, 4 H, 4 W]."""

    def __init__(self, cfg: Config):
        super().__init__()
        self.z_dim = 0
        self.srresnet, self.srgan = SRResNet(cfg), SRResNet(cfg)

    def forward(self, z: torch.Tensor, small: torch.Tensor, network: torch.Tensor) -> torch.Tensor:
        plain, adversarial = network[:, :, None, None, None].unbind(1)
        return plain * self.srresnet(small) + adversarial * self.srgan(small)


class Discriminator(nn.Module):
    """Images [N, channels, H, W], at least 16 pixels a side -> logits [N]: above 0 means "taken for a photograph"."""

    def __init__(self, cfg: Config):
        super().__init__()
        w, channels = cfg.d_width, cfg.channels
        layers: list[nn.Module] = []
        for inside, outside in ((channels, w), (w, 2 * w), (2 * w, 4 * w)):
            layers += [nn.Conv2d(inside, outside, 4, 2, 1), nn.LeakyReLU(0.2)]
        self.net = nn.Sequential(*layers, nn.Conv2d(4 * w, 4 * w, 3, 1, 1), nn.LeakyReLU(0.2), nn.Conv2d(4 * w, 1, 1))
        self.apply(init_he)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x).mean((1, 2, 3))


class Srgan(Model):
    """As Model, with `enlarge` for images of any size."""

    CHUNK = 8

    @property
    def tasks(self) -> tuple[str, ...]:
        return (*super().tasks, "enlarge")

    def enlarge(self, image: np.ndarray, network: str = "srgan") -> np.ndarray:
        """uint8 [H, W, 3] -> uint8 [4 H, 4 W, 3] by one of KINDS, large images in tiles. Raises BadInput for other images, and for those
        that are too large."""
        image = self._checked(image)
        large = np.empty((SCALE * image.shape[0], SCALE * image.shape[1], image.shape[2]), np.uint8)
        for box in tiles(*image.shape[:2]):
            top, bottom, left, right = (SCALE * edge for edge in box)
            large[top:bottom, left:right] = self.enlarge_part(image, box, network)
        return large

    def enlarge_part(self, image: np.ndarray, box: Box, network: str = "srgan") -> np.ndarray:
        """The part `box` of an image uint8 [H, W, 3], as it looks in the whole image enlarged: uint8 [4 h, 4 w, 3]. It is enlarged with as
        much around it as the network reaches, so that no seam shows between parts."""
        image, (top, bottom, left, right) = self._checked(image), box
        body = getattr(self.generator, KINDS[int(self.card.control("network").parse(network).argmax())])
        y, x = max(0, top - body.reach), max(0, left - body.reach)
        given = from_uint8(torch.from_numpy(image[y:bottom + body.reach, x:right + body.reach].copy())[None])
        with TORCH, torch.inference_mode():
            drawn = to_uint8(body(given.to(self.device, self.dtype, memory_format=torch.channels_last)))[0].cpu().numpy()
        return drawn[SCALE * (top - y):SCALE * (bottom - y), SCALE * (left - x):SCALE * (right - x)]

    def parts(self) -> list[Part]:
        """Also each of KINDS by itself, for images of any size."""
        small = torch.rand(2, self.card.image_size[2], 24, 20, generator=torch.Generator().manual_seed(0)) * 2 - 1
        return [*super().parts(), *(Part(kind, getattr(self.networks["generator"], kind), {"small": small}, ("image",), any_size=True)
                                    for kind in KINDS)]

    def _checked(self, image: np.ndarray) -> np.ndarray:
        image, channels = np.asarray(image), self.card.image_size[2]
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != channels:
            raise BadInput("{name} enlarges a uint8 picture of shape [H, W, {channels}], not {dtype} {shape}.", name=self.card.name,
                           channels=channels, dtype=image.dtype, shape=list(image.shape))
        check_size(*image.shape[:2])
        return image


def check_size(height: int, width: int) -> None:
    """Raises BadInput for an image that `enlarge` does not take."""
    if min(height, width) < LEAST_SIDE or height * width > MOST_PIXELS:
        raise BadInput("A picture to enlarge has at least {least} pixels a side and at most {most} megapixels, not {width}x{height}.",
                       least=LEAST_SIDE, most=MOST_PIXELS // 1_000_000, width=width, height=height)


def tiles(height: int, width: int) -> list[Box]:
    """The parts that an image is enlarged in, row by row: squares of TILE pixels. What would be less than half a tile at an edge goes with
    the tile before it."""
    def cuts(side: int) -> list[tuple[int, int]]:
        starts = [*range(0, max(1, side - TILE // 2), TILE), side]
        return list(itertools.pairwise(starts))

    return [(*rows, *columns) for rows in cuts(height) for columns in cuts(width)]


LOADED = Srgan
NETWORKS = {"generator": Generator, "discriminator": Discriminator}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return (
        Picture("small", cfg.size // SCALE, "The picture to enlarge.", cfg.channels, judged=False, default=EXAMPLE),
        Choice("network", KINDS, "srresnet: trained for the smallest error alone. srgan: with a discriminator as well.", default="srgan"),
    )


USAGE = """images = model.generate(0, small=Path("photo.png"))   # the centre square, shrunk to 64x64, enlarged to 256x256
large = model.enlarge(images[0])                       # uint8 [H, W, 3], at most 2 megapixels -> uint8 [4 H, 4 W, 3]
smooth = model.enlarge(images[0], "srresnet")"""
FIGURES = (
    Figure("srresnet_psnr", "PSNR of SRResNet in dB (bicubic)", "psnr_floor", ".2f", short="PSNR of SRResNet", short_format=".2f"),
    Figure("srgan_psnr", "PSNR of SRGAN in dB (bicubic)", "psnr_floor", ".2f", short="of SRGAN", short_format=".2f"),
    Figure("srresnet_ssim", "SSIM of SRResNet (bicubic)", "ssim_floor", ".3f"),
    Figure("srgan_ssim", "SSIM of SRGAN (bicubic)", "ssim_floor", ".3f"),
    Figure("srresnet_distance", "distance of SRResNet in ImageNet features (bicubic)", "bicubic_distance", ".3f"),
    Figure("srgan_distance", "distance of SRGAN in ImageNet features (bicubic)", "bicubic_distance", ".3f"),
)
PAPER = Paper(
    name="SRGAN",
    title="Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network",
    authors="Ledig, Theis, Huszár, Caballero, Cunningham, Acosta, Aitken, Tejani, Totz, Wang, Shi",
    year=2016,
    link="https://arxiv.org/abs/1609.04802",
    idea="Enlarge a small picture four times, and let the judge insist that the new detail looks photographed.",
    objective=r"\min_G \max_D \; \|\varphi(x) - \varphi(G(x_s))\|^2 + 10^{-3} (\mathbb{E}_x[\log D(x)] "
              r"+ \mathbb{E}[\log(1 - D(G(x_s)))])",
    differs="No batch norm; 8 blocks of 48 channels, which add their detail to a bilinear enlargement; L1 instead of the mean square; the "
            "features are EfficientNet-Lite0's instead of VGG-19's, each position scaled to length 1, and pixels count beside them; "
            "D judges overlapping patches, with a hinge loss, spectral norm and ten times the weight; a few photographs instead of "
            "350,000.",
)
