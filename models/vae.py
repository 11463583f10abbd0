"""VAE: an encoder that says which latents an image may have come from, and a decoder that draws them; no discriminator.

Kingma, Welling 2013, "Auto-Encoding Variational Bayes", https://arxiv.org/abs/1312.6114

As in the paper: a normal prior, a normal posterior with a mean and a variance for each latent (appendix C.2), Bernoulli pixels (C.1), whose
probability is the pixel's intensity, and the bound of equation 10 with one sample per image. Differs: convolutions with batch norm in place
of perceptrons with one hidden layer, 64 latents, most of which the training leaves unused, and Adam in place of Adagrad. With
`hidden` > 0 the networks are the paper's perceptrons, ReLU in place of tanh (the example of PyTorch): the reference in the figures.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from models.card import Paper
from models.controls import Control
from models.figures import Figure
from models.layers import discriminator_layers, generator_layers, init_dcgan, init_he
from models.loaded import Call, Model, Part
from models.losses import kl_to_normal
from models.runtime import TORCH


@dataclass(frozen=True)
class Config:
    z_dim: int = 64       # latents: independent standard normal numbers
    g_width: int = 64     # the decoder's channels at a quarter of the size (7x7); half of it at 14x14
    e_width: int = 24     # the encoder's channels at 14x14; doubled at each halving
    hidden: int = 0       # of the one hidden layer of perceptrons; 0: convolutions
    size: int = 28        # pixels a side
    channels: int = 1


class Decoder(nn.Module):
    """z [N, z_dim] -> images [N, channels, size, size] in [-1, 1]: of each pixel the mean of its Bernoulli distribution.

    `logits` gives the log odds of the same pixels, `both` images and log odds, `along` log odds and how they change along a direction of z.
    """

    def __init__(self, cfg: Config):
        super().__init__()
        self.z_dim = cfg.z_dim
        if cfg.hidden:
            self.net = nn.Sequential(nn.Linear(cfg.z_dim, cfg.hidden), nn.ReLU(), nn.Linear(cfg.hidden, cfg.channels * cfg.size ** 2),
                                     nn.Unflatten(1, (cfg.channels, cfg.size, cfg.size)))
        else:
            inside = 4 * cfg.g_width
            *layers, _ = generator_layers(inside, cfg.size, cfg.channels, cfg.g_width, 7)       # without its tanh
            self.net = nn.Sequential(nn.Linear(cfg.z_dim, inside, bias=False), nn.BatchNorm1d(inside), nn.ReLU(),
                                     nn.Linear(inside, inside, bias=False), nn.BatchNorm1d(inside), nn.ReLU(), *layers)
            self.apply(init_dcgan)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.logits(z) / 2)

    def logits(self, z: torch.Tensor) -> torch.Tensor:
        return self.net(z)

    def both(self, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = self.net(z)
        return torch.tanh(logits / 2), logits

    def along(self, z: torch.Tensor, direction: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Differentiated forwards, layer by layer, which can be exported as gradients cannot: all layers but ReLU are affine."""
        x, change = z, direction
        for layer in self.net:
            change = change * (x > 0) if isinstance(layer, nn.ReLU) else layer(change) - layer(torch.zeros_like(change))
            x = layer(x)
        return x, change


class Encoder(nn.Module):
    """Images [N, channels, size, size] in [-1, 1] -> mean and log variance of the posterior of z, [N, z_dim] each."""

    GIVES = ("z", "log_variance")

    def __init__(self, cfg: Config):
        super().__init__()
        if cfg.hidden:
            self.body, count = nn.Sequential(nn.Flatten(), nn.Linear(cfg.channels * cfg.size ** 2, cfg.hidden), nn.ReLU()), cfg.hidden
        else:
            layers, inside = discriminator_layers(cfg.size, cfg.channels, cfg.e_width)
            count = 8 * cfg.e_width
            self.body = nn.Sequential(*layers, nn.Linear(inside, count, bias=False), nn.BatchNorm1d(count), nn.LeakyReLU(0.2, inplace=True))
            self.body.apply(init_he)
        self.mean, self.log_variance = nn.Linear(count, cfg.z_dim), nn.Linear(count, cfg.z_dim)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        h = self.body((x + 1) / 2)
        return self.mean(h), self.log_variance(h)


