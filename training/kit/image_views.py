"""Pooled ImageNet features of several crops of each image, computed once: what the image side of the text encoders learns on."""

import hashlib
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from models.efficientnet import EfficientNetLite
from models.images import to_float
from models.precision import bf16_pays
from training.kit.cache import kept
from training.kit.captions import crop_and_flip

SIDE = 224       # pixels a side at which the network looks
CROPS = 4        # random crops; beside them the whole image, and one crop of the image shrunk to SMALL
SMALL = 72


@torch.no_grad()
def view_features(network: EfficientNetLite, images: torch.Tensor, cache: Path, crops: int = CROPS, seed: int = 0,
                  batch: int = 32) -> torch.Tensor:
    """Images uint8 [N, 3, S, S] -> features fp16 [2 + crops, N, 1280]: of the whole image, of random crops with half of them mirrored, and
    of a crop of the image as it looks at 64x64. With crops = 0 of the whole image only, [1, N, 1280]. Kept in the folder `cache`."""
    told = hashlib.sha256(np.ascontiguousarray(images.numpy()))
    by = tuple(network.channels), sum(part.numel() for part in network.parameters()), bf16_pays("cpu")      # lite1 has lite0's channels
    told.update(repr((tuple(images.shape), by, crops, seed, SIDE, SMALL)).encode())
    return kept(cache / f"views-{told.hexdigest()[:16]}.safetensors", lambda: _view_features(network, images, crops, seed, batch))


def _view_features(network: EfficientNetLite, images: torch.Tensor, crops: int, seed: int, batch: int) -> torch.Tensor:
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    found = []
    for part in images.split(batch):
        large = images.shape[-1] * 15 // 16
        views = [part, *(crop_and_flip(part, large) for _ in range(crops))]
        if crops:
            small = F.interpolate(to_float(part), size=(SMALL, SMALL), mode="bilinear", antialias=True, align_corners=False)
            views.append(crop_and_flip(small, SMALL * 15 // 16))
        rows = []
        for view in views:
            x = view if view.is_floating_point() else to_float(view)
            x = F.interpolate(x, size=(SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16_pays("cpu")):
                rows.append(network(x.contiguous(memory_format=torch.channels_last)).half())
        found.append(torch.stack(rows))
    torch.random.set_rng_state(state)
    return torch.cat(found, 1)
