"""What labels are worth: the errors of semi-supervised GANs trained with other numbers of labels, stored beside those of shipped weights.

    python -m training.sgan --labels 20 --out runs/labels-20-0 --weights runs/labels-20-0/weights
    python -m training.label_curve weights/sgan-mnist runs/labels-*/weights

Each weights folder is measured on the images of the test split, D and its twin, and metrics.json of the first one gets a line for each
pair of labels and draw, as `by_labels`; of several folders with the same the last counts. Lines of other runs that stand there stay, as
they do where these weights are evaluated anew.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import tyro

import models
from models.arguments import command
from models.checkpoint import read_card, write_json
from models.errors import BadInput
from models.sgan import Sgan
from training.kit.card import write_model_card
from training.kit.real import Real
from training.sgan import errors


@dataclass(frozen=True)
class Settings:
    name: Annotated[str, tyro.conf.Positional]                # weights whose metrics.json keeps the lines: a name or a folder
    others: Annotated[tuple[str, ...], tyro.conf.Positional]  # weights folders of the other runs
    data: str = ""      # folder of pictures or of Parquet files, or data set id on the Hub; empty: the data set's id on the Hub


def main(cfg: Settings) -> list[dict]:
    """All lines: labels, draw, steps, error, twin_error, in the order of labels and draw."""
    folder = models.folder_of(cfg.name) or Path(cfg.name)
    loaded, lines = [models.load(str(name)) for name in (folder, *cfg.others)], []
    for model in loaded:
        told = model.card.training.notes
        if not isinstance(model, Sgan) or "labels" not in told or model.card.dataset.key != loaded[0].card.dataset.key:
            raise BadInput(f"{model.card.name} is no semi-supervised GAN of the data set of {cfg.name}.")
        lines.append({key: told[key] for key in ("labels", "draw")} | {"steps": model.card.training.steps})
    size, _, channels = loaded[0].card.image_size
    real = Real(cfg.data, dataset=replace(loaded[0].card.dataset, size=size, channels=channels), sentences=False)
    if not real.apart or not (real.labels >= 0).any():
        raise BadInput(f"Errors are measured on pictures that were held out, with labels, and {cfg.data or 'this data'} has none.")
    metrics = read_card(folder).metrics
    lines = [*metrics.get("by_labels", []), *(line | errors(model, real) for line, model in zip(lines, loaded, strict=True))]
    lines = [line for _, line in sorted({(line["labels"], line["draw"]): line for line in lines}.items())]
    write_json(folder / "metrics.json", metrics | {"by_labels": lines})
    write_model_card(folder)
    print(json.dumps(lines, indent=1))
    return lines


if __name__ == "__main__":
    command(main, Settings, __doc__)
