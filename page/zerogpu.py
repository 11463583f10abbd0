"""ZeroGPU: Spaces that lend a GPU for the seconds of one call. This module is imported before torch, as the package `spaces` demands.

A GPU is lent only to what Gradio's queue calls. The page's instruments ask the server directly, and a CPU answers them in
milliseconds: they stay there. The one endpoint that gains, text_to_image with up to 64 pictures of 256x256, borrows the GPU.
"""

import os
from collections.abc import Callable

try:
    spaces = __import__("spaces") if os.environ.get("SPACE_ID") and os.environ.get("SPACES_ZERO_GPU") else None
except ImportError:
    spaces = None

SECONDS = 20                                    # of the GPU, at most, for one call: the visitor's quota is charged for them
DEVICE = "cuda" if spaces else "auto"           # where a function that borrows must load its model


def borrows(function: Callable) -> Callable:
    """The function, lent a GPU at each call where this is a ZeroGPU Space; anywhere else as it is."""
    return spaces.GPU(duration=SECONDS)(function) if spaces else function
