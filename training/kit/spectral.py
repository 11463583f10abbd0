"""Spectral norm (Miyato et al. 2018, https://arxiv.org/abs/1802.05957) on all convolutions of a discriminator."""

from torch import nn
from torch.nn.utils.parametrizations import spectral_norm


def normed(module: nn.Module) -> None:
    """Puts it on every convolution inside the module."""
    for layer in list(module.modules()):
        if isinstance(layer, nn.Conv2d):
            spectral_norm(layer)
