"""EfficientNet-Lite: a convolutional network trained on ImageNet, used as frozen features.

Tan and Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", https://arxiv.org/abs/1905.11946. The Lite
variants have ReLU6 in place of swish and no squeeze-and-excitation.

Batch norm is folded into the convolutions: the network is for use and for gradients towards its input, not for training.
"""

import torch
import torch.nn.functional as F
from torch import nn

BLOCKS = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3))
# each: expansion, channels, repeats, stride, kernel (table 1)
SCALES = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}     # of channels, of repeats
POOLED = 1280


class Conv(nn.Conv2d):
    """A convolution with bias whose output has ceil(side / stride) pixels a side, padded as TensorFlow pads, and ReLU6 if asked for."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1, relu: bool = True):
        super().__init__(inside, outside, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups)
        self.relu = relu

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.stride[0] == 2:
            h, w = ((-(-side // 2) - 1) * 2 + self.kernel_size[0] - side for side in x.shape[2:])
            x = F.pad(x, (w // 2, w - w // 2, h // 2, h - h // 2))
        x = super().forward(x)
        return F.relu6(x) if self.relu else x


class Block(nn.Module):
    """Inverted bottleneck: expand, depthwise convolution, project; added to its input where the shapes agree."""

    def __init__(self, inside: int, outside: int, expansion: int, stride: int, kernel: int):
        super().__init__()
        wide = inside * expansion
        layers = [Conv(inside, wide, 1)] if expansion > 1 else []
        self.body = nn.Sequential(*layers, Conv(wide, wide, kernel, stride, wide), Conv(wide, outside, 1, relu=False))
        self.shortcut, self.stride = stride == 1 and inside == outside, stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x) if self.shortcut else self.body(x)


class EfficientNetLite(nn.Module):
    """Images float [N, 3, S, S] in [-1, 1], S at least 32 -> features float [N, 1280].

    `maps`: the same -> feature maps at strides 4, 8, 16 and 32. `channels` are those of the maps. Without `pooled` the last layer, which
    only the pooled features need, is left out.
    """

    def __init__(self, variant: str = "lite0", pooled: bool = True):
        super().__init__()
        width, depth = SCALES[variant]
        self.stem = Conv(3, 32, 3, 2)
        blocks, inside, channels = [], 32, []
        for i, (expansion, outside, repeats, stride, kernel) in enumerate(BLOCKS):
            outside = max(8, int(outside * width + 4) // 8 * 8)
            if 0 < i < len(BLOCKS) - 1:
                repeats = -int(-repeats * depth // 1)
            for _ in range(repeats):
                if stride == 2:
                    channels.append(inside)
                blocks.append(Block(inside, outside, expansion, stride, kernel))
                inside, stride = outside, 1
        self.blocks = nn.ModuleList(blocks)
        self.channels = (*channels[1:], inside)      # without the map at stride 2
        self.head = Conv(inside, POOLED, 1) if pooled else None

    def maps(self, x: torch.Tensor) -> list[torch.Tensor]:
        x, found = self._stem(x), []
        for block in self.blocks:
            if block.stride == 2:
                found.append(x)
            x = block(x)
        return [*found[1:], x]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self._stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x).mean((2, 3))

    def _stem(self, x: torch.Tensor) -> torch.Tensor:
        return self.stem(x * (127.5 / 128) + 0.5 / 128)      # as it was trained: (byte - 127) / 128
