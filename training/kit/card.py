"""The model card (README.md) of a weights folder, written from config.json and metrics.json and nothing else."""

from pathlib import Path

from huggingface_hub import ModelCardData

from models.checkpoint import read_card
from models.datasets import DATASETS


def write_model_card(folder: Path) -> None:
    card = read_card(folder)
    data, facts, judges = DATASETS[card.dataset], card.training, card.model == "classifier"
    header = ModelCardData(
        license="mit",
        library_name="pytorch",
        pipeline_tag="image-classification" if judges else "unconditional-image-generation",
        tags=sorted({"gan", card.model}) if judges is False else [card.model],
        datasets=[data.hub],
    )
    controls = [f"- `{c.name}`: {c.help}" for c in card.controls]
    controls = controls or ["- none: it takes pictures" if judges else "- none: a seed is all it takes"]
    metrics = [f"- {key.replace('_', ' ')}: {_show(value)}" for key, value in card.metrics.items()]
    remark = f"| remark | {facts['remark']} |\n" if "remark" in facts else ""
    distances = "" if judges else (
        f"Distances are measured in the feature space of our own classifier (`classifier-{card.dataset}`), so they cannot be compared\n"
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
{'probabilities = model.classify(pictures)   # pictures: uint8 [N, 28, 28, 1]' if judges else 'pictures = model.generate(range(16))'}
```
Controls:
{chr(10).join(controls)}

## Training
| | |
|---|---|
| command | `{facts['command']}` |
| commit | {facts['commit']} |
| seed | {facts['seed']} |
| data | {data.title} (`{data.hub}`), {data.licence} |
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
