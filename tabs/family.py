"""The family: who descends from whom, what each member added, and where it grows on the tree. Data only.

Years are those by which the papers are usually cited. Formulas are plain text; `_x` or `_{x,y}` marks a subscript.
Positions are in the units of the drawing: SIZE wide and high, GROUND is the height of the soil.
"""

from dataclasses import dataclass

SIZE = (900, 824)
GROUND = 750


@dataclass(frozen=True)
class Member:
    id: str
    name: str
    year: int
    parents: tuple[str, ...]      # ids; the branch is drawn from the first
    idea: str                     # one sentence
    graft: str                    # written along the branch: "a label"
    added: str                    # what it added to its parent, one sentence
    objective: str
    title: str                    # of the paper
    authors: str
    link: str
    model: str                    # module name in models/, or ""
    start: tuple[int, int]        # where its branch leaves the parent's
    bend: tuple[int, int, int, int]   # the two control points of the branch
    tip: tuple[int, int]          # where the branch ends and children begin
    leaf: tuple[int, int]         # foot of the leaf that carries the picture; equal to `tip` at the end of a twig
    width: tuple[float, float]    # of the branch, where it starts and where it ends


FAMILY = (
    Member(
        "gan", "GAN", 2014, (),
        "A forger and a detective train each other until the detective can only guess.", "",
        "The game itself: a network that draws learns from a second network that judges, and no likelihood is ever computed.",
        "min_G max_D  E_x[log D(x)] + E_z[log(1 − D(G(z)))]",
        "Generative Adversarial Networks", "Goodfellow et al.", "https://arxiv.org/abs/1406.2661", "gan",
        (455, 752), (448, 715, 462, 650), (455, 598), (362, 716), (27, 14),
    ),
    Member(
        "dcgan", "DCGAN", 2015, ("gan",),
        "Give both players convolutions, batch norm and no pooling, and pictures become sharp and training steady.",
        "convolution",
        "Strided convolutions in both networks, batch norm, and a short list of habits that made training dependable.",
        "min_G max_D  E_x[log D(x)] + E_z[log(1 − D(G(z)))]   (the same game, new networks)",
        "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
        "Radford, Metz, Chintala",
        "https://arxiv.org/abs/1511.06434", "dcgan",
        (456, 604), (460, 540, 590, 572), (612, 488), (496, 522), (12, 7),
    ),
    Member(
        "infogan", "InfoGAN", 2016, ("dcgan",),
        "Add a few codes to the noise, demand that they can be read back from the picture, and they come to mean something.",
        "a latent code",
        "A third network, Q, that must read the codes back from the picture; what the codes mean is found without any label.",
        "min_{G,Q} max_D  V(D, G) − λ L_I(G, Q),   L_I = E[log Q(c|x)] + H(c) ≤ I(c; G(z, c))",
        "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets", "Chen et al.",
        "https://arxiv.org/abs/1606.03657", "infogan",
        (611, 492), (606, 430, 545, 440), (545, 372), (545, 372), (5, 2),
    ),
    Member(
        "sgan", "Semi-supervised", 2016, ("dcgan",),
        "Let the judge also name the class, and a handful of labels goes a long way.", "a few labels",
        "The judge becomes a classifier of K real classes plus one for \u201cgenerated\u201d; unlabelled pictures teach it.",
        "min_D  −E_{x,y}[log p(y | x, y ≤ K)] − E_x[log D(x)] − E_z[log(1 − D(G(z)))],   D(x) = 1 − p(K+1 | x)",
        "Improved Techniques for Training GANs", "Salimans et al.", "https://arxiv.org/abs/1606.03498", "",
        (611, 494), (618, 430, 728, 465), (732, 376), (732, 376), (5, 2),
    ),
    Member(
        "srgan", "SRGAN", 2017, ("dcgan",),
        "Enlarge a small picture four times, and let the judge insist that the new detail looks photographed.",
        "a small picture",
        "A low-resolution picture takes the place of the noise; a loss on VGG features keeps the content, the judge texture.",
        "min_G max_D  ‖φ(x) − φ(G(x_{small}))‖² + 10⁻³ (E_x[log D(x)] + E[log(1 − D(G(x_{small})))])",
        "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network", "Ledig et al.",
        "https://arxiv.org/abs/1609.04802", "",
        (612, 490), (624, 400, 652, 300), (628, 184), (628, 184), (5.5, 2),
    ),
    Member(
        "bigan", "BiGAN", 2017, ("gan",),
        "Learn the way back too: from a picture to the noise that would have drawn it.", "an encoder",
        "An encoder beside the generator; the judge sees pairs of picture and noise and must say which network made the pair.",
        "min_{G,Enc} max_D  E_x[log D(x, Enc(x))] + E_z[log(1 − D(G(z), z))]",
        "Adversarial Feature Learning", "Donahue, Krähenbühl, Darrell", "https://arxiv.org/abs/1605.09782", "",
        (456, 668), (600, 630, 856, 610), (826, 206), (826, 206), (8, 2),
    ),
    Member(
        "cgan", "Conditional GAN", 2014, ("gan",),
        "Tell both players the label, and you may order what you want to see.", "a label",
        "A label, given to forger and detective alike: a good picture of the wrong thing is now a bad forgery.",
        "min_G max_D  E_{x,y}[log D(x | y)] + E_{z,y}[log(1 − D(G(z | y) | y))]",
        "Conditional Generative Adversarial Nets", "Mirza, Osindero", "https://arxiv.org/abs/1411.1784", "cgan",
        (454, 604), (446, 532, 316, 560), (300, 498), (152, 580), (12, 7),
    ),
    Member(
        "acgan", "AC-GAN", 2017, ("cgan",),
        "Ask the judge not only \u201creal?\u201d but also \u201cof what?\u201d, and classes become crisp.", "a classifier",
        "The judge is no longer told the label; it must name it, and the forger is paid for pictures that are easy to name.",
        "L_S = E[log P(real | x)] + E[log P(fake | G(z, c))],   L_C = E[log P(c | x)] + E[log P(c | G(z, c))];   "
        "D: max L_S + L_C,   G: max L_C − L_S",
        "Conditional Image Synthesis With Auxiliary Classifier GANs", "Odena, Olah, Shlens",
        "https://arxiv.org/abs/1610.09585", "",
        (300, 502), (300, 420, 222, 320), (240, 182), (240, 182), (5.5, 2),
    ),
    Member(
        "gan_cls", "GAN-CLS", 2016, ("cgan",),
        "Replace the label by a sentence, and a caption draws its picture.", "a sentence",
        "A text encoder in place of the label, and a second kind of lie to catch: a real picture with the wrong caption.",
        "max_D  log D(x, t) + ½ [log(1 − D(x, t′)) + log(1 − D(G(z, t), t))],   t′: the caption of another picture",
        "Generative Adversarial Text to Image Synthesis", "Reed et al.", "https://arxiv.org/abs/1605.05396", "gan_cls",
        (301, 500), (306, 430, 352, 430), (352, 352), (424, 386), (5.5, 4),
    ),
    Member(
        "stackgan", "StackGAN", 2017, ("gan_cls",),
        "Sketch the sentence small, then paint over the sketch at sixteen times the area.", "a second stage",
        "A second generator that reads sketch and sentence, and noise on the text\u2019s code so that few captions suffice.",
        "min_G max_D  E[log D(x, t)] + E[log(1 − D(G(s_0, ĉ), t))] + λ KL(N(μ(t), Σ(t)) ‖ N(0, 1)),   s_0: the sketch",
        "StackGAN: Text to Photo-realistic Image Synthesis with Stacked Generative Adversarial Networks", "Zhang et al.",
        "https://arxiv.org/abs/1612.03242", "stackgan",
        (352, 356), (350, 290, 372, 250), (374, 192), (374, 192), (4, 2),
    ),
    Member(
        "pix2pix", "pix2pix", 2017, ("cgan",),
        "The condition is itself a picture: outlines in, photograph out.", "an input picture",
        "A whole picture as the condition, a U-Net to carry its outlines across, and a judge that looks at small patches.",
        "min_G max_D  E_{x,y}[log D(x, y)] + E_x[log(1 − D(x, G(x)))] + λ E_{x,y}‖y − G(x)‖_1",
        "Image-to-Image Translation with Conditional Adversarial Networks", "Isola et al.",
        "https://arxiv.org/abs/1611.07004", "",
        (299, 504), (280, 392, 108, 400), (104, 206), (104, 206), (6, 2),
    ),
    Member(
        "vae", "VAE", 2013, (),
        "Squeeze a picture into a few uncertain numbers, and learn to draw it again from them.", "",
        "A neighbouring family, not a GAN: no judge at all, but a bound on the likelihood that is climbed directly.",
        "max_{θ,φ}  E_{q(z|x)}[log p(x|z)] − KL(q(z|x) ‖ p(z))",
        "Auto-Encoding Variational Bayes", "Kingma, Welling", "https://arxiv.org/abs/1312.6114", "",
        (772, 752), (764, 742, 784, 736), (778, 718), (778, 718), (6, 2.5),
    ),
)
