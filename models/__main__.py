"""The models from the shell: `python -m models list`, `sample NAME`, `bench`."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from PIL import Image

import models
from models.bench import bench
from models.errors import BadInput
from models.provenance import png_info, read_png
from models.runtime import CHUNK, parse_seeds

Name = Annotated[str, tyro.conf.Positional]
From = Annotated[Path | None, tyro.conf.arg(name="from")]
Settings = Annotated[tuple[str, ...], tyro.conf.arg(name="set"), tyro.conf.UseAppendAction]


def list_(json: bool = False) -> None:
    """Lists the trained models.

    Args:
        json: Print all that is known of each as JSON.
    """
    found = models.cards()
    if json:
        print(_json([dataclasses.asdict(card) for card in found]))
        return
    for card in found:
        controls = ", ".join(control.name for control in card.controls) or "no controls"
        print(f"{card.name:20} {card.paper.year}  {'x'.join(map(str, card.image_size)):9} {controls:18} {card.paper.title}")


def sample(name: Name = "", seeds: str = "0-15", set: Settings = (), out: Path = Path("samples"), from_: From = None) -> None:
    """Draws one PNG per seed, or one picture again.

    Args:
        name: Weights under weights/, a folder, or a Hub id.
        seeds: For example 7, 0-15 or 3,7,20-22.
        set: A control and its value, for example label=7; may be given several times.
        out: Folder for the pictures, made if missing.
        from_: A PNG that was saved here or on the page: the same model, seed and controls draw it again.
    """
    controls: dict = {}
    if from_ is not None:
        made_by, seed, controls = read_png(from_)
        if name not in ("", made_by):
            raise BadInput(f"{from_.name[:60]} was made by {made_by[:60]}, not by {name[:60]}.")
        name, seeds = made_by, str(seed)
    elif not name:
        raise BadInput("Name the weights to draw with, as in: python -m models sample infogan-mnist, or a picture with --from.")
    model, chosen, controls = models.load(name), parse_seeds(seeds), controls | dict(_assignment(text) for text in set)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for start in range(0, len(chosen), CHUNK):
            part = chosen[start:start + CHUNK]
            for seed, picture in zip(part, model.generate(part, **controls), strict=True):
                Image.fromarray(picture.squeeze()).save(out / f"{model.card.name}-{seed}.png", pnginfo=png_info(model.card, seed, controls))
    except OSError as error:
        raise BadInput(f"The pictures cannot be written to {out} ({error.strerror or error}).") from error
    print(f"{len(chosen):,} pictures in {out}/")


def _assignment(text: str) -> tuple[str, str | dict]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput(f"--set takes NAME=VALUE, for example label=7, not {text!r:.40}.")
    if value.startswith("{"):                # several options of a choice, mixed: label={"7": 0.5, "9": 0.5}
        try:
            return name, json.loads(value)
        except ValueError:
            raise BadInput(f"--set takes NAME=VALUE, or a JSON object as VALUE, not {text!r:.40}.") from None
    return name, value


def _json(value) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=lambda v: v.tolist() if isinstance(v, np.ndarray) else str(v))


if __name__ == "__main__":
    try:
        tyro.extras.subcommand_cli_from_dict({"list": list_, "sample": sample, "bench": bench}, prog="python -m models")
    except BadInput as error:
        sys.exit(f"error: {error}")
