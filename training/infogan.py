"""Trains InfoGAN (models/infogan.py): Chen et al. 2016, https://arxiv.org/abs/1606.03657.

Both players also minimise -L_I, the cost of reading the codes back (section 5): Q learns to read them, G to write them
legibly. As in the authors' code Q's weights move with D's optimiser and G's learning rate is the higher one.

Differs from the paper, whose categories come to mean digits in few runs only, in two ways; neither uses a label.
1. Before G starts, Q sorts the real pictures into ten kinds: the mutual information between its readings of a picture and of a
   distorted copy is maximised (Invariant Information Clustering, https://arxiv.org/abs/1807.06653). It goes on practising
   beside the game, as in Elastic-InfoGAN (https://arxiv.org/abs/1910.01112), which uses another loss.
2. Q reads the codes of generated pictures from distorted copies, too. Else the cheapest way to make codes legible is a shift or a shade.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from models.checkpoint import to_uint8
from models.datasets import DATASETS
from models.infogan import Config, Discriminator, Generator
from training.kit import losses, metrics
from training.kit.augment import affine, diff_augment
from training.kit.data import Batches, load_pictures
from training.kit.ema import average_of, settle_batch_norm
from training.kit.export import export
from training.kit.run import Run, frozen
from training.kit.settings import Settings, command_line


@dataclass(frozen=True)
class InfoganSettings(Settings):
    lr_g: float = 1e-3
    lr_d: float = 2e-4
    info_category: float = 1.0      # lambda for the discrete code
    info_code: float = 2.0          # lambda for the continuous codes
    distort: float = 0.05           # Q reads fakes turned (radians), stretched and sheared by up to this much; 0: as they are
    sort_steps: int = 400           # steps at the start in which Q alone sorts real pictures; 0: the paper
    sort_lr: float = 1e-3           # learning rate in those steps
    sort_distort: float = 0.3       # how much the copies of real pictures are distorted
    info_real: float = 0.5          # weight of Q's practice on real pictures afterwards; 0: the paper
    turn_codes: bool = False        # after training, turn the axes of the two codes towards slant and stroke width
    g_width: int = 128
    d_width: int = 32


SETTLE = 50   # batches by which D's batch-norm statistics are settled at the end
PRESETS = {
    "mnist": InfoganSettings(name="infogan-mnist", seed=4, steps=5_000, turn_codes=True),
    "fashion": InfoganSettings(name="infogan-fashion", seed=4, steps=5_000),
    "smoke": InfoganSettings(name="infogan-mnist", out="runs/smoke-infogan", weights="runs/smoke-infogan/weights",
                             steps=30, batch=64, limit=2_000, g_width=32, d_width=16, sort_steps=10, restart=True),
}


def distort(x: torch.Tensor, limit: float) -> torch.Tensor:
    """Copies turned (by up to `limit` radians), stretched and sheared, shifted, fainter and noisy."""
    x = affine(x, turn=limit, stretch=limit, shear=limit, shift=0.08)
    ink = (x + 1) * (0.6 + 0.4 * torch.rand(len(x), 1, 1, 1, device=x.device))
    return ink - 1 + 0.1 * torch.randn_like(x)


def main(cfg: InfoganSettings) -> None:
    run = Run(cfg)
    data = DATASETS[cfg.name.split("-")[-1]]
    pictures, labels = load_pictures(cfg.data or data.hub, "train", cfg.limit)
    batches = Batches(pictures, labels, cfg.batch, seed=cfg.seed, rank=run.rank, world=run.world, device=run.device)
    net = Config(g_width=cfg.g_width, d_width=cfg.d_width, size=pictures.shape[-1], channels=pictures.shape[1])

    g = Generator(net).to(run.device, memory_format=torch.channels_last)
    d = Discriminator(net).to(run.device, memory_format=torch.channels_last)
    finer = torch.nn.Linear(128, 50).to(run.device)   # sorts into 50 kinds as well, which helps Q out of poor sortings; not shipped
    g_average = average_of(g, cfg.ema)
    g_optimizer = torch.optim.Adam(g.parameters(), cfg.lr_g, betas=(cfg.beta1, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), cfg.lr_d, betas=(cfg.beta1, 0.999))
    sort_optimizer = torch.optim.Adam([*d.trunk.parameters(), *d.q.parameters(), *d.codes.parameters(), *finer.parameters()],
                                      cfg.sort_lr, betas=(cfg.beta1, 0.999))
    run.track(g=g, d=d, finer=finer, g_average=g_average,
              g_optimizer=g_optimizer, d_optimizer=d_optimizer, sort_optimizer=sort_optimizer)

    def draw(n: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Noise, categories and continuous codes for n pictures."""
        return (torch.randn(n, net.z_dim, device=run.device), torch.randint(0, net.categories, (n,), device=run.device),
                torch.rand(n, 2, device=run.device) * 2 - 1)

    def write(z: torch.Tensor, category: torch.Tensor, codes: torch.Tensor, generator=g) -> torch.Tensor:
        return generator(z, F.one_hot(category, net.categories).float(), codes[:, :1], codes[:, 1:])

    def information(fake: torch.Tensor, category: torch.Tensor, codes: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """D's logits for the fakes, and what it costs Q to read the two kinds of code from them."""
        if not cfg.distort:
            logits, read_category, read_codes = d.read(diff_augment(fake, cfg.augment))
        else:
            logits = d(diff_augment(fake, cfg.augment))
            _, read_category, read_codes = d.read(distort(fake, cfg.distort))
        return logits, losses.category_loss(read_category, category), losses.gaussian_code_loss(read_codes, codes)

    def agreement(real: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What Q's readings of real pictures and of distorted copies share, in nats: sorted into ten kinds, and into fifty."""
        copies = affine(real, turn=cfg.sort_distort, stretch=cfg.sort_distort, shear=cfg.sort_distort)
        h = d.q(d.trunk(torch.cat([real, copies])))
        coarse, fine = d.codes(h)[:, :-2].softmax(1), finer(h).softmax(1)
        return losses.shared_information(*coarse.chunk(2)), losses.shared_information(*fine.chunk(2))

    # The sample grid has a row for each category and the same ten noises and codes in every row.
    fixed = torch.Generator().manual_seed(0)
    z_fixed = torch.randn(10, net.z_dim, generator=fixed).repeat(net.categories, 1).to(run.device)
    codes_fixed = (torch.rand(10, 2, generator=fixed) * 2 - 1).repeat(net.categories, 1).to(run.device)
    category_fixed = torch.arange(net.categories).repeat_interleave(10).to(run.device)
    for step in run.steps(sample=lambda: write(z_fixed, category_fixed, codes_fixed, g_average), still=cfg.sort_steps):
        if step < cfg.sort_steps:
            with run.autocast():
                coarse, fine = agreement(torch.cat([batches[2 * step][0], batches[2 * step + 1][0]]))
            run.update(sort_optimizer, -coarse - fine)
            run.log(real=coarse)
            continue

        for i in range(cfg.k):
            real, _ = batches[step * cfg.k + i]
            z, category, codes = draw(len(real))
            with run.autocast():
                fake = write(z, category, codes)
                logits, category_loss, code_loss = information(fake.detach(), category, codes)
                d_loss = losses.d_loss(d(diff_augment(real, cfg.augment)), logits)
                agreed = agreement(real)[0] if cfg.info_real else torch.zeros(())
            penalised = cfg.r1 > 0 and (step * cfg.k + i) % cfg.r1_every == 0
            r1 = losses.r1_penalty(d, real) * cfg.r1 * cfg.r1_every if penalised else 0
            run.update(d_optimizer, d_loss + cfg.info_category * category_loss + cfg.info_code * code_loss
                       - cfg.info_real * agreed + r1)

        with frozen(d), run.autocast():   # the last fakes serve again: they are as good as new ones and half the work
            logits, category_loss, code_loss = information(fake, category, codes)
            g_loss = losses.g_loss_nonsaturating(logits)
            run.update(g_optimizer, g_loss + cfg.info_category * category_loss + cfg.info_code * code_loss)
        g_average.update_parameters(g)
        run.log(d=d_loss, g=g_loss, category=category_loss, code=code_loss, real=agreed)

    def real_and_generated():
        for i in range(SETTLE):
            real, _ = batches[i]
            yield (torch.cat([real, write(*draw(len(real)), g_average)]),)

    settle_batch_norm(d, real_and_generated(), d.read)
    turned = turn_codes(g_average.module, write) if cfg.turn_codes else 0.0
    with torch.no_grad():
        written = [(category, codes, write(z, category, codes, g_average)) for z, category, codes in (draw(500) for _ in range(20))]
    refit_codes(d, written)
    samples = to_uint8(write(z_fixed, category_fixed, codes_fixed, g_average).cpu()).numpy()
    print("written to", export(run, net, {"generator": g_average.module, "discriminator": d}, samples, codes_turned_degrees=turned,
                               pictures=cfg.batch * (run.step * cfg.k + min(cfg.sort_steps, run.step))))


@torch.no_grad()
def turn_codes(g: Generator, write, n: int = 4_000) -> float:
    """Turns the two codes in their plane, in G's first layer, and returns by how many degrees.

    What L_I rewards does not change when the plane of the codes is turned, so a run finds the directions of slant and stroke width but
    seldom puts its axes on them. They are measured on n generated pictures; the nearest rotation (or reflection) is folded into the
    weights. Nothing else changes: G draws the same pictures, at other coordinates.
    """
    chance = torch.Generator().manual_seed(0)
    category = torch.arange(n) % g.categories
    codes = torch.rand(n, 2, generator=chance) * 2 - 1
    z, device = torch.randn(n, g.z_dim, generator=chance), g.net[0].weight.device
    pictures = torch.cat([to_uint8(write(*(part.to(device) for part in parts), g)).cpu()
                          for parts in zip(z.split(500), category.split(500), codes.split(500), strict=True)]).numpy()
    table = np.zeros((2, 2))
    for j, measure in enumerate((metrics.slant, metrics.stroke_width)):
        values = measure(pictures)
        for c in range(g.categories):
            values[category == c] -= values[category == c].mean()
        table[:, j] = [metrics.correlation(codes[:, i].numpy(), values) for i in range(2)]
    left, _, right = np.linalg.svd(table)
    turn = torch.tensor(left @ right, dtype=torch.float32, device=device)      # old codes = turn @ new codes
    g.net[0].weight[:, -2:] = g.net[0].weight[:, -2:] @ turn
    return round(float(np.degrees(np.arctan2(turn[1, 0].item(), turn[0, 0].item()))), 1)


def refit_codes(d: Discriminator, written: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]], steps: int = 300) -> None:
    """Trains the last layer by which Q reads the codes a little more, on pictures with known categories [N] and codes [N, 2].

    It was trained on the batch-norm statistics of batches of distorted fakes; with the settled ones it would read with an offset.
    """
    with torch.no_grad():
        features = torch.cat([d.q(d.trunk(pictures)) for _, _, pictures in written])
    category, codes = (torch.cat([batch[i] for batch in written]) for i in range(2))
    optimizer = torch.optim.Adam(d.codes.parameters(), 1e-2)
    for _ in range(steps):
        read = d.codes(features)
        optimizer.zero_grad()
        (losses.category_loss(read[:, :-2], category) + losses.gaussian_code_loss(read[:, -2:], codes)).backward()
        optimizer.step()


if __name__ == "__main__":
    command_line(main, PRESETS, default="mnist")
