"""Trains InfoGAN (models/infogan.py): Chen et al. 2016, https://arxiv.org/abs/1606.03657.

D, Q and G also minimise -L_I, the cost of reading the codes back from generated images (section 5). As in the authors' code Q's weights
move with D's optimiser and G's learning rate is the higher one.

Differs from the paper, whose categories come to mean digits in few runs only, in two ways; neither uses a label.
1. Before G starts, Q clusters the real images into ten categories: the mutual information between its readings of an image and of a
   distorted copy is maximised (Invariant Information Clustering, https://arxiv.org/abs/1807.06653). This loss stays, with the weight
   info_real, while G trains, as in Elastic-InfoGAN (https://arxiv.org/abs/1910.01112), which uses another one.
2. Q reads the codes of generated images from distorted copies. Without distortion G encodes them as shifts and shades.

On MNIST a D with half the learning rate (2e-4), info_code 2 and 5,000 steps stood at a Frechet distance of 0.19, recall 50 %, and its
category drew one digit in 99.93 %; the preset: 0.14, 65 %, 99.81 % with all of its noise, and with 0.91 of it, as it ships, 0.17, 60 %,
99.90 %. At 5e-4 and 6e-4, 5,000 steps: 0.18, 63 %, 99.5 % and 99.6 %.
With rates that fall from the middle on and a slower average (anneal 0.5, ema 0.9995): 0.15, 64 %, 99.86 %; with info_code 2 besides: 0.14,
63 %, 99.90 %, but the first code moves the slant only half as much (correlation 0.49 instead of 0.92). With a D of twice the width, these
rates and 12,000 steps: 0.12, 73 %, 99.74 %, and a correlation of 0.67; with info_category 2 and 8,000 steps: 0.13, 67 %, 99.66 %, and 0.29.

On Fashion-MNIST a D with lr_d 2e-4 goes blind: its loss stands at 2 log 2 from step 2,500 on, and G draws the middle of
each kind. At 4e-4 and 6e-4 it sees; of four runs (seed 4 with 2e-4, 4e-4, 6e-4; seed 1 with 6e-4 and info_code 1) recall is 13, 39, 46 and
50 %, the Frechet distance 2.55, 2.31, 1.73 and 1.94 (5,000 samples but for the first), and the category draws one class in 82, 78, 74 and
73 %: the more kinds of shirt it draws, the less a category is one of our classes. A D of twice the width changes that: 14,000 steps with
seed 4 stand at 0.51 (10,000 samples), a recall of 66 % and 77 %. The preset, of the same width but with seed 1 and info_category
2, stands at 0.71, 63 % and 83 %.
"""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F

from models import losses
from models.errors import BadInput
from models.images import to_uint8
from models.infogan import Config, Discriminator, Generator, Infogan
from training.kit import metrics
from training.kit.augment import affine, diff_augment
from training.kit.codes import meaning_of_category, meaning_of_codes, within
from training.kit.comparison import Comparison
from training.kit.data import training_batches
from training.kit.ema import ema_of, settle_batch_norm
from training.kit.export import export
from training.kit.grid import COLUMNS, rows_of
from training.kit.real import Real
from training.kit.record import record_of
from training.kit.run import Run, frozen
from training.kit.settings import GameSettings, command_line


@dataclass(frozen=True)
class InfoganSettings(GameSettings):
    LEAST_BATCH: ClassVar[int] = 2
    lr_g: float = 1e-3
    lr_d: float = 2e-4
    info_category: float = 1.0      # lambda for the discrete code
    info_code: float = 2.0          # lambda for the continuous codes
    distort: float = 0.05           # Q reads fakes rotated (radians), stretched and sheared by up to this much; 0: as they are
    cluster_steps: int = 400        # steps at the start in which Q alone clusters real images; 0: the paper
    cluster_lr: float = 1e-3        # learning rate in those steps
    cluster_distort: float = 0.3    # how much the copies of real images are distorted
    info_real: float = 0.5          # weight of the clustering loss on real images afterwards; 0: the paper
    rotate_codes: bool = False      # after training, rotate the two codes towards slant and stroke width; not of one's own pictures
    g_width: int = 128            # G's width, in channels as models/infogan.py counts them
    d_width: int = 32             # D's width
    truncation: float = 1.0       # scales the noise when images are made, not in training: less keeps the categories apart


PRESETS = {
    "mnist": InfoganSettings(name="infogan-mnist", seed=4, steps=8_000, lr_d=4e-4, info_code=3.0, anneal=0.3, ema=0.999,
                             rotate_codes=True, truncation=0.91),
    "fashion": InfoganSettings(name="infogan-fashion", seed=1, steps=14_000, lr_d=4e-4, info_category=2.0, anneal=0.5, ema=0.9995,
                               d_width=64),
    "smoke": InfoganSettings(name="infogan-mnist", out="runs/smoke-infogan", weights="runs/smoke-infogan/weights",
                             steps=30, batch=64, limit=2_000, g_width=32, d_width=16, cluster_steps=10, restart=True),
}


