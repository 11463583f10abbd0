"""The models from the shell: `python -m models list`, `sample NAME`, `export NAME`, `bench`."""

import dataclasses
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

import models
from models import exported, registry
from models.arguments import commands
from models.bench import bench
from models.card import Card
from models.checkpoint import write_whole
from models.controls import Choice, Picture
from models.errors import BadInput, print_anything
from models.images import png_bytes
from models.provenance import Recipe, png_info, read_png, recorded
from models.seeds import parse_seeds

Name = Annotated[str, tyro.conf.Positional]
From = Annotated[Path | None, tyro.conf.arg(name="from")]
Settings = Annotated[tuple[str, ...], tyro.conf.arg(name="set"), tyro.conf.UseAppendAction]
AT_ONCE = 256          # images that are drawn before they are written
MOST_TAIL = 40         # letters of controls in a file's name


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


def sample(name: Name = "", seeds: str | None = None, set: Settings = (), out: Path = Path("samples"), from_: From = None) -> None:
    """Draws one PNG per seed, or one picture again.

    A file is called after what made it, such as cgan-mnist-seed12-label7.png; many or long controls are cut down to eight letters of their
    sha256. A seed that is given twice is drawn once.

    Args:
        name: Weights under weights/, a folder, or a Hub id.
        seeds: For example 7, 0-15 or 3,7,20-22; 0-15 if left out.
        set: A control and its value, for example label=7, or input=photo.png where a picture is fed; may be given several times.
        out: Folder for the pictures, made if missing.
        from_: A PNG that was saved here or on the page: the same model, seed and controls draw it again. Weights of your own that made it
            are found in the folders that GAN_ATLAS_WEIGHTS names, or named before it.
    """
    if from_ is not None:
        if seeds is not None:
            raise BadInput("--seeds and --from exclude each other: the picture names its seed.")
        recipe = read_png(from_)
        model, chosen, controls = _maker(recipe, name, from_.name[:60]), [recipe.seed], recipe.controls
    elif name:
        model, chosen, controls = models.load(name), list(dict.fromkeys(parse_seeds("0-15" if seeds is None else seeds))), {}
    else:
        raise BadInput("Name the weights to draw with, as in: python -m models sample infogan-mnist, or a picture with --from.")
    if "generate" not in model.tasks:
        raise BadInput("{name} draws nothing; its tasks are {tasks}.", name=model.card.name, tasks=", ".join(model.tasks))
    given = [_assignment(model.card, text) for text in set]
    if twice := [name for i, (name, _) in enumerate(given) if name in dict(given[:i])]:
        raise BadInput("{name} is set twice.", name=twice[0])
    controls = controls | dict(given)
    model.ask(chosen[:1], **controls)                # what is wrong with them is said before a folder is made
    try:
        out.mkdir(parents=True, exist_ok=True)
        for start in range(0, len(chosen), AT_ONCE):
            part = chosen[start:start + AT_ONCE]
            images, kept = model.generate(part, **controls), recorded(model.card, controls)
            for seed, image in zip(part, images, strict=True):
                path = out / file_name(model.card.name, seed, kept)
                _check_ours(path, model.card)
                write_whole(path, png_bytes(image, png_info(model.card, seed, kept)))
    except OSError as error:
        raise BadInput("The pictures cannot be written to {out} ({reason}).", out=out, reason=error.strerror or error) from error
    print(f"{len(chosen):,} {'picture' if len(chosen) == 1 else 'pictures'} in {out}/")


def export(name: Name, out: Path | None = None, only: tuple[str, ...] = ()) -> None:
    """Writes the networks as ONNX files, for onnxruntime in Python or in a browser, and checks each against torch.

    Args:
        name: Weights under weights/, a folder, or a Hub id.
        out: Folder for the files; onnx/<name> if left out.
        only: Networks to write, such as generator; all if left out.
    """
    model = models.load(name, "cpu")
    for path in exported.export(model, out or Path("onnx") / model.card.name, only):
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


def file_name(model: str, seed: int, controls: dict) -> str:
    """<model>-seed<seed>-<control><value>....png: other seeds and other controls give other names."""
    parts = [f"{name}{'_' if name[-1].isdigit() else ''}{value}" for name, value in sorted(controls.items())]
    plain = all(re.fullmatch(r"-?[A-Za-z0-9.]+", str(value)) and not isinstance(value, dict | list) for value in controls.values())
    tail = "-".join(parts)
    if not plain or len(tail) > MOST_TAIL:
        tail = hashlib.sha256(json.dumps(controls, sort_keys=True).encode()).hexdigest()[:8]
    return "-".join(filter(None, (model, f"seed{seed}", tail))) + ".png"


def _maker(recipe: Recipe, name: str, file: str) -> models.Model:
    """The model that made an image, by the name that was given or by the sha256 of its weights. Raises BadInput if it is not here."""
    if name:
        model = models.load(name)
        if recipe.sha256 not in ("", model.card.sha256) or not (recipe.sha256 or recipe.model == model.card.name):
            raise BadInput("{file} was made by {made_by}{sha256}, not by the weights {name}.", file=file, made_by=recipe.model[:60],
                           sha256=_beginning(recipe.sha256), name=name[:60])
        return model
    if not recipe.sha256:
        return models.load(recipe.model)
    folder = registry.made_by(recipe.sha256)
    if folder is None:
        raise BadInput("{file} was made by weights {made_by}{sha256} that are not here; name their folder before --from, or the folder "
                       "above it in GAN_ATLAS_WEIGHTS.", file=file, made_by=recipe.model[:60], sha256=_beginning(recipe.sha256))
    return models.load(folder)


def _check_ours(path: Path, card: Card) -> None:
    """Raises BadInput where a file stands that no `sample` of these weights wrote."""
    try:
        if not os.path.lexists(path) or read_png(path).sha256 == card.sha256:     # there: a link to nothing, too
            return
    except BadInput as error:
        raise BadInput("{path} is there already and was not made here; --out takes another folder.", path=path) from error
    raise BadInput("{path} is there already and other weights drew it; --out takes another folder.", path=path)


def _beginning(sha256: str) -> str:
    return f" (sha256 {sha256[:12]})" if re.fullmatch("[0-9a-f]{64}", sha256) else ""


def _assignment(card: Card, text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput("--set takes NAME=VALUE, for example label=7, not {text}.", text=f"{text!r:.40}")
    if isinstance(card.control(name), Picture):
        return name, value if value.startswith("data:") else Path(os.path.expanduser(value))
    if value.startswith("{") and isinstance(card.control(name), Choice):     # several options, mixed: label={"7": 0.5, "9": 0.5}
        try:
            return name, json.loads(value)
        except (ValueError, RecursionError):
            raise BadInput("--set takes NAME=VALUE, or a JSON object as VALUE, not {text}.", text=f"{text!r:.40}") from None
    return name, value


def _json(value) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=lambda v: v.tolist() if isinstance(v, np.ndarray) else str(v))


if __name__ == "__main__":
    print_anything()
    registry.note_places()
    commands({"list": list_, "sample": sample, "export": export, "bench": bench}, prog="python -m models")
