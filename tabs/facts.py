"""The end of every plate: how it works, the formula, the measured numbers, and the command that retrains it."""

import functools

import gradio as gr

import models
from models.card import Card, Paper
from models.checkpoint import WEIGHTS, read_json
from models.datasets import DATASETS
from models.errors import BadInput
from tabs.family import FAMILY
from tabs.language import each, say

LATEX = [{"left": "$$", "right": "$$", "display": True}]


def facts(names: list[str], how: str) -> None:
    """Places the section for the weights `names` of one or more papers. Numbers come from the weights folders."""
    cards = [card for card in models.cards() if card.name in names]
    papers = {card.paper.link: card.paper for card in cards}
    with gr.Accordion(each(lambda: say("How it works, and how well")), open=False, elem_classes="facts"):
        gr.Markdown(each(lambda: say(how)))
        for paper in papers.values():
            gr.Markdown(each(functools.partial(_paper, paper)), latex_delimiters=LATEX)
        gr.Markdown(each(lambda: _table(cards)))
        gr.Markdown(each(lambda: say("Train it again:")  + "\n```\n" + "\n".join(card.training["command"] for card in cards) + "\n```"))


def _paper(paper: Paper) -> str:
    return (f"**{paper.year}** [{paper.title}]({paper.link}), {paper.authors}.\n\n$${paper.objective}$$\n\n"
            f"*{say('What differs from the paper here:')}* {say(paper.differs)}")


def title(name: str) -> str:
    """What a button calls weights: "dcgan-mnist" -> "DCGAN · MNIST"."""
    model, dataset = name.rsplit("-", 1)
    names = {member.model: member.name for member in FAMILY}
    return f"{names.get(model.replace('-', '_'), model)} · {DATASETS[dataset].title}"


def missing(model: str) -> None:
    """What a plate says when no weights of its model can be read."""
    gr.Markdown(each(lambda: say("**Nothing to show yet.** There are no weights of this model in `weights/` that can be read. Train some "
                                 "with `{command}`, then start the page again.", command=f"python -m training.{model}")))


def _table(cards: list[Card]) -> str:
    found = [measured(card) for card in cards]
    labels = dict.fromkeys(label for one in found for label in one)
    rows = [("", [f"`{card.name}`" for card in cards]), *((label, [one.get(label, "") for one in found]) for label in labels)]
    rows += [
        (say("trained for"), [say("{minutes} min, {pictures} pictures", minutes=f"{card.training['minutes']:g}",
                                  pictures=f"{card.training['pictures']:,}") for card in cards]),
        (say("hardware"), [card.training["hardware"] for card in cards]),
        (say("D steps per G step (k)"), [str(card.training.get("k", 1)) for card in cards]),
        (say("data"), [f"{DATASETS[card.dataset].title}, {say(DATASETS[card.dataset].licence)}" for card in cards]),
    ]
    lines = ["| " + " | ".join([label, *values]) + " |" for label, values in rows]
    return "\n".join([lines[0], "|---" * (len(cards) + 1) + "|", *lines[1:]]) + "\n\n" + (
        say("*Measured on 10,000 samples in the feature space of our own image encoder, so these are not Inception FIDs. Floor and "
            "ceiling: photographs against other photographs.*") if cards[0].dataset == "flowers" else
        say("*Measured on 10,000 samples in the feature space of our own classifier, so these are not Inception FIDs. Floor and ceiling: "
            "training pictures against test pictures.*"))


def measured(card: Card) -> dict[str, str]:
    """What training.evaluate found, as the page says it: {label: value}, with floors and ceilings in brackets."""
    found = {say(label): _value(card, key, beside) for label, key, beside in ROWS if key in card.metrics}
    last = card.metrics.get("stage2", card.metrics.get("stage1", {}))
    for label, keys in LAST_STAGE:
        value = functools.reduce(lambda part, key: part.get(key, {}), keys, last)
        if isinstance(value, float):
            found[say(label)] = f"{value:.0%}"
    return found


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
