"""Trains the reader of attributes that measures generated faces (models/attributes.py).

Mirror images, other colours and small rotations; the learning rate falls over the last half; the average of the weights is kept. Every
tenth picture is set aside for the test and used once, at the end.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F

import models
from models.attributes import AttributeReader, Config, Reader
from models.checkpoint import write_json
from models.errors import BadInput
from models.images import to_float
from training.kit.attributes import attributes_of
from training.kit.augment import affine, diff_augment
from training.kit.card import write_model_card
from training.kit.data import check_enough, order_of
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.pictures import Pictures, load, tenths
from training.kit.real import Real
from training.kit.run import Run
from training.kit.settings import ImageSettings, command_line


@dataclass(frozen=True)
class AttributesSettings(ImageSettings):
    LEAST_BATCH: ClassVar[int] = 2
    colour: Literal["rgb"] = "rgb"      # faces are in colour
    lr: float = 2e-3              # learning rate
    ema: float = 0.995
    anneal: float = 0.5
    width: int = 24               # the networks' width, in channels as models/attributes.py counts them


PRESETS = {
    "celeba": AttributesSettings(name="attributes-celeba", steps=1_500, batch=64),
    "smoke": AttributesSettings(name="attributes-celeba", out="runs/smoke-attributes", weights="runs/smoke-attributes/weights",
                                steps=3, batch=8, limit=40, width=4, size=32, restart=True),
}


def main(cfg: AttributesSettings) -> None:
    run = Run(cfg)
    pictures = load(cfg, run.dataset)
    names, attributes = attributes_of(cfg, pictures)
    check_enough(pictures)
    run.describe(pictures.data, pictures.digest, pictures.source)
    aside = tenths(len(attributes))
    images, truth = pictures.images[~aside].to(run.device), attributes[~aside].to(run.device)
    order = order_of(run, len(images))
    net = Config(attributes=names, width=cfg.width, size=pictures.data.size, channels=pictures.data.channels)
    network = AttributeReader(net).to(run.device, memory_format=torch.channels_last)
    ema = ema_of(network, cfg.ema)
    optimizer = torch.optim.AdamW(network.parameters(), lr=cfg.lr, weight_decay=0.05)
    run.track(network=network, ema=ema, optimizer=optimizer)

    for step in run.steps():
        chosen = order[step].to(run.device)
        seen = affine(diff_augment(to_float(images[chosen]), "mirror,color"), rotate=0.15, stretch=0.1, shear=0.1, shift=0.07)
        with run.autocast():
            loss = F.binary_cross_entropy_with_logits(network(seen).float(), truth[chosen])
        run.update(optimizer, loss)
        ema.update_parameters(network)
        run.log(loss=loss)

    folder = export(run, net, {"reader": ema.module})
    if run.main:
        found = accuracy(models.load(folder), pictures, attributes)
        write_json(folder / "metrics.json", found)
        write_model_card(folder)
        print(f"{cfg.name}: {found['attribute_accuracy']:.1%} of the attributes of {found['test_pictures']:,} test pictures")


def accuracy(model: Reader, pictures: Pictures, attributes: torch.Tensor) -> dict:
    """The share of attributes read right in the pictures that were set aside, of all and of each; `attributes` [N, attributes], 0 or 1, is
    of all pictures. Beside it what the commoner answer alone would get."""
    aside = tenths(len(attributes))
    images, truth = pictures.images[aside].permute(0, 2, 3, 1).numpy(), attributes[aside].numpy()
    right = (model.logits(images) > 0) == (truth > 0)
    return {
        "attribute_accuracy": float(right.mean()),
        "attribute_floor": float(np.maximum(truth.mean(0), 1 - truth.mean(0)).mean()),
        "test_pictures": len(truth),
        "accuracy_per_attribute": {name: float(share) for name, share in zip(model.attributes, right.mean(0), strict=True)},
    }


def measure(model: Reader, real: Real, drawn: None, controls: dict) -> dict:
    """For training.evaluate: the accuracy on the pictures that were set aside."""
    cfg = replace(real.reading, data=real.source)
    pictures = load(cfg, model.card.dataset, size=model.card.image_size[0])
    names, attributes = attributes_of(cfg, pictures)
    if names != model.attributes:
        raise BadInput(f"{model.card.name} reads the attributes {', '.join(model.attributes):.80}, and {cfg.data} has others or another "
                       "order of them.")
    check_enough(pictures)
    return accuracy(model, pictures, attributes)


if __name__ == "__main__":
    command_line(main, PRESETS, default="celeba")
