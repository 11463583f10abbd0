"""GAN Atlas: the family of generative adversarial networks, ready to draw.

    import models
    model = models.load("infogan-mnist")
    pictures = model.generate(range(16), category=7, c1=0.5)   # uint8 [16, 28, 28, 1]
"""

from models.errors import BadInput, DamagedWeights
from models.loaded import Model
from models.registry import cards, load

__all__ = ["BadInput", "DamagedWeights", "Model", "cards", "load"]
