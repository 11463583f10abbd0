"""A loaded text-to-image model: what GAN-CLS and StackGAN share."""

import re
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from models.card import NAME, Card
from models.controls import Text
from models.errors import BadInput, DamagedWeights, shown
from models.figures import Figure
from models.images import to_uint8
from models.loaded import EXAMPLES, Model, Part
from models.precision import prepare
from models.runtime import TORCH
from models.text.captions import phrase
from models.text.encoders import ENCODERS, TextEncoders

FIGURES = (      # of the last stage
    Figure("last.r_precision_of_ceiling.top1", "its sentence found among 100 by the text encoder that G learned with, share of what "
           "photographs reach", format=".0%",
           short="sentence found first among 100 by the text encoder that G learned with, relative to photographs"),
    Figure("independent.last.independent_r_precision.top1", "its sentence found among 100 by a pair of encoders that trained no generator "
           "(photographs)", "independent.independent_r_precision_ceiling.top1", ".0%"),
    Figure("last.colour_obedience_all", "colour words obeyed", format=".0%", short="colours"),
    Figure("independent.last.name_among_first_5", "a kind asked for by name, read as that kind among the first five by a reader of "
           "photographs that trained nothing", format=".0%", short="names drawn as their kind"),
    Figure("independent.last.lite2_frechet", "Fréchet distance in ImageNet features of another network (photographs shrunk to 64x64)",
           "independent.lite2_frechet_shrunken_photographs", ".1f"),
    Figure("last.two_parts_all", "two-part sentences obeyed", format=".0%"),
    Figure("last.diversity_of_real", "variety within a sentence, share of a class of photographs", format=".0%"),
)
__all__ = ["ENCODERS", "FIGURES", "TextToImage"]


