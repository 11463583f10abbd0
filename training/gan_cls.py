"""Trains GAN-CLS with GAN-INT (models/gan_cls.py): Reed et al. 2016, https://arxiv.org/abs/1605.05396, algorithm 1.

D sees right images with right text, right images with a sentence about another class, and generated images with their text. In
G's step half as many images again are drawn for texts midway between two captions (section 4.3), which D must score as real too.

Tried and left out, with G of 48 channels: a second discriminator on frozen ImageNet features, as StackGAN has (models/projected.py), with
four times D's weight, or D's own. After 400 steps there were petals and centres instead of blobs, but one image for each text, whatever
the noise; after 700 still.
To draw half of the texts twice and ask for images that differ at an eighth of their side (Mao et al. 2019,
https://arxiv.org/abs/1903.05628, weight 1) made them differ by bright and dark squares of the 4x4 map that G begins with.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F

from models import losses
from models.gan_cls import NETWORKS, Config, Generator
from models.images import to_float, to_uint8
from models.text_to_image import TextToImage
from training import evaluate_flowers
from training.kit.augment import diff_augment
from training.kit.cache import cache_beside
from training.kit.captions import captioned_for, crop_and_flip
from training.kit.data import order_of
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.pool_embeddings import PoolEmbeddings
from training.kit.real import Real
from training.kit.record import record_of
from training.kit.run import Run, frozen
from training.kit.sentences import digest_of, made_with, text_encoders
from training.kit.settings import AdversarialSettings, command_line


@dataclass(frozen=True)
class GanClsSettings(AdversarialSettings):
    LEAST_BATCH: ClassVar[int] = 2
    text: str = "text-flowers"     # weights of the text encoders
    size: int = 64                 # pixels a side, 16 to 256
    colour: Literal["rgb"] = "rgb"      # pictures of sentences are in colour
    batch: int = 64
    lr_g: float = 2e-4
    lr_d: float = 4e-4
    interpolated: float = 1.0      # weight of the texts between two captions (GAN-INT); 0: GAN-CLS alone
    r1: float = 0.1                # weight of the R1 penalty; at 1 D stays so smooth that it overlooks a lattice of transposed convolutions
    r1_every: int = 16             # R1 is computed at every so many steps and weighs so many times more
    augment: str = "color,translation"       # DiffAugment policy, names of training/kit/augment.py
    g_width: int = 32             # G's width, in channels as models/gan_cls.py counts them
    d_width: int = 40             # D's width


PRESETS = {
    "flowers": GanClsSettings(name="gan-cls-flowers", steps=3_000, anneal=0.2),
    "smoke": GanClsSettings(name="gan-cls-flowers", out="runs/smoke-gan-cls", weights="runs/smoke-gan-cls/weights", steps=3,
                            batch=8, limit=64, g_width=8, d_width=8, restart=True),
}


def main(cfg: GanClsSettings) -> None:
    run = Run(cfg)
    encoders = text_encoders(cfg.text)
    run.reads_with(digest_of(encoders))
    net = Config(text_dim=encoders.dim, g_width=cfg.g_width, d_width=cfg.d_width, size=cfg.size)
    data = captioned_for(run, net.size * 17 // 16)
    embeddings = PoolEmbeddings(data, encoders, cache_beside(run.folder))
    order = order_of(run, len(data.images))

    g = Generator(net).to(run.device, memory_format=torch.channels_last)
    d = NETWORKS["discriminator"](net).to(run.device, memory_format=torch.channels_last)
    g_ema = ema_of(g, cfg.ema)
    g_optimizer = torch.optim.Adam(g.parameters(), cfg.lr_g, betas=(cfg.beta1, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), cfg.lr_d, betas=(cfg.beta1, 0.999))
    run.track(g=g, d=d, g_ema=g_ema, g_optimizer=g_optimizer, d_optimizer=d_optimizer)

    grid_text, grid_z = (part.to(run.device) for part in embeddings.grid(net.z_dim))

    for step in run.steps(sample=lambda: g_ema(grid_z, grid_text)):
        chosen = order[step]
        real = to_float(crop_and_flip(data.images[chosen], net.size)).to(run.device, memory_format=torch.channels_last)
        right, wrong = embeddings.right(chosen).to(run.device), embeddings.wrong(chosen).to(run.device)
        half = len(right) // 2
        between = F.normalize(right[:half] + right[half:2 * half], dim=1)

        with run.autocast():
            text = torch.cat([right, between]) if cfg.interpolated else right
            fake = g(torch.randn(len(text), net.z_dim, device=run.device), text)
            seen_real, seen_fake = (d.phi(diff_augment(x, cfg.augment)) for x in (real, fake[:len(right)].detach()))
            d_loss = losses.matching_d_loss(d.logits(seen_real, right), d.logits(seen_real, wrong), d.logits(seen_fake, right))
        penalised = cfg.r1 > 0 and step % cfg.r1_every == 0
        r1 = losses.r1_penalty(d, real, right) * cfg.r1 * cfg.r1_every if penalised else 0
        run.update(d_optimizer, d_loss + r1)

        with frozen(d), run.autocast():      # the fakes serve again: they are as good as new ones and half the work
            logits = d(diff_augment(fake, cfg.augment), text)
            g_loss = losses.g_loss_nonsaturating(logits[:len(right)])
            int_loss = losses.g_loss_nonsaturating(logits[len(right):]) if cfg.interpolated else torch.zeros(())
            run.update(g_optimizer, g_loss + cfg.interpolated * int_loss)
        g_ema.update_parameters(g)
        run.log(d=d_loss, g=g_loss, between=int_loss)

    samples = to_uint8(g_ema(grid_z, grid_text).cpu()).numpy()
    export(run, net, {"generator": g_ema.module, "discriminator": d}, samples, record=record_of(run, **made_with(encoders)))


def measure(model: TextToImage, real: Real, drawn: np.ndarray, controls: dict) -> dict:
    """For training.evaluate."""
    return evaluate_flowers.text_to_image(model, real, drawn, controls)


if __name__ == "__main__":
    command_line(main, PRESETS, default="flowers")
