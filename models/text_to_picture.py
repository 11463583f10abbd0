"""A loaded text-to-picture model: GAN-CLS and StackGAN answer to it."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.card import Card
from models.checkpoint import to_uint8
from models.errors import BadInput, DamagedWeights
from models.loaded import Model
from models.runtime import TORCH, prepare
from models.text.encoders import ENCODERS, TextEncoders

__all__ = ["ENCODERS", "TextToPicture"]


class TextToPicture(Model):
    """As Model, with sentences: `generate(seeds, text="a red rose", encoder="sentence")`, and `stage=1` or `2` where there are two.

    `encode` and `paint` are the two halves of `generate`, for whoever mixes sentences.
    """

    CHUNK = 4            # pictures at a time: more would take no less time each, and others wait for their turn
    TRIAL = (1, 2)       # these nets are larger: the page must not wait long for the choice

    def __init__(self, card: Card, networks: dict[str, nn.Module], device: torch.device, folder: Path):
        self.z_only, self.c_dim = networks["generator"].z_dim, getattr(networks["generator"], "c_dim", 0)
        self.text_dim = networks["generator"].text_dim
        super().__init__(card, networks, device, folder)
        self.generator2, self.discriminator2 = networks.get("generator2"), networks.get("discriminator2")
        if self.generator2 is not None:
            with TORCH, torch.inference_mode():
                self.generator2 = prepare(self.generator2, device, self._example2, *self.TRIAL)

    @property
    def encoders(self) -> TextEncoders:
        """The text encoders it was trained with, of the same data set. Raises DamagedWeights if they are missing or others."""
        from models.registry import load  # imported late: the registry imports this module

        name = f"text-{self.card.dataset}"
        beside = self.folder.parent / name if self.folder else None
        encoders = load(beside if beside and beside.is_dir() else name)
        if self.card.training.get("text_sha256", encoders.card.sha256) != encoders.card.sha256:
            raise DamagedWeights(f"{self.card.name} was trained with other text encoders than the {name} that is here; "
                                 "restore both or train again.")
        return encoders

    def encode(self, texts: list[str], encoder: str = "char-cnn-rnn") -> torch.Tensor:
        """Points of the sentences in the joint space, float32 [N, text_dim] of length 1."""
        return self.encoders.encode(texts, encoder)

    def decode(self, z: torch.Tensor, /, **controls) -> np.ndarray:
        """Pictures from noise given directly, float [N, z_dim], and controls as in `generate`: uint8 [N, H, W, C]."""
        z = self._noise(z)
        asked = self._asked(controls)
        texts = asked.pop("text")
        sentences = list(texts) if isinstance(texts, list | tuple) else [texts]
        if len(sentences) not in (1, len(z)):
            raise BadInput(f"text takes one sentence, or one for each of the {len(z)} pictures, not {len(sentences)}.")
        points = self.encode(sentences, asked.pop("encoder")).expand(len(z), -1)
        return self.paint(z, points, **asked)

    def paint(self, z: torch.Tensor, points: torch.Tensor, *, stage: int = 2, augment: float = 1.0,
              truncation: float | None = None) -> np.ndarray:
        """Pictures uint8 [N, H, W, C] from noise float [N, z_dim] and points of the joint space float [N, text_dim].

        A model of one stage knows no other. `augment` scales the noise on the condition, 0 to 1; `truncation` all noise, 0 to 1
        (None: as the card has it, or not at all).
        """
        if truncation is None:
            truncation = next((control.default for control in self.card.controls if control.name == "truncation"), 1.0)
        z, points = self._noise(z) * truncation, torch.nn.functional.normalize(torch.as_tensor(points, dtype=torch.float32), dim=1)
        noise, eps, eps2 = z.split([self.z_only, self.c_dim, z.shape[1] - self.z_only - self.c_dim], 1)
        first = [noise, eps * augment, points] if self.c_dim else [noise, points]
        inputs, pictures = [*first, eps2 * augment, points], []
        for part in self._chunks(inputs, self.dtype):
            with TORCH, torch.inference_mode():
                drawn = self.generator(*part[:len(first)])
                if stage == 2 and self.generator2 is not None:
                    dtype = next(self.generator2.parameters()).dtype
                    drawn = self.generator2(drawn.to(dtype), part[-2].to(dtype), part[-1].to(dtype))
                pictures.append(to_uint8(drawn).cpu())
        return torch.cat(pictures).numpy()

    def score(self, pictures: np.ndarray, /, **controls) -> np.ndarray:
        """D's opinion, 0 to 1, that each picture uint8 [N, H, W, C] is real and shows what the text says.

        `text` is one sentence or one for each picture. The size of the pictures tells which stage's D is asked.
        """
        asked = self._asked(controls)
        texts = asked["text"]
        sentences = list(texts) if isinstance(texts, list | tuple) else [texts] * len(pictures)
        points = self.encode(sentences, asked["encoder"])
        large = self.card.image_size[0]
        two = self.discriminator2 is not None
        judges = {large // 4: self.discriminator, large: self.discriminator2} if two else {large: self.discriminator}
        side = np.shape(pictures)[1] if np.ndim(pictures) == 4 else 0
        if side not in judges or len(points) != len(pictures):
            raise BadInput(f"{self.card.name} judges pictures of {' or '.join(map(str, judges))} pixels a side, with one sentence for each "
                           "or one for all.")
        judge, x = judges[side], self._pictures(pictures, side)
        with TORCH, torch.inference_mode():
            return torch.cat([torch.sigmoid(judge(*part)).cpu() for part in self._chunks([x, points])]).numpy()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _asked(self, given: dict) -> dict:
        """The controls as plain values: text, encoder by name, stage as 1 or 2, the others as numbers."""
        for name in given:
            self.card.control(name)
        found = {}
        for control in self.card.controls:
            value = given.get(control.name, control.default)
            if control.name == "text":
                found["text"] = [control.parse(v) for v in value] if isinstance(value, list | tuple) else control.parse(value)
            elif hasattr(control, "options"):
                option = control.options[int(control.parse(value).argmax())]
                found[control.name] = int(option) if control.name == "stage" else option
            else:
                found[control.name] = float(control.parse(value))
        return found

    def _noise_dim(self) -> int:
        return self.z_only + self.c_dim * (2 if "generator2" in self._networks else 1)

    def _example(self, n: int, dtype: torch.dtype) -> list[torch.Tensor]:
        z = self.latents(range(n))
        points = torch.nn.functional.normalize(torch.randn(n, self.text_dim, generator=torch.Generator().manual_seed(0)), dim=1)
        parts = [z[:, :self.z_only], z[:, self.z_only:self.z_only + self.c_dim], points] if self.c_dim else [z, points]
        return [part.to(self.device, dtype) for part in parts]

    def _example2(self, n: int, dtype: torch.dtype) -> list[torch.Tensor]:
        parts = self._example(n, self.dtype)
        return [part.to(dtype) for part in (self.generator(*parts), parts[1], parts[2])]

