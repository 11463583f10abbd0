"""Trains BiGAN (models/bigan.py): Donahue et al. 2016, https://arxiv.org/abs/1605.09782.

D learns to tell pairs (x, E(x)) from pairs (G(z), z); G and E learn with the labels exchanged (section 3.4): each maximises the
probability that D takes its pairs for the other kind. No term compares x with G(E(x)).
"""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from models import losses
from models.bigan import Bigan, Config, Discriminator, Encoder, Generator
from models.images import to_uint8
from training.kit.augment import diff_augment
from training.kit.comparison import Comparison
from training.kit.data import training_batches
from training.kit.ema import ema_of, settle_batch_norm
from training.kit.export import export
from training.kit.grid import COLUMNS, count_of, fixed_noise
from training.kit.real import Real, resized
from training.kit.run import Run, frozen
from training.kit.settings import GameSettings, command_line


@dataclass(frozen=True)
class BiganSettings(GameSettings):
    LEAST_BATCH: ClassVar[int] = 2
    lr_g: float = 1e-3     # learning rate of G and E; five times D's: with equal rates D wins early on networks this small
    anneal: float = 0.5
    z_dim: int = 24               # numbers of noise
    g_width: int = 96             # G's width, in channels as models/bigan.py counts them
    e_width: int = 32             # E's width
    d_width: int = 32             # D's width


MOST_PIXELS = 4_096  # numbers of an image up to which its nearest neighbour is looked for by pixels, too
PRESETS = {
    "mnist": BiganSettings(name="bigan-mnist", steps=9_000, batch=64),
    "fashion": BiganSettings(name="bigan-fashion", steps=9_000, batch=64),
    "smoke": BiganSettings(name="bigan-mnist", out="runs/smoke-bigan", weights="runs/smoke-bigan/weights",
                           steps=30, batch=64, limit=2_000, g_width=32, e_width=16, d_width=16, restart=True),
}


def main(cfg: BiganSettings) -> None:
    run = Run(cfg)
    batches = training_batches(run)
    net = Config(z_dim=cfg.z_dim, g_width=cfg.g_width, e_width=cfg.e_width, d_width=cfg.d_width, size=batches.size,
                 channels=batches.channels)

    g = Generator(net).to(run.device, memory_format=torch.channels_last)
    e = Encoder(net).to(run.device, memory_format=torch.channels_last)
    d = Discriminator(net).to(run.device, memory_format=torch.channels_last)
    g_ema, e_ema = ema_of(g, cfg.ema), ema_of(e, cfg.ema)
    optimizer = torch.optim.Adam([*g.parameters(), *e.parameters()], cfg.lr_g, betas=(cfg.beta1, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), cfg.lr_d, betas=(cfg.beta1, 0.999))
    run.track(g=g, e=e, d=d, g_ema=g_ema, e_ema=e_ema, optimizer=optimizer, d_optimizer=d_optimizer)

    # The sample grid has generated images in every other row, and below each what G draws from the z that E finds for it.
    z_fixed = fixed_noise(count_of(net.size) // 20 * COLUMNS, net.z_dim).to(run.device).split(COLUMNS)

    def grid() -> torch.Tensor:
        drawn = [g_ema(row) for row in z_fixed]
        return torch.cat([images for row in drawn for images in (row, g_ema(e_ema(row)))])

    for step in run.steps(sample=grid):
        for i in range(cfg.k):
            real, _ = batches[step * cfg.k + i]
            z = torch.randn(len(real), net.z_dim, device=run.device)
            with run.autocast():
                fake, found = g(z), e(real)
                phi = d.phi(diff_augment(real, cfg.augment))
                d_loss = losses.d_loss(d.logits(phi, found.detach()), d(diff_augment(fake.detach(), cfg.augment), z))
            penalised = cfg.r1 > 0 and (step * cfg.k + i) % cfg.r1_every == 0
            r1 = losses.r1_penalty(d, real, found.detach().float()) * cfg.r1 * cfg.r1_every if penalised else 0
            run.update(d_optimizer, d_loss + r1)

        with frozen(d), run.autocast():   # both pairs of D's last step are used again; E moves z alone, so phi(x) is too
            g_loss = losses.g_loss_nonsaturating(d(diff_augment(fake, cfg.augment), z))
            e_loss = losses.g_loss_nonsaturating(-d.logits(phi.detach(), found))
            run.update(optimizer, g_loss + e_loss)
        g_ema.update_parameters(g)
        e_ema.update_parameters(e)
        run.log(d=d_loss, g=g_loss, e=e_loss)

    def real_and_generated(real, _):
        z = torch.randn(len(real), net.z_dim, device=run.device)
        return torch.cat([real, g_ema(z)]), torch.cat([e_ema(real), z])

    settle_batch_norm(d, batches, real_and_generated)
    samples = to_uint8(grid().cpu()).numpy()
    export(run, net, {"generator": g_ema.module, "encoder": e_ema.module, "discriminator": d}, samples)


def measure(model: Bigan, real: Real, drawn: np.ndarray, controls: dict) -> dict:
    """For training.evaluate: the common figures; how far G(E(x)) is from a test image x, and whether the instrument sees x's class in it;
    and how often the nearest training image has the class of a test image, by E's features, its last convolution, z and the pixels
    (section 4.2). Of images that were not set aside the keys of all but the common figures end in "_training"."""
    common = Comparison(real, drawn).figures(model.card.dataset)
    z = model.encode(real.images)
    again = model.decode(z)
    difference = (again.astype(np.float32) - real.images) / 255
    found = {"absolute_error": float(np.abs(difference).mean()), "squared_error": float(np.square(difference).mean())}
    if not (real.labels < 0).any():
        found |= classes_found(model, real, again)
    return common | (found if real.apart else {f"{key}_training": value for key, value in found.items()})


def classes_found(model: Bigan, real: Real, again: np.ndarray) -> dict:
    """How often the class of an image is seen in what is drawn `again` of it, and that of its nearest among other real images."""
    found = {}
    if real.instrument is not None and "classify" in real.instrument.tasks:
        read = real.instrument.classify(resized(again, real.instrument.card.image_size))
        found["reconstruction_class"] = float((read.argmax(1) == real.labels).mean())
    train = dataclasses.replace(real, limit=0).other      # all training images; without a test split the other half of them
    readings = {"": model.features, "_maps": model.maps, "_z": model.encode}
    if real.images[0].size <= MOST_PIXELS:
        readings["_pixels"] = lambda images: images.reshape(len(images), -1)
    for layer, read in readings.items():
        found[f"neighbour_accuracy{layer}"] = neighbour_accuracy(
            *(torch.as_tensor(read(images), dtype=torch.float32) for images in (train.images, real.images)), train.labels, real.labels)
    return found


def neighbour_accuracy(known: torch.Tensor, asked: torch.Tensor, labels: np.ndarray, right: np.ndarray) -> float:
    """How often the nearest of `known` [N, F], in Euclidean distance, has the label of a row of `asked` [M, F]. `labels` int64 [N], `right`
    int64 [M]."""
    nearest = torch.cat([torch.cdist(part, known).argmin(1) for part in asked.split(500)]).numpy()
    return float((labels[nearest] == right).mean())


if __name__ == "__main__":
    command_line(main, PRESETS, default="mnist")
