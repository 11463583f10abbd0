"""The end of every plate: how it works, the formula, the measured numbers, and the command that retrains it."""

import functools

import gradio as gr

import models
from models.card import Card
from models.checkpoint import WEIGHTS, read_json
from models.datasets import DATASETS
from models.errors import BadInput

LATEX = [{"left": "$$", "right": "$$", "display": True}]


def facts(names: list[str], how: str) -> None:
    """Places the section for the weights `names` of one or more papers. Numbers come from the weights folders."""
    cards = [card for card in models.cards() if card.name in names]
    papers = {card.paper.link: card.paper for card in cards}
    with gr.Accordion("How it works, and how well", open=False, elem_classes="facts"):
        gr.Markdown(how)
        for paper in papers.values():
            gr.Markdown(f"**{paper.year}** [{paper.title}]({paper.link}), {paper.authors}.\n\n$${paper.objective}$$\n\n"
                        f"*What differs from the paper here:* {paper.differs}", latex_delimiters=LATEX)
        gr.Markdown(_table(cards))
        gr.Markdown("Train it again:\n```\n" + "\n".join(card.training["command"] for card in cards) + "\n```")


def title(name: str) -> str:
    """What a button calls weights: "dcgan-mnist" -> "DCGAN · MNIST"."""
    model, dataset = name.rsplit("-", 1)
    return f"{model.upper()} · {DATASETS[dataset].title}"


def missing(model: str) -> None:
    """What a plate says when no weights of its model can be read."""
    gr.Markdown(f"**Nothing to show yet.** There are no weights of this model in `weights/` that can be read. "
                f"Train some with `python -m training.{model}`, then start the page again.")


def _table(cards: list[Card]) -> str:
    rows = [("", [f"`{card.name}`" for card in cards])]
    for label, key, beside in ROWS:
        if any(key in card.metrics for card in cards):
            rows.append((label, [_value(card, key, beside) for card in cards]))
    for label, keys in LAST_STAGE:
        values = [functools.reduce(lambda found, key: found.get(key, {}), keys, card.metrics.get("stage2", card.metrics.get("stage1", {})))
                  for card in cards]
        if any(isinstance(value, float) for value in values):
            rows.append((label, [f"{value:.0%}" if isinstance(value, float) else "" for value in values]))
    rows += [
        ("trained for", [f"{card.training['minutes']:g} min, {card.training['pictures']:,} pictures" for card in cards]),
        ("hardware", [card.training["hardware"] for card in cards]),
        ("D steps per G step (k)", [str(card.training.get("k", 1)) for card in cards]),
        ("data", [f"{DATASETS[card.dataset].title}, {DATASETS[card.dataset].licence}" for card in cards]),
    ]
    lines = ["| " + " | ".join([label, *values]) + " |" for label, values in rows]
    return "\n".join([lines[0], "|---" * (len(cards) + 1) + "|", *lines[1:]]) + "\n\n" + (
        INSTRUMENT.format("image encoder", "photographs against other photographs") if cards[0].dataset == "flowers" else
        INSTRUMENT.format("classifier", "training pictures against test pictures"))


ROWS = (   # label, key in metrics.json, key of the floor or ceiling to print beside it
    ("Fréchet distance (floor)", "frechet_distance", "frechet_floor"),
    ("kernel distance × 1000 (floor)", "kernel_distance", "kernel_floor"),
    ("precision (ceiling)", "precision", "precision_ceiling"),
    ("recall (ceiling)", "recall", "recall_ceiling"),
    ("label accuracy", "label_accuracy", ""),
    ("category draws one class", "category_accuracy", ""),
)
LAST_STAGE = (   # of the models that draw from sentences: label, key in the last stage's metrics
    ("its sentence found among 100, share of what photographs reach", ("r_precision_of_ceiling", "top1")),
    ("colour words obeyed", ("colour_obedience_all",)),
    ("two-part sentences obeyed", ("two_parts_all",)),
    ("variety within a sentence, share of a class of photographs", ("diversity_of_real",)),
)
INSTRUMENT = ("*Measured on 10,000 samples in the feature space of our own {}, so these are not "
              "Inception FIDs. Floor and ceiling: {}.*")


def _value(card: Card, key: str, beside: str) -> str:
    if key not in card.metrics:
        return ""

    def show(name: str) -> str:
        value = card.metrics[name]
        if key.startswith("kernel"):
            return f"{value * 1000:.2f}"
        return f"{value:.2f}" if key.startswith("frechet") else f"{value:.1%}"

    return show(key) + (f" ({show(beside)})" if beside in card.metrics else "")


def history(name: str) -> tuple[list[int], dict[str, list[float]]]:
    """The steps at which a sample grid was kept during training, and the loss curves."""
    path = WEIGHTS / name / "history" / "history.json"
    if not path.is_file():
        return [], {}
    try:
        record = read_json(path)
        return record["grids"], record["losses"]
    except (BadInput, KeyError):
        return [], {}
