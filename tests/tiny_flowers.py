"""Weights folders of small random networks that draw sentences."""

from pathlib import Path

from conftest import random_weights

from models import gan_cls, stackgan, text

DIM = 16
STACK = stackgan.Config(text_dim=DIM, c_dim=8, z_dim=12, g_width=4, d_width=4, g2_width=4, d2_width=4, size=64)
CLS = gan_cls.Config(text_dim=DIM, text_width=8, z_dim=12, g_width=4, d_width=4, size=32)
LOUD = dict.fromkeys(stackgan.NETWORKS, 0.5)


def tiny_flowers(folder: Path) -> Path:
    """Saves text-flowers, stackgan-flowers and gan-cls-flowers in it."""
    random_weights(folder / "text-flowers", text, "flowers", text.Config(dim=DIM, text_width=16, image_width=4), loud={})
    random_weights(folder / "stackgan-flowers", stackgan, "flowers", STACK, loud=LOUD)
    random_weights(folder / "gan-cls-flowers", gan_cls, "flowers", CLS, loud=LOUD)
    return folder
