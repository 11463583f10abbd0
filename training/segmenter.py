"""Trains the network that reads the labels of facades (models/segmenter.py), on photographs and their label maps.

Random crops, mirror images and colours; the learning rate falls over the last half; the average of the weights is kept. The validation
pairs are used once, at the end.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F

import models
from models.checkpoint import write_json
from models.errors import BadInput
from models.facades import NAMES, labels_of
from models.images import to_float
from models.pix2pix import LABELS
from models.segmenter import Config, Reader, Segmenter
from training.kit.augment import diff_augment
from training.kit.cache import CACHE
from training.kit.card import write_model_card
from training.kit.data import order_of
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.pairs import Pairs, load_pairs
from training.kit.real import Real
from training.kit.run import Run
from training.kit.settings import ImageSettings, command_line


@dataclass(frozen=True)
class SegmenterSettings(ImageSettings):
    size: int = 256               # pixels a side, a multiple of 32
    colour: Literal["rgb"] = "rgb"      # pairs are in colour
    lr: float = 2e-3              # learning rate
    batch: int = 4
    ema: float = 0.99
    anneal: float = 0.5
    width: int = 24               # the networks' width, in channels as models/segmenter.py counts them
    most_width: int = 96          # the width that no layer exceeds


PRESETS = {
    "facades": SegmenterSettings(name="segmenter-facades", steps=1_500),
    "smoke": SegmenterSettings(name="segmenter-facades", out="runs/smoke-segmenter", weights="runs/smoke-segmenter/weights", steps=3,
                               batch=2, limit=8, size=32, width=8, most_width=16, restart=True),
}


def main(cfg: SegmenterSettings) -> None:
    if cfg.size % 32:
        raise BadInput(f"--size takes a multiple of 32 here, for the network halves it five times, not {cfg.size}.")
    run = Run(cfg)
    pairs, test = (load_pairs(cfg, run.dataset, LABELS, size, CACHE, split)
                   for size, split in ((cfg.size * 17 // 16, "train"), (cfg.size, "validation")))
    run.describe(pairs.data, pairs.digest, pairs.source)
    order = order_of(run, len(pairs))
    net = Config(width=cfg.width, most=cfg.most_width, size=cfg.size)
    network = Segmenter(net).to(run.device)
    ema = ema_of(network, cfg.ema)
    optimizer = torch.optim.AdamW(network.parameters(), lr=cfg.lr, weight_decay=0.02)
    run.track(network=network, ema=ema, optimizer=optimizer)

    for step in run.steps():
        colours, photos = pairs.batch(order[step], cfg.size)
        labels = torch.from_numpy(labels_of(colours.permute(0, 2, 3, 1).numpy())).long().to(run.device)
        photos = diff_augment(to_float(photos).to(run.device), "color")
        with run.autocast():
            loss = F.cross_entropy(network(photos).float(), labels, label_smoothing=0.05)
        run.update(optimizer, loss)
        ema.update_parameters(network)
        run.log(loss=loss)

    folder = export(run, net, {"segmenter": ema.module})
    if run.main:
        found = accuracy(models.load(folder), test)
        write_json(folder / "metrics.json", found)
        write_model_card(folder)
        print(f"{cfg.name}: {found['pixel_accuracy']:.1%} of the pixels of {len(test)} photographs")


def accuracy(model: Reader, pairs: Pairs) -> dict:
    """The share of pixels whose label is read right, of all and of each label's."""
    found, truth = model.read_labels(pairs.images.permute(0, 2, 3, 1).numpy()), labels_of(pairs.inputs_at())
    return {"pixel_accuracy": float((found == truth).mean()), "test_pictures": len(truth),
            "accuracy_per_label": {name: float((found == truth)[truth == i].mean()) for i, name in enumerate(NAMES) if (truth == i).any()}}


def measure(model: Reader, real: Real, drawn: np.ndarray | None, controls: dict) -> dict:
    """For training.evaluate: the accuracy on the validation pairs."""
    source, size = real.source or model.card.dataset.hub, model.card.image_size[0]
    return accuracy(model, load_pairs(replace(real.reading, data=source), model.card.dataset, LABELS, size, CACHE, "validation"))


if __name__ == "__main__":
    command_line(main, PRESETS, default="facades")
