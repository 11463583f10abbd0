"""Trains DCGAN (models/dcgan.py): Radford et al. 2015, https://arxiv.org/abs/1511.06434.

The conditional GAN, of much the same nets, comes nearer to the data in a sixth of the steps (Fashion-MNIST: in a third): MNIST stands at a
Frechet distance (10,000 samples, our classifier) of 0.63 after 8,000 steps and of 0.37 after the preset's 24,000, the conditional GAN's at
0.13 after 4,000; Fashion-MNIST at 0.97 after 6,000 and 0.56 after 18,000, the conditional GAN's at 0.33 after 6,000. Its learning rates are
not why: with those that it had then (lr_g 1e-3, lr_d 2e-4) and its D of 32 channels DCGAN is at 1.71 after 4,000 steps (5,000 samples). A D
of twice the width ends there at 0.75, spectral norm with a hinge (no batch norm in D, lr_g 5e-4) at 1.62. Nor is its G, which begins at 7x7
with a layer less: with that one 4,000 steps of the preset end at 1.41, with DCGAN's own at 0.80. R1 of weight 1 gives 1.61 after 2,000; no
batch norm in D, R1 of weight 0.1 and both rates at 5e-4 give 1.44 after 2,000. The likely reason that remains: labels split the data into
ten easier ones, and InfoGAN's categories, found without labels, do so as well on MNIST (0.14 after 8,000 steps; on Fashion-MNIST, whose
kinds they find less well, the shipped one stands at 0.71), while here samples between two kinds are left: of 10,000, 74 % fall among real
ones. To give G ten kinds without telling a D or Q of them is not enough: with ten of its noises made a steep softmax, 4,000 steps (D of 32
channels, lr_d 6e-4) end at 1.00 instead of 0.98. To let D sort real pictures into kinds is not enough either: 4,000 steps of InfoGAN's
script with no weight on any code end at 1.17, and 5,000 with its codes at 0.18, so it is the kinds that G is asked to keep apart. To let D
name the quarter turn of a picture as well (Chen et al. 2019, https://arxiv.org/abs/1811.11212) gives 0.89, too little to leave the paper
for. Of what else is advised nothing brings 4,000 steps below 0.80: where G learns from the half of a batch that D takes most for real
(Sinha et al. 2020, https://arxiv.org/abs/2002.06224) they end at 0.83, where D sees shifted pictures at 1.37, and where it is to judge a
picture and its distorted copy alike (Zhao et al. 2020, https://arxiv.org/abs/2002.04724; weight 5) at 3.9.

Faces: without batch norm in D and with R1. A weight of 1 keeps D so weak that faces stay blurred; with 0.1 and rates of 1e-3 (D) and 5e-4
(G) pictures become noise after 7,000 steps. Where pictures were recoloured as well, as D saw them, G drew extremes of contrast: 4,500 steps
so, R1 0.1, ended at a Frechet distance of 13.7 and a recall of 12 %; the preset ends at 6.9 and 36 % (5,000 samples, our reader of
attributes).
Afterwards a reader of attributes finds directions of the noise (training/kit/directions.py).
"""

import contextlib
from dataclasses import dataclass, replace

import numpy as np
import torch

from models import losses
from models.attributes import Reader
from models.dcgan import Config, Discriminator, Generator
from models.errors import BadInput
from models.images import to_uint8
from models.loaded import Model
from training.kit import directions
from training.kit.attributes import attributes_in
from training.kit.augment import diff_augment
from training.kit.comparison import Comparison
from training.kit.data import training_batches
from training.kit.ema import ema_of, settle_batch_norm
from training.kit.export import export
from training.kit.grid import count_of, fixed_noise
from training.kit.real import Real
from training.kit.run import Run, frozen
from training.kit.settings import GameSettings, command_line


@dataclass(frozen=True)
class DcganSettings(GameSettings):
    lr_g: float = 1e-3     # the generator's learning rate, five times the paper's: the networks are small and the run is short
    lr_d: float = 1e-3     # the discriminator's, likewise
    anneal: float = 0.3
    ema: float = 0.999
    g_width: int = 128            # G's width, in channels as models/dcgan.py counts them
    d_width: int = 64             # D's width
    d_norm: bool = True    # batch norm in D, as in the paper; R1 takes its place where it is off
    reader: str = ""       # weights that read attributes (training/attributes.py), for --directions
    directions: str = ""   # attributes that G gets a direction of its noise for, joined by commas, e.g. "Smiling,Young"; empty: none


