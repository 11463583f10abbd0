"""A loaded model: what `models.load` returns, and all that page, shell and tests use.

Which networks a model has follows from its NETWORKS, by role, and what they can do from their methods:
- `generator(z, *controls) -> images`, with an attribute `z_dim`: how many numbers of noise it takes, 0 for none (z is then [N, 0]);
- `discriminator(images, *judged controls) -> logits [N]`: a PatchGAN's forward averages its patches, one with K logits returns their
    logsumexp; with `reads_latents = True` it is D(x, z) of BiGAN and takes the z of the encoder after the images;
- `encoder(images) -> z [N, z_dim]`, or a tuple that begins with it (a VAE's mean);
- a `classifier(images) -> logits [N, K]`, or any network with a method `classify(images)`, such as D with K logits;
- any network with a method `features(images) -> [N, F]`.
A network of images beside generator and discriminator that can run elsewhere has an attribute `GIVES`: the names of what its call gives.
Images inside networks are float [N, C, H, W] in [-1, 1], of the card's size; a control that is a Picture has a size of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.card import Card
from models.errors import BadInput
from models.images import from_uint8, given_images, to_uint8
from models.precision import prepare
from models.runtime import TORCH
from models.seeds import noise, parse_seeds


@dataclass(frozen=True)
class Asked:
    """What one call of `generate` is asked for, checked."""

    seeds: list[int]
    controls: dict[str, object]            # as they were given: for a recipe
    inputs: dict[str, torch.Tensor]        # what the generator takes, float [N, ...], by control, in its order
    z: torch.Tensor | None = None          # noise given directly, float [N, z_dim]; None: that of the seeds


@dataclass(frozen=True)
class Part:
    """One network as it can be run elsewhere (models/exported.py): what it takes and gives, by name, the first dimension the images."""

    name: str                           # "generator", "discriminator"
    network: nn.Module
    inputs: dict[str, torch.Tensor]     # an example of each, float or int64 [N, ...]
    outputs: tuple[str, ...]            # an "image" is float [N, C, H, W] in [-1, 1]
    any_size: bool = False              # whether its images may have any height and width


class Call(nn.Module):
    """A method of a network as a network of its own."""

    def __init__(self, network: nn.Module, method: str):
        super().__init__()
        self.network, self.method = network, method

    def forward(self, *inputs: torch.Tensor):
        return getattr(self.network, self.method)(*inputs)


EXAMPLES = 5      # images in the examples of a Part; no number of channels, lest an exporter take one for the other


def cannot(model, task: str) -> BadInput:
    """What is said to whoever asks a model for what it cannot do."""
    return BadInput("{name} cannot {task}; its tasks are {tasks}.", name=model.card.name, task=task, tasks=", ".join(model.tasks) or "none")


class Model:
    """`card` says what it is, `tasks` what it can do. Safe to use from several threads: they take turns."""

    CHUNK = 256          # images at a time

    def __init__(self, card: Card, networks: dict[str, nn.Module], device: torch.device, folder: Path | None = None):
        self.card, self.device, self.folder, self.networks = card, device, folder, networks
        self.generator, self.discriminator, self.encoder = (networks.get(role) for role in ("generator", "discriminator", "encoder"))
        self._parts: dict[str, Part] = {}  # by name, once somebody asks
        self.dtype = torch.float32         # of the generator; all others run in fp32
        for network in networks.values():
            network.to(device, memory_format=torch.channels_last)
        if self.generator is not None:
            self.z_dim = self._noise_dim()
            with TORCH:
                self.generator = prepare(self.generator, device)
            self.dtype = next((p.dtype for p in self.generator.parameters()), torch.float32)

    @property
    def tasks(self) -> tuple[str, ...]:
        """What it can be asked for: of generate, score, encode, decode, classify, features."""
        can = {"generate": self.generator, "decode": self.generator, "score": self.discriminator, "encode": self.encoder,
               "classify": self._with("classify"), "features": self._with("features")}
        return tuple(task for task, network in can.items() if network is not None)

    def latents(self, seeds) -> torch.Tensor:
        """The noise z of each seed, float32 [N, z_dim] on the CPU. Raises BadInput for anything that is no seed."""
        self._need("generate", self.generator)
        return noise(parse_seeds(seeds), self.z_dim)

    def generate(self, seeds, /, **controls) -> np.ndarray:
        """One image per seed: uint8 [N, H, W, C].

        `seeds` is an int, an iterable of ints or text such as "0-15". Each control is one value for all images, or a list with
        one per image; those left out take the card's default. A seed gives the same image alone and in a batch. Raises BadInput.
        """
        if isinstance(seeds, Asked):
            z = noise(seeds.seeds, self.z_dim) if seeds.z is None else self._noise(seeds.z)
            return self._drawn(z, list(seeds.inputs.values()))
        return self.decode(self.latents(seeds), **controls)

    def ask(self, seeds, /, **controls) -> "Asked":
        """Seeds and controls as `generate` takes them, checked once: `generate` draws it without checking again. Raises BadInput."""
        self._need("generate", self.generator)
        seeds = parse_seeds(seeds)
        names = [control.name for control in self.card.controls]
        return Asked(seeds, controls, dict(zip(names, self._controls(len(seeds), controls), strict=True)))

    def decode(self, z: torch.Tensor, /, **controls) -> np.ndarray:
        """Images uint8 [N, H, W, C] from noise given directly, float [N, z_dim], as walks and latent arithmetic need."""
        z = self._noise(z)
        return self._drawn(z, self._controls(len(z), controls))

    def score(self, images: np.ndarray, /, **controls) -> np.ndarray:
        """D's probability, 0 to 1, that each of images uint8 [N, H, W, C] is real and fits the controls that D reads: float32 [N].

        Controls that are left out take the card's default here too: a conditional D asks about that class, not about the likeliest.
        """
        d = self._need("score", self.discriminator)
        if getattr(d, "reads_latents", False):
            self._need("encode", self.encoder)
        x = self._images(images)
        judged = self._controls(len(x), controls, judged_only=True)

        def probability(x: torch.Tensor, *judged: torch.Tensor) -> torch.Tensor:
            z = [self._encoded(x)] if getattr(d, "reads_latents", False) else []
            return torch.sigmoid(d(x, *z, *judged))

        return self._run(probability, x, *judged)

    def judge(self, images: np.ndarray, **judged: torch.Tensor) -> dict[str, np.ndarray]:
        """All that D gives for images uint8 [N, H, W, C], float32 [N, ...] by the names of its part (`parts`), from one pass.

        `judged`: what D takes of the controls that it reads, float [N, ...]. A single image is met by each of them; where D's trunk reads
        the image alone (`phi`), it runs once.
        """
        d, x = self._need("score", self.discriminator), self._images(images)
        several = max((len(one) for one in judged.values()), default=1)
        if len(x) == 1 < several and hasattr(d, "phi"):
            name, = self._judgements()
            with TORCH, torch.inference_mode():
                phi = d.phi(x.to(self.device))
            return {name: self._run(lambda *part: d.logits(phi.expand(len(part[0]), *phi.shape[1:]), *part), *judged.values())}
        x = x.expand(several, *x.shape[1:]) if len(x) == 1 else x

        def work(x: torch.Tensor, *judged: torch.Tensor):
            latents = [self._encoded(x)] if getattr(d, "reads_latents", False) else []
            return d.read(x, *judged) if hasattr(d, "read") else d(x, *latents, *judged)

        return self._named(self._judgements(), work, x, *judged.values())

    def outputs(self, part: str, images: np.ndarray, **inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        """All that a network of `parts` gives for images uint8 [N, H, W, C], float32 [N, ...] on the CPU, by name; `inputs` is what it
        takes beside them. Raises ValueError for a network that is none of them."""
        if not self._parts:
            with TORCH, torch.inference_mode():       # examples of what networks take are drawn
                self._parts = {one.name: one for one in self.parts()}
        if (one := self._parts.get(part)) is None:
            raise ValueError(f"{self.card.name} has no part {part}, only {', '.join(self._parts)}: another network needs GIVES to be one.")
        found = self._named(one.outputs, one.network, self._images(images), *inputs.values())
        return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in found.items()}

    def _named(self, names: tuple[str, ...], work, *inputs: torch.Tensor) -> dict[str, np.ndarray]:
        """What networks make of inputs where they give several tensors, float32 [N, ...] by name."""
        def flat(*inputs: torch.Tensor) -> torch.Tensor:
            found = work(*inputs)
            found = found if isinstance(found, tuple) else (found,)
            shapes[:] = [one.shape[1:] for one in found]
            return torch.cat([one.flatten(1) if one.ndim > 1 else one[:, None] for one in found], 1)

        shapes: list[torch.Size] = []
        all_in_one = self._run(flat, *inputs)
        parts = np.split(all_in_one, np.cumsum([shape.numel() for shape in shapes])[:-1], 1)
        return {name: part.reshape(len(all_in_one), *shape) for name, part, shape in zip(names, parts, shapes, strict=True)}

    def encode(self, images: np.ndarray) -> torch.Tensor:
        """The z of images uint8 [N, H, W, C], float32 [N, z_dim] on the CPU: `decode` draws them again."""
        self._need("encode", self.encoder)
        return torch.from_numpy(self._run(self._encoded, self._images(images)))

    def classify(self, images: np.ndarray) -> np.ndarray:
        """Class probabilities float32 [N, K] of images uint8 [N, H, W, C]."""
        classify = self._need("classify", self._with("classify"))
        return self._run(lambda x: classify(x).softmax(1), self._images(images))

    def features(self, images: np.ndarray) -> np.ndarray:
        """Features float32 [N, F] of images uint8 [N, H, W, C], in which distances between sets of images are measured."""
        return self._run(self._need("features", self._with("features")), self._images(images))

    def parts(self) -> list[Part]:
        """Its networks, each with an example of what it takes."""
        seeds, (height, width, channels) = range(EXAMPLES), self.card.image_size
        named = [control.name for control in self.card.controls]
        found = []
        if self.generator is not None:
            given = dict(zip(named, self._here(self._controls(EXAMPLES, {})), strict=True))
            found.append(Part("generator", self.networks["generator"], {"z": self.latents(seeds).to(self.device)} | given, ("image",)))
            image = self.networks["generator"](*found[0].inputs.values())
        else:
            image = torch.rand(EXAMPLES, channels, height, width, generator=torch.Generator().manual_seed(0)).to(self.device) * 2 - 1
        if self.discriminator is not None:
            judged = [control.name for control in self.card.controls if control.judged]
            given = dict(zip(judged, self._here(self._controls(EXAMPLES, {}, judged_only=True)), strict=True))
            d = self.networks["discriminator"]
            if hasattr(d, "read"):
                found.append(Part("discriminator", Call(d, "read"), {"image": image} | given, self._judgements()))
            else:
                latents = {"z": self._encoded(image)} if getattr(d, "reads_latents", False) else {}
                found.append(Part("discriminator", d, {"image": image} | latents | given, self._judgements()))
        others = [(role, network) for role, network in self.networks.items() if hasattr(network, "GIVES")]
        return found + [Part(role, network, {"image": image}, network.GIVES) for role, network in others]

    # --- inside -------------------------------------------------------------------------------------------------------

    def _here(self, tensors: list[torch.Tensor]) -> list[torch.Tensor]:
        """On the device of the networks."""
        return [one.to(self.device) for one in tensors]

    def _drawn(self, z: torch.Tensor, controls: list[torch.Tensor]) -> np.ndarray:
        parts = []
        for part in self._chunks([z, *controls], self.dtype):
            with TORCH, torch.inference_mode():
                parts.append(to_uint8(self.generator(*part)).cpu())
        return torch.cat(parts).numpy()

    def _judgements(self) -> tuple[str, ...]:
        """The names of what D gives: its logits, and what else it reads in the same pass."""
        d = self.discriminator
        return tuple(getattr(d, "READS", ("logits", "class_logits"))) if hasattr(d, "read") else ("logits",)

    def _with(self, method: str):
        """The method of that name of the first network that has it; a classifier's own call classifies."""
        found = next((getattr(network, method) for network in self.networks.values() if hasattr(network, method)), None)
        return self.networks.get("classifier") if found is None and method == "classify" else found

    def _need(self, task: str, found):
        if found is None:
            raise cannot(self, task)
        return found

    def _encoded(self, x: torch.Tensor) -> torch.Tensor:
        z = self.encoder(x)
        return z[0] if isinstance(z, tuple) else z

    def _run(self, work, *inputs: torch.Tensor) -> np.ndarray:
        """What networks make of inputs, in chunks: float32."""
        parts = []
        for part in self._chunks(list(inputs)):
            with TORCH, torch.inference_mode():
                parts.append(work(*part).float().cpu())
        return torch.cat(parts).numpy()

    def _noise_dim(self) -> int:
        return self.generator.z_dim

    def _noise(self, z) -> torch.Tensor:
        self._need("decode", self.generator)
        try:
            z = torch.as_tensor(z, dtype=torch.float32)
        except (TypeError, ValueError, RuntimeError, OverflowError):
            z = torch.tensor(float("nan"))
        if z.ndim != 2 or z.shape[1] != self.z_dim or not z.isfinite().all():
            raise BadInput("{name} takes finite noise of shape [N, {z_dim}], not {shape}.",
                           name=self.card.name, z_dim=self.z_dim, shape=list(z.shape))
        return z

    def _controls(self, n: int, given: dict, judged_only: bool = False) -> list[torch.Tensor]:
        for name in given:
            self.card.control(name)
        asked = [control for control in self.card.controls if control.judged or not judged_only or control.name in given]
        inputs = [(control, control.batch(given.get(control.name, control.default), n)) for control in asked]
        return [value for control, value in inputs if control.judged or not judged_only]

    def _images(self, images: np.ndarray, size: tuple[int, int, int] | None = None) -> torch.Tensor:
        """float [N, C, H, W] of images uint8 [N, H, W, C] of a size [H, W, C], the card's if none is given."""
        size = size or self.card.image_size
        images = given_images(images)
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != tuple(size) or not len(images):
            raise BadInput("{name} looks at uint8 pictures of shape [N, {size}], not {dtype} {shape}.",
                           name=self.card.name, size=", ".join(map(str, size)), dtype=images.dtype, shape=list(images.shape))
        return from_uint8(torch.from_numpy(images))

    def _chunks(self, inputs: list[torch.Tensor], dtype: torch.dtype = torch.float32) -> Iterator[list[torch.Tensor]]:
        for parts in zip(*(tensor.split(self.CHUNK) for tensor in inputs), strict=True):
            yield [part.to(self.device, dtype) for part in parts]
