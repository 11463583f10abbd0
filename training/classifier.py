"""Trains the classifiers that measure the generators (models/classifier.py).

Random turns, stretches and shifts (Fashion-MNIST: mirror images too) of the training pictures, label smoothing, one cycle of
the learning rate, and the average of the weights. The test set is used once, at the end.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import OneCycleLR

from models.checkpoint import write_json
from models.classifier import Classifier, Config
from models.datasets import DATASETS
from training.kit.augment import affine
from training.kit.card import write_model_card
from training.kit.data import Batches, load_pictures, to_float
from training.kit.ema import average_of
from training.kit.export import export
from training.kit.run import Run
from training.kit.settings import Settings, command_line


@dataclass(frozen=True)
class ClassifierSettings(Settings):
    lr: float = 4e-3              # highest learning rate of the cycle
    smoothing: float = 0.05       # label smoothing
    mirror: bool = False          # half the pictures mirrored left to right
    turn: float = 0.2             # largest turn in radians; stretch, shear and shift go along with it
    width: int = 32


PRESETS = {
    "mnist": ClassifierSettings(name="classifier-mnist", steps=6_000, batch=128, ema=0.998),
    "fashion": ClassifierSettings(name="classifier-fashion", steps=5_000, batch=128, ema=0.998, mirror=True, turn=0.05),
    "smoke": ClassifierSettings(name="classifier-mnist", out="runs/smoke-classifier", weights="runs/smoke-classifier/weights",
                                steps=40, batch=64, limit=2_000, width=8, restart=True),
}


def main(cfg: ClassifierSettings) -> None:
    run = Run(cfg)
    data = DATASETS[cfg.name.split("-")[-1]]
    pictures, labels = load_pictures(cfg.data or data.hub, "train", cfg.limit)
    batches = Batches(pictures, labels, cfg.batch, seed=cfg.seed, rank=run.rank, world=run.world, device=run.device)
    net = Config(width=cfg.width, size=pictures.shape[-1], channels=pictures.shape[1], classes=len(data.classes))

    network = Classifier(net).to(run.device, memory_format=torch.channels_last)
    average = average_of(network, cfg.ema)
    optimizer = torch.optim.AdamW(network.parameters(), lr=cfg.lr, weight_decay=0.02)
    schedule = OneCycleLR(optimizer, cfg.lr, total_steps=cfg.steps + 1, pct_start=0.2)
    run.track(network=network, average=average, optimizer=optimizer)

    for step in run.steps():
        real, label = batches[step]
        for group, lr in zip(optimizer.param_groups, schedule_at(schedule, step), strict=True):
            group["lr"] = lr
        real = affine(real, turn=cfg.turn, stretch=cfg.turn / 2 + 0.05, shear=cfg.turn / 2, shift=0.07)
        if cfg.mirror:
            flip = torch.rand(len(real), 1, 1, 1, device=run.device) < 0.5
            real = torch.where(flip, real.flip(3), real)
        with run.autocast():
            loss = F.cross_entropy(network(real), label, label_smoothing=cfg.smoothing)
        run.update(optimizer, loss)
        average.update_parameters(network)
        run.log(loss=loss)

    folder = export(run, net, {"classifier": average.module})
    test, truth = load_pictures(cfg.data or data.hub, "test", cfg.limit)
    with torch.no_grad():
        logits = torch.cat([average.module(to_float(part).to(run.device)).cpu() for part in test.split(500)])
    accuracy = (logits.argmax(1) == truth).float().mean().item()
    per_class = [(logits.argmax(1) == truth)[truth == c].float().mean().item() for c in range(len(data.classes))]
    if run.main:
        write_json(folder / "metrics.json", {
            "test_accuracy": accuracy, "test_pictures": len(test),
            "accuracy_per_class": dict(zip(data.classes, per_class, strict=True)),
        })
        write_model_card(folder)
        print(f"{cfg.name}: {accuracy:.2%} of {len(test):,} test pictures; written to {folder}")


def schedule_at(schedule: OneCycleLR, step: int) -> list[float]:
    """The learning rates at a step, whatever the run did before, so that resuming needs no scheduler state."""
    schedule.last_epoch = step
    return schedule.get_lr()


if __name__ == "__main__":
    command_line(main, PRESETS, default="mnist")
