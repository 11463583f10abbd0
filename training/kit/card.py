"""The model card (README.md) of a weights folder, written from what the folder holds and from the model's own declarations."""

import json
from pathlib import Path

import torch
from huggingface_hub import ModelCardData

from models.card import Card
from models.checkpoint import load_networks, model_of, module_of
from models.controls import Choice, Picture, Range, Text
from models.efficientnet import EfficientNetLite
from models.errors import BadInput
from models.figures import printed, value_of
from models.loaded import Model
from models.text.sentence import FOLDER

LINES = {     # task: a line of Python, with {card} and, for generate, {controls}
    "generate": "images = model.generate(range(16){controls})",
    "classify": "probabilities = model.classify(images)   # images: uint8 [N, {size}]",
    "embed": 'embeddings = model.embed(["a pale yellow lily"])',
    "embed_images": "seen = model.embed_images(images)   # images: uint8 [N, H, W, {channels}]",
    "encode": "z = model.encode(images)   # images: uint8 [N, {size}]",
}


MOST_LISTED = 30        # values of a list; a run of own data may have tens of thousands of labelled pictures
APACHE = "../../licences/Apache-2.0.txt"       # on the Hub it lies in the repository (deploy/hub.py)


def write_model_card(folder: Path) -> None:
    """Writes README.md of a weights folder."""
    (folder / "README.md").write_text(model_card(folder), encoding="utf-8")


def model_card(folder: Path) -> str:
    """The text of README.md of a weights folder. What a model is for follows from the tasks of the loaded model and from its controls;
    models/X.py may say itself how it is used, as USAGE (lines of Python)."""
    card, networks = load_networks(folder)
    module = module_of(card.model)
    model = getattr(module, "LOADED", Model)(card, networks, torch.device("cpu"), folder)     # not models.load, which would remember it
    data, training, draws = card.dataset, card.training, "generate" in model.tasks
    header = ModelCardData(
        license="other" if data.own else "mit",
        library_name="pytorch",
        pipeline_tag=pipeline_tag(model),
        tags=sorted({"gan", card.model}) if draws and "score" in model.tasks else [card.model],
        datasets=[data.hub] if data.hub else None,
    )
    samples = "![Samples](samples.png)\n\n" if (folder / "samples.png").is_file() else ""
    differs = f"What differs from the paper: {card.paper.differs}\n\n" if card.paper.differs else ""
    command = training.command.replace("|", "\\|")        # it stands in a table
    controls = [f"- `{control.name}`: {control.help}" for control in card.controls] or [f"- none: {_without_controls(model)}"]
    used = getattr(module, "USAGE", "") or usage(model)
    imports = "from pathlib import Path\n\n" if "Path(" in used else ""
    given = " --data FOLDER" if data.own and not data.hub else ""
    given += " --instrument text-flowers" if not data.instrument and any(isinstance(control, Text) for control in card.controls) else ""
    remark = f"| remark | {training.remark} |\n" if training.remark else ""
    return f"""---
{header.to_yaml()}
---
# {card.name}

{card.paper.idea}

Paper: [{card.paper.title}]({card.paper.link}), {card.paper.authors}, {card.paper.year}.

$${card.paper.objective}$$

{differs}{samples}## Use
```python
{imports}import models
model = models.load("{card.name}")
{used}
```
Controls:
{chr(10).join(controls)}

## Training
| | |
|---|---|
| command | `{command}` |
| commit | {training.commit} |
| seed | {training.seed} |
| data | {data.title}{f' (`{data.hub}`)' if data.hub else ''}, {data.licence} |
| hardware | {training.hardware} |
| minutes | {training.minutes} |
| pictures seen | {training.pictures:,} in {training.steps:,} steps |
| sha256 of model.safetensors | `{card.sha256}` |
{remark}
## Metrics
{chr(10).join(metrics(card)) or f'Not measured yet: `python -m training.evaluate {card.name}{given}`.'}

{_instrument(card) if draws else ''}Licence: {card.licence}.
{by_others(folder, networks)}"""


def by_others(folder: Path, networks: dict[str, torch.nn.Module]) -> str:
    """Which parts of the weights others trained or wrote, and under which licence; empty where there are none."""
    lite = [name for role, network in networks.items() for name, part in network.named_modules(prefix=role)
            if isinstance(part, EfficientNetLite)]
    found = [f"- `{name}` in `model.safetensors`: EfficientNet-Lite0 (Google, trained on ImageNet), in fp16; [Apache-2.0]({APACHE})"
             for name in lite]
    if (folder / FOLDER).is_dir():
        found.append(f"- `{FOLDER}/`: [all-MiniLM-L6-v2](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), trained further "
                     f"here, in fp16; [Apache-2.0]({APACHE})")
    if (folder / "captions.json").is_file():
        found.append("- `captions.json`: sentences of the data, under the data's licence, not MIT")
    return "\n".join(["", "Parts by others, under their own licences:", *found, ""]) if found else ""


def pipeline_tag(model: Model) -> str:
    """The Hub's name of what a model is for."""
    if "generate" in model.tasks:
        kinds = {type(control) for control in model.card.controls}
        return "text-to-image" if Text in kinds else "image-to-image" if Picture in kinds else "unconditional-image-generation"
    return "image-classification" if "classify" in model.tasks else "feature-extraction"


def usage(model: Model) -> str:
    """Lines of Python that use the model: one for each task that LINES has."""
    height, width, channels = model.card.image_size
    first = model.card.controls[:1]
    controls = "".join(f", {control.name}={_example(control)}" for control in first)
    return "\n".join(LINES[task].format(controls=controls, size=f"{height}, {width}, {channels}", channels=channels)
                     for task in LINES if task in model.tasks)


def metrics(card: Card) -> list[str]:
    """The lines of the card's metrics: the figures that the model declares, as the page prints them, then all others."""
    shown = {part for figure, *_ in printed(card.figures, card.metrics) for part in (figure.key, figure.beside)}
    rest = ((key, value) for key, value in card.metrics.items() if key not in shown or value_of(card.metrics, key) is None)
    return ([f"- {label}: {value}" for _, label, value in printed(card.figures, card.metrics)]
            + [f"- {key.replace('_', ' ')}: {_show(value)}" for key, value in rest])


def _example(control: Text | Picture | Choice | Range) -> str:
    """A value for a control, in Python."""
    if isinstance(control, Choice):
        return json.dumps(control.options[-1], ensure_ascii=False)
    if isinstance(control, Text):
        return json.dumps(control.default, ensure_ascii=False)
    return 'Path("photo.png")' if isinstance(control, Picture) else f"{control.high:g}"


def _without_controls(model: Model) -> str:
    if "generate" in model.tasks:
        return "a seed is all it takes"
    return "it takes sentences and pictures" if "embed" in model.tasks else "it takes pictures"


def _instrument(card: Card) -> str:
    """In which features distances are measured; empty for a data set without an instrument, and where none was measured in them."""
    name = card.dataset.instrument
    if not name or (card.metrics and "frechet_distance" not in card.metrics):
        return ""
    try:
        kind = getattr(module_of(model_of(name)), "INSTRUMENT", "network")
    except BadInput:
        kind = "network"
    return (f"Distances are measured in the feature space of our own {kind} (`{name}`), so they cannot be compared\n"
            "with Inception-based FID values.\n\n")


def _show(value) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        more = f", and {len(value) - MOST_LISTED} more in metrics.json" if len(value) > MOST_LISTED else ""
        return ", ".join(map(_show, value[:MOST_LISTED])) + more
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')} {_show(entry)}" for key, entry in value.items())
    return str(value)
