"""The figures that every generator is measured by: distances of drawn images to real ones in the instrument's features."""

from functools import cached_property
from pathlib import Path

import numpy as np
import torch

import models
from models.datasets import Dataset
from models.figures import ROUGH
from models.loaded import Model
from training.kit import metrics
from training.kit.real import Real, features_of, resized


def reference(folder: Path, model: Model) -> Model | None:
    """The weights in a run's folder whose figures stand beside those of `model`; None if there are none, or none of images like its own."""
    found = models.load(folder) if (folder / "config.json").is_file() else None
    return found if found and found.card.image_size == model.card.image_size else None


class Comparison:
    """Features of real images, of the other real ones that give the floor, and of drawn ones, each computed once."""

    def __init__(self, real: Real, drawn: np.ndarray):
        self.real, self.images = real, drawn

    @cached_property
    def real_features(self) -> torch.Tensor:
        """float32 [N, F]."""
        return features_of(self.real.images, self.real.instrument)

    @cached_property
    def other_features(self) -> torch.Tensor:
        """float32 [M, F]."""
        return features_of(self.real.other.images, self.real.instrument)

    @cached_property
    def drawn_features(self) -> torch.Tensor:
        """float32 [K, F]."""
        return features_of(self.images, self.real.instrument)

    @cached_property
    def seen(self) -> np.ndarray | None:
        """The class that the instrument sees in each drawn image, int64 [K]; None if it cannot classify."""
        instrument = self.real.instrument
        if instrument is None or "classify" not in instrument.tasks:
            return None
        return instrument.classify(resized(self.images, instrument.card.image_size)).argmax(1)

    def figures(self, data: Dataset) -> dict:
        """The common figures for metrics.json."""
        drawn, other = metrics.as_many(self.drawn_features, self.other_features)
        precision, recall = metrics.precision_recall(self.real_features, drawn)
        precision_ceiling, recall_ceiling = metrics.precision_recall(self.real_features, other)
        found = {
            "instrument": self.told(),
            "samples": len(self.images),
            "frechet_distance": metrics.frechet_distance(self.real_features, drawn),
            "frechet_floor": metrics.frechet_distance(self.real_features, other),
            "kernel_distance": metrics.kernel_distance(self.real_features, drawn),
            "kernel_floor": metrics.kernel_distance(self.real_features, other),
            "precision": precision,
            "precision_ceiling": precision_ceiling,
            "recall": recall,
            "recall_ceiling": recall_ceiling,
        }
        if len(drawn) < len(self.images):
            found["compared"] = len(drawn)
        if self.seen is not None and data.classes:
            found["class_share"] = {name: float((self.seen == i).mean()) for i, name in enumerate(data.classes)}
        return found

    def label_figures(self, data: Dataset, labels: np.ndarray) -> dict:
        """How often the instrument sees the labels asked for, int64 [K], and whether each class is as varied as the real images of it
        (recall within the class), for metrics.json. Empty where the instrument knows no classes."""
        if self.seen is None:
            return {}
        right = self.seen == labels
        recall = {name: metrics.precision_recall(self.real_features[self.real.labels == i], self.drawn_features[labels == i])[1]
                  for i, name in enumerate(data.classes)
                  if min((self.real.labels == i).sum(), (labels == i).sum()) > metrics.NEIGHBOURS}      # of fewer nothing can be said
        return {
            "label_accuracy": float(right.mean()),
            "label_accuracy_per_class": {name: float(right[labels == i].mean()) for i, name in enumerate(data.classes)
                                         if (labels == i).any()},
        } | ({"recall_within_class": recall, "recall_within_class_mean": float(np.mean(list(recall.values())))} if recall else {})

    def told(self) -> str:
        """What the features are, in words."""
        if self.real.instrument is None:
            return ROUGH
        card = self.real.instrument.card
        accuracy = card.metrics.get("test_accuracy") if "classify" in self.real.instrument.tasks else None
        return f"features of {card.name}" + (f" (test accuracy {accuracy:.2%})" if accuracy is not None else "")
