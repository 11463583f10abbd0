"""The end of every plate: how it works, the formula, the measured numbers, and the command that retrains it."""

import functools

import gradio as gr

import models
from models.card import Card, Paper
from models.checkpoint import model_of, module_of, read_json
from models.datasets import Dataset
from models.errors import BadInput
from models.figures import ROUGH, SHRUNK, printed
from page.language import comma, each, say, tell
from page.markup import choices
from page.site import shown_model

LATEX = [{"left": "$$", "right": "$$", "display": True}]


def facts(names: list[str], how: str) -> None:
    """Places the section for the weights `names` of one or more papers. Numbers come from the weights folders."""
    cards = sorted((shown_model(name).card for name in names), key=lambda card: card.paper.year)
    papers = {card.paper.link: card.paper for card in cards}
    with gr.Accordion(each(lambda: say("How it works, and how well")), open=False, elem_classes="facts"):
        gr.Markdown(each(lambda: say(how)))
        for paper in papers.values():
            gr.Markdown(each(functools.partial(_paper, paper)), latex_delimiters=LATEX)
        gr.Markdown(each(lambda: _table(cards)))
        gr.Markdown(each(lambda: say("Train it again:")  + "\n```\n" + "\n".join(card.training.command for card in cards) + "\n```"))


def _paper(paper: Paper) -> str:
    return (f"**{paper.year}** [{paper.title}]({paper.link}), {paper.authors}.\n\n$${paper.objective}$$\n\n"
            f"*{say('What differs from the paper here:')}* {say(paper.differs)}")


def title(name: str) -> str:
    """What a button calls weights: "dcgan-mnist" -> "DCGAN · MNIST"."""
    return f"{say(shown_model(name).card.paper.name)} · {data_title(name)}"


def data_title(name: str) -> str:
    """The data set of weights: "dcgan-mnist" -> "MNIST". One's own is marked as such."""
    data = shown_model(name).card.dataset
    return say("{title} · yours", title=data.title) if data.own else say(data.title)


def trained_on(names: list[str]) -> str:
    """Buttons that choose among the weights of one paper by their data sets; empty where there is no choice."""
    return choices("model", say("Trained on"), {name: data_title(name) for name in names}) if len(names) > 1 else ""


def class_names(data: Dataset) -> list[str]:
    """The classes of a data set in the language being spoken; those of one's own as they are."""
    return list(data.classes) if data.own else [say(name) for name in data.classes]


def missing(model: str, preset: str = "", problems: list[BadInput] = ()) -> None:
    """What a plate says when no weights of a model can be read, or none of those that training makes with `preset`; and why weights of that
    model do not load, for plates whose PLATE does not name the model: of those that it names, the page says so by itself."""
    command = f"python -m training.{getattr(module_of(model), 'TRAINED_BY', model)}" + (f" --preset {preset}" if preset else "")
    gr.Markdown(each(lambda: say("**Nothing to show yet.** There are no weights of this model in `weights/` that can be read. Train some "
                                 "with `{command}`, then start the page again.", command=command)))
    for problem in problems:
        gr.Markdown(each(lambda problem=problem: f"*{tell(problem)}*"))


def _table(cards: list[Card]) -> str:
    found, drawn = [measured(card) for card in cards], [card.metrics.get("compared", card.metrics.get("samples")) for card in cards]
    labels = dict.fromkeys(label for one in found for label in one)
    rows = [(say("weights"), [f"`{card.name}`" for card in cards]), *((label, [one.get(label, "") for one in found]) for label in labels)]
    rows += [
        *([(say("pictures compared to measure this"), [f"{n:,}" if n else "" for n in drawn])] if any(drawn) else []),
        (say("trained for"), [say("{minutes} min, {pictures} pictures", minutes=f"{card.training.minutes:g}",
                                  pictures=f"{card.training.pictures:,}") for card in cards]),
        (say("hardware"), [card.training.hardware for card in cards]),
        *([(say("D steps per G step (k)"), [str(card.training.k) for card in cards])] if _adversarial(cards) else []),
        (say("data"), [say("{title}, {remark}", title=card.dataset.title if card.dataset.own else say(card.dataset.title),
                           remark=card.dataset.licence if card.dataset.own else say(card.dataset.licence)) for card in cards]),
    ]
    lines = ["| " + " | ".join([label, *values]) + " |" for label, values in rows]
    return "\n".join([lines[0], "|---" * (len(cards) + 1) + "|", *lines[1:], "", _instruments(cards)])


def _adversarial(cards: list[Card]) -> bool:
    """Whether a discriminator took part in any of these trainings."""
    return any("score" in shown_model(card.name).tasks for card in cards)


def _instruments(cards: list[Card]) -> str:
    """What the figures were measured with: a sentence for each instrument and floor, which names its data sets where there are several."""
    rough = dict.fromkeys(card.dataset.title for card in cards if card.metrics.get("instrument") == ROUGH)
    found: dict[tuple[str, str], dict[str, None]] = {}
    for data in (card.dataset for card in cards):
        if data.instrument:
            kind = module_of(model_of(data.instrument)).INSTRUMENT
            found.setdefault((kind, data.floor), {})[data.title if data.own else say(data.title)] = None
    several = len({*rough, *(title for titles in found.values() for title in titles)}) > 1
    if not several and not rough:
        return "".join(say("*Distances are taken in the feature space of our own {instrument}, so these are not Inception FIDs. Floor and "
                           "ceiling: {floor}.*", instrument=say(kind), floor=say(floor)) for kind, floor in found)
    told = [say("*{data}: distances are taken in the feature space of our own {instrument}, so these are not Inception FIDs. Floor and "
                "ceiling: {floor}.*", data=comma().join(titles), instrument=say(kind), floor=say(floor))
            for (kind, floor), titles in found.items()]
    told += [say("*{data}: distances are taken between pictures shrunk to {size}x{size} pixels, for no classifier knows them; a rough "
                 "measure.*", data=comma().join(rough), size=SHRUNK)] if rough else []
    return "\n\n".join([*told, *([say("*Columns of different data cannot be compared with each other.*")] if several else [])])


def measured(card: Card) -> dict[str, str]:
    """What training.evaluate found, as the page says it: {label: value}, with floors and ceilings in brackets."""
    return {label: text for _, label, text in printed(card.figures, card.metrics, say)}


def moments(name: str) -> dict[str, int]:
    """The steps at which something happened in a training (training/kit/moments.py), in their order; empty where none was found."""
    found = _kept(name).get("moments")
    steps = {key: step for key, step in found.items() if isinstance(step, int)} if isinstance(found, dict) else {}
    return dict(sorted(steps.items(), key=lambda one: one[1]))


def history(name: str) -> tuple[list[int], dict[str, list[float]]]:
    """The steps at which a sample grid was kept during training, and the loss curves."""
    kept = _kept(name)
    grids, losses = kept.get("grids"), kept.get("losses")
    if not isinstance(grids, list) or not all(type(step) is int and step >= 0 for step in grids) or not isinstance(losses, dict):
        return [], {}
    curves = [curve if isinstance(curve, list) and all(value is None or type(value) in (int, float) for value in curve) else []
              for curve in losses.values()]
    return grids, losses if curves and all(len(curve) == len(curves[0]) > 0 for curve in curves) else {}


def _kept(name: str) -> dict:
    """What a weights folder's history.json says; empty where there is none that can be read."""
    folder = models.folder_of(name)
    try:
        found = read_json(folder / "history" / "history.json") if folder else {}
    except BadInput:
        return {}
    return found if isinstance(found, dict) else {}
