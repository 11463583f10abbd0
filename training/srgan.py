"""Trains SRGAN (models/srgan.py): Ledig et al. 2016, https://arxiv.org/abs/1609.04802. First --stage 1, SRResNet for the smallest error,
then --stage 2 into the same weights: SRGAN, which goes on from SRResNet with the loss of section 2.2.

Differs from the paper: the error is L1; the features are those of a frozen EfficientNet-Lite0, compared after scaling each position to unit
length (LPIPS without its weights, 2018), and the pixels count beside them, without which colours drift (as in ESRGAN, 2018); the
adversarial loss is a hinge, with spectral norm in D instead of batch norm.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrize

import models
from models import losses
from models.card import Card
from models.checkpoint import load_networks
from models.errors import BadInput
from models.images import from_uint8, tile, to_uint8
from models.srgan import KINDS, LEAST_SIDE, SCALE, Config, Discriminator, Generator, Srgan, SRResNet
from models.training_record import TrainingRecord
from training.kit.ema import ema_of
from training.kit.export import export, holds, later
from training.kit.folders import INIT
from training.kit.imagenet import imagenet, package, perceptual_distance
from training.kit.init_from import check_same_start, initial_weights, of_model
from training.kit.photographs import Photographs, photographs
from training.kit.real import Real
from training.kit.record import record_of
from training.kit.resize import imresize, psnr, ssim
from training.kit.run import Run, frozen
from training.kit.settings import RunSettings, command_line
from training.kit.sources import has_split
from training.kit.spectral import normed

SENTENCES = ("a deep red rose with many folded petals", "a purple flower with a yellow centre", "a yellow sunflower with a dark centre",
             "a white flower with pink stripes")     # of which flowers are drawn for samples
DRAWS = False       # `measure` enlarges photographs itself and needs no samples of training.evaluate


@dataclass(frozen=True)
class SrganSettings(RunSettings):
    stage: Literal[1, 2] = 1      # 1: SRResNet, by content alone; 2: SRGAN, which goes on from it
    batch: int = 8
    patch: int = 24                # pixels a side of the low-resolution patches
    lr_g: float = 6e-4             # the generator's learning rate
    lr_d: float = 2e-4             # the discriminator's
    beta1: float = 0.9             # Adam's first decay
    ema: float = 0.999
    anneal: float = 1.0
    pixels: float = 1.0            # stage 2: weight of the L1 error
    perceptual: float = 0.05       # stage 2: weight of the distance in features, whose gradient is a hundred times that of the pixels
    adversarial: float = 0.01      # stage 2: weight of D's judgement
    width: int = 48               # the networks' width, in channels as models/srgan.py counts them
    blocks: int = 8               # residual blocks of G
    d_width: int = 32             # D's width


PRESETS = {
    "photos": SrganSettings(name="srgan-photos", steps=18_000),
    "photos-2": SrganSettings(name="srgan-photos", stage=2, steps=3_000, lr_g=1e-4, ema=0.995, anneal=0.5),
    "smoke": SrganSettings(name="srgan-photos", out="runs/smoke-srgan", weights="runs/smoke-srgan/weights", steps=3, batch=4, limit=8,
                           patch=8, width=8, blocks=2, d_width=8, restart=True),
}


def main(cfg: SrganSettings) -> None:
    if not cfg.out:
        cfg = replace(cfg, out=f"runs/{cfg.name}-stage{cfg.stage}-seed{cfg.seed}")
    if cfg.patch < 4 or cfg.patch > 64:
        raise BadInput(f"--patch takes a number from 4 to 64, not {cfg.patch}.")
    run = Run(cfg)
    photos = photographs(cfg, run.dataset, least=SCALE * cfg.patch)
    run.describe(photos.data, photos.digest, photos.source)
    net = Config(width=cfg.width, blocks=cfg.blocks, d_width=cfg.d_width)
    networks = {"generator": Generator(net), "discriminator": Discriminator(net)}
    earlier = earlier_training(run, networks) if cfg.stage == 2 else None
    g = networks["generator"].srresnet if cfg.stage == 1 else networks["generator"].srgan
    g, d = (network.to(run.device, memory_format=torch.channels_last) for network in (g, networks["discriminator"]))
    g_ema = ema_of(g, cfg.ema)
    g_optimizer = torch.optim.Adam(g.parameters(), cfg.lr_g, betas=(cfg.beta1, 0.99))
    if cfg.stage == 1:
        run.track(g=g, g_ema=g_ema, g_optimizer=g_optimizer)
        for _ in run.steps(details(g_ema.module)):
            large, small = patches(run, photos)
            with run.autocast():
                loss = F.l1_loss(g(small), large)
            run.update(g_optimizer, loss)
            g_ema.update_parameters(g)
            run.log(l1=loss)
    else:
        normed(d.net)
        d_optimizer = torch.optim.Adam(d.parameters(), cfg.lr_d, betas=(cfg.beta1, 0.99))
        features = imagenet("lite0", pooled=False).to(run.device)       # before track: a run that is refused clears nothing
        run.track(g=g, d=d, g_ema=g_ema, g_optimizer=g_optimizer, d_optimizer=d_optimizer)
        for _ in run.steps(details(g_ema.module)):
            large, small = patches(run, photos)
            with run.autocast():
                fake = g(small)
                d_loss = losses.d_loss_hinge(d(large), d(fake.detach()))
            run.update(d_optimizer, d_loss)
            with frozen(d), run.autocast():
                l1 = F.l1_loss(fake, large)
                distance = perceptual_distance(features, fake, large).mean()
                g_loss = losses.g_loss_hinge(d(fake))
                run.update(g_optimizer, cfg.pixels * l1 + cfg.perceptual * distance + cfg.adversarial * g_loss)
            g_ema.update_parameters(g)
            run.log(l1=l1, distance=distance, d=d_loss, g=g_loss)
        for layer in d.net:
            if parametrize.is_parametrized(layer):
                parametrize.remove_parametrizations(layer, "weight")

    if cfg.stage == 1:
        if later(run.target, "srresnet") and holds(run, {"generator.srresnet": g_ema.module}):
            return
        networks["generator"].srresnet = g_ema.module
        networks["generator"].srgan = copy.deepcopy(g_ema.module)      # until stage 2
    else:
        networks["generator"].srgan = g_ema.module
    networks["generator"].to(run.device)          # both networks: the sheet is drawn by both
    before = run.folder / INIT / "history"
    before = before if cfg.stage == 2 and (before / "history.json").is_file() else None
    export(run, net, networks, sheet(networks["generator"]), before=before, record=told(run, earlier))


def patches(run: Run, photos: Photographs) -> tuple[torch.Tensor, torch.Tensor]:
    """This step's share of a batch, on the run's device: large and small, float [B, 3, side, side]."""
    large, small = photos.patches(run.cfg.batch // run.world, run.cfg.patch)
    return tuple(part.to(run.device, memory_format=torch.channels_last) for part in (large, small))


def earlier_training(run: Run, networks: dict[str, nn.Module]) -> TrainingRecord:
    """Gives SRGAN the weights of SRResNet, from the folder it will be written to, and returns the record of that training. Raises BadInput
    where they are missing or of another shape."""
    folder = initial_weights(run.folder, of_model(run.target, "srgan"))
    if not folder.is_dir():
        raise BadInput(f"There are no weights in {folder}: train --stage 1 first.")
    check_same_start(folder, run.target, lambda card: _first_stage(card).as_dict())
    card, found = load_networks(folder)
    try:
        networks["generator"].load_state_dict(found["generator"].state_dict())
    except (RuntimeError, KeyError) as error:
        raise BadInput(f"{run.target} holds networks of other sizes than these settings; give the same width and blocks.") from error
    networks["generator"].srgan.load_state_dict(found["generator"].srresnet.state_dict())
    return _first_stage(card)


def _first_stage(card: Card) -> TrainingRecord:
    """The record of SRResNet's training, of weights after either stage."""
    known = card.training.notes.get("srresnet")
    return TrainingRecord.of(known) if isinstance(known, dict) else replace(card.training, remark="")


