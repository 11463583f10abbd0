"""Small discriminators on frozen ImageNet features, for training alone: they are not shipped.

Sauer et al. 2021, "Projected GANs Converge Faster", https://arxiv.org/abs/2111.01007; models/projected.py has those that also read a text.
"""

import torch
from torch import nn

from models.projected import WIDTHS, PlainHead, Projection
from training.kit.spectral import normed

HEADS = (32, 64, 64, 128)      # widths of the heads at strides 4, 8, 16 and 32


class FeatureHeads(nn.Module):
    """Feature maps of `channels` channels (EfficientNetLite.maps) of N images of size x size pixels -> logits float32 [heads, N]."""

    def __init__(self, channels: tuple[int, ...], size: int):
        super().__init__()
        self.projection = Projection(channels)
        self.heads = nn.ModuleList(PlainHead(reads, size // stride, width)
                                   for reads, stride, width in zip(WIDTHS, (4, 8, 16, 32), HEADS, strict=True))
        normed(self.heads)

    def forward(self, maps: list[torch.Tensor]) -> torch.Tensor:
        return torch.stack([head(x).float() for head, x in zip(self.heads, self.projection(maps), strict=True)])
