"""Trains InfoGAN (models/infogan.py): Chen et al. 2016, https://arxiv.org/abs/1606.03657.

Differs from the paper: Q practises on real pictures too. The mutual information between its readings of a picture and of a
distorted copy is maximised (Invariant Information Clustering, https://arxiv.org/abs/1807.06653), as Elastic-InfoGAN does in
another form (https://arxiv.org/abs/1910.01112). No label is used. Without it, the category comes to mean a digit in few runs only.

Both players also minimise -L_I, the cost of reading the codes back (section 5): Q learns to read them, G to write them
legibly. As in the authors' code Q's weights move with D's optimiser and G's learning rate is the higher one.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from models.checkpoint import to_uint8
from models.datasets import DATASETS
from models.infogan import Config, Discriminator, Generator
from training.kit import losses
from training.kit.augment import affine, diff_augment
from training.kit.data import Batches, load_pictures
from training.kit.ema import average_of
from training.kit.export import export
from training.kit.run import Run, frozen
from training.kit.settings import Settings, command_line


@dataclass(frozen=True)
class InfoganSettings(Settings):
    lr_g: float = 6e-4
    lr_d: float = 3e-4
    info_category: float = 1.0      # lambda for the discrete code
    info_code: float = 1.0          # lambda for the continuous codes
    info_real: float = 0.0          # weight of what Q's readings of a real picture and of its distorted copy share; 0: the paper
    distort: float = 0.25           # the copy is turned (radians), stretched and sheared by up to this much
    category_gain: float = 4.0
    code_gain: float = 2.0
    g_width: int = 128
    d_width: int = 32


PRESETS = {
    "mnist": InfoganSettings(name="infogan-mnist", steps=6_000),
    "fashion": InfoganSettings(name="infogan-fashion", steps=6_000),
    "smoke": InfoganSettings(name="infogan-mnist", out="runs/smoke-infogan", weights="runs/smoke-infogan/weights",
                             steps=30, batch=64, limit=2_000, g_width=32, d_width=16, restart=True),
}


def main(cfg: InfoganSettings) -> None:
    run = Run(cfg)
    data = DATASETS[cfg.name.split("-")[-1]]
    pictures, labels = load_pictures(cfg.data or data.hub, "train", cfg.limit)
    batches = Batches(pictures, labels, cfg.batch, seed=cfg.seed, rank=run.rank, world=run.world, device=run.device)
    net = Config(g_width=cfg.g_width, d_width=cfg.d_width, size=pictures.shape[-1], channels=pictures.shape[1],
                 category_gain=cfg.category_gain, code_gain=cfg.code_gain)

    g = Generator(net).to(run.device, memory_format=torch.channels_last)
    d = Discriminator(net).to(run.device, memory_format=torch.channels_last)
    g_average = average_of(g, cfg.ema)
    g_optimizer = torch.optim.Adam(g.parameters(), cfg.lr_g, betas=(cfg.beta1, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), cfg.lr_d, betas=(cfg.beta1, 0.999))
    run.track(g=g, d=d, g_average=g_average, g_optimizer=g_optimizer, d_optimizer=d_optimizer)

    def write(z: torch.Tensor, category: torch.Tensor, codes: torch.Tensor, generator=g) -> torch.Tensor:
        return generator(z, F.one_hot(category, net.categories).float(), codes[:, :1], codes[:, 1:])

    def information(fake: torch.Tensor, category: torch.Tensor, codes: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """D's logits for the fakes, and what it costs Q to read the two kinds of code from them."""
        logits, read_category, read_codes = d.read(diff_augment(fake, cfg.augment))
        category_loss = losses.category_loss(read_category, category)
        if cfg.distort:   # the category must survive a turn, stretch and shear, so that it cannot mean slant or width
            _, distorted, _ = d.read(affine(fake, turn=cfg.distort, stretch=cfg.distort, shear=cfg.distort))
            category_loss = (category_loss + losses.category_loss(distorted, category)) / 2
        return logits, category_loss, losses.gaussian_code_loss(read_codes, codes)

    # The sample grid has a row for each category and the same ten noises and codes in every row.
    fixed = torch.Generator().manual_seed(0)
    z_fixed = torch.randn(10, net.z_dim, generator=fixed).repeat(net.categories, 1).to(run.device)
    codes_fixed = (torch.rand(10, 2, generator=fixed) * 2 - 1).repeat(net.categories, 1).to(run.device)
    category_fixed = torch.arange(net.categories).repeat_interleave(10).to(run.device)
    for step in run.steps(sample=lambda: write(z_fixed, category_fixed, codes_fixed, g_average)):
        for i in range(cfg.k):
            real, _ = batches[step * cfg.k + i]
            z = torch.randn(len(real), net.z_dim, device=run.device)
            category = torch.randint(0, net.categories, (len(real),), device=run.device)
            codes = torch.rand(len(real), 2, device=run.device) * 2 - 1
            with run.autocast():
                fake = write(z, category, codes)
                logits, category_loss, code_loss = information(fake.detach(), category, codes)
                real_logits, read, _ = d.read(diff_augment(real, cfg.augment))
                d_loss = losses.d_loss(real_logits, logits)
                if cfg.info_real:   # a real picture and its distorted copy should be read alike: see the header
                    copy = affine(real, turn=cfg.distort, stretch=cfg.distort, shear=cfg.distort)
                    real_info = losses.shared_information(read.softmax(1), d.read(copy)[1].softmax(1))
                else:
                    real_info = torch.zeros(())
            penalised = cfg.r1 > 0 and (step * cfg.k + i) % cfg.r1_every == 0
            r1 = losses.r1_penalty(d, real) * cfg.r1 * cfg.r1_every if penalised else 0
            run.update(d_optimizer, d_loss + cfg.info_category * category_loss + cfg.info_code * code_loss
                       - cfg.info_real * real_info + r1)

        with frozen(d), run.autocast():   # the last fakes serve again: they are as good as new ones and half the work
            logits, category_loss, code_loss = information(fake, category, codes)
            g_loss = losses.g_loss_nonsaturating(logits)
            run.update(g_optimizer, g_loss + cfg.info_category * category_loss + cfg.info_code * code_loss)
        g_average.update_parameters(g)
        run.log(d=d_loss, g=g_loss, category=category_loss, code=code_loss, real_info=real_info)

    samples = to_uint8(write(z_fixed, category_fixed, codes_fixed, g_average).cpu()).numpy()
    print("written to", export(run, net, {"generator": g_average.module, "discriminator": d}, samples))


if __name__ == "__main__":
    command_line(main, PRESETS, default="mnist")
