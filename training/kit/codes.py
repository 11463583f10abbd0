"""What InfoGAN's codes came to mean, measured on generated images (Chen et al. 2016, section 7.2)."""

import itertools

import numpy as np

from models.infogan import MEANINGS, Infogan
from training.kit import metrics

MEASURES = dict(zip(MEANINGS, (metrics.slant, metrics.stroke_width, lambda images: metrics.spread(images, 1),
                               lambda images: metrics.spread(images, 2), lambda images: images[..., 0].mean((1, 2))), strict=True))


def meaning_of_category(category: np.ndarray, seen: np.ndarray, n: int) -> dict:
    """The class that each of the n categories draws, under the best one-to-one matching, and the share of images that agree.

    `category` is what was asked for, `seen` what the instrument saw, both int64 [N].
    """
    accuracy, meaning = metrics.best_matching(category, seen, n)
    return {"category_accuracy": accuracy, "category_meaning": meaning}


def within(category: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values [N] without the mean of their category, int64 [N]: a 1 is thinner and more upright than a 0 whatever the codes are."""
    means = np.bincount(category, values) / np.maximum(np.bincount(category), 1)
    return values - means[category]


def meaning_of_codes(model: Infogan, n: int) -> dict:
    """What c1 and c2 change, on n grey images (seeds from 10,000), and how well Q reads all codes back.

    Correlations are over images whose codes and noise are random, within the categories.
    """
    c = np.random.default_rng(1).uniform(-1, 1, (2, n))
    category = np.arange(n) % len(model.card.control("category").options)
    images = model.generate(range(10_000, 10_000 + n), category=list(category), c1=list(c[0]), c2=list(c[1]))
    read = model.read(images)
    found = {"q_reads_category": float((read.category.argmax(1) == category).mean()),
             "q_reads_codes": [metrics.correlation(c[i], read.codes[:, i]) for i in range(2)]}
    if images.shape[3] > 1:          # the measures are of ink on paper
        return found
    table = {}
    for name, indicator in MEASURES.items():
        values = within(category, indicator(images))
        table[name] = [metrics.correlation(c[0], values), metrics.correlation(c[1], values)]
    slant, width = np.abs(table["slant"]), np.abs(table["stroke width"])
    meaning = max(itertools.permutations(table, 2), key=lambda pair: sum(abs(table[name][i]) for i, name in enumerate(pair)))
    return {
        "code_meaning": list(meaning),         # two different ones
        "code_correlation": {f"{code} {name}": table[name][i] for i, code in enumerate(("c1", "c2")) for name in table},
        "slant_and_width": float(max(min(slant[0], width[1]), min(slant[1], width[0]))),   # the weaker of the two, better order
    } | found
