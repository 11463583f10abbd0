"""What the networks of several papers share: initial weights, DCGAN's bodies, and the discriminator that reads a sentence."""

import itertools

import torch
from torch import nn


def init_dcgan(module: nn.Module) -> None:
    """Weights from N(0, 0.02): DCGAN, section 4; batch-norm gains from N(1, 0.02), as in the authors' code. Use with `module.apply`."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def init_he(module: nn.Module) -> None:
    """He et al. 2015, https://arxiv.org/abs/1502.01852: keeps the variance of signals through leaky ReLUs."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight, a=0.2, nonlinearity="leaky_relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def halvings(size: int, most: int) -> list[int]:
    """Sides from `size` down, each half of the one before, rounded up, until one is at most `most`: (28, 4) -> [28, 14, 7, 4]."""
    sides = [size]
    while sides[-1] > most:
        sides.append(-(-sides[-1] // 2))
    return sides


def _kernel(large: int, small: int) -> int:
    """Of a convolution of stride 2 and padding 1 between these sides."""
    return 4 if large == 2 * small else 3


def generator_layers(inside: int, size: int, channels: int, width: int, most: int) -> list[nn.Module]:
    """DCGAN's generator: [N, inside] -> images [N, channels, size, size] in [-1, 1], by transposed convolutions from a side of at most
    `most` pixels up. width / 2 channels at half the size, twice as many at each halving, at most 4 * width."""
    sides = halvings(size, most)
    if len(sides) < 2:
        raise ValueError(f"images of {size} pixels a side are too small")
    widths = [min(width // 2 * 2 ** i, 4 * width) for i in range(len(sides) - 1)]
    layers: list[nn.Module] = [nn.Linear(inside, widths[-1] * sides[-1] ** 2, bias=False),
                               nn.Unflatten(1, (widths[-1], sides[-1], sides[-1])), nn.BatchNorm2d(widths[-1]), nn.ReLU()]
    for i in range(len(widths) - 1, 0, -1):
        layers += [nn.ConvTranspose2d(widths[i], widths[i - 1], _kernel(sides[i], sides[i + 1]), 2, 1, bias=False),
                   nn.BatchNorm2d(widths[i - 1]), nn.ReLU()]
    return [*layers, nn.ConvTranspose2d(widths[0], channels, _kernel(sides[0], sides[1]), 2, 1), nn.Tanh()]


def discriminator_layers(size: int, channels: int, width: int, slope: float = 0.2, norm: bool = True) -> tuple[list[nn.Module], int]:
    """DCGAN's discriminator without its last layer: images [N, channels, size, size] -> [N, numbers], and how many numbers. width channels
    at half the size, twice as many at each halving down to 4 pixels, at most 8 * width. `norm`: batch norm behind all layers but the
    first."""
    sides, layers, inside = halvings(size, 4), [], channels
    for i, (large, small) in enumerate(itertools.pairwise(sides)):
        outside, normed = min(width * 2 ** i, 8 * width), norm and i > 0
        layers += [nn.Conv2d(inside, outside, _kernel(large, small), 2, 1, bias=not normed), *([nn.BatchNorm2d(outside)] if normed else []),
                   nn.LeakyReLU(slope, inplace=True)]
        inside = outside
    return [*layers, nn.Flatten()], inside * sides[-1] ** 2


class NoiseGenerator(nn.Module):
    """DCGAN's generator: z [N, z_dim] -> images [N, channels, size, size] in [-1, 1]. `width` and `most` as in generator_layers."""

    def __init__(self, z_dim: int, size: int, channels: int, width: int, most: int):
        super().__init__()
        self.z_dim = z_dim
        self.net = nn.Sequential(*generator_layers(z_dim, size, channels, width, most))
        self.apply(init_dcgan)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.net(z)


class TextDiscriminator(nn.Module):
    """Images [N, channels, size, size], text [N, text_dim] of length 1 -> logits [N]: above 0 means "real, and what the text says".

    The matching-aware discriminator of GAN-CLS (Reed et al. 2016, section 4.2) and StackGAN: the image is reduced to 4x4, the text
    is repeated at every position, and both are convolved together. `logits` takes phi(x) instead of x, of as many images as texts or of one
    image for all texts, so that one image is scored with several sentences in one pass of phi.
    """

    def __init__(self, size: int, channels: int, width: int, text_dim: int, text_width: int = 128):
        super().__init__()
        layers, inside, side = [], channels, size
        while side > 4:
            outside = width if inside == channels else min(2 * inside, 512)
            layers += [nn.Conv2d(inside, outside, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
            inside, side = outside, side // 2
        self.scale = text_dim ** 0.5    # a vector of length 1 in many dimensions has tiny entries
        self.phi = nn.Sequential(*layers)
        self.text = nn.Sequential(nn.Linear(text_dim, text_width), nn.LeakyReLU(0.2, inplace=True))
        self.joint = nn.Sequential(nn.Conv2d(inside + text_width, inside, 3, 1, 1), nn.LeakyReLU(0.2, inplace=True),
                                   nn.Conv2d(inside, 1, side))
        self.register_load_state_dict_pre_hook(_without_alone)
        self.apply(init_he)

    def forward(self, x: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        return self.logits(self.phi(x), text)

    def logits(self, phi: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        if phi.shape[0] != text.shape[0]:        # not len(): an exporter would take it for a constant
            phi = phi.expand(text.shape[0], -1, -1, -1)
        beside = self.text(text * self.scale)[:, :, None, None].expand(-1, -1, *phi.shape[2:])
        return self.joint(torch.cat([phi, beside], 1)).flatten()


def _without_alone(network: nn.Module, state: dict[str, torch.Tensor], prefix: str, *_) -> None:
    """Weights of earlier editions hold a layer for logits without a text, which nothing trained."""
    for name in ("alone.weight", "alone.bias"):
        state.pop(prefix + name, None)
