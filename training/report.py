"""Writes the README's tables from the weights folders and the benchmarks, so that no number is typed by hand.

`python -m training.report` fills in what the weights measure; with `--bench` it also runs the benchmarks, which takes a minute.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

import models
from models.card import Card
from models.datasets import DATASETS

README = Path(__file__).resolve().parent.parent / "README.md"


@dataclass(frozen=True)
class Settings:
    bench: bool = False   # run `python -m models bench` and `python -m benchmarks.page` too


def main(cfg: Settings) -> None:
    text = fill(README.read_text(encoding="utf-8"), "table", weights_table())
    if cfg.bench:
        runs = [subprocess.run([sys.executable, "-m", *words], cwd=README.parent, capture_output=True, text=True, check=True).stdout
                for words in (("models", "bench"), ("benchmarks.page",))]
        text = fill(text, "bench", "\n".join(runs))
    README.write_text(text, encoding="utf-8")


def fill(text: str, marker: str, content: str) -> str:
    """The text with what stands between `<!-- marker: ... -->` and the next `<!-- end -->` replaced."""
    return re.sub(rf"(<!-- {marker}: [^\n]*-->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{content.strip()}\n{m[2]}", text, flags=re.DOTALL)


def weights_table() -> str:
    rows = ["| weights | paper | data | measured | minutes, pictures | hardware |", "|---|---|---|---|---|---|"]
    for card in models.cards():
        t = card.training
        rows.append(f"| [{card.name}](weights/{card.name}) | [{card.paper.year}]({card.paper.link}) | {DATASETS[card.dataset].title} "
                    f"| {measured(card)} | {t['minutes']:g}, {t['pictures']:,} | {t['hardware']} |")
    return "\n".join(rows)


def measured(card: Card) -> str:
    m = card.metrics
    if "test_accuracy" in m:
        return f"test accuracy {m['test_accuracy']:.2%}"
    if "sentence" in m:
        return "; ".join(f"{encoder}: AP@50 {m[encoder]['ap50']:.0%}, zero-shot {m[encoder]['zero_shot_accuracy']:.0%}, R@10 "
                         f"{m[encoder]['recall_at_10']:.0%}" for encoder in ("char-cnn-rnn", "sentence")) + " (10 unseen classes)"
    if "frechet_distance" not in m:
        return "not measured yet"
    words = [f"Fréchet distance {m['frechet_distance']:.2f} (floor {m['frechet_floor']:.2f})",
             f"precision {m['precision']:.0%}, recall {m['recall']:.0%}"]
    if "label_accuracy" in m:
        words.append(f"label accuracy {m['label_accuracy']:.1%}")
    if "category_accuracy" in m:
        words.append(f"category against class {m['category_accuracy']:.1%}")
    stage = m.get("stage2", m.get("stage1"))
    if stage:
        words.append(f"sentence among 100 {stage['r_precision_of_ceiling']['top1']:.0%} of photographs; colours "
                     f"{stage['colour_obedience_all']:.0%}")
    return "; ".join(words)


if __name__ == "__main__":
    main(tyro.cli(Settings, description=__doc__))
