"""Trains the classifiers that measure the generators (models/classifier.py).

Random rotations, stretches and shifts (Fashion-MNIST: mirror images too) of the training images, label smoothing, one cycle of the
learning rate (https://arxiv.org/abs/1708.07120), and the EMA of the weights. The test set is used once, at the end.
"""

import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from torch.optim.lr_scheduler import OneCycleLR

import models
from models.checkpoint import write_json
from models.classifier import Classifier, Config
from models.loaded import Model
from training.kit.augment import affine, mirror
from training.kit.card import write_model_card
from training.kit.data import batches_of, training_and_test
from training.kit.ema import ema_of
from training.kit.export import export
from training.kit.pictures import LABELS
from training.kit.real import Real
from training.kit.run import Run
from training.kit.settings import ImageSettings, command_line


@dataclass(frozen=True)
class ClassifierSettings(ImageSettings):
    LEAST_BATCH: ClassVar[int] = 2
    lr: float = 4e-3              # highest learning rate of the cycle
    smoothing: float = 0.05       # label smoothing
    mirror: bool = False          # half the images mirrored left to right
    rotate: float = 0.2           # largest rotation in radians; stretch, shear and shift go along with it
    width: int = 32               # the networks' width, in channels as models/classifier.py counts them
    anneal: tyro.conf.Suppress[float] = 0.0       # the cycle says how the rate falls


PRESETS = {
    "mnist": ClassifierSettings(name="classifier-mnist", steps=6_000, batch=128, ema=0.998),
    "fashion": ClassifierSettings(name="classifier-fashion", steps=5_000, batch=128, ema=0.998, mirror=True, rotate=0.05),
    "smoke": ClassifierSettings(name="classifier-mnist", out="runs/smoke-classifier", weights="runs/smoke-classifier/weights",
                                steps=40, batch=64, limit=2_000, width=8, restart=True),
}


def main(cfg: ClassifierSettings) -> None:
    run = Run(cfg)
    pictures, test = training_and_test(run, LABELS)
    batches = batches_of(run, pictures)
    net = Config(width=cfg.width, size=batches.size, channels=batches.channels, classes=len(run.dataset.classes))

    network = Classifier(net).to(run.device, memory_format=torch.channels_last)
    ema = ema_of(network, cfg.ema)
    optimizer = torch.optim.AdamW(network.parameters(), lr=cfg.lr, weight_decay=0.02)
    schedule = OneCycleLR(optimizer, cfg.lr, total_steps=cfg.steps + 1, pct_start=rise(cfg.steps))
    run.track(network=network, ema=ema, optimizer=optimizer)
    warnings.filterwarnings("ignore", "To get the last learning rate", UserWarning)      # torch expects schedule.step() alone to ask

    for step in run.steps():
        real, label = batches[step]
        for group, lr in zip(optimizer.param_groups, schedule_at(schedule, step), strict=True):
            group["lr"] = lr
        real = affine(real, rotate=cfg.rotate, stretch=cfg.rotate / 2 + 0.05, shear=cfg.rotate / 2, shift=0.07)
        if cfg.mirror:
            real = mirror(real)
        with run.autocast():
            loss = F.cross_entropy(network(real), label, label_smoothing=cfg.smoothing)
        run.update(optimizer, loss)
        ema.update_parameters(network)
        run.log(loss=loss)

    folder = export(run, net, {"classifier": ema.module})
    if run.main:
        seen = models.load(folder).classify(test.images.permute(0, 2, 3, 1).numpy())
        found = accuracy(seen.argmax(1), test.labels.numpy(), run.dataset.classes)
        write_json(folder / "metrics.json", found)
        write_model_card(folder)
        print(f"{cfg.name}: {found['test_accuracy']:.2%} of {len(test.images):,} test images")


def rise(steps: int) -> float:
    """The share of the steps in which the learning rate rises: a fifth, in short runs more, for a rise of no step divides by zero."""
    return max(0.2, 1.5 / (steps + 1))


def accuracy(found: np.ndarray, truth: np.ndarray, classes: tuple[str, ...]) -> dict:
    """The share of images whose class was found, of all and of each class; found and truth are int64 [N]."""
    return {
        "test_accuracy": float((found == truth).mean()),
        "test_pictures": len(truth),
        "accuracy_per_class": {name: float((found == truth)[truth == c].mean()) for c, name in enumerate(classes) if (truth == c).any()},
    }


def measure(model: Model, real: Real, drawn: None, controls: dict) -> dict:
    """For training.evaluate: the accuracy on images that training did not see."""
    unseen = real.unseen(labelled=True)
    return accuracy(model.classify(unseen.images).argmax(1), unseen.labels, model.card.dataset.classes)


def schedule_at(schedule: OneCycleLR, step: int) -> list[float]:
    """The learning rates at a step, whose beta1 of Adam is set besides, so that a resumed run needs no scheduler state."""
    schedule.last_epoch = step
    return schedule.get_lr()


if __name__ == "__main__":
    command_line(main, PRESETS, default="mnist")
