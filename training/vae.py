"""Trains the VAE (models/vae.py, and models/vae_map.py with two latents): Kingma and Welling 2013, https://arxiv.org/abs/1312.6114.

Each step maximises the bound of equation 10 on a batch, with one sample of z per image (section 2.3: enough for batches of 100). The
presets plain and plain-fashion train the network of PyTorch's example, 784-400-20: the reference in the figures of the others.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from models import vae, vae_map
from models.images import sharpness, to_float, to_uint8
from models.losses import kl_to_normal
from models.vae import Decoder, Encoder, Vae
from training.kit.comparison import Comparison, reference
from training.kit.data import batches_of, training_and_test
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.grid import COLUMNS, count_of, fixed_noise
from training.kit.real import Real
from training.kit.run import Run
from training.kit.settings import ImageSettings, command_line


@dataclass(frozen=True)
class VaeSettings(ImageSettings):
    LEAST_BATCH: ClassVar[int] = 2
    batch: int = 100       # the paper's M
    lr: float = 2e-3       # of Adam; the paper's Adagrad begins with 0.01 to 0.1
    anneal: float = 0.6
    z_dim: int = 64        # latents; of a map always 2
    g_width: int = 64             # G's width, in channels as models/vae.py counts them
    e_width: int = 24             # E's width
    hidden: int = 0        # of perceptrons with one hidden layer; 0: convolutions


PLAIN = {"batch": 128, "lr": 1e-3, "anneal": 0.0, "ema": 0.0, "z_dim": 20, "hidden": 400, "steps": 4_680}     # 10 epochs
USED = 0.1         # nats at least, on average, that a latent in use says of an image
PLACES = 60        # test images of each class whose place is kept; without classes ten times as many
PRESETS = {
    "mnist": VaeSettings(name="vae-mnist", steps=8_000),
    "fashion": VaeSettings(name="vae-fashion", steps=5_000),
    "map": VaeSettings(name="vae-map-mnist", steps=3_500, z_dim=2),
    "plain": VaeSettings(name="vae-mnist", out="runs/vae-plain-mnist", weights="runs/vae-plain-mnist/weights", **PLAIN),
    "plain-fashion": VaeSettings(name="vae-fashion", out="runs/vae-plain-fashion", weights="runs/vae-plain-fashion/weights", **PLAIN),
    "smoke": VaeSettings(name="vae-mnist", out="runs/smoke-vae", weights="runs/smoke-vae/weights", steps=30, batch=64, limit=2_000, z_dim=8,
                         g_width=16, e_width=8, restart=True),
    "smoke-map": VaeSettings(name="vae-map-mnist", out="runs/smoke-vae-map", weights="runs/smoke-vae-map/weights", steps=30, batch=64,
                             limit=2_000, g_width=16, e_width=8, restart=True),
}


def main(cfg: VaeSettings) -> None:
    run = Run(cfg)
    pictures, test = training_and_test(run)
    batches = batches_of(run, pictures)
    of_map = cfg.name.startswith("vae-map-")
    shape = {"g_width": cfg.g_width, "e_width": cfg.e_width, "hidden": cfg.hidden, "size": batches.size, "channels": batches.channels}
    net = vae_map.Config(**shape) if of_map else vae.Config(z_dim=cfg.z_dim, **shape)

    decoder = Decoder(net).to(run.device, memory_format=torch.channels_last)
    encoder = Encoder(net).to(run.device, memory_format=torch.channels_last)
    decoder_ema, encoder_ema = ema_of(decoder, cfg.ema), ema_of(encoder, cfg.ema)
    optimizer = torch.optim.Adam([*decoder.parameters(), *encoder.parameters()], cfg.lr)
    run.track(decoder=decoder, encoder=encoder, decoder_ema=decoder_ema, encoder_ema=encoder_ema, optimizer=optimizer)

    count = count_of(net.size)
    z_fixed = (grid(count // COLUMNS) if of_map else fixed_noise(count, net.z_dim)).to(run.device)
    for step in run.steps(sample=lambda: decoder_ema(z_fixed)):
        real, _ = batches[step]
        with run.autocast():
            mean, log_variance = encoder(real)
            logits = decoder.logits(vae.sample(mean, log_variance))
        reconstruction, kl = vae.reconstruction(logits, real).mean(), kl_to_normal(mean, log_variance).sum(1).mean()
        run.update(optimizer, reconstruction + kl)
        decoder_ema.update_parameters(decoder)
        encoder_ema.update_parameters(encoder)
        run.log(reconstruction=reconstruction, kl=kl)

    if not of_map:
        sort_latents(decoder_ema.module, encoder_ema.module, [batches[i][0] for i in range(20)])
    samples = to_uint8(decoder_ema(z_fixed).cpu()).numpy()
    folder = export(run, net, {"generator": decoder_ema.module, "encoder": encoder_ema.module}, samples)
    if of_map and run.main:
        chosen = some_of_each(test.labels.numpy())
        with torch.no_grad():
            means = encoder_ema(to_float(test.images[chosen]).to(run.device))[0].cpu()
        vae_map.save_places(folder, means, test.labels[chosen])


def grid(rows: int, columns: int = COLUMNS) -> torch.Tensor:
    """The latents of a map of images, row by row from the top: evenly spaced quantiles of the normal prior, [rows * columns, 2]
    (figure 4)."""
    across, up = (torch.special.ndtri((torch.arange(side) + 0.5) / side) for side in (columns, rows))
    return torch.stack([across.repeat(rows), up.flip(0).repeat_interleave(columns)], 1)


@torch.no_grad()
def sort_latents(decoder: Decoder, encoder: Encoder, batches: list[torch.Tensor]) -> None:
    """Puts the latents in the order of their mean divergence from the prior on `batches` of images, the largest first. The same images are
    drawn at the same latents, in another order."""
    said = torch.cat([kl_to_normal(*encoder(x)) for x in batches]).mean(0)
    order = said.argsort(descending=True, stable=True)
    for layer in (encoder.mean, encoder.log_variance):
        layer.weight.copy_(layer.weight[order].clone())
        layer.bias.copy_(layer.bias[order].clone())
    first = decoder.net[0]
    first.weight.copy_(first.weight[:, order].clone())


def some_of_each(labels: np.ndarray) -> torch.Tensor:
    """The first PLACES images of each class, in the order of the data; without classes the first 10 * PLACES. int64 [N]."""
    if (labels < 0).all():
        return torch.arange(min(len(labels), 10 * PLACES))
    return torch.from_numpy(np.sort(np.concatenate([np.flatnonzero(labels == c)[:PLACES] for c in np.unique(labels)])))


def measure(model: Vae, real: Real, drawn: np.ndarray, controls: dict) -> dict:
    """For training.evaluate: the common figures, the bound and its terms on images that training did not see, the same of the plain VAE
    where that has been trained (else as they stand), and how sharp drawn and real images are."""
    unseen = real.unseen().images
    found = Comparison(real, drawn).figures(model.card.dataset) | terms(model, unseen)
    plain = reference(Path(PRESETS["plain"].weights.replace("mnist", model.card.dataset.key)), model)
    if plain:
        beside = {f"{key}_plain": value for key, value in terms(plain, unseen).items()}
    else:
        beside = {key: value for key, value in model.card.metrics.items() if key.endswith("_plain")}
    return found | beside | {"sharpness": sharpness(drawn), "sharpness_real": sharpness(real.images)}


def terms(model: Vae, images: np.ndarray) -> dict:
    """The bound on log p(x) in nats, averaged over images uint8 [N, H, W, C], with one sample of z each; its two terms; the mean squared
    error of a pixel in [0, 1], reconstructed from the posterior's mean; and how many latents are in use."""
    bound = model.bound(images)
    reconstruction, kl = float(bound.reconstruction.mean(dtype=np.float64)), bound.kl.mean(0, dtype=np.float64)
    again = model.decode(model.encode(images))
    squared = np.mean([np.square((a.astype(np.float64) - b) / 255).mean() for a, b in zip(images, again, strict=True)])
    return {"bound": -reconstruction - float(kl.sum()), "reconstruction_nats": reconstruction, "kl_nats": float(kl.sum()),
            "squared_error": float(squared), "latents": model.z_dim, "latents_used": int((kl > USED).sum())}


if __name__ == "__main__":
    command_line(main, PRESETS, default="mnist")
