"""Trains the semi-supervised GAN (models/sgan.py): Salimans et al. 2016, https://arxiv.org/abs/1606.03498.

D sees few labelled images, all images without their labels, and generated ones. Its loss (section 5) is the cross-entropy of the labelled
ones and, with logsumexp of its K logits as the logit of "real", half of each of the two terms of the game. G matches the mean of D's
features on real images (feature matching, section 3.1) and never sees the game's loss. Beside them `twin`, a network like D, learns from
the very same labelled batches and from nothing else.

Which images have labels follows from --labels and --draw alone; config.json has their places among the training pictures that are used.
Differs from the paper, for a short training: real images are shown rotated, stretched and shifted a little, to D and to its twin (1.29 %
errors after 8,000 steps; with only the labelled ones shown so 1.58 % after 7,000); and D is asked to be sure of the class of unlabelled
images, by the conditional entropy that Dai et al. 2017 added to the same loss (https://arxiv.org/abs/1705.09783, section 4), whose weight
grows over the first fifth of the steps.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch.distributions import Categorical

from models.checkpoint import read_card
from models.errors import BadInput
from models.images import to_float, to_uint8
from models.sgan import Config, Discriminator, Generator, Sgan
from training.kit.augment import affine
from training.kit.comparison import Comparison
from training.kit.data import training_batches
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.grid import count_of, fixed_noise
from training.kit.pictures import LABELS
from training.kit.real import Real
from training.kit.record import record_of
from training.kit.run import Run, frozen
from training.kit.settings import ImageSettings, command_line


@dataclass(frozen=True)
class SganSettings(ImageSettings):
    labels: int = 100           # how many training images have a label, as many of each class
    draw: int = 0               # which images these are, by the seed that draws them
    labelled_batch: int = 32    # labelled images a step, of all processes
    lr: float = 1e-3            # of both players and the twin
    beta1: float = 0.5          # Adam's first decay
    distort: float = 0.15       # real images are rotated (radians), stretched and sheared by up to this much; 0: the paper
    entropy: float = 0.3        # weight of the entropy of D's classes of unlabelled images; 0: the paper
    noise: float = 0.3          # on D's input in training; one and a half times as much further in
    g_width: int = 32             # G's width, in channels as models/sgan.py counts them
    d_width: int = 32             # D's width


WARM = 0.2   # share of the steps over which the weight of the entropy grows: at first D knows no classes
PRESETS = {
    "mnist": SganSettings(name="sgan-mnist", steps=8_000, batch=64, anneal=0.5),
    "smoke": SganSettings(name="sgan-mnist", out="runs/smoke-sgan", weights="runs/smoke-sgan/weights",
                          steps=30, batch=32, labelled_batch=16, limit=2_000, g_width=8, d_width=4, restart=True),
}


def main(cfg: SganSettings) -> None:
    run = Run(cfg)
    batches = training_batches(run, LABELS)
    net = Config(g_width=cfg.g_width, d_width=cfg.d_width, noise=cfg.noise, size=batches.size, channels=batches.channels,
                 classes=len(run.dataset.classes))
    chosen = drawn_labels(batches.labels.cpu(), run.dataset.classes, cfg.labels, cfg.draw)
    known, names = batches.images[chosen], batches.labels[chosen]

    g = Generator(net).to(run.device, memory_format=torch.channels_last)
    d, twin = (Discriminator(net).to(run.device, memory_format=torch.channels_last) for _ in range(2))
    g_ema, d_ema, twin_ema = (ema_of(network, cfg.ema) for network in (g, d, twin))
    g_optimizer, d_optimizer, twin_optimizer = (torch.optim.Adam(network.parameters(), cfg.lr, betas=(cfg.beta1, 0.999))
                                                for network in (g, d, twin))
    run.track(g=g, d=d, twin=twin, g_ema=g_ema, d_ema=d_ema, twin_ema=twin_ema,
              g_optimizer=g_optimizer, d_optimizer=d_optimizer, twin_optimizer=twin_optimizer)

    z_fixed = fixed_noise(count_of(net.size), net.z_dim).to(run.device)
    for step in run.steps(sample=lambda: g_ema(z_fixed)):
        picked = torch.randint(len(known), (max(1, cfg.labelled_batch // run.world),), device=run.device)
        label = names[picked]
        labelled, real = (affine(x, rotate=cfg.distort, stretch=cfg.distort, shear=cfg.distort, shift=cfg.distort / 2)
                          for x in (to_float(known[picked]), batches[step][0]))
        with run.autocast():
            fake = g(torch.randn(len(real), net.z_dim, device=run.device))
            named, real_logits, fake_logits = d.classify(torch.cat([labelled, real, fake.detach()])).split(
                [len(labelled), len(real), len(fake)])
            label_loss = F.cross_entropy(named, label)
            d_loss = (F.softplus(-real_logits.logsumexp(1)).mean() + F.softplus(fake_logits.logsumexp(1)).mean()) / 2
            entropy = Categorical(logits=real_logits).entropy().mean()
        run.update(d_optimizer, label_loss + d_loss + cfg.entropy * min(1.0, step / (WARM * cfg.steps)) * entropy)
        with run.autocast():
            twin_loss = F.cross_entropy(twin.classify(labelled), label)
        run.update(twin_optimizer, twin_loss)

        with frozen(d), run.autocast():
            g_loss = feature_matching(d.features(real), d.features(fake))
            run.update(g_optimizer, g_loss)
        for network, average in ((g, g_ema), (d, d_ema), (twin, twin_ema)):
            average.update_parameters(network)
        run.log(d=d_loss, g=g_loss, label=label_loss, entropy=entropy, twin=twin_loss)

    record = record_of(run, labels=len(chosen), draw=cfg.draw, labelled=chosen.tolist())
    networks = {"generator": g_ema.module, "discriminator": d_ema.module, "twin": twin_ema.module}
    export(run, net, networks, to_uint8(g_ema(z_fixed).cpu()).numpy(), record=record)


def drawn_labels(labels: torch.Tensor, classes: tuple[str, ...], count: int, draw: int) -> torch.Tensor:
    """The places, in order, of `count` images that keep their label, drawn by the seed `draw`: as many of each class, or one more of the
    first classes; all of a class that has fewer. labels int64 [N]. Raises BadInput for less than one image of each class."""
    if count < len(classes):
        raise BadInput(f"--labels takes at least one image of each of the {len(classes)} classes, not {count} in all.")
    chance, found = torch.Generator().manual_seed(draw), []
    for i in range(len(classes)):
        places = (labels == i).nonzero().flatten()
        found.append(places[torch.randperm(len(places), generator=chance)[:count // len(classes) + (i < count % len(classes))]])
    return torch.cat(found).sort().values


def feature_matching(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Section 3.1: the squared distance of the mean features of real and generated images, [N, F] each; averaged over the features."""
    return (real.mean(0) - fake.mean(0)).square().mean()


def errors(model: Sgan, real: Real) -> dict[str, float]:
    """The shares of the images of `real` whose class D and its twin name wrongly, of those that have one; empty without any. Of images that
    were not set aside the keys end in "_training"."""
    known = real.labels >= 0
    if not known.any():
        return {}
    seen, of = model.read(real.images[known]), "" if real.apart else "_training"
    return {key + of: float((found.argmax(1) != real.labels[known]).mean())
            for key, found in (("error", seen.classes), ("twin_error", seen.twin))}


def measure(model: Sgan, real: Real, drawn: np.ndarray, controls: dict) -> dict:
    """For training.evaluate: the common figures and the errors on the images of the test split. What training.label_curve gathered of
    other numbers of labels stays."""
    told, kept = model.card.training.notes, read_card(model.folder).metrics.get("by_labels")
    return (Comparison(real, drawn).figures(model.card.dataset) | errors(model, real)
            | {key: told[key] for key in ("labels", "draw", "labelled") if key in told} | ({"by_labels": kept} if kept else {}))


if __name__ == "__main__":
    command_line(main, PRESETS, default="mnist")
