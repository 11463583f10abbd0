"""Papers of the family that have no row yet: their leaves on the tree are outlines. A plate's own BRANCHES take their place."""

from models.card import Paper
from page.branch import Branch

HOLLOW = (
    (Paper(
        name="pix2pix", title="Image-to-Image Translation with Conditional Adversarial Networks", authors="Isola et al.", year=2017,
        link="https://arxiv.org/abs/1611.07004", idea="The condition is itself a picture: outlines in, photograph out.",
        objective=r"\min_G \max_D \; \mathbb{E}_{x,y}[\log D(x, y)] + \mathbb{E}_x[\log(1 - D(x, G(x)))] "
                  r"+ \lambda \, \mathbb{E}_{x,y}\|y - G(x)\|_1",
    ), Branch(
        "pix2pix", "cgan", "an input picture",
        "A whole picture as the condition, a U-Net to carry its outlines across, and a judge that looks at small patches.",
        start=(299, 504), bend=(280, 392, 108, 400), tip=(104, 206), width=(6, 2))),
)