def told(run: Run, earlier: TrainingRecord | None) -> TrainingRecord:
    """The record of both networks' trainings as one, and SRResNet's alone in its notes."""
    own = record_of(run)
    if earlier is None:
        return replace(own, remark="SRResNet alone; SRGAN is a copy of it until --stage 2.")
    remark = f"SRResNet: {earlier.steps:,} steps in {earlier.minutes:g} minutes; SRGAN: {own.steps:,} steps in {own.minutes:g} minutes"
    return earlier.then(own, remark=remark, notes=run.own_data | {"srresnet": replace(earlier, remark="").as_dict()})


# --- samples: generated flowers, for no photograph of the data may be shown ---------------------------------------------------------

def flowers(count: int) -> torch.Tensor | None:
    """Images of our StackGAN, uint8 [count, 3, 256, 256]; None where it is not here."""
    try:
        model = models.load("stackgan-flowers")
        drawn = model.generate(range(count), text=[SENTENCES[i % len(SENTENCES)] for i in range(count)])
    except BadInput:
        return None
    return torch.from_numpy(drawn).permute(0, 3, 1, 2)


def shrunk(images: torch.Tensor) -> torch.Tensor:
    """uint8 [N, 3, H, W] at a quarter of the size, float [N, 3, H / 4, W / 4] in [-1, 1]."""
    height, width = (side // SCALE for side in images.shape[2:])
    return from_uint8(torch.stack([torch.from_numpy(imresize(image.permute(1, 2, 0).numpy(), height, width)) for image in images]))


def details(g: SRResNet) -> Callable[[], torch.Tensor] | None:
    """What `Run.steps` draws grids of: the middle of generated flowers as the network enlarges them."""
    images = flowers(4)
    if images is None:
        return None
    small = shrunk(images).to(next(g.parameters()).device)
    return lambda: g(small)[:, :, 64:192, 64:192]


@torch.no_grad()
def sheet(g: Generator) -> np.ndarray | None:
    """One image uint8 [1, H, W, 3]: a row for each of three generated flowers: bicubic, SRResNet, SRGAN, and the flower itself."""
    images = flowers(3)
    if images is None:
        return None
    small, device = shrunk(images), next(g.parameters()).device
    bicubic = [imresize(image, *images.shape[2:]) for image in to_uint8(small).numpy()]
    enlarged = [to_uint8(getattr(g, kind)(small.to(device)).cpu()).numpy() for kind in KINDS]
    columns = [np.stack(bicubic), *enlarged, images.permute(0, 2, 3, 1).numpy()]
    return tile(np.stack(columns, 1).reshape(-1, *bicubic[0].shape), len(columns))[None]


FEW = 20       # photographs that are measured on where none were set aside
LEAST = SCALE * LEAST_SIDE       # pixels a side: shrunk, the network still takes it; where a side is shorter, it is mirrored outwards


def measure(model: Srgan, real: Real, drawn: np.ndarray | None, controls: dict) -> dict:
    """For training.evaluate: each photograph of the validation split (Set5) shrunk to a quarter and enlarged again; PSNR and SSIM of the
    luminance without four pixels at the edges, as papers take them, and the distance in the features of a network that trained nothing. A
    picture of one colour comes back as it was: its PSNR, which is infinite, is left out."""
    reading = replace(real.reading, data=real.source)
    apart = next((split for split in ("validation", "test") if has_split(real.source or model.card.dataset.hub, split)), "")
    if not apart:             # of one's own data perhaps nothing was set aside
        reading = replace(reading, limit=min(reading.limit or FEW, FEW))
    photos = photographs(reading, model.card.dataset, apart or "train", LEAST)
    network = imagenet("lite2", pooled=False) if package("lite2") else None
    found: dict = {"instrument": "luminance without 4 pixels at the edges; EfficientNet-Lite2, ImageNet", "photographs": len(photos.large)}
    found |= {} if apart else {"remark": "measured on training photographs, for none were set aside"}
    for name in ("bicubic", *KINDS):
        rows = []
        for large, small in zip(photos.large, photos.small, strict=True):
            large, small = (image.permute(1, 2, 0).numpy() for image in (large, small))
            enlarged = imresize(small, *large.shape[:2]) if name == "bicubic" else model.enlarge(small, name)
            rows.append((psnr(large, enlarged), ssim(large, enlarged), distance_between(network, large, enlarged)))
        for key, values in zip(("psnr", "ssim", "distance"), zip(*rows, strict=True), strict=True):
            if None not in values:
                found[f"{name}_{key}"] = float(np.mean([value for value in values if np.isfinite(value)] or np.nan))
    for key in ("psnr", "ssim"):
        found[f"{key}_floor"] = found.pop(f"bicubic_{key}")
    return found


@torch.no_grad()
def distance_between(network: nn.Module | None, a: np.ndarray, b: np.ndarray) -> float | None:
    """The perceptual distance of two images uint8 [H, W, 3]; None without a network."""
    if network is None:
        return None
    return perceptual_distance(network, *(from_uint8(torch.from_numpy(image)[None]) for image in (a, b))).item()


if __name__ == "__main__":
    command_line(main, PRESETS, default="photos")