def reconstruction(logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """-log p(x | z) in nats for each image, the binary cross entropy of its pixels, summed: [N]. logits and x in [-1, 1]: [N, C, H, W]."""
    return F.binary_cross_entropy_with_logits(logits.float(), (x + 1) / 2, reduction="none").flatten(1).sum(1)


def sample(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """z = mean + deviation * eps with eps from N(0, 1), through which gradients pass (section 2.4)."""
    return mean + (log_variance / 2).exp() * torch.randn_like(mean)


@dataclass(frozen=True)
class Posterior:
    """What the encoder says of N images: a normal distribution for each latent."""

    mean: torch.Tensor          # float32 [N, z_dim] on the CPU
    deviation: torch.Tensor     # float32 [N, z_dim], above 0


@dataclass(frozen=True)
class Bound:
    """The two terms of the bound on log p(x) (equation 10) for N images, in nats: log p(x) >= -(reconstruction + kl). For grey pixels it is
    the mean over images whose pixels are drawn as 0 or 1 with the grey as probability, and so no figure of binarised MNIST."""

    reconstruction: np.ndarray  # float32 [N]: -log p(x | z) at one z from the posterior
    kl: np.ndarray              # float32 [N, z_dim]


class Vae(Model):
    """As Model, with the posterior, the bound, and gradients of both terms."""

    def parts(self) -> list[Part]:
        drawer, *others = super().parts()
        z = drawer.inputs["z"]
        return [Part("generator", Call(drawer.network, "both"), {"z": z}, ("image", "logits")), *others,
                Part("slope", Call(drawer.network, "along"), {"z": z, "direction": z.flip(0)}, ("logits", "change"))]

    def posterior(self, images: np.ndarray) -> Posterior:
        """Of images uint8 [N, H, W, C]. Raises BadInput for images of another size."""
        found = torch.from_numpy(self._run(lambda x: torch.cat(self.encoder(x), 1), self._images(images)))
        mean, log_variance = found.chunk(2, 1)
        return Posterior(mean, (log_variance / 2).exp())

    def bound(self, images: np.ndarray, seed: int = 0) -> Bound:
        """Of images uint8 [N, H, W, C]. Raises BadInput for images of another size."""
        x = self._images(images)
        eps = torch.randn(len(x), self.z_dim, generator=torch.Generator().manual_seed(seed))

        def work(x: torch.Tensor, eps: torch.Tensor) -> torch.Tensor:
            mean, log_variance = self.encoder(x)
            logits = self.networks["generator"].logits(mean + (log_variance / 2).exp() * eps)
            return torch.cat([reconstruction(logits, x)[:, None], kl_to_normal(mean, log_variance)], 1)

        found = self._run(work, x, eps)
        return Bound(found[:, 0], found[:, 1:])

    def pull(self, image: np.ndarray, z: torch.Tensor) -> tuple[float, torch.Tensor]:
        """-log p(x | z) in nats of an image uint8 [H, W, C] at z float [z_dim], and its derivative by z, float32 [z_dim]: what draws the
        posterior to where the image is drawn again (section 2.3). Raises BadInput for an image of another size."""
        x, z = self._images(image[None]).to(self.device), self._noise(z[None]).to(self.device)
        with TORCH, torch.enable_grad():
            error = reconstruction(self.networks["generator"].logits(z.requires_grad_()), x).sum()
            return error.item(), torch.autograd.grad(error, z)[0][0].float().cpu()


LOADED = Vae
NETWORKS = {"generator": Decoder, "encoder": Encoder}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return ()


FIGURES = (
    Figure("bound", "bound on log p(x) in nats, test pictures (plain VAE 784-400-20)", "bound_plain", ".2f", short="bound on log p(x)",
           short_format=".1f"),
    Figure("reconstruction_nats", "of it: reconstruction, in nats (plain VAE)", "reconstruction_nats_plain", ".2f"),
    Figure("kl_nats", "of it: divergence from the prior, in nats (plain VAE)", "kl_nats_plain", ".2f"),
    Figure("squared_error", "squared error of a reconstructed pixel × 1000 (plain VAE)", "squared_error_plain", ".2f", 1000,
           short="squared error × 1000", short_format=".1f"),
    Figure("latents_used", "latents used (of all)", "latents", ".0f"),
    Figure("sharpness", "sharpness (of test pictures)", "sharpness_real", ".3f"),
)
PAPER = Paper(
    name="VAE",
    title="Auto-Encoding Variational Bayes",
    authors="Kingma, Welling",
    year=2013,
    link="https://arxiv.org/abs/1312.6114",
    idea="Squeeze a picture into a few uncertain numbers, and learn to draw it again from them.",
    objective=r"\max_{\theta,\varphi} \; \mathbb{E}_{q(z \mid x)}[\log p(x \mid z)] - D_{KL}(q(z \mid x) \,\|\, p(z))",
    differs="Convolutions with batch norm instead of perceptrons with one hidden layer, Adam instead of Adagrad, and the average of the "
            "weights over training is what draws. A grey pixel counts as the chance of a white one, so that the bound on log p(x) is a "
            "mean over such binary pictures. After training the latents were put in the order of how much they say, which leaves the "
            "pictures as they are.",
)