def distort(x: torch.Tensor, limit: float) -> torch.Tensor:
    """Copies of images [N, C, H, W]: rotated (by up to `limit` radians), stretched and sheared, shifted, fainter and noisy."""
    x = affine(x, rotate=limit, stretch=limit, shear=limit, shift=0.08)
    ink = (x + 1) * (0.6 + 0.4 * torch.rand(len(x), 1, 1, 1, device=x.device))
    return ink - 1 + 0.1 * torch.randn_like(x)


def main(cfg: InfoganSettings) -> None:
    if cfg.cluster_steps >= cfg.steps:
        raise BadInput(f"--steps must be more than the {cfg.cluster_steps} of --cluster-steps, in which real images are clustered and G "
                       f"learns nothing; it is {cfg.steps}.")
    run = Run(cfg)
    batches = training_batches(run)
    net = Config(g_width=cfg.g_width, d_width=cfg.d_width, size=batches.size, channels=batches.channels, truncation=cfg.truncation)

    g = Generator(net).to(run.device, memory_format=torch.channels_last)
    d = Discriminator(net).to(run.device, memory_format=torch.channels_last)
    finer = torch.nn.Linear(128, 50).to(run.device)   # a second clustering, into 50, which helps the first one; not shipped
    g_ema = ema_of(g, cfg.ema)
    g_optimizer = torch.optim.Adam(g.parameters(), cfg.lr_g, betas=(cfg.beta1, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), cfg.lr_d, betas=(cfg.beta1, 0.999))
    cluster_optimizer = torch.optim.Adam([*d.trunk.parameters(), *d.q.parameters(), *d.codes.parameters(), *finer.parameters()],
                                      cfg.cluster_lr, betas=(cfg.beta1, 0.999))
    run.track(g=g, d=d, finer=finer, g_ema=g_ema,
              g_optimizer=g_optimizer, d_optimizer=d_optimizer, cluster_optimizer=cluster_optimizer)

    def draw(n: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """z [n, z_dim], categories int64 [n] and continuous codes [n, 2] in [-1, 1]."""
        return (torch.randn(n, net.z_dim, device=run.device), torch.randint(0, net.categories, (n,), device=run.device),
                torch.rand(n, 2, device=run.device) * 2 - 1)

    def images_of(z: torch.Tensor, category: torch.Tensor, codes: torch.Tensor, generator=g) -> torch.Tensor:
        return generator(z, F.one_hot(category, net.categories).float(), codes[:, :1], codes[:, 1:])

    def information(fake: torch.Tensor, category: torch.Tensor, codes: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """D's logits for the fakes [N], and the losses of Q's readings of the category and of the codes."""
        if not cfg.distort:
            logits, read_category, read_codes = d.read(diff_augment(fake, cfg.augment))
        else:
            logits = d(diff_augment(fake, cfg.augment))
            _, read_category, read_codes = d.read(distort(fake, cfg.distort))
        return logits, losses.category_loss(read_category, category), losses.gaussian_code_loss(read_codes, codes)

    def categories(h: torch.Tensor) -> torch.Tensor:
        """Q's logits of the categories, [N, categories], of features h."""
        return d.codes(h)[:, :-2]

    def agreement(real: torch.Tensor, *layers: Callable[[torch.Tensor], torch.Tensor]) -> list[torch.Tensor]:
        """Mutual information, in nats, of Q's readings of real images and of distorted copies, by each of the layers that sort."""
        copies = affine(real, rotate=cfg.cluster_distort, stretch=cfg.cluster_distort, shear=cfg.cluster_distort)
        h = d.q(d.trunk(torch.cat([real, copies])))
        return [losses.mutual_information(*layer(h).softmax(1).chunk(2)) for layer in layers]

    # The sample grid has a row for each category and the same ten noises and codes in every row.
    fixed = torch.Generator().manual_seed(0)
    rows = rows_of(net.categories, net.size)
    z_fixed = torch.randn(COLUMNS, net.z_dim, generator=fixed).repeat(len(rows), 1).to(run.device)
    codes_fixed = (torch.rand(COLUMNS, 2, generator=fixed) * 2 - 1).repeat(len(rows), 1).to(run.device)
    category_fixed = rows.repeat_interleave(COLUMNS).to(run.device)
    for step in run.steps(sample=lambda: images_of(z_fixed, category_fixed, codes_fixed, g_ema), still=cfg.cluster_steps):
        if step < cfg.cluster_steps:
            with run.autocast():
                coarse, fine = agreement(torch.cat([batches[2 * step][0], batches[2 * step + 1][0]]), categories, finer)
            run.update(cluster_optimizer, -coarse - fine)
            run.log(real=coarse)
            continue

        for i in range(cfg.k):
            real, _ = batches[step * cfg.k + i]
            z, category, codes = draw(len(real))
            with run.autocast():
                fake = images_of(z, category, codes)
                logits, category_loss, code_loss = information(fake.detach(), category, codes)
                d_loss = losses.d_loss(d(diff_augment(real, cfg.augment)), logits)
                agreed, = agreement(real, categories) if cfg.info_real else (torch.zeros(()),)
            penalised = cfg.r1 > 0 and (step * cfg.k + i) % cfg.r1_every == 0
            r1 = losses.r1_penalty(d, real) * cfg.r1 * cfg.r1_every if penalised else 0
            run.update(d_optimizer, d_loss + cfg.info_category * category_loss + cfg.info_code * code_loss
                       - cfg.info_real * agreed + r1)

        with frozen(d), run.autocast():   # the fakes of D's last step are used again, which saves half of G's work
            logits, category_loss, code_loss = information(fake, category, codes)
            g_loss = losses.g_loss_nonsaturating(logits)
            run.update(g_optimizer, g_loss + cfg.info_category * category_loss + cfg.info_code * code_loss)
        g_ema.update_parameters(g)
        run.log(d=d_loss, g=g_loss, category=category_loss, code=code_loss, real=agreed)

    settle_batch_norm(d, batches, lambda real, _: torch.cat([real, images_of(*draw(len(real)), g_ema)]), d.read)
    degrees = rotate_codes(g_ema.module, images_of) if cfg.rotate_codes and not run.dataset.own else 0.0
    refit_codes(d, ((category, codes, images_of(z, category, codes, g_ema)) for z, category, codes in (draw(500) for _ in range(20))))
    samples = to_uint8(images_of(z_fixed, category_fixed, codes_fixed, g_ema).cpu()).numpy()
    clustering = min(cfg.cluster_steps, run.step)        # steps that read two batches each
    record = dataclasses.replace(record_of(run, codes_rotated_degrees=degrees),
                                 pictures=cfg.batch * ((run.step - clustering) * cfg.k + 2 * clustering))
    export(run, net, {"generator": g_ema.module, "discriminator": d}, samples, record=record)


@torch.no_grad()
def rotate_codes(g: Generator, images_of, n: int = 4_000) -> float:
    """Rotates the two codes in their plane, in G's first layer, and returns by how many degrees.

    L_I does not change when the plane of the codes is rotated, so a run finds the directions of slant and stroke width but seldom puts its
    axes on them. The correlations are measured on n generated images, and the nearest rotation (or reflection) is folded into the weights:
    G draws the same images at other codes. `images_of(z, category, codes, g)` gives images [N, C, H, W].
    """
    chance = torch.Generator().manual_seed(0)
    category = torch.arange(n) % g.categories
    codes = torch.rand(n, 2, generator=chance) * 2 - 1
    z, device = torch.randn(n, g.z_dim, generator=chance), g.net[0].weight.device
    images = torch.cat([to_uint8(images_of(*(part.to(device) for part in parts), g)).cpu()
                        for parts in zip(z.split(500), category.split(500), codes.split(500), strict=True)]).numpy()
    table = np.zeros((2, 2))
    for j, indicator in enumerate((metrics.slant, metrics.stroke_width)):
        values = within(category.numpy(), indicator(images))
        table[:, j] = [metrics.correlation(codes[:, i].numpy(), values) for i in range(2)]
    left, _, right = np.linalg.svd(table)
    rotation = torch.tensor(left @ right, dtype=torch.float32, device=device)      # old codes = rotation @ new codes
    g.net[0].weight[:, -2:] = g.net[0].weight[:, -2:] @ rotation
    return round(float(np.degrees(np.arctan2(rotation[1, 0].item(), rotation[0, 0].item()))), 1)


def refit_codes(d: Discriminator, drawn: Iterable[tuple[torch.Tensor, torch.Tensor, torch.Tensor]], steps: int = 300) -> None:
    """Trains Q's last layer for some more steps on batches of (categories [N], codes [N, 2], images [N, C, H, W]).

    It was trained with the batch-norm statistics of batches of distorted fakes; with those of settle_batch_norm it reads with an offset.
    """
    with torch.no_grad():            # one batch at a time: of large images there is no room for all
        category, codes, features = map(torch.cat, zip(*((category, codes, d.q(d.trunk(images))) for category, codes, images in drawn),
                                                       strict=True))
    optimizer = torch.optim.Adam(d.codes.parameters(), 1e-2)
    for _ in range(steps):
        read = d.codes(features)
        optimizer.zero_grad()
        (losses.category_loss(read[:, :-2], category) + losses.gaussian_code_loss(read[:, -2:], codes)).backward()
        optimizer.step()


def measure(model: Infogan, real: Real, drawn: np.ndarray, controls: dict) -> dict:
    """For training.evaluate: the common figures, and what the codes came to mean."""
    compared = Comparison(real, drawn)
    found = compared.figures(model.card.dataset)
    if compared.seen is not None:
        found |= meaning_of_category(np.asarray(controls["category"]), compared.seen, len(model.card.control("category").options))
    return found | meaning_of_codes(model, min(len(drawn), 4000))


if __name__ == "__main__":
    command_line(main, PRESETS, default="mnist")
