"""pix2pix: the condition is an image. A U-Net translates it, a PatchGAN scores pairs of input and result patch by patch.

Isola, Zhu, Zhou, Efros 2016, "Image-to-Image Translation with Conditional Adversarial Networks", https://arxiv.org/abs/1611.07004

Differs from the paper:
- Half as many channels in the outer layers and at most 160 inside instead of 512: 6 million weights in G instead of 54, for two CPU cores.
- Dropout is a function of z. The paper leaves z out and keeps dropout on when it draws, so each picture comes out once. Here the sign of
  each number in z says whether one channel of the first three layers of the decoder is dropped (whole channels, where the paper drops
  single positions: the pictures differ more), so a seed always gives the same picture. The control `noise` scales the masks: 1 as in
  training, 0 without dropout.
- Instance norm, which is what the paper's batch norm is at its batch size of 1, whatever the batch size.
- The size is any power of two from 32 to 256; the U-Net always reaches 1x1.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from models.card import Paper
from models.controls import Control, Picture, Range
from models.errors import BadInput
from models.facades import facade
from models.figures import Figure
from models.images import png_uri
from models.layers import init_dcgan
from models.loaded import Model
from models.outlines import COLOURED, COLOURS, EDGES, flower, ink

SIZES = (32, 64, 128, 256)     # pixels a side
LABELS = "label_map"           # inputs of the facades: one colour for each label (models/facades.py)


@dataclass(frozen=True)
class Config:
    size: int = 256           # pixels a side, of input and result: one of SIZES
    channels: int = 3
    inputs: str = EDGES       # what the inputs are: EDGES, COLOURED, LABELS, or as --inputs of training/pix2pix.py names them
    g_width: int = 32         # channels of G's first layer; doubled at each halving
    g_most: int = 160         # most channels of a layer of G
    d_width: int = 32         # channels of D's first layer; doubled three times; 0: there is no D
    enlarge: str = "transposed"       # how G's layers up double the side: transposed convolutions, as in the paper, or bilinear


def _norm(channels: int) -> nn.Module:
    """Instance norm; group norm with a group for each channel is the same and quicker on CPUs."""
    return nn.GroupNorm(channels, channels)


def _enlarging(how: str, reads: int, channels: int, bias: bool = True) -> tuple[nn.Module, ...]:
    """Layers that double the side of what they read."""
    if how == "transposed":
        return (nn.ConvTranspose2d(reads, channels, 4, 2, 1, bias=bias),)
    if how != "bilinear":
        raise BadInput("pix2pix enlarges by transposed or bilinear, not {how}.", how=f"{how!r:.20}")
    return nn.Conv2d(reads, channels, 3, 1, 1, bias=bias), nn.Upsample(scale_factor=2, mode="bilinear")


class UNet(nn.Module):
    """Images [N, inside, S, S] -> [N, outside, S, S], without an activation at the end.

    `halvings` strided convolutions down and as many layers up, `enlarge` as in Config; each of them also reads the output of the layer down
    at its size. `masks` float [N, channels] multiply the channels of the first layers up, if any are given.
    """

    def __init__(self, inside: int, outside: int, width: int, most: int, halvings: int, enlarge: str = "transposed"):
        super().__init__()
        widths = [min(width * 2 ** i, most) for i in range(halvings)]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for i, channels in enumerate(widths):          # neither the first layer nor the last, of 1x1, has a norm
            normed = 0 < i < halvings - 1
            self.down.append(nn.Sequential(
                *([nn.LeakyReLU(0.2)] if i else []), nn.Conv2d(widths[i - 1] if i else inside, channels, 4, 2, 1, bias=not normed),
                *([_norm(channels)] if normed else [])))
        for i in reversed(range(1, halvings)):
            reads = widths[i] * (1 if i == halvings - 1 else 2)
            self.up.append(nn.Sequential(nn.ReLU(), *_enlarging(enlarge, reads, widths[i - 1], bias=False), _norm(widths[i - 1])))
        last = _enlarging(enlarge, 2 * widths[0], outside)
        self.last = nn.Sequential(nn.ReLU(), *(reversed(last) if len(last) > 1 else last))     # the pixels themselves are not smoothed
        self.apply(init_dcgan)

    def forward(self, x: torch.Tensor, masks: tuple[torch.Tensor, ...] = ()) -> torch.Tensor:
        kept = []
        for layer in self.down:
            x = layer(x)
            kept.append(x)
        for i, layer in enumerate(self.up):
            x = layer(x)
            if i < len(masks):
                x = x * masks[i][:, :, None, None]
            x = torch.cat([x, kept[-2 - i]], 1)
        return self.last(x)


class Generator(nn.Module):
    """z [N, z_dim], input [N, 3, size, size] in [-1, 1], noise [N, 1] in [0, 1] -> images [N, channels, size, size] in [-1, 1].

    z holds a number for each channel of the first three layers up: where it is negative, the channel is scaled by 1 - noise, else by
    1 + noise. At noise 1 that is dropout of half of the channels.
    """

    DROPPED = 3      # layers with dropout, section 6.1.1

    def __init__(self, cfg: Config):
        super().__init__()
        halvings = cfg.size.bit_length() - 1
        if cfg.size not in SIZES:
            raise BadInput("pix2pix takes pictures of {sizes} pixels a side, not {size}.", sizes=", ".join(map(str, SIZES)), size=cfg.size)
        self.inputs = cfg.inputs
        self.net = UNet(3, cfg.channels, cfg.g_width, cfg.g_most, halvings, cfg.enlarge)
        self.widths = [layer[1].out_channels for layer in self.net.up[:self.DROPPED]]
        self.z_dim = sum(self.widths)

    def forward(self, z: torch.Tensor, input: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        masks = (1 + noise * torch.where(z > 0, 1.0, -1.0).to(z.dtype)).split(self.widths, 1)
        return torch.tanh(self.net(input, masks))


class Discriminator(nn.Module):
    """Images [N, channels, size, size], input [N, 3, size, size] -> logits [N]: the mean over the patches.

    `patches` gives the logit of each 70x70 patch: [N, H, W], 30x30 of images of 256 pixels.
    """

    READS = ("logits", "patches")      # what `read` gives
    FIELD = 70           # pixels a side of what one logit depends on
    STRIDE = 8           # pixels from one patch to the next

    def __init__(self, cfg: Config):
        super().__init__()
        w = cfg.d_width
        self.net = nn.Sequential(
            nn.Conv2d(cfg.channels + 3, w, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False), _norm(2 * w), nn.LeakyReLU(0.2),
            nn.Conv2d(2 * w, 4 * w, 4, 2, 1, bias=False), _norm(4 * w), nn.LeakyReLU(0.2),
            nn.Conv2d(4 * w, 8 * w, 4, 1, 1, bias=False), _norm(8 * w), nn.LeakyReLU(0.2),
            nn.Conv2d(8 * w, 1, 4, 1, 1))
        self.apply(init_dcgan)

    def forward(self, x: torch.Tensor, input: torch.Tensor) -> torch.Tensor:
        return self.patches(x, input).mean((1, 2))

    def read(self, x: torch.Tensor, input: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits [N] and those of all patches, row by row, [N, H * W], from one pass."""
        patches = self.patches(x, input).flatten(1)
        return patches.mean(1), patches

    def patches(self, x: torch.Tensor, input: torch.Tensor) -> torch.Tensor:
        return self.net(torch.cat([x, input], 1)).squeeze(1)


