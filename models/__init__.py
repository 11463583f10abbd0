"""The trained networks of GAN Atlas: how to list, load and sample them.

    import models
    model = models.load("infogan-mnist")
    images = model.generate(range(16), category=7, c1=0.5)   # uint8 [16, 28, 28, 1]
"""

from models.errors import BadInput, DamagedWeights
from models.loaded import Model
from models.registry import cards, folder_of, load

__all__ = ["BadInput", "DamagedWeights", "Model", "cards", "folder_of", "load"]