class TextToImage(Model):
    """As Model, with sentences: `generate(seeds, text="a red rose", encoder="sentence")`, and `stage=1` or `2` where there are two.

    `embed` and `draw` are the two halves of `generate`, for whoever mixes sentences. An embedding is a vector of length 1 in the
    joint space of the text encoders, float32 [text_dim]. One or two words are read as the phrase that they are short for (`reads`).
    """

    CHUNK = 4            # images at a time: more would take no less time each, and others wait for their turn

    def __init__(self, card: Card, networks: dict[str, nn.Module], device: torch.device, folder: Path):
        self.z_only, self.c_dim = networks["generator"].z_dim, getattr(networks["generator"], "c_dim", 0)
        self.text_dim = networks["generator"].text_dim
        super().__init__(card, networks, device, folder)
        self.generator2, self.discriminator2 = networks.get("generator2"), networks.get("discriminator2")
        if self.generator2 is not None:
            with TORCH:
                self.generator2 = prepare(self.generator2, device)

    @property
    def sides(self) -> tuple[int, ...]:
        """Pixels a side of what each of its stages draws."""
        side = self.card.image_size[0]
        return (side,) if self.generator2 is None else (side // 4, side)

    @property
    def encoders(self) -> TextEncoders:
        """The text encoders it was trained with, of the same data set. Raises DamagedWeights if they are missing or others."""
        from models.registry import load  # imported late: the registry imports this module

        name = self.card.training.notes.get("text", f"text-{self.card.dataset.key}")
        if not re.fullmatch(NAME, str(name)):      # not a path, nor an id on the Hub
            raise DamagedWeights("{name} does not say which text encoders it was trained with; train again.", name=self.card.name)
        beside = self.folder.parent / name if self.folder else None
        encoders = load(beside if beside and beside.is_dir() else name)
        if self.card.training.notes.get("text_sha256", encoders.card.sha256) != encoders.card.sha256:
            raise DamagedWeights("{name} was trained with other text encoders than the {other} that is here; restore both or train again.",
                                 name=self.card.name, other=name)
        return encoders

    def reads(self, text: str) -> str:
        """A text, checked, as its encoders are given it: one or two words as the phrase that they are short for, unless the model learned
        from captions of one's own, which may be so short themselves."""
        text = Text("text", "").parse(text)
        return text if self.card.dataset.own else phrase(text)

    def embed(self, texts: list[str], encoder: str = "char-cnn-rnn") -> torch.Tensor:
        """Embeddings of sentences, float32 [N, text_dim]."""
        return self.encoders.embed(texts if isinstance(texts, str) else [self.reads(text) for text in texts], encoder)

    def draw(self, z: torch.Tensor, embeddings: torch.Tensor, *, stage: int = 2, augment: float | torch.Tensor = 1.0,
             truncation: float | torch.Tensor | None = None) -> np.ndarray:
        """Images uint8 [N, H, W, C] from noise float [N, z_dim] and embeddings float [N, text_dim].

        `stage` is 1 or 2; a model of one stage knows no other. `augment` scales the noise on the condition, 0 to 1; `truncation` all
        noise, 0 to 1 (None: as the card has it, or not at all); each a number, or float [N, 1].
        """
        if stage not in (1, 2):
            raise BadInput("stage takes 1 or 2, not {stage}.", stage=shown(stage))
        if not torch.as_tensor(embeddings).isfinite().all():
            raise BadInput("Embeddings are finite numbers, and these are not.")
        if truncation is None:
            truncation = next((control.default for control in self.card.controls if control.name == "truncation"), 1.0)
        z, embeddings = self._noise(z) * truncation, F.normalize(torch.as_tensor(embeddings, dtype=torch.float32), dim=1)
        noise, eps, eps2 = z.split([self.z_only, self.c_dim, z.shape[1] - self.z_only - self.c_dim], 1)
        first = [noise, eps * augment, embeddings] if self.c_dim else [noise, embeddings]
        images = []
        for part in self._chunks([*first, eps2 * augment, embeddings], self.dtype):
            with TORCH, torch.inference_mode():
                drawn = self.generator(*part[:len(first)])
                if stage == 2 and self.generator2 is not None:
                    drawn = self.generator2(drawn, part[-2], part[-1])
                images.append(to_uint8(drawn).cpu())
        return torch.cat(images).numpy()

    def score(self, images: np.ndarray, /, **controls) -> np.ndarray:
        """D's probability, 0 to 1, that each image uint8 [N, H, W, C] is real and shows what its text says: float32 [N].

        `text` is one sentence or one for each image; left out, the card's default. The size of the images tells which stage's D is asked.
        """
        d, x = self._sized(images)
        embeddings = self._inputs(len(x), controls)["text"]
        return self._run(lambda x, text: torch.sigmoid(d(x, text)), x, embeddings)

    def score_texts(self, image: np.ndarray, embeddings: torch.Tensor) -> np.ndarray:
        """D's probability, 0 to 1, that one image uint8 [H, W, C] is real and shows what each embedding [K, text_dim] says: float32 [K].

        D's trunk runs once.
        """
        d, x = self._sized(np.asarray(image)[None])
        with TORCH, torch.inference_mode():
            return torch.sigmoid(d.logits(d.phi(x.to(self.device)), embeddings.to(self.device))).float().cpu().numpy()

    def parts(self) -> list[Part]:
        """As Model: generators take noise, noise on the condition (StackGAN) and an embedding; discriminators an image and an embedding."""
        chance = torch.Generator().manual_seed(0)
        text = F.normalize(torch.randn(EXAMPLES, self.text_dim, generator=chance), dim=1)
        z, eps = torch.randn(EXAMPLES, self.z_only, generator=chance), torch.randn(EXAMPLES, self.c_dim, generator=chance)
        text, z, eps = self._here([text, z, eps])
        given = {"z": z} | ({"eps": eps} if self.c_dim else {}) | {"embedding": text}
        g = self.networks["generator"]
        found, image = [Part("generator", g, given, ("image",))], g(*given.values())
        found.append(Part("discriminator", self.networks["discriminator"], {"image": image, "embedding": text}, ("logits",)))
        if self.generator2 is not None:
            given = {"low_res": image, "eps": eps, "embedding": text}
            g2 = self.networks["generator2"]
            found.append(Part("generator2", g2, given, ("image",)))
            large = g2(*given.values()).clamp(-1, 1)
            found.append(Part("discriminator2", self.networks["discriminator2"], {"image": large, "embedding": text}, ("logits",)))
        return found

    # --- inside -------------------------------------------------------------------------------------------------------

    def _controls(self, n: int, given: dict, judged_only: bool = False) -> list[torch.Tensor]:
        return list(self._inputs(n, given).values())

    def _inputs(self, n: int, given: dict) -> dict[str, torch.Tensor]:
        """By control, for n images: under "text" the embeddings float [n, text_dim], the others as they are."""
        for name in given:
            self.card.control(name)
        found = {control.name: control.batch(given.get(control.name, control.default), n) for control in self.card.controls}
        encoders = [ENCODERS[i] for i in found["encoder"].argmax(1).tolist()]
        pairs = list(zip(found["text"], encoders, strict=True))
        known: dict[tuple[str, str], torch.Tensor] = {}
        for encoder in dict.fromkeys(encoders):
            texts = list(dict.fromkeys(text for text, by in pairs if by == encoder))
            known |= {(text, encoder): row for text, row in zip(texts, self.embed(texts, encoder), strict=True)}
        return found | {"text": torch.stack([known[pair] for pair in pairs])}

    def _drawn(self, z: torch.Tensor, controls: list[torch.Tensor]) -> np.ndarray:
        inputs = dict(zip((control.name for control in self.card.controls), controls, strict=True))
        settings = {name: inputs[name] for name in ("augment", "truncation") if name in inputs}
        if "stage" in inputs:
            stages = inputs["stage"].argmax(1).unique() + 1
            if len(stages) > 1:
                raise BadInput("stage takes one value for all pictures of a call: they have one size.")
            settings["stage"] = int(stages)
        return self.draw(z, inputs["text"], **settings)

    def _sized(self, images: np.ndarray) -> tuple[nn.Module, torch.Tensor]:
        """The discriminator for images of this size, and the images as it takes them."""
        by_side = dict(zip(self.sides, (self.discriminator, self.discriminator2), strict=False))
        side = np.shape(images)[1] if np.ndim(images) == 4 else 0
        if side not in by_side:
            raise BadInput("{name} scores pictures of {sizes} pixels a side.", name=self.card.name, sizes=" or ".join(map(str, by_side)))
        return by_side[side], self._images(images, (side, side, self.card.image_size[2]))

    def _noise_dim(self) -> int:
        return self.z_only + self.c_dim * (2 if "generator2" in self.networks else 1)
