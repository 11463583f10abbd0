"""Trains StackGAN (models/stackgan.py) with projected discriminators: Sauer et al. 2021, "Projected GANs Converge Faster",
https://arxiv.org/abs/2111.01007. First --stage 1, then --stage 2 into the same weights.

Every head of the discriminator sees three kinds of pair, as in GAN-CLS: right image with right text, right image with wrong text, generated
image with its text; and judges images without their texts as well. Hinge loss; DiffAugment by translation only, for with "color"
the colours ran to the extremes of the range.

Stage-II reads two kinds of low-resolution image: those of Stage-I, for which only the discriminator says what is good, and shrunken,
blurred photographs, for which the photograph itself is the answer (L1).
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

from models import losses, stackgan
from models.checkpoint import build_networks
from models.images import save_grid, to_float, to_uint8
from models.projected import ProjectedDiscriminator
from models.stackgan import NETWORKS, Config, share_features
from training.kit.augment import diff_augment
from training.kit.captions import captioned_for, crop_and_flip
from training.kit.data import order_of
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.imagenet import imagenet
from training.kit.pool_embeddings import PoolEmbeddings
from training.kit.record import staged
from training.kit.run import Run, frozen
from training.kit.sentences import made_with, text_encoders
from training.kit.settings import AdversarialSettings, InitFrom, command_line
from training.stackgan import check_size, draw_fakes, earlier_training, players


@dataclass(frozen=True)
class ProjectedSettings(AdversarialSettings):
    LEAST_BATCH: ClassVar[int] = 2
    stage: Literal[1, 2] = 1
    text: str = "text-flowers"     # weights of the text encoders
    init_from: InitFrom = ""       # weights to begin from; empty: anew
    batch: int = 64
    lr_g: float = 2e-4
    lr_d: float = 2e-4
    beta1: float = 0.0
    kl: float = 2.0                # weight of the KL term, averaged over batch and dimensions
    plain: float = 0.5             # weight of the logits without the text
    augment: str = "translation"
    anchor: float = 5.0            # stage 2: weight of L1 to the photograph, for shrunken photographs
    g_width: int = 48
    d_width: int = 64
    g2_width: int = 16
    d2_width: int = 16
    enlarge: Literal["nearest", "bilinear"] = "nearest"
    convolutions: int = 2
    size: int = 256                # after Stage-II; a multiple of 64
    colour: Literal["rgb"] = "rgb"
    grid_every: int = 100          # steps between sample grids in latest.png


PRESETS = {
    "flowers": ProjectedSettings(name="stackgan-flowers", steps=6_000),
    "flowers-2": ProjectedSettings(name="stackgan-flowers", stage=2, steps=3_000, batch=16, ema=0.995),
    "smoke": ProjectedSettings(name="stackgan-flowers", out="runs/smoke-projected", weights="runs/smoke-projected/weights", steps=2,
                               batch=4, limit=64, g_width=8, d_width=8, g2_width=4, d2_width=4, restart=True),
}


def main(cfg: ProjectedSettings) -> None:
    if not cfg.out:
        cfg = replace(cfg, out=f"runs/{cfg.name}-projected{cfg.stage}-seed{cfg.seed}")
    check_size(cfg.size)
    run = Run(cfg)
    encoders = text_encoders(cfg.text)
    side = cfg.size if cfg.stage == 2 else cfg.size // 4
    data = captioned_for(run, side * 17 // 16)
    embeddings = PoolEmbeddings(data, encoders, run.folder.parent / "cache")
    order = order_of(run, len(data.images))
    net = Config(text_dim=encoders.dim, g_width=cfg.g_width, d_width=cfg.d_width, g2_width=cfg.g2_width, d2_width=cfg.d2_width,
                 size=cfg.size, enlarge=cfg.enlarge, convolutions=cfg.convolutions, projected=True)
    networks = build_networks(stackgan, net)
    earlier = earlier_training(run, networks) if cfg.init_from or cfg.stage == 2 else None
    networks["features"] = imagenet("lite0", pooled=False)
    share_features(networks)
    stage1, g, d = players(run, networks)
    for module in list(d.heads.modules()):
        if isinstance(module, nn.Conv2d):
            spectral_norm(module)
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
            d_loss = discriminator_loss(d, real_maps, [x.detach() for x in fake_maps], right, wrong, cfg.plain)
        run.update(d_optimizer, d_loss)

        with frozen(d.heads), run.autocast():      # the fakes serve again: they are as good as new ones and half the work
            seen = d.seen(fake_maps)
            g_loss = losses.g_loss_hinge(d.head_logits(seen, right))
            g_loss = g_loss + cfg.plain * losses.g_loss_hinge(d.head_logits_without_text(seen))
            anchor = F.l1_loss(fake[-anchored:], real[-anchored:]) if anchored else torch.zeros(())
            run.update(g_optimizer, g_loss + cfg.kl * kl + cfg.anchor * anchor)
        g_ema.update_parameters(g)
        run.log(d=d_loss, g=g_loss, kl=kl, anchor=anchor)

    networks["generator" if cfg.stage == 1 else "generator2"] = g_ema.module
    role = "discriminator" if cfg.stage == 1 else "discriminator2"
    networks[role] = without_spectral_norm(d.eval(), NETWORKS[role](net))
    samples = to_uint8(sample().cpu()).numpy()
    print("written to", export(run, net, networks, samples, keep_history=cfg.stage == 2,
                               record=staged(run, cfg.stage, earlier, bool(cfg.init_from), **made_with(encoders))))


def discriminator_loss(d: ProjectedDiscriminator, real: list[torch.Tensor], fake: list[torch.Tensor], right: torch.Tensor,
                       wrong: torch.Tensor, plain: float) -> torch.Tensor:
    """The hinge of the three kinds of pair, and of images without texts, summed over the heads."""
    seen_real, seen_fake = d.seen(real), d.seen(fake)
    matching = losses.matching_d_hinge(d.head_logits(seen_real, right), d.head_logits(seen_real, wrong), d.head_logits(seen_fake, right))
    alone = losses.d_loss_hinge(d.head_logits_without_text(seen_real), d.head_logits_without_text(seen_fake))
    return len(d.heads) * (matching + plain * alone)


@torch.no_grad()
def without_spectral_norm(d: ProjectedDiscriminator, plain: ProjectedDiscriminator) -> ProjectedDiscriminator:
    """`plain`, a discriminator of the same shape, with the weights of `d` as they act."""
    state = {key: value for key, value in d.state_dict().items() if ".parametrizations." not in key}
    state |= {f"{name}.weight": module.weight for name, module in d.named_modules() if parametrize.is_parametrized(module)}
    plain.load_state_dict(state)
    plain.frozen_maps = d.frozen_maps
    return plain.eval()


if __name__ == "__main__":
    command_line(main, PRESETS, default="flowers")
