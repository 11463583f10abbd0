"""The image encoders of the joint space: one trained from scratch beside the text encoders, one on frozen ImageNet features."""

import torch
from torch import nn

from models.efficientnet import POOLED, EfficientNetLite


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2015, https://arxiv.org/abs/1512.03385); halves the side if stride is 2."""

    def __init__(self, inside: int, outside: int, stride: int = 2):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside),
        )
        self.shortcut = nn.Sequential(nn.AvgPool2d(stride) if stride > 1 else nn.Identity(),
                                      nn.Conv2d(inside, outside, 1, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(x) + self.shortcut(x))


class ImageEncoder(nn.Module):
    """Images [N, 3, 128, 128] in [-1, 1] -> embeddings in the joint space, float [N, dim] of length 1.

    `features`: the same -> [N, 4 * width], in which distances between sets of images are measured.
    """

    def __init__(self, dim: int = 256, width: int = 64, channels: int = 3):
        super().__init__()
        w = width
        self.trunk = nn.Sequential(
            nn.Conv2d(channels, w // 2, 7, 4, 3, bias=False), nn.BatchNorm2d(w // 2), nn.ReLU(inplace=True),   # 128 -> 32
            Residual(w // 2, w, 1), Residual(w, 2 * w), Residual(2 * w, 3 * w), Residual(3 * w, 4 * w),        # 32 -> 4
            nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )
        self.out = nn.Linear(4 * w, dim)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return self.trunk(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(self.out(self.trunk(x)), dim=1)


class PretrainedImageEncoder(nn.Module):
    """Images [N, 3, S, S] in [-1, 1] -> embeddings in the joint space, float [N, dim] of length 1: two layers on EfficientNet-Lite.

    `features`: the same -> [N, 1280]. The paper's images come as ImageNet features too (section 5).
    """

    def __init__(self, dim: int = 256, variant: str = "lite0", width: int = 512):
        super().__init__()
        self.trunk = EfficientNetLite(variant)
        self.out = nn.Sequential(nn.Linear(POOLED, width), nn.GELU(), nn.Linear(width, dim))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return self.trunk(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(self.out(self.trunk(x)), dim=1)
