"""Trains StackGAN (models/stackgan.py): Zhang et al. 2016, https://arxiv.org/abs/1612.03242. First --stage 1, then --stage 2 into the
same weights. The discriminators are projected: Sauer et al. 2021, "Projected GANs Converge Faster", https://arxiv.org/abs/2111.01007.

Every head of the discriminator sees three kinds of pair, as in GAN-CLS: right image with right text, right image with wrong text, generated
image with its text; and judges images without their texts as well. Hinge loss; DiffAugment by translation only, for with "color"
the colours ran to the extremes of the range.

Tried and left out: G also learns that a linear reader of lite0's features, taught by photographs, names the class that the sentence names.
With a weight that moved it at all (four times the hinge), after 230 more steps of Stage-I the names were read among the first five in 24 %
instead of 20 %, but images of one name varied less by a fifth and the distance in lite2's features rose from 63 to 68.

Stage-II reads two kinds of low-resolution image: those of Stage-I, for which only the discriminator says what is good, and shrunken,
blurred photographs, for which the photograph itself is the answer (L1).
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrize

from models import losses, stackgan
from models.card import Card
from models.checkpoint import build_networks, load_networks
from models.errors import BadInput
from models.images import save_grid, to_float, to_uint8
from models.projected import ProjectedDiscriminator
from models.stackgan import NETWORKS, Config, Stage1, Stage2, share_features
from models.text_to_image import TextToImage
from models.training_record import TrainingRecord
from training import evaluate_flowers
from training.kit.augment import diff_augment
from training.kit.cache import cache_beside
from training.kit.captions import captioned_for, crop_and_flip
from training.kit.data import order_of
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.folders import INIT
from training.kit.imagenet import imagenet
from training.kit.init_from import check_same_start, initial_weights, of_model, shapes_of
from training.kit.pool_embeddings import PoolEmbeddings
from training.kit.real import Real
from training.kit.record import staged
from training.kit.run import Run, frozen
from training.kit.sentences import digest_of, made_with, text_encoders
from training.kit.settings import AdversarialSettings, InitFrom, command_line
from training.kit.spectral import normed


@dataclass(frozen=True)
class StackganSettings(AdversarialSettings):
    LEAST_BATCH: ClassVar[int] = 2
    stage: Literal[1, 2] = 1      # 1: Stage-I, 64x64; 2: Stage-II, 256x256
    text: str = "text-flowers"     # weights of the text encoders
    init_from: InitFrom = ""       # weights to begin from; empty: anew
    batch: int = 64
    lr_g: float = 2e-4
    lr_d: float = 2e-4
    beta1: float = 0.0             # Adam's first decay; the paper's is 0.5
    kl: float = 2.0                # weight of the KL term, averaged over batch and dimensions
    plain: float = 0.5             # weight of the logits without the text
    augment: str = "translation"   # DiffAugment policy, names of training/kit/augment.py
    anchor: float = 5.0            # stage 2: weight of L1 to the photograph, for shrunken photographs
    g_width: int = 48             # G's width, in channels as models/stackgan.py counts them
    d_width: int = 64             # D's width
    g2_width: int = 16            # the width of Stage-II's G
    d2_width: int = 16            # the width of Stage-II's D
    enlarge: Literal["nearest", "bilinear"] = "nearest"   # how G's blocks enlarge
    convolutions: Literal[1, 2] = 2         # convolutions in a block of G
    size: int = 256                # after Stage-II; a multiple of 64
    colour: Literal["rgb"] = "rgb"      # pictures of sentences are in colour
    grid_every: int = 100          # steps between sample grids in latest.png
    r1: float = 0.0                # without effect; on cards of an earlier recipe
    r1_every: int = 16             # without effect; on cards of an earlier recipe


PRESETS = {
    "flowers": StackganSettings(name="stackgan-flowers", steps=6_000),
    "flowers-2": StackganSettings(name="stackgan-flowers", stage=2, steps=3_000, batch=16, ema=0.995),
    "smoke": StackganSettings(name="stackgan-flowers", out="runs/smoke-stackgan", weights="runs/smoke-stackgan/weights", steps=2,
                               batch=4, limit=64, g_width=8, d_width=8, g2_width=4, d2_width=4, restart=True),
}


def main(cfg: StackganSettings) -> None:
    if not cfg.out:
        cfg = replace(cfg, out=f"runs/{cfg.name}-stage{cfg.stage}-seed{cfg.seed}")
    check_size(cfg.size)
    run = Run(cfg)
    encoders = text_encoders(cfg.text)
    run.reads_with(digest_of(encoders))
    net = Config(text_dim=encoders.dim, g_width=cfg.g_width, d_width=cfg.d_width, g2_width=cfg.g2_width, d2_width=cfg.d2_width,
                 size=cfg.size, enlarge=cfg.enlarge, convolutions=cfg.convolutions, projected=True)
    networks = build_networks(stackgan, net)
    earlier = earlier_training(run, networks)
    side = cfg.size if cfg.stage == 2 else cfg.size // 4
    data = captioned_for(run, side * 17 // 16)
    embeddings = PoolEmbeddings(data, encoders, cache_beside(run.folder))
    order = order_of(run, len(data.images))
    networks["features"] = imagenet("lite0", pooled=False)
    share_features(networks)
    stage1, g, d = players(run, networks)
    normed(d.heads)
    g_ema = ema_of(g, cfg.ema)
    g_optimizer = torch.optim.Adam(g.parameters(), cfg.lr_g, betas=(cfg.beta1, 0.99))
    d_optimizer = torch.optim.Adam(d.heads.parameters(), cfg.lr_d, betas=(cfg.beta1, 0.99))
    run.track(g=g, d=d, g_ema=g_ema, g_optimizer=g_optimizer, d_optimizer=d_optimizer)

    grid_text, grid_z, grid_eps = (part.to(run.device) for part in embeddings.grid(net.z_dim, net.c_dim))

    def sample(n: int = 30) -> torch.Tensor:
        z, eps, text = 0.8 * grid_z[-n:], 0.8 * grid_eps[-n:], grid_text[-n:]
        if cfg.stage == 1:
            return g_ema(z, eps, text)
        return g_ema(stage1(z, eps, text), eps, text).clamp(-1, 1)

    shown = 30 if cfg.stage == 1 else 12
    for step in run.steps(sample=lambda: sample(shown)):
        if step % cfg.grid_every == 0 and step and run.main:
            with torch.no_grad():
                save_grid(to_uint8(sample(shown).cpu()).numpy(), run.folder / "latest.png")
        chosen = order[step]
        real = to_float(crop_and_flip(data.images[chosen], side)).to(run.device, memory_format=torch.channels_last)
        right, wrong = embeddings.right(chosen).to(run.device), embeddings.wrong(chosen).to(run.device)

        with run.autocast():
            fake, kl, anchored = draw_fakes(g, stage1, net, right, real)
            with torch.no_grad():
                real_maps = d.maps(diff_augment(real, cfg.augment))
            fake_maps = d.maps(diff_augment(fake, cfg.augment))
            d_loss = discriminator_loss(d, real_maps, fake_maps, right, wrong, cfg.plain)
        run.update(d_optimizer, d_loss)

        with frozen(d.heads), run.autocast():      # the fakes serve again: they are as good as new ones and half the work
            g_loss = generator_loss(d, fake_maps, right, cfg.plain)
            anchor = F.l1_loss(fake[-anchored:], real[-anchored:]) if anchored else torch.zeros(())
            run.update(g_optimizer, g_loss + cfg.kl * kl + cfg.anchor * anchor)
        g_ema.update_parameters(g)
        run.log(d=d_loss, g=g_loss, kl=kl, anchor=anchor)

    networks["generator" if cfg.stage == 1 else "generator2"] = g_ema.module
    role = "discriminator" if cfg.stage == 1 else "discriminator2"
    networks[role] = without_spectral_norm(d.eval(), NETWORKS[role](net))
    samples = to_uint8(sample().cpu()).numpy()
    before = run.folder / INIT / "history"
    before = before if cfg.init_from and cfg.stage == 1 and (before / "history.json").is_file() else None
    export(run, net, networks, samples, keep_history=cfg.stage == 2, before=before,
           record=staged(run, cfg.stage, earlier, bool(cfg.init_from), **made_with(encoders)))


def check_size(size: int) -> None:
    """Raises BadInput for a size that the two stages cannot draw."""
    if size % 64 or not 64 <= size <= 256:
        raise BadInput(f"--size takes 64, 128, 192 or 256 for StackGAN, whose Stage-II enlarges four times, not {size}.")


def players(run: Run, networks: dict[str, nn.Module]) -> tuple[nn.Module, nn.Module, nn.Module]:
    """Stage-I's generator, and the generator and discriminator that this stage trains; all networks go to the run's device."""
    for network in networks.values():
        network.to(run.device, memory_format=torch.channels_last)
    stage1 = networks["generator"]
    if run.cfg.stage == 1:
        return stage1, stage1, networks["discriminator"]
    stage1.eval().requires_grad_(False)     # with its batch-norm statistics, as it ships
    return stage1, networks["generator2"], networks["discriminator2"]


def draw_fakes(g: Stage1 | Stage2, stage1: Stage1, net: Config, text: torch.Tensor,
               real: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Generated images for the texts [N, text_dim], the KL term, and how many of them, the last ones, come from the photographs `real`.

    `g` is the generator in training: `stage1` itself, or a Stage-II, which enlarges images of `stage1` and shrunken photographs, half each.
    """
    def noise(dim: int) -> torch.Tensor:
        return torch.randn(len(text), dim, device=text.device)

    z, eps = noise(net.z_dim), noise(net.c_dim)
    if g is stage1:
        fake, mean, log_variance = g.forward_with_kl(z, eps, text)
        return fake, losses.kl_to_normal(mean, log_variance).mean(), 0
    half = len(text) // 2
    with torch.no_grad():
        low_res = torch.cat([stage1(z[:half], eps[:half], text[:half]), blurred(real[half:])])
    noise(net.z_dim)          # not used: seeds keep their meaning
    fake, mean, log_variance = g.forward_with_kl(low_res, noise(net.c_dim), text)
    return fake, losses.kl_to_normal(mean, log_variance).mean(), len(text) - half


