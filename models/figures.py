"""The measured figures that page, model card and README print: one table. A paper adds its own in models/X.py as FIGURES.

A key is a path into metrics.json with dots; "last" stands for the last stage of a model of several ("stage2", or "stage1").
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

SHRUNK = 8            # pixels a side at which images of data that no classifier knows are compared
ROUGH = f"images shrunk to {SHRUNK}x{SHRUNK} pixels"     # what metrics.json calls that instrument
BRACKETS = re.compile(r"\s*[(（][^(（]*[)）]$")      # at the end of a label


@dataclass(frozen=True)
class Figure:
    key: str            # "frechet_distance", "last.diversity_of_real"
    label: str          # on the page and the card, in English
    beside: str = ""    # key of the floor or ceiling to print in brackets
    format: str = ".1%"
    scale: float = 1.0  # what the value is multiplied by before it is printed
    short: str = ""     # label in the README's table; empty: not there
    short_format: str = ".0%"


COMMON = (
    Figure("frechet_distance", "Fréchet distance (floor)", "frechet_floor", ".2f", short="Fréchet distance", short_format=".2f"),
    Figure("imagenet_frechet", "Fréchet distance in ImageNet features (floor)", "imagenet_floor", ".1f", short="in ImageNet features",
           short_format=".1f"),
    Figure("kernel_distance", "kernel distance × 1000 (floor)", "kernel_floor", ".2f", 1000),
    Figure("precision", "precision (ceiling)", "precision_ceiling", short="precision"),
    Figure("recall", "recall (ceiling)", "recall_ceiling", short="recall"),
)


def value_of(metrics: dict, key: str) -> float | None:
    """The number under a key; None where there is none."""
    found: object = metrics
    for part in key.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get("stage2", found.get("stage1")) if part == "last" else found.get(part)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def printed(figures: Iterable[Figure], metrics: dict, tell: Callable[[str], str] = str) -> Iterator[tuple[Figure, str, str]]:
    """Each figure that was measured, its label as `tell` has it, and its value as page and card print it, with the floor or ceiling in
    brackets. Where that was not measured, the label does not name it either."""
    for figure in figures:
        value, beside = value_of(metrics, figure.key), value_of(metrics, figure.beside)
        if value is not None:
            text = format(value * figure.scale, figure.format)
            label = tell(figure.label)
            if figure.beside and beside is None:
                label = BRACKETS.sub("", label)
            yield figure, label, text + (f" ({format(beside * figure.scale, figure.format)})" if beside is not None else "")


def in_one_line(figures: Iterable[Figure], metrics: dict) -> str:
    """The figures of the README's table: "Fréchet distance 2.21 (floor 0.04), precision 81%"; empty if none was measured."""
    words = []
    for figure in figures:
        value = value_of(metrics, figure.key)
        if figure.short and value is not None:
            beside = value_of(metrics, figure.beside) if figure.beside.endswith("floor") else None
            words.append(f"{figure.short} {format(value * figure.scale, figure.short_format)}"
                         + (f" (floor {format(beside * figure.scale, figure.short_format)})" if beside is not None else ""))
    return ", ".join(words)
