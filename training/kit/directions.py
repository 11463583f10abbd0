"""Directions of the noise along which an attribute changes, and noises that show it, as a reader (models/attributes.py) sees it.

Radford et al. 2015, section 6.3.2, add and subtract the means of three noises that were chosen by eye; here a network chooses.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

import models
from models.attributes import TOLD, Reader
from models.dcgan import KINDS, SETS, TERMS, Config, Generator
from models.errors import BadInput
from models.images import to_uint8
from models.loaded import Model
from training.kit.real import resized

DRAWN = 20_000          # images from which the directions are found
STEP = 2.0              # how far the effect of a direction is measured, in deviations of the noise
MEASURED = 1_000        # images on which it is
# Sums, the first and the last from the paper: what the three terms show. Each term: (attribute, whether it is there).
TERMS_OF = {
    "smile": ((("Smiling", True), ("Male", False)), (("Smiling", False), ("Male", False)), (("Smiling", False), ("Male", True))),
    "hair": ((("Black_Hair", True), ("Male", False)), (("Black_Hair", False), ("Male", False)), (("Black_Hair", False), ("Male", True))),
    "glasses": ((("Eyeglasses", True), ("Male", True)), (("Eyeglasses", False), ("Male", True)), (("Eyeglasses", False), ("Male", False))),
}


def asked_for(weights: str, named: str) -> tuple[Reader | None, tuple[str, ...]]:
    """The reader, and the attributes that directions are wanted for, as a training's settings name them: its weights, and names joined by
    commas. Without names there is no reader. Raises BadInput."""
    names = tuple(filter(None, (name.strip() for name in named.split(","))))
    if not names:
        return None, ()
    if len({name.lower() for name in names}) < len(names):
        raise BadInput("--directions names an attribute twice.")
    if not weights:
        raise BadInput("--directions needs a --reader that reads attributes, such as attributes-celeba.")
    reader = models.load(weights)
    if not isinstance(reader, Reader):
        raise BadInput(f"--reader takes weights that read attributes, and {reader.card.name} does not.")
    columns_of(reader, names)
    return reader, names


def directed(g: Generator, net: Config, reader: Reader, names: tuple[str, ...]) -> Generator:
    """A trained generator without directions as one with directions for these attributes."""
    @torch.no_grad()
    def generate(z: torch.Tensor) -> np.ndarray:
        return to_uint8(g(z.to(next(g.parameters()).device)).cpu()).numpy()

    generator = Generator(replace(net, directions=names))
    generator.load_state_dict(g.state_dict() | {"directions": find(generate, net.z_dim, reader, names)})
    return generator


def find(generate: Callable[[torch.Tensor], np.ndarray], z_dim: int, reader: Reader, names: tuple[str, ...]) -> torch.Tensor:
    """float32 [len(KINDS), names, z_dim], each of length 1: along which the reader's logit of each attribute rises most, by least squares
    over DRAWN noises; of the kind "held" without what lies along the others. `generate`: z [N, z_dim] -> images uint8 [N, H, W, C]."""
    columns = columns_of(reader, names)
    z = torch.randn(DRAWN, z_dim, generator=torch.Generator().manual_seed(0))
    logits = np.concatenate([read(reader, generate(part))[:, columns] for part in z.split(500)])
    logits = torch.from_numpy((logits - logits.mean(0)) / logits.std(0)).float()
    free = unit(torch.linalg.lstsq(z, logits).solution.T)
    held = unit(torch.stack([one - along(one, torch.cat([free[:i], free[i + 1:]])) for i, one in enumerate(free)]))
    return torch.stack([{"held": held, "free": free}[kind] for kind in KINDS])


def unit(vectors: torch.Tensor) -> torch.Tensor:
    return vectors / vectors.norm(dim=1, keepdim=True)


def along(vector: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """The part of a vector [F] that lies in the span of others [N, F]."""
    if not len(others):
        return torch.zeros_like(vector)
    basis, _ = torch.linalg.qr(others.T)
    return basis @ (basis.T @ vector)


def columns_of(reader: Reader, names: tuple[str, ...]) -> list[int]:
    """The places of attributes in what the reader gives. Raises BadInput for one that it does not know."""
    for name in names:
        if name not in reader.attributes:
            raise BadInput(f"{reader.card.name} reads no attribute called {name!r:.40}; it reads {', '.join(reader.attributes)}.")
    return [reader.attributes.index(name) for name in names]


def read(reader: Reader, images: np.ndarray) -> np.ndarray:
    """The reader's logits of images uint8 [N, H, W, C] of any size."""
    return reader.logits(resized(images, reader.card.image_size))


# --- what is measured of a trained model ----------------------------------------------------------------------------------

def figures(model: Model, reader: Reader, drawn: np.ndarray, attributes: dict[str, np.ndarray]) -> dict:
    """Entries of metrics.json: "directions", how far the reader's opinion of each attribute moves over STEP along each direction, in
    deviations of that opinion over all images; "arithmetic", seeds for the terms of the sums; "shares", how often attributes are seen in
    the images drawn and, of those in `attributes`, 0 or 1 of each picture, how often they are there in the data. `drawn`: the images of
    seeds 0, 1, 2, ..."""
    names = tuple(control.name for control in model.card.controls[:-1])
    known = {one.lower(): one for one in reader.attributes}
    columns = columns_of(reader, tuple(known.get(name, name) for name in names))
    logits = read(reader, drawn)
    found = {"directions": {kind: _effects(model, reader, names, columns, kind, logits) for kind in KINDS},
             "arithmetic": {name: [_seeds(reader, logits, term) for term in terms] for name, terms in TERMS_OF.items()
                            if all(attribute in reader.attributes for term in terms for attribute, _ in term)}}
    shown = {name: reader.attributes.index(name) for name in TOLD if name in reader.attributes}
    found["shares"] = {name: {"drawn": float((logits[:, i] > 0).mean()),
                              **({"data": float(attributes[name].mean())} if name in attributes else {})} for name, i in shown.items()}
    return found


def _effects(model: Model, reader: Reader, names: tuple[str, ...], columns: list[int], kind: str, logits: np.ndarray) -> dict:
    """By direction: {attribute: change}."""
    before = logits[:MEASURED, columns]
    seeds = range(len(before))
    found = {}
    for name in names:
        after = read(reader, model.generate(seeds, **{name: STEP, "others": kind}))[:, columns]
        moved = (after - before).mean(0) / logits[:, columns].std(0)
        found[name] = dict(zip(names, map(float, moved), strict=True))
    return found


def _seeds(reader: Reader, logits: np.ndarray, term: tuple[tuple[str, bool], ...]) -> list[int]:
    """SETS * TERMS seeds of whose images the reader is surest that all of a term holds, surest first."""
    wanted = [(reader.attributes.index(name), 1 if there else -1) for name, there in term]
    sure = np.min([sign * logits[:, i] / logits[:, i].std() for i, sign in wanted], axis=0)
    return np.argsort(-sure, kind="stable")[:SETS * TERMS].tolist()
