"""Trains DCGAN (models/dcgan.py): Radford et al. 2015, https://arxiv.org/abs/1511.06434."""

from dataclasses import dataclass

import torch

from models.checkpoint import to_uint8
from models.datasets import DATASETS
from models.dcgan import Config, Discriminator, Generator
from training.kit import losses
from training.kit.augment import diff_augment
from training.kit.data import Batches, load_pictures
from training.kit.ema import average_of, settle_batch_norm
from training.kit.export import export
from training.kit.run import Run, frozen
from training.kit.settings import Settings, command_line


@dataclass(frozen=True)
class DcganSettings(Settings):
    lr_g: float = 1e-3     # five times the paper's, for both: these nets are small and the run short
    lr_d: float = 1e-3
    anneal: float = 0.3
    ema: float = 0.999
    g_width: int = 128
    d_width: int = 64


SETTLE = 50   # batches by which D's batch-norm statistics are settled at the end
PRESETS = {
    "mnist": DcganSettings(name="dcgan-mnist", steps=8_000),
    "fashion": DcganSettings(name="dcgan-fashion", steps=6_000),
    "smoke": DcganSettings(name="dcgan-mnist", out="runs/smoke-dcgan", weights="runs/smoke-dcgan/weights",
                           steps=30, batch=64, limit=2_000, g_width=32, d_width=16, restart=True),
}


def main(cfg: DcganSettings) -> None:
    run = Run(cfg)
    data = DATASETS[cfg.name.split("-")[-1]]
    pictures, labels = load_pictures(cfg.data or data.hub, "train", cfg.limit)
    batches = Batches(pictures, labels, cfg.batch, seed=cfg.seed, rank=run.rank, world=run.world, device=run.device)
    net = Config(g_width=cfg.g_width, d_width=cfg.d_width, size=pictures.shape[-1], channels=pictures.shape[1])

    g = Generator(net).to(run.device, memory_format=torch.channels_last)
    d = Discriminator(net).to(run.device, memory_format=torch.channels_last)
    g_average = average_of(g, cfg.ema)
    g_optimizer = torch.optim.Adam(g.parameters(), cfg.lr_g, betas=(cfg.beta1, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), cfg.lr_d, betas=(cfg.beta1, 0.999))
    run.track(g=g, d=d, g_average=g_average, g_optimizer=g_optimizer, d_optimizer=d_optimizer)

    z_fixed = torch.randn(100, net.z_dim, generator=torch.Generator().manual_seed(0)).to(run.device)
    for step in run.steps(sample=lambda: g_average(z_fixed)):
        for i in range(cfg.k):
            real, _ = batches[step * cfg.k + i]
            with run.autocast():
                fake = g(torch.randn(len(real), net.z_dim, device=run.device))
                d_loss = losses.d_loss(d(diff_augment(real, cfg.augment)), d(diff_augment(fake.detach(), cfg.augment)))
            penalised = cfg.r1 > 0 and (step * cfg.k + i) % cfg.r1_every == 0
            r1 = losses.r1_penalty(d, real) * cfg.r1 * cfg.r1_every if penalised else 0
            run.update(d_optimizer, d_loss + r1)

        with frozen(d), run.autocast():   # the last fakes serve again: they are as good as new ones and half the work
            g_loss = losses.g_loss_nonsaturating(d(diff_augment(fake, cfg.augment)))
            run.update(g_optimizer, g_loss)
        g_average.update_parameters(g)
        run.log(d=d_loss, g=g_loss)

    def real_and_generated():
        for i in range(SETTLE):
            real, _ = batches[i]
            yield (torch.cat([real, g_average(torch.randn(len(real), net.z_dim, device=run.device))]),)

    settle_batch_norm(d, real_and_generated())
    samples = to_uint8(g_average(z_fixed).cpu()).numpy()
    print("written to", export(run, net, {"generator": g_average.module, "discriminator": d}, samples))


if __name__ == "__main__":
    command_line(main, PRESETS, default="mnist")
