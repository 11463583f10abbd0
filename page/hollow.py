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
        "A low-resolution picture takes the place of the noise; a loss on VGG features keeps the content, the judge texture.",
        start=(612, 490), bend=(624, 400, 652, 300), tip=(628, 184), width=(5.5, 2))),
    (Paper(
        name="BiGAN", title="Adversarial Feature Learning", authors="Donahue, Krähenbühl, Darrell", year=2017,
        link="https://arxiv.org/abs/1605.09782", idea="Learn the way back too: from a picture to the noise that would have drawn it.",
        objective=r"\min_{G,E} \max_D \; \mathbb{E}_x[\log D(x, E(x))] + \mathbb{E}_z[\log(1 - D(G(z), z))]",
    ), Branch(
        "bigan", "gan", "an encoder",
        "An encoder beside the generator; the judge sees pairs of picture and noise and must say which network made the pair.",
        start=(456, 668), bend=(600, 630, 856, 610), tip=(826, 206), width=(8, 2))),
    (Paper(
        name="AC-GAN", title="Conditional Image Synthesis With Auxiliary Classifier GANs", authors="Odena, Olah, Shlens", year=2017,
        link="https://arxiv.org/abs/1610.09585",
        idea="Ask the judge not only \u201creal?\u201d but also \u201cof what?\u201d, and classes become crisp.",
        objective=r"\max_D \; L_S + L_C, \quad \max_G \; L_C - L_S, \quad L_C = \mathbb{E}[\log P(c \mid x)] "
                  r"+ \mathbb{E}[\log P(c \mid G(z, c))]",
    ), Branch(
        "acgan", "cgan", "a classifier",
        "The judge is no longer told the label; it must name it, and the forger is paid for pictures that are easy to name.",
        start=(300, 502), bend=(300, 420, 222, 320), tip=(240, 182), width=(5.5, 2))),
    (Paper(
        name="VAE", title="Auto-Encoding Variational Bayes", authors="Kingma, Welling", year=2013, link="https://arxiv.org/abs/1312.6114",
        idea="Squeeze a picture into a few uncertain numbers, and learn to draw it again from them.",
        objective=r"\max_{\theta,\varphi} \; \mathbb{E}_{q(z \mid x)}[\log p(x \mid z)] - D_{KL}(q(z \mid x) \,\|\, p(z))",
    ), Branch(
        "vae", neighbour=True, heading="How it differs",
        added="A neighbouring family, not a GAN: no judge at all, but a bound on the likelihood that is climbed directly.",
        start=(772, 752), bend=(764, 742, 784, 736), tip=(778, 718), width=(6, 2.5))),
)