PRESETS = {
    "mnist": DcganSettings(name="dcgan-mnist", steps=24_000),
    "fashion": DcganSettings(name="dcgan-fashion", steps=18_000),
    "celeba": DcganSettings(name="dcgan-celeba", steps=9_000, batch=64, lr_g=4e-4, lr_d=8e-4, d_norm=False, r1=0.3, r1_every=8,
                            augment="mirror,translation", g_width=80, d_width=40,
                            reader="attributes-celeba", directions="Smiling,Eyeglasses,Blond_Hair,Young,Male"),
    "smoke": DcganSettings(name="dcgan-mnist", out="runs/smoke-dcgan", weights="runs/smoke-dcgan/weights",
                           steps=30, batch=64, limit=2_000, g_width=32, d_width=16, restart=True),
}


def main(cfg: DcganSettings) -> None:
    reader, names = directions.asked_for(cfg.reader, cfg.directions)      # before the first step
    run = Run(cfg)
    batches = training_batches(run)
    net = Config(g_width=cfg.g_width, d_width=cfg.d_width, d_norm=cfg.d_norm, size=batches.size, channels=batches.channels)

    g = Generator(net).to(run.device, memory_format=torch.channels_last)
    d = Discriminator(net).to(run.device, memory_format=torch.channels_last)
    g_ema = ema_of(g, cfg.ema)
    g_optimizer = torch.optim.Adam(g.parameters(), cfg.lr_g, betas=(cfg.beta1, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), cfg.lr_d, betas=(cfg.beta1, 0.999))
    run.track(g=g, d=d, g_ema=g_ema, g_optimizer=g_optimizer, d_optimizer=d_optimizer)

    z_fixed = fixed_noise(count_of(net.size), net.z_dim).to(run.device)
    for step in run.steps(sample=lambda: g_ema(z_fixed)):
        for i in range(cfg.k):
            real, _ = batches[step * cfg.k + i]
            with run.autocast():
                fake = g(torch.randn(len(real), net.z_dim, device=run.device))
                d_loss = losses.d_loss(d(diff_augment(real, cfg.augment)), d(diff_augment(fake.detach(), cfg.augment)))
            penalised = cfg.r1 > 0 and (step * cfg.k + i) % cfg.r1_every == 0
            r1 = losses.r1_penalty(d, real) * cfg.r1 * cfg.r1_every if penalised else 0
            run.update(d_optimizer, d_loss + r1)

        with frozen(d), run.autocast():   # the fakes of D's last step are used again, which saves half of G's work
            g_loss = losses.g_loss_nonsaturating(d(diff_augment(fake, cfg.augment)))
            run.update(g_optimizer, g_loss)
        g_ema.update_parameters(g)
        run.log(d=d_loss, g=g_loss)

    def real_and_generated(real, _):
        return torch.cat([real, g_ema(torch.randn(len(real), net.z_dim, device=run.device))])

    settle_batch_norm(d, batches, real_and_generated)
    samples = to_uint8(g_ema(z_fixed).cpu()).numpy()
    generator = directions.directed(g_ema.module, net, reader, names) if names else g_ema.module
    net = replace(net, directions=names)
    export(run, net, {"generator": generator, "discriminator": d}, samples)


def measure(model: Model, real: Real, drawn: np.ndarray, controls: dict) -> dict:
    """For training.evaluate: the common figures, and of a model with directions what training.kit.directions measures."""
    found = Comparison(real, drawn).figures(model.card.dataset)
    if model.card.controls and isinstance(real.instrument, Reader):
        attributes = {}
        with contextlib.suppress(BadInput):       # data without attributes
            names, there = attributes_in(real.source or model.card.dataset.hub)
            attributes = dict(zip(names, there.T.numpy(), strict=True))
        found |= directions.figures(model, real.instrument, drawn, attributes)
    return found


def asked(model: Model, real: Real, n: int) -> dict[str, list]:
    """For training.evaluate: images are measured as G draws them, gone along no direction."""
    return {}


if __name__ == "__main__":
    command_line(main, PRESETS, default="mnist")
