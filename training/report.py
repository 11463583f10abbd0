"""Writes those of the README's tables that stand between markers, from the weights folders and the benchmarks, so that no number of
theirs is typed by hand.

`python -m training.report` fills in what the weights measure; with `--bench` it also runs the benchmarks, which takes some minutes.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import models
from models.arguments import command
from models.card import Card
from models.checkpoint import WEIGHTS
from models.figures import in_one_line, value_of
from training import evaluate

USUAL = evaluate.Settings.samples      # that README says distances are measured on; with fewer they are larger
JUDGES = ("frechet_distance", "imagenet_frechet")     # our classifier of the data set; a network that trained nothing here
README = Path(__file__).resolve().parent.parent / "README.md"


@dataclass(frozen=True)
class Settings:
    bench: bool = False   # run `python -m models bench` and `python -m benchmarks.page` too


def main(cfg: Settings) -> None:
    text = fill(README.read_text(encoding="utf-8"), "table", weights_table())
    text = fill(text, "judges", judges())
    if cfg.bench:
        runs = [subprocess.run([sys.executable, "-m", *words], cwd=README.parent, capture_output=True, text=True, check=True).stdout
                for words in (("models", "bench"), ("benchmarks.page",))]
        text = fill(text, "bench", _without_own("\n".join(runs)))
    README.write_text(text, encoding="utf-8")


def fill(text: str, marker: str, content: str) -> str:
    """The text with what stands between `<!-- marker: ... -->` and the next `<!-- end -->` replaced."""
    return re.sub(rf"(<!-- {marker}: [^\n]*-->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{content.strip()}\n{m[2]}", text, flags=re.DOTALL)


def weights_table() -> str:
    """The table of all weights, in Markdown."""
    rows = ["| weights | paper | data | measured | minutes, pictures | hardware |", "|---|---|---|---|---|---|"]
    for card in _shipped():
        t, samples = card.training, card.metrics.get("compared", card.metrics.get("samples"))
        measured = in_one_line(card.figures, card.metrics) or "not measured yet"
        if JUDGES[0] in card.metrics and isinstance(samples, int) and samples != USUAL:
            measured += f", on {samples:,} samples"
        rows.append(f"| [{card.name}](weights/{card.name}) | [{card.paper.year}]({card.paper.link}) | {card.dataset.title} "
                    f"| {measured} | {t.minutes:g}{t.more}, {t.pictures:,} | {t.hardware} |")
    return "\n".join(rows)


def _shipped() -> list[Card]:
    """The cards of this project's weights: those of data of one's own are in no README that others read."""
    return [card for card in models.cards(WEIGHTS) if not card.dataset.own]


def _without_own(tables: str) -> str:
    """Tables of the benchmarks without the lines of all other weights."""
    others = {card.name for card in models.cards()} - {card.name for card in _shipped()}
    begins = tuple(f"| {name}{end}" for name in others for end in (" ", ",", ":"))
    return "\n".join(line for line in tables.splitlines() if not line.startswith(begins))


def judges() -> str:
    """Of each data set the weights by their distance to real images, nearest first, as two judges have it; in Markdown."""
    cards, found = [card for card in _shipped() if all(value_of(card.metrics, key) is not None for key in JUDGES)], []
    for data in dict.fromkeys(card.dataset for card in cards):
        ours, theirs = (", ".join(card.name.removesuffix(f"-{data.key}") for card in sorted(
            (card for card in cards if card.dataset == data), key=lambda card, key=key: value_of(card.metrics, key))) for key in JUDGES)
        found.append(f"- {data.title}: " + (f"{ours} by both judges" if ours == theirs else
                                            f"{ours} by our classifier; {theirs} by ImageNet features"))
    return "\n".join(found)


if __name__ == "__main__":
    command(main, Settings, __doc__)
