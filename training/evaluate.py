"""Measures shipped weights: `python -m training.evaluate infogan-mnist`.

10,000 samples (seeds 0 to 9,999) against the test set, in the feature space of our own classifier for that data set. The
results are printed, and stored in the weights folder's metrics.json and README.md.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

import models
from models.checkpoint import WEIGHTS, write_json
from models.datasets import DATASETS
from models.errors import BadInput
from models.text.encoders import TextEncoders
from training import evaluate_flowers
from training.kit import metrics
from training.kit.card import write_model_card
from training.kit.data import load_pictures


@dataclass(frozen=True)
class Settings:
    name: Annotated[str, tyro.conf.Positional]   # weights to measure: a name under weights/ or a folder
    data: str = ""        # folder of Parquet files or data set id on the Hub; empty: the data set's id on the Hub
    samples: int = 10_000
    classifier: str = ""  # the measuring classifier; empty: classifier-<dataset>
    store: bool = True    # write metrics.json and the model card


def main(cfg: Settings) -> dict:
    model = models.load(cfg.name)
    folder = WEIGHTS / cfg.name if (WEIGHTS / cfg.name).is_dir() else Path(cfg.name)
    if cfg.store and not folder.is_dir():
        raise BadInput(f"{cfg.name} comes from the Hub, where nothing can be stored; add --no-store, or name a folder.")
    if model.card.dataset == "flowers":
        found = (evaluate_flowers.encoders(model, cfg.data) if isinstance(model, TextEncoders)
                 else evaluate_flowers.text_to_picture(model, cfg.data, cfg.samples))
    else:
        found = _labelled(cfg, model)
    print(json.dumps(found, indent=2, ensure_ascii=False))
    if cfg.store:
        write_json(folder / "metrics.json", found)
        write_model_card(folder)
    return found


def _labelled(cfg: Settings, model: models.Model) -> dict:
    """Models of data sets with a classifier of our own: MNIST and Fashion-MNIST."""
    card, data = model.card, DATASETS[model.card.dataset]
    classifier = models.load(cfg.classifier or f"classifier-{card.dataset}")
    features = metrics.Features(classifier)
    rng = np.random.default_rng(0)

    source = cfg.data or data.hub
    test, truth = _pictures(source, "test", cfg.samples)
    train, _ = _pictures(source, "train")
    train = train[rng.permutation(len(train))[:cfg.samples]]
    seeds = range(cfg.samples)
    asked = _evenly(card, cfg.samples, rng)
    fake = model.generate(seeds, **asked)

    real_features, train_features, fake_features = features.of(test), features.of(train), features.of(fake)
    precision, recall = metrics.precision_recall(real_features, fake_features)
    floor_precision, floor_recall = metrics.precision_recall(real_features, train_features)
    seen = classifier.classify(fake).argmax(1)
    found = {
        "instrument": f"features of {classifier.card.name} (test accuracy {classifier.card.metrics.get('test_accuracy', 0):.2%})",
        "samples": cfg.samples,
        "frechet_distance": metrics.frechet_distance(real_features, fake_features),
        "frechet_floor": metrics.frechet_distance(real_features, train_features),
        "kernel_distance": metrics.kernel_distance(real_features, fake_features),
        "kernel_floor": metrics.kernel_distance(real_features, train_features),
        "precision": precision,
        "precision_ceiling": floor_precision,
        "recall": recall,
        "recall_ceiling": floor_recall,
        "class_share": {name: float((seen == i).mean()) for i, name in enumerate(data.classes)},
    }
    if "label" in asked:
        found |= obedience(np.asarray(asked["label"]), seen, data.classes, real_features, truth, fake_features)
    if "category" in asked:
        found |= codes(model, np.asarray(asked["category"]), seen, len(data.classes), cfg.samples)
    return found


def obedience(labels: np.ndarray, seen: np.ndarray, classes: tuple[str, ...], real_features, truth, fake_features) -> dict:
    """How well the conditional GAN obeys, and whether each class is as varied as in the test set (recall within the class)."""
    return {
        "label_accuracy": float((labels == seen).mean()),
        "label_accuracy_per_class": {name: float((seen[labels == i] == i).mean()) for i, name in enumerate(classes)},
        "recall_within_class": {
            name: metrics.precision_recall(real_features[truth == i], fake_features[labels == i])[1]
            for i, name in enumerate(classes)
        },
    }


def codes(model: models.Model, category: np.ndarray, seen: np.ndarray, classes: int, n: int) -> dict:
    """What InfoGAN's codes mean: the class each category draws, and what c1 and c2 change, measured on the pictures.

    Correlations are over pictures whose category, codes and noise are all random; the mean of each category is taken out
    first, because a 1 is thinner and more upright than a 0 whatever the codes say.
    """
    accuracy, meaning = metrics.best_matching(category, seen, classes)
    rng = np.random.default_rng(1)
    m = min(n, 4000)
    c = rng.uniform(-1, 1, (2, m))
    chosen = np.arange(m) % classes
    pictures = model.generate(range(10_000, 10_000 + m), category=list(chosen), c1=list(c[0]), c2=list(c[1]))
    table = {}
    for name, measure in metrics.MEASURES.items():
        values = measure(pictures)
        for i in np.unique(chosen):
            values[chosen == i] -= values[chosen == i].mean()
        table[name] = [metrics.correlation(c[0], values), metrics.correlation(c[1], values)]
    read_category, read_codes = model.read(pictures)
    slant, width = np.abs(table["slant"]), np.abs(table["stroke width"])
    return {
        "category_accuracy": accuracy,
        "category_meaning": meaning,
        "code_meaning": [max(table, key=lambda name, i=i: abs(table[name][i])) for i in range(2)],
        "code_correlation": {f"{code} {name}": table[name][i] for i, code in enumerate(("c1", "c2")) for name in table},
        "slant_and_width": float(max(min(slant[0], width[1]), min(slant[1], width[0]))),   # the weaker of the two, better order
        "q_reads_category": float((read_category.argmax(1) == chosen).mean()),
        "q_reads_codes": [metrics.correlation(c[i], read_codes[:, i]) for i in range(2)],
    }


def _evenly(card, n: int, rng: np.random.Generator) -> dict[str, list]:
    """Controls for n samples: every option of a Choice equally often, a Range uniform over the [-1, 1] it was trained on."""
    return {
        control.name: [int(i) for i in np.arange(n) % len(control.options)] if hasattr(control, "options")
        else [float(v) for v in rng.uniform(-1, 1, n)]
        for control in card.controls
    }


def _pictures(source: str, split: str, limit: int = 0) -> tuple[np.ndarray, np.ndarray]:
    pictures, labels = load_pictures(source, split, limit)
    return pictures.permute(0, 2, 3, 1).numpy(), labels.numpy()


if __name__ == "__main__":
    try:
        main(tyro.cli(Settings, description=__doc__))
    except BadInput as error:
        sys.exit(f"error: {error}")