class Pix2pix(Model):
    """As Model, with `score_patches`."""

    CHUNK = 16           # of 256x256 pixels

    @property
    def inputs(self) -> str:
        """What its inputs are: EDGES, COLOURED, LABELS, or the name that --inputs had when it was trained."""
        return self.networks["generator"].inputs

    def score_patches(self, images: np.ndarray, input) -> np.ndarray:
        """D's probability, 0 to 1, that each patch of images uint8 [N, H, W, C] is real and fits the input: float32 [N, rows, columns].

        `input` is as the control takes it. Raises BadInput where there is no D.
        """
        d = self._need("score", self.discriminator)
        x = self._images(images)
        given = self._controls(len(x), {"input": input}, judged_only=True)
        return self._run(lambda *pair: torch.sigmoid(d.patches(*pair)), x, *given)


LOADED = Pix2pix
NETWORKS = {"generator": Generator, "discriminator": lambda cfg: Discriminator(cfg) if cfg.d_width else None}


def example(inputs: str, seed: int, size: int) -> np.ndarray | None:
    """An input drawn by a few lines of code, uint8 [size, size, 3]; None where inputs are of a kind that none is drawn of."""
    if inputs in COLOURS:
        return ink(flower(seed, size, inputs)[None], COLOURS[inputs].values())[0].permute(1, 2, 0).contiguous().numpy()
    return facade(seed, size) if inputs == LABELS else None


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    given = example(cfg.inputs, 0, cfg.size)
    what = {EDGES: "The outlines to fill: dark lines on white.", COLOURED: "The outlines to fill: lines of coloured pencils on white.",
            LABELS: "The facade to build: one colour for each label."}
    return (Picture("input", cfg.size, what.get(cfg.inputs, "The picture to translate."), judged=True,
                    default=None if given is None else png_uri(given)),
            Range("noise", 0.0, 1.0, "How strongly the dropout noise acts: 1 as in training, 0 not at all.", default=1.0))


FIGURES = (
    Figure("l1", "mean absolute error, of 1 (of the network trained on L1 alone)", "l1_alone.l1", ".3f"),
    Figure("ssim", "SSIM (of the network trained on L1 alone)", "l1_alone.ssim", ".3f"),
    Figure("feature_distance", "distance in ImageNet features (of the network trained on L1 alone)", "l1_alone.feature_distance", ".3f",
           short="ImageNet-feature distance", short_format=".3f"),
    Figure("label_accuracy", "labels read back, per pixel (from photographs)", "label_accuracy_of_photographs", short="labels read back"),
)
METRICS = {"l1_alone": dict}
PAPER = Paper(
    name="pix2pix",
    title="Image-to-Image Translation with Conditional Adversarial Networks",
    authors="Isola, Zhu, Zhou, Efros",
    year=2016,
    link="https://arxiv.org/abs/1611.07004",
    idea="The condition is itself a picture: outlines in, photograph out.",
    objective=r"\min_G \max_D \; \mathbb{E}_{x,y}[\log D(x, y)] + \mathbb{E}_x[\log(1 - D(x, G(x)))] "
              r"+ \lambda \, \mathbb{E}_{x,y}\|y - G(x)\|_1",
    differs="A ninth of the weights (outlines: a sixteenth); dropout that drops whole channels and follows the seed, so that a seed "
            "always gives the same picture; instance norm at any batch size; the average of G's weights draws. For outlines also: first "
            "steps without D, a second D on what an ImageNet network sees, distances there and of shrunk pictures beside the one of "
            "pixels, shifted pairs, and bilinear enlarging.",
)
