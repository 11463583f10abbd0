"""Papers of the family that have no row yet: their leaves on the tree are outlines. A plate's own BRANCHES take their place."""

from models.card import Paper
from page.branch import Branch

HOLLOW = (
    (Paper(
        name="Semi-supervised", title="Improved Techniques for Training GANs", authors="Salimans et al.", year=2016,
        link="https://arxiv.org/abs/1606.03498", idea="Let the judge also name the class, and a handful of labels goes a long way.",
        objective=r"\min_D \; -\mathbb{E}_{x,y}[\log p(y \mid x, y \le K)] - \mathbb{E}_x[\log D(x)] - \mathbb{E}_z[\log(1 - D(G(z)))], "
                  r"\quad D(x) = 1 - p(K{+}1 \mid x)",
    ), Branch(
        "sgan", "dcgan", "a few labels",
        "The judge becomes a classifier of K real classes plus one for \u201cgenerated\u201d; unlabelled pictures teach it.",
        start=(611, 494), bend=(618, 430, 728, 465), tip=(732, 376))),
    (Paper(
        name="SRGAN", title="Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network",
        authors="Ledig et al.", year=2017, link="https://arxiv.org/abs/1609.04802",
        idea="Enlarge a small picture four times, and let the judge insist that the new detail looks photographed.",
        objective=r"\min_G \max_D \; \|\varphi(x) - \varphi(G(x_s))\|^2 + 10^{-3} (\mathbb{E}_x[\log D(x)] "
                  r"+ \mathbb{E}[\log(1 - D(G(x_s)))])",
    ), Branch(
        "srgan", "dcgan", "a small picture",
        "A low-resolution picture takes the place of the noise; a loss on ImageNet features keeps the content, the judge texture.",
        start=(612, 490), bend=(624, 400, 652, 300), tip=(628, 184), width=(5.5, 2))),
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
