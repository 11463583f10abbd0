"""Projected discriminator: frozen ImageNet features, mixed at random, and small heads that learn.

Sauer, Chitta, Müller, Geiger 2021, "Projected GANs Converge Faster", https://arxiv.org/abs/2111.01007. Differs from it: every head is
matching-aware (the embedding of a text meets what the head sees in a dot product, beside a logit without the text), and a fifth head
looks at the pixels themselves, without which colours run to the extremes.
"""

import torch
import torch.nn.functional as F
from torch import nn

WIDTHS = (32, 64, 128, 256)     # channels of the mixed maps at strides 4, 8, 16 and 32
Seen = tuple[torch.Tensor, torch.Tensor]     # what a head makes of its map: a logit without the text [N], and a key [N, width]


class Projection(nn.Module):
    """Feature maps at strides 4, 8, 16, 32 -> maps with WIDTHS channels, mixed by fixed random 1x1 convolutions: across channels, then
    from the coarsest map down to the finest (section 3.2)."""

    def __init__(self, channels: tuple[int, ...]):
        super().__init__()
        self.across = nn.ModuleList(nn.Conv2d(a, b, 1, bias=False) for a, b in zip(channels, WIDTHS, strict=True))
        self.down = nn.ModuleList(nn.Conv2d(a, b, 1, bias=False) for a, b in zip(WIDTHS[1:], WIDTHS[:-1], strict=True))
        self.out = nn.ModuleList(nn.Conv2d(w, w, 1, bias=False) for w in WIDTHS)
        for conv in (*self.across, *self.down, *self.out):
            nn.init.kaiming_normal_(conv.weight, nonlinearity="linear")
        self.requires_grad_(False)

    def forward(self, maps: list[torch.Tensor]) -> list[torch.Tensor]:
        maps = [conv(x) for conv, x in zip(self.across, maps, strict=True)]
        top, mixed = maps[-1], [self.out[-1](maps[-1])]
        for i in range(len(maps) - 2, -1, -1):
            top = maps[i] + F.interpolate(self.down[i](top), size=maps[i].shape[-2:], mode="bilinear", align_corners=False)
            mixed.insert(0, self.out[i](top))
        return mixed


class PlainHead(nn.Module):
    """One map [N, channels, side, side] -> logits [N]."""

    def __init__(self, channels: int, side: int, width: int):
        super().__init__()
        layers: list[nn.Module] = []
        while side > 4:
            layers += [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
            channels, side = width, side // 2
        self.net = nn.Sequential(*layers, nn.Conv2d(channels, width, 1), nn.LeakyReLU(0.2))
        self.plain = nn.Conv2d(width, 1, side)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.plain(self.net(x)).flatten()


class Head(PlainHead):
    """One map [N, channels, side, side] -> (logit without the text [N], key [N, width]). `logits` weighs the key against a text."""

    def __init__(self, channels: int, side: int, text_dim: int, width: int):
        super().__init__(channels, side, width)
        self.key = nn.Conv2d(width, width, self.plain.kernel_size)
        self.text, self.scale = nn.Linear(text_dim, width, bias=False), text_dim ** 0.5
        nn.init.normal_(self.text.weight, 0.0, 0.02)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        h = self.net(x)
        return self.plain(h).flatten(), F.leaky_relu(self.key(h).flatten(1), 0.2)

    def logits(self, seen: Seen, text: torch.Tensor) -> torch.Tensor:
        """Logits float32 [N] that what `forward` saw is real and shows the text [N, text_dim] of length 1."""
        plain, key = seen
        return (plain + (key * self.text(text * self.scale)).sum(1) / key.shape[1] ** 0.5).float()


class ProjectedDiscriminator(nn.Module):
    """Images [N, 3, size, size] in [-1, 1] and texts [N, text_dim] of length 1 -> logits [N], the mean of all heads.

    As TextDiscriminator (models/layers.py), `logits` takes phi(x) instead of x, of as many images as texts or of one image for all texts,
    and `logits_without_text` needs phi(x) alone. phi(x) is what each head makes of its map.

    The network of the frozen features is no part of it: `frozen_maps` takes images to their maps (models/efficientnet.py) and is given
    before the first use, so that two discriminators can share one. `resolution`: pixels a side at which they look, at least 128 and a
    multiple of 32.
    """

    def __init__(self, size: int, resolution: int, channels: tuple[int, ...], text_dim: int, widths: tuple[int, ...], pixel_width: int):
        super().__init__()
        self.resolution = resolution
        self.projection = Projection(channels)
        sides = [resolution // stride for stride in (4, 8, 16, 32)]
        self.heads = nn.ModuleList([*(Head(c, s, text_dim, w) for c, s, w in zip(WIDTHS, sides, widths, strict=True)),
                                    Head(3, size, text_dim, pixel_width)])
        self.frozen_maps = None

    def maps(self, x: torch.Tensor) -> list[torch.Tensor]:
        """What each head looks at; with gradients towards the images."""
        large = x if x.shape[-1] == self.resolution else F.interpolate(x, size=self.resolution, mode="bilinear", align_corners=False)
        return [*self.projection(self.frozen_maps(large)), x]

    def seen(self, maps: list[torch.Tensor]) -> list[Seen]:
        """What each head makes of its map, the text not yet read."""
        return [head(x) for head, x in zip(self.heads, maps, strict=True)]

    def head_logits(self, phi: list[Seen], text: torch.Tensor) -> torch.Tensor:
        """Logits float32 [heads, N] with the text."""
        return torch.stack([head.logits(seen, text) for head, seen in zip(self.heads, phi, strict=True)])

    @staticmethod
    def head_logits_without_text(phi: list[Seen]) -> torch.Tensor:
        """Logits float32 [heads, N] without a text."""
        return torch.stack([logit.float() for logit, _ in phi])

    def phi(self, x: torch.Tensor) -> list[Seen]:
        return self.seen(self.maps(x))

    def logits(self, phi: list[Seen], text: torch.Tensor) -> torch.Tensor:
        return self.head_logits(phi, text).mean(0)

    def logits_without_text(self, phi: list[Seen]) -> torch.Tensor:
        return self.head_logits_without_text(phi).mean(0)

    def forward(self, x: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        return self.logits(self.phi(x), text)


def projected_discriminator(size: int, resolution: int, text_dim: int, width: int, pixel_width: int) -> ProjectedDiscriminator:
    """One for the maps of EfficientNet-Lite0, which looks at `resolution` pixels a side, at least 128 and a multiple of 32. `width`: of the
    head at stride 4, from which the others follow."""
    return ProjectedDiscriminator(size, -(-max(128, resolution) // 32) * 32, (24, 40, 112, 320), text_dim,
                                  (width, width * 3 // 2, width * 2, width * 3), pixel_width)