def blurred(real: torch.Tensor) -> torch.Tensor:
    """Photographs [N, C, s, s] shrunk to [N, C, s / 4, s / 4], some of them by way of a smaller size, so as soft as Stage-I images."""
    small = F.interpolate(real, scale_factor=0.25, mode="bilinear", antialias=True)
    side = small.shape[-1]
    soft = F.interpolate(F.interpolate(small, size=side * 5 // 8, mode="bilinear", antialias=True), size=side, mode="bilinear")
    share = torch.rand(len(real), 1, 1, 1, device=real.device)
    return small + (soft - small) * share + 0.03 * torch.randn_like(small)


def earlier_training(run: Run, networks: dict) -> TrainingRecord | None:
    """Takes networks over from earlier weights, and returns the record of their training (None without any).

    With init_from all of them; else Stage-II takes Stage-I from the folder it will be written to, and Stage-I leaves a Stage-II that lies
    there as it is, until that is trained anew.
    """
    cfg = run.cfg
    folder = run.target
    if cfg.init_from or cfg.stage == 2:
        folder = initial_weights(run.folder, of_model(Path(cfg.init_from) if cfg.init_from else run.target, "stackgan"))
    if cfg.stage == 2 and not cfg.init_from:
        check_same_start(folder, run.target, _first_stage)
    if not folder.is_dir():
        if cfg.init_from or cfg.stage == 2:
            raise BadInput(f"There are no weights in {folder}: train --stage 1 first, or give --init-from a folder.")
        return None
    try:
        card, found = load_networks(folder)
    except BadInput:
        if cfg.init_from or cfg.stage == 2:
            raise
        return None                   # nothing there that could be kept
    roles = networks if cfg.init_from else ("generator", "discriminator") if cfg.stage == 2 else ("generator2", "discriminator2")
    if any(role not in found or shapes_of(networks[role]) != shapes_of(found[role]) for role in roles):
        if cfg.init_from or cfg.stage == 2:
            there, size = cfg.init_from or run.target, card.image_size[0]
            raise BadInput(f"{there} was trained with --size {size}; give the same." if size != cfg.size else
                           f"{there} holds networks of other widths than these settings; give the same.")
        return None                   # Stage-II begins anew as well
    for role in roles:
        networks[role].load_state_dict(found[role].state_dict())
    return card.training


def _first_stage(card: Card) -> dict:
    """What tells one training of Stage-I from another, of weights after either stage."""
    return card.training.stages.get("stage1", card.training).as_dict()


def discriminator_loss(d: ProjectedDiscriminator, real: list[torch.Tensor], fake: list[torch.Tensor], right: torch.Tensor,
                       wrong: torch.Tensor, plain: float) -> torch.Tensor:
    """The hinge of the three kinds of pair, and of images without texts, summed over the heads. Images come as the maps that heads look at,
    and no gradient reaches them."""
    seen_real, seen_fake = d.seen(real), d.seen([x.detach() for x in fake])
    matching = losses.matching_d_hinge(d.head_logits(seen_real, right), d.head_logits(seen_real, wrong), d.head_logits(seen_fake, right))
    alone = losses.d_loss_hinge(d.head_logits_without_text(seen_real), d.head_logits_without_text(seen_fake))
    return len(d.heads) * (matching + plain * alone)


def generator_loss(d: ProjectedDiscriminator, fake: list[torch.Tensor], text: torch.Tensor, plain: float) -> torch.Tensor:
    """The same for G, the mean of the heads."""
    seen = d.seen(fake)
    return losses.g_loss_hinge(d.head_logits(seen, text)) + plain * losses.g_loss_hinge(d.head_logits_without_text(seen))


@torch.no_grad()
def without_spectral_norm(d: ProjectedDiscriminator, plain: ProjectedDiscriminator) -> ProjectedDiscriminator:
    """`plain`, a discriminator of the same shape, with the weights of `d` as they act."""
    state = {key: value for key, value in d.state_dict().items() if ".parametrizations." not in key}
    state |= {f"{name}.weight": module.weight for name, module in d.named_modules() if parametrize.is_parametrized(module)}
    plain.load_state_dict(state)
    plain.frozen_maps = d.frozen_maps
    return plain.eval()


def measure(model: TextToImage, real: Real, drawn: np.ndarray, controls: dict) -> dict:
    """For training.evaluate."""
    return evaluate_flowers.text_to_image(model, real, drawn, controls)


if __name__ == "__main__":
    command_line(main, PRESETS, default="flowers")
