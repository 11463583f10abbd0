"""Trains the toy of tests/test_toy_row.py: a few steps of the 2014 game."""

from dataclasses import dataclass

import numpy as np
import torch
from models.toy import Config, Discriminator, Generator

import models
from models import losses
from models.images import to_uint8
from training.kit.comparison import Comparison
from training.kit.data import training_batches
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.real import Real
from training.kit.run import Run, frozen
from training.kit.settings import AdversarialSettings, command_line


@dataclass(frozen=True)
class ToySettings(AdversarialSettings):
    z_dim: int = 8


PRESETS = {"smoke": ToySettings(name="toy-mnist", steps=5, batch=32, limit=200, ema=0.5)}


def main(cfg: ToySettings) -> None:
    run = Run(cfg)
    batches = training_batches(run)
    net = Config(z_dim=cfg.z_dim, size=batches.size, channels=batches.channels)
    g, d = Generator(net).to(run.device), Discriminator(net).to(run.device)
    g_ema = ema_of(g, cfg.ema)
    g_optimizer, d_optimizer = torch.optim.Adam(g.parameters(), cfg.lr_g), torch.optim.Adam(d.parameters(), cfg.lr_d)
    run.track(g=g, d=d, g_ema=g_ema, g_optimizer=g_optimizer, d_optimizer=d_optimizer)

    def noise(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.randn(n, net.z_dim, device=run.device), torch.rand(n, 1, device=run.device)

    fixed = noise(20)
    for step in run.steps(sample=lambda: g_ema(*fixed)):
        real, _ = batches[step]
        fake = g(*noise(len(real)))
        d_loss = losses.d_loss(d(real), d(fake.detach()))
        run.update(d_optimizer, d_loss)
        with frozen(d):
            g_loss = losses.g_loss_nonsaturating(d(fake))
            run.update(g_optimizer, g_loss)
        g_ema.update_parameters(g)
        run.log(d=d_loss, g=g_loss, ink=fixed[1].mean())
    samples = to_uint8(g_ema(*fixed).cpu()).numpy()
    export(run, net, {"generator": g_ema.module, "discriminator": d}, samples)


def measure(model: models.Model, real: Real, drawn: np.ndarray, controls: dict) -> dict:
    """The common figures, and one of its own: the share of bright pixels."""
    return Comparison(real, drawn).figures(model.card.dataset) | {"toy_share": float((drawn > 127).mean())}


if __name__ == "__main__":
    command_line(main, PRESETS, default="smoke")
