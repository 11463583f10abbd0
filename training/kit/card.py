"""The model card (README.md) of a weights folder, written from config.json and metrics.json and nothing else."""

from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import ModelCardData

from models.checkpoint import read_card
from models.datasets import DATASETS


@dataclass(frozen=True)
class Kind:
    task: str             # the Hub's name of it
    use: str              # a line of Python
    bare: str = "- none: a seed is all it takes"   # said where there are no controls
    draws: bool = True


DRAWS = Kind("unconditional-image-generation", "pictures = model.generate(range(16))")
SPEAKS = Kind("text-to-image", 'pictures = model.generate(range(16), text="a pale yellow lily")')
KINDS = {
    "classifier": Kind("image-classification", "probabilities = model.classify(pictures)   # pictures: uint8 [N, 28, 28, 1]",
                       "- none: it takes pictures", draws=False),
    "text": Kind("feature-extraction", 'points = model.encode(["a pale yellow lily"]); seen = model.see(pictures)   # uint8 [N, H, W, 3]',
                 "- none: it takes sentences and pictures", draws=False),
    "gan_cls": SPEAKS,
    "stackgan": SPEAKS,
}


def write_model_card(folder: Path) -> None:
    card = read_card(folder)
    data, facts, kind = DATASETS[card.dataset], card.training, KINDS.get(card.model, DRAWS)
    header = ModelCardData(
        license="mit",
        library_name="pytorch",
        pipeline_tag=kind.task,
        tags=sorted({"gan", card.model}) if kind.draws else [card.model],
        datasets=[data.hub] if data.hub else None,
    )
    controls = [f"- `{c.name}`: {c.help}" for c in card.controls]
    controls = controls or [kind.bare]
    metrics = [f"- {key.replace('_', ' ')}: {_show(value)}" for key, value in card.metrics.items()]
    remark = f"| remark | {facts['remark']} |\n" if "remark" in facts else ""
    instrument = f"classifier (`classifier-{card.dataset}`)" if data.key != "flowers" else f"image encoder (`text-{card.dataset}`)"
    distances = "" if not kind.draws else (
        f"Distances are measured in the feature space of our own {instrument}, so they cannot be compared\n"
        "with Inception-based FID values.\n\n")
    text = f"""---
{header.to_yaml()}
---
# {card.name}

{card.paper.idea}

Paper: [{card.paper.title}]({card.paper.link}), {card.paper.authors}, {card.paper.year}.

$${card.paper.objective}$$

What differs from the paper: {card.paper.differs}

![Samples](samples.png)

## Use
```python
import models
model = models.load("{card.name}")
{kind.use}
```
Controls:
{chr(10).join(controls)}

## Training
| | |
|---|---|
| command | `{facts['command']}` |
| commit | {facts['commit']} |
| seed | {facts['seed']} |
| data | {data.title}{f' (`{data.hub}`)' if data.hub else ''}, {data.licence} |
| hardware | {facts['hardware']} |
| minutes | {facts['minutes']} |
| pictures seen | {facts['pictures']:,} in {facts['steps']:,} steps |
| sha256 of model.safetensors | `{card.sha256}` |
{remark}
## Metrics
{chr(10).join(metrics) or 'Not measured yet: `python -m training.evaluate ' + card.name + '`.'}

{distances}Licence: {card.licence}.
"""
    (folder / "README.md").write_text(text.replace("\n\n![Samples](samples.png)", "") if not (folder / "samples.png").is_file()
                                      else text, encoding="utf-8")


def _show(value) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(map(_show, value))
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')} {_show(entry)}" for key, entry in value.items())
    return str(value)
