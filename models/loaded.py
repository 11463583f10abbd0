"""A loaded model: what `models.load` returns, and all that page, shell and tests use."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.card import Card
from models.checkpoint import from_uint8, to_uint8
from models.errors import BadInput
from models.runtime import CHUNK, TORCH, noise, parse_seeds, prepare


class Model:
    """`card` says what it is; `generate` draws. Safe to use from several threads: they take turns."""

    CHUNK = CHUNK
    TRIAL = (16, 4)      # pictures, and how many times, by which its number format is chosen

    def __init__(self, card: Card, networks: dict[str, nn.Module], device: torch.device, folder: Path | None = None):
        self.card, self.device, self.folder = card, device, folder
        self._networks = networks
        self.generator = networks.get("generator")
        self.discriminator = networks.get("discriminator")
        self.classifier = networks.get("classifier")
        for network in networks.values():
            network.to(device, memory_format=torch.channels_last)
        if self.generator is not None:
            self.z_dim = self._noise_dim()
            with TORCH, torch.inference_mode():
                self.generator = prepare(self.generator, device, self._example, *self.TRIAL)
        self.dtype = next((self.generator or next(iter(networks.values()))).parameters()).dtype

    def latents(self, seeds) -> torch.Tensor:
        """The noise z of each seed, float32 [N, z_dim] on the CPU. Raises BadInput for anything that is no seed."""
        self._need("generator")
        return noise(parse_seeds(seeds), self.z_dim)

    def generate(self, seeds, /, **controls) -> np.ndarray:
        """One picture per seed: uint8 [N, H, W, C].

        `seeds` is an int, an iterable of ints or text such as "0-15". Each control is one value for all pictures, or a list with
        one per picture; those left out take the card's default. A seed gives the same picture alone and in a batch.
        """
        return self.decode(self.latents(seeds), **controls)

    def decode(self, z: torch.Tensor, /, **controls) -> np.ndarray:
        """Pictures from noise given directly, float [N, z_dim], as walks and latent arithmetic need: uint8 [N, H, W, C]."""
        z = self._noise(z)
        inputs = [z, *self._controls(len(z), controls)]
        parts = []
        for part in self._chunks(inputs, self.dtype):
            with TORCH, torch.inference_mode():
                parts.append(to_uint8(self.generator(*part)).cpu())
        return torch.cat(parts).numpy()

    def score(self, pictures: np.ndarray, /, **controls) -> np.ndarray:
        """D's opinion of pictures uint8 [N, H, W, C]: the probability, 0 to 1, that each is real (and fits the label)."""
        inputs = [self._pictures(pictures)]
        asked = self._controls(len(pictures), controls)
        if any(control.name == "label" for control in self.card.controls):   # D of a conditional GAN reads the label too
            inputs += asked
        self._need("discriminator")
        with TORCH, torch.inference_mode():
            parts = [torch.sigmoid(self.discriminator(*part)).cpu() for part in self._chunks(inputs)]
        return torch.cat(parts).numpy()

    def read(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What InfoGAN's Q reads from pictures: category probabilities [N, K] and continuous codes [N, 2]."""
        if not hasattr(self.discriminator, "read"):
            raise BadInput(f"{self.card.name} has no network that reads codes back; InfoGAN has.")
        with TORCH, torch.inference_mode():
            _, category, codes = self.discriminator.read(self._pictures(pictures).to(self.device))
        return category.softmax(1).cpu().numpy(), codes.cpu().numpy()

    def classify(self, pictures: np.ndarray) -> np.ndarray:
        """Class probabilities [N, classes] of pictures uint8 [N, H, W, C], from a classifier's weights."""
        self._need("classifier")
        with TORCH, torch.inference_mode():
            parts = [self.classifier(*part).softmax(1).cpu() for part in self._chunks([self._pictures(pictures)])]
        return torch.cat(parts).numpy()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _need(self, role: str) -> nn.Module:
        network = self._networks.get(role)
        if network is None:
            raise BadInput(f"{self.card.name} has no {role}: it is a {' and a '.join(self._networks)}.")
        return network

    def _noise_dim(self) -> int:
        return self.generator.z_dim

    def _noise(self, z) -> torch.Tensor:
        self._need("generator")
        try:
            z = torch.as_tensor(z, dtype=torch.float32)
        except (TypeError, ValueError, RuntimeError):
            z = torch.tensor(float("nan"))
        if z.ndim != 2 or z.shape[1] != self.z_dim or not z.isfinite().all():
            raise BadInput(f"{self.card.name} takes finite noise of shape [N, {self.z_dim}], not {list(z.shape)}.")
        return z

    def _controls(self, n: int, given: dict) -> list[torch.Tensor]:
        for name in given:
            self.card.control(name)
        return [self._control(n, control, given.get(control.name, control.default)) for control in self.card.controls]

    def _control(self, n: int, control, value) -> torch.Tensor:
        if not isinstance(value, list | tuple | np.ndarray):
            return control.parse(value).expand(n, -1)
        if len(value) != n:
            raise BadInput(f"{control.name} takes one value, or one for each of the {n} pictures, not {len(value)}.")
        return torch.stack([control.parse(one) for one in value])

    def _pictures(self, pictures: np.ndarray, side: int = 0) -> torch.Tensor:
        """`side`: pixels a side, if not the card's."""
        size = (side, side, self.card.image_size[2]) if side else self.card.image_size
        try:
            pictures = np.asarray(pictures)
        except ValueError:          # rows of different lengths
            pictures = np.empty(0)
        if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[1:] != size:
            raise BadInput(f"{self.card.name} looks at uint8 pictures of shape [N, {', '.join(map(str, size))}], "
                           f"not {pictures.dtype} {list(pictures.shape)}.")
        return from_uint8(torch.from_numpy(pictures))

    def _chunks(self, inputs: list[torch.Tensor], dtype: torch.dtype = torch.float32) -> Iterator[list[torch.Tensor]]:
        for parts in zip(*(tensor.split(self.CHUNK) for tensor in inputs), strict=True):
            yield [part.to(self.device, dtype) for part in parts]

    def _example(self, n: int, dtype: torch.dtype) -> list[torch.Tensor]:
        return next(self._chunks([noise(list(range(n)), self.z_dim), *self._controls(n, {})], dtype))
