"""Trains pix2pix (models/pix2pix.py): Isola et al. 2016, https://arxiv.org/abs/1611.07004.

One step of D on a real and a generated pair, one of G against D plus `l1` times the mean absolute error, as in the paper's section 3. The
presets -l1 have no D, and G learns from the error alone: what the paper compares with (section 4.2).

Flowers, of which there are many kinds and colours, need more than facades. Trained as those are, D won after a few hundred steps (its loss
stood at 0.02), every petal was of one peach, lines were filled with ripples; 12,000 steps did not mend it. What did, from the first 500 on:
- outlines in coloured pencils (models/outlines.py), so that the colour is asked for and need not be guessed;
- 600 steps without D at the start, and then a D of half the weight and half the learning rate that sees shifted pairs;
- the error of images shrunk to an eighth, which is that of colours; the distance in frozen ImageNet features; and discriminators on these
  features, which never see the input (training/kit/feature_heads.py).
Transposed convolutions left a lattice on petals; bilinear enlarging leaves none.

Own data: --data with --inputs: edges or pencils (of the pictures themselves), left or right (the half of each picture that is the
input), or the name of a second column with pictures.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F

import models
from models import facades, losses
from models.errors import BadInput
from models.images import from_uint8, to_float, to_uint8
from models.outlines import COLOURED, EDGES
from models.pix2pix import LABELS, NETWORKS, Config, Generator, Pix2pix, example
from training.kit.augment import diff_augment, names_in
from training.kit.cache import CACHE, cache_beside
from training.kit.comparison import reference
from training.kit.data import order_of
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.feature_heads import FeatureHeads
from training.kit.grid import fixed_noise
from training.kit.imagenet import distance_of_maps, imagenet, perceptual_distance
from training.kit.pairs import Pairs, load_pairs
from training.kit.real import Real
from training.kit.run import Run, frozen
from training.kit.settings import AdversarialSettings, command_line
from training.kit.sources import has_split


@dataclass(frozen=True)
class Pix2pixSettings(AdversarialSettings):
    inputs: str = EDGES            # of each picture: edges, pencils, left or right (half), or the name of a second column
    adversarial: float = 1.0       # weight of D's opinion in G's loss; 0: there is no D on the pixels
    l1: float = 100.0              # weight of the mean absolute error
    shrunk: float = 0.0            # weight of that error between images shrunk to an eighth of their side: colours, wherever details lie
    features: float = 0.0          # weight of the distance in frozen ImageNet features
    projected: float = 0.0         # weight of the opinion of discriminators on these features
    alone: int = 0                 # steps at the start in which G learns without any discriminator
    augment: str = ""              # DiffAugment policy of the pairs that D sees, e.g. "translation"
    size: int = 256                # pixels a side: 32, 64, 128 or 256
    colour: Literal["rgb"] = "rgb"      # pairs are in colour
    batch: int = 1                 # as in the paper: on a CPU a second image costs as much as a second step
    ema: float = 0.999
    g_width: int = 32             # G's width, in channels as models/pix2pix.py counts them
    g_most: int = 160             # the width that no layer of G exceeds
    d_width: int = 32             # D's width
    enlarge: Literal["transposed", "bilinear"] = "transposed"     # how G's layers up double the side


SEGMENTER = "segmenter-facades"    # weights that read the labels of a facade
SHOWN = 5                          # pairs in the sample grid
FACADES = Pix2pixSettings(name="pix2pix-facades", inputs=LABELS, steps=40_000, anneal=0.5)
FLOWERS = Pix2pixSettings(name="pix2pix-flowers", inputs=COLOURED, size=128, batch=4, steps=8_000, anneal=0.5, lr_d=1e-4,
                          adversarial=0.5, l1=10.0, shrunk=40.0, features=3.0, projected=0.5, alone=600, augment="translation",
                          enlarge="bilinear")   # 256: four times as long


def l1_alone(cfg: Pix2pixSettings) -> Pix2pixSettings:
    """The same with the error as the only loss; of the shipped data sets its weights lie where `measure` looks for
    them."""
    only = dict.fromkeys(("adversarial", "shrunk", "features", "projected"), 0.0)
    return dataclasses.replace(cfg, **only, alone=0, out=f"runs/{cfg.name}-l1", weights=f"runs/{cfg.name}-l1/weights")


PRESETS = {
    "facades": FACADES,
    "facades-l1": l1_alone(FACADES),
    "flowers": FLOWERS,
    "flowers-l1": l1_alone(FLOWERS),
    "smoke": dataclasses.replace(FACADES, out="runs/smoke-pix2pix", weights="runs/smoke-pix2pix/weights", steps=3, batch=2, limit=8,
                                 size=32, g_width=8, g_most=16, d_width=8, restart=True),
}


def main(cfg: Pix2pixSettings) -> None:
    net = Config(size=cfg.size, inputs=cfg.inputs, g_width=cfg.g_width, g_most=cfg.g_most, d_width=cfg.d_width if cfg.adversarial else 0,
                 enlarge=cfg.enlarge)
    if cfg.adversarial and cfg.alone >= cfg.steps:
        raise BadInput(f"--alone takes fewer steps than --steps, {cfg.steps:,}, or D would learn nothing; not {cfg.alone:,}.")
    if cfg.adversarial and "color" in names_in(cfg.augment):
        raise BadInput("--augment color would mix the colours of input and photograph, which D sees as one picture; pix2pix takes mirror, "
                       "translation, cutout and affine.")
    Generator(net)                 # refuses sizes before anything is written
    run = Run(cfg)
    pairs = load_pairs(cfg, run.dataset, cfg.inputs, cfg.size * 17 // 16, cache_beside(run.folder))
    run.describe(dataclasses.replace(pairs.data, size=cfg.size) if pairs.data.own else pairs.data, pairs.digest, pairs.source)
    order = order_of(run, len(pairs))

    # Not channels_last, in which the way back takes twice as long on a CPU. So Adam can be fused; runs in channels_last did not go on with
    # that exactly where they were interrupted.
    g = Generator(net).to(run.device)
    g_ema = ema_of(g, cfg.ema)
    g_optimizer = torch.optim.Adam(g.parameters(), cfg.lr_g, betas=(cfg.beta1, 0.999), fused=True)
    state = {"g": g, "g_ema": g_ema, "g_optimizer": g_optimizer}
    if cfg.adversarial:
        d = NETWORKS["discriminator"](net).to(run.device)
        d_optimizer = torch.optim.Adam(d.parameters(), cfg.lr_d, betas=(cfg.beta1, 0.999), fused=True)
        state |= {"d": d, "d_optimizer": d_optimizer}
    if cfg.features or cfg.projected:
        imagenet_maps = imagenet("lite0", pooled=False).to(run.device)
    if cfg.projected:
        heads = FeatureHeads(imagenet_maps.channels, cfg.size).to(run.device, memory_format=torch.channels_last)
        heads_optimizer = torch.optim.Adam(heads.heads.parameters(), cfg.lr_d, betas=(0.0, 0.99))
        state |= {"heads": heads, "heads_optimizer": heads_optimizer}
    run.track(**state)

    # The sample grid has inputs of our own, each beside what G makes of it; only of data of one's own, inputs of the data.
    own = [None if cfg.inputs == LABELS and run.dataset.own else example(cfg.inputs, seed, cfg.size) for seed in range(SHOWN)]
    shown = torch.from_numpy(np.stack(own)).permute(0, 3, 1, 2) if own[0] is not None else pairs.inputs[:SHOWN, :, :cfg.size, :cfg.size]
    shown = to_float(shown).to(run.device)
    z_fixed = fixed_noise(len(shown), g.z_dim).to(run.device)

    def noise(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.randn(n, g.z_dim, device=run.device), torch.ones(n, 1, device=run.device)

    def translated() -> torch.Tensor:
        made = g_ema(z_fixed, shown, torch.ones(len(shown), 1, device=run.device))
        return torch.stack([shown, made], 1).flatten(0, 1)

    def against_patches(fake: torch.Tensor, real: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        """A step of D on both kinds of pair, and G's loss against it."""
        real_pair, fake_pair = (diff_augment(torch.cat([image, given], 1), cfg.augment) for image in (real, fake))
        with run.autocast():
            logits = patches(torch.cat([real_pair, fake_pair.detach()]))
            d_loss = losses.d_loss(*logits.chunk(2)) / 2         # halved: D learns more slowly than G (section 3.3)
        run.update(d_optimizer, d_loss)
        with frozen(d), run.autocast():
            g_loss = losses.g_loss_nonsaturating(patches(fake_pair))
        run.log(d=d_loss, g=g_loss)
        return g_loss

    def patches(pairs_seen: torch.Tensor) -> torch.Tensor:
        return d.patches(pairs_seen[:, :net.channels], pairs_seen[:, net.channels:]).float()

    def by_features(fake: torch.Tensor, real: torch.Tensor, playing: bool) -> torch.Tensor:
        """G's loss in ImageNet features: the distance, and, where they play, that against the heads, after a step of theirs."""
        with run.autocast():
            with torch.no_grad():
                real_maps = imagenet_maps.maps(real)
            fake_maps = imagenet_maps.maps(fake)
        loss = cfg.features * distance_of_maps(fake_maps, real_maps).mean()
        if cfg.projected and playing:
            with run.autocast():
                heads_loss = len(heads.heads) * losses.d_loss_hinge(heads(real_maps), heads([x.detach() for x in fake_maps]))
            run.update(heads_optimizer, heads_loss)
            with frozen(heads.heads), run.autocast():
                loss = loss + cfg.projected * losses.g_loss_hinge(heads(fake_maps))
        return loss

    for step in run.steps(sample=lambda: F.avg_pool2d(translated(), max(1, cfg.size // 128))):
        given, real = (to_float(part).to(run.device) for part in pairs.batch(order[step], cfg.size))
        z, full = noise(len(real))
        with run.autocast():
            fake = g(z, given, full)
        playing, error = step >= cfg.alone, (fake.float() - real).abs().mean()
        run.log(l1=error)
        loss = cfg.l1 * error
        if cfg.shrunk:
            loss = loss + cfg.shrunk * F.avg_pool2d(fake.float() - real, 8).abs().mean()
        if cfg.adversarial and playing:
            loss = loss + cfg.adversarial * against_patches(fake, real, given)
        if cfg.features or cfg.projected:
            loss = loss + by_features(fake, real, playing)
        run.update(g_optimizer, loss)
        g_ema.update_parameters(g)

    networks = {"generator": g_ema.module} | ({"discriminator": d} if cfg.adversarial else {})
    export(run, net, networks, to_uint8(translated().cpu()).numpy())


# --- measures -------------------------------------------------------------------------------------------------------------

def asked(model: Pix2pix, real: Real, n: int) -> dict[str, list]:
    """For training.evaluate: the first n inputs of the validation pairs. Outlines are of medium detail."""
    return {"input": list(_pairs(model, real).inputs_at()[:n])}


def measure(model: Pix2pix, real: Real, drawn: np.ndarray, controls: dict) -> dict:
    """For training.evaluate, on the validation pairs: error, SSIM and distance in ImageNet features to the photograph of the pair, of these
    weights and, where runs/<name>-l1/weights are, of the network trained on L1 alone; of facades how many pixels have the label asked
    for, as a network reads them that learned from real facades."""
    truth, inputs = _pairs(model, real).images[:len(drawn)].permute(0, 2, 3, 1).numpy(), controls["input"][:len(drawn)]
    found = {"samples": len(drawn), **closeness(drawn, truth)}
    if not real.apart:
        found["remark"] = "measured on training pairs, for none were set aside"
    alone = reference(Path(f"runs/{model.card.name}-l1/weights"), model)
    if alone and alone.inputs != model.inputs:
        alone = None
    if alone:
        blurred = alone.generate(range(len(drawn)), input=inputs)
        found["l1_alone"] = closeness(blurred, truth)
    elif "l1_alone" in model.card.metrics:        # of these weights, measured where the others were at hand
        found["l1_alone"] = model.card.metrics["l1_alone"]
    if model.inputs == LABELS and not model.card.dataset.own and (reader := label_reader(model.card.image_size)):
        labels = facades.labels_of(np.stack(inputs))
        found |= {"label_accuracy": float((reader.read_labels(drawn) == labels).mean()),
                  "label_accuracy_of_photographs": float((reader.read_labels(truth) == labels).mean())}
        if alone:
            found["l1_alone"]["label_accuracy"] = float((reader.read_labels(blurred) == labels).mean())
    return found


def label_reader(size: tuple[int, int, int]) -> models.Model | None:
    """The network that reads the labels of facades, where there is one for pictures of this size."""
    reader = models.load(SEGMENTER) if models.folder_of(SEGMENTER) else None
    return reader if reader is not None and tuple(reader.card.image_size) == tuple(size) else None


@torch.no_grad()
def closeness(drawn: np.ndarray, truth: np.ndarray, part: int = 20) -> dict[str, float]:
    """How close images uint8 [N, H, W, 3] come to the true ones: mean absolute error of 0 to 1, SSIM, and the distance of their feature
    maps in an ImageNet network that trained nothing here (EfficientNet-Lite2)."""
    from torchmetrics.functional.image import structural_similarity_index_measure  # late, as in training/kit/metrics.py

    network, sums = imagenet("lite2", pooled=False), np.zeros(3)
    for start in range(0, len(drawn), part):
        a, b = (from_uint8(torch.from_numpy(images[start:start + part].copy())) for images in (drawn, truth))
        sums += len(a) * np.array([(a - b).abs().mean() / 2, structural_similarity_index_measure(a, b, data_range=2.0),
                                   perceptual_distance(network, a, b).mean()])
    return dict(zip(("l1", "ssim", "feature_distance"), (sums / len(drawn)).tolist(), strict=True))


def _pairs(model: Pix2pix, real: Real) -> Pairs:
    """The pairs to measure on: of the validation split, else the test split, else those it was trained on."""
    size, source = model.card.image_size[0], real.source or model.card.dataset.hub
    split = next((name for name in ("validation", "test") if has_split(source, name)), "train")
    return load_pairs(dataclasses.replace(real.reading, data=source), model.card.dataset, model.inputs, size, CACHE, split)


if __name__ == "__main__":
    command_line(main, PRESETS, default="facades")
