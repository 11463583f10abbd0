"""The training replay: sample grids of fixed noise from the first step to the last, beside the loss curves."""

import json
from dataclasses import dataclass
from functools import lru_cache, partial
from html import escape

import numpy as np
from PIL import Image

import models
from models.card import Card
from models.errors import BadInput
from models.images import png_uri, read_size
from page.instrument import State, instrument
from page.language import say
from page.markup import choices, picture
from page.model_facts import history, measured, moments, title
from page.plate import Plate
from page.site import shown_model
from page.slots import Slots
from page.values import whole

# Colour and dashes of a curve, for not everybody tells colours apart: D and G look alike on all plates, others in their order.
LOOKS = {"d": ("var(--leaf)", ""), "g": ("var(--petal)", "6 3")}
OTHERS = (("var(--ochre)", "9 3 2 3"), ("var(--muted)", "2 3"), ("var(--ink)", "1 2"))
WIDTH, HEIGHT = 320, 140
LOSSES = {"d": "D", "g": "G"}     # names of curves; a plate has those of its own
LOW = 1.5          # width by height from which a grid leaves room beneath it
LAST = 16          # in links: as far as a run's last grid. Earlier editions had so many stops, whatever number of grids a run has left
MOST = 999         # stops of any run


def replay(names: list[str], plate: Plate, first: str) -> None:
    """Places the replay of the weights in `names` that have a history, `first` at first. `plate` names its loss curves."""
    names = [name for name in names if history(name)[0]]
    if not names:
        return
    first = first if first in names else names[0]
    stops = {name: len(history(name)[0]) - 1 for name in names}
    last = max(LAST, *stops.values())
    instrument(lambda: f"""
<h2>{say("Watch it learn")}</h2>
{choices("model", say("Model"), {name: title(name) for name in names})}
<div class="bench three"><figure class="tray">{picture("grid", say("Samples during training"), ratio=_ratio(first))}</figure>
<div class="panel"><label class="field"><span>{say("step")} <span class="value" data-slot="step"></span></span>
<input type="range" name="moment" min="0" max="{stops[first]}" step="1" data-stops="{escape(json.dumps(stops))}"
aria-label="{say("step")}"></label>
<div class="row"><button type="button" data-play="moment" data-pause="450">{say("Play the training")}</button></div>
<p class="caption" data-slot="words"></p><div data-slot="moments"></div><div data-slot="curves"></div></div>
<div class="stage" data-slot="beneath"></div></div>""",
               {"model": first, "moment": last}, parse, partial(draw, LOSSES | plate.losses),
               every=[{"model": name, "moment": moment} for name in names for moment in range(last + 1)],
               elem_id=f"{plate.id}-replay", plate=plate.id)


@dataclass(frozen=True)
class Moment:
    card: Card
    losses: dict[str, list[float | None]]
    step: int
    adversarial: bool     # whether a discriminator took part


def parse(state: State) -> Moment:
    model = shown_model(state["model"])
    card = model.card
    steps, losses = history(card.name)
    if not steps:
        raise BadInput("{name} has no history of its training.", name=card.name)
    moment = whole(state["moment"], "The moment of a replay", 0, MOST)
    return Moment(card, losses, steps[min(moment, len(steps) - 1)], "score" in model.tasks)


def draw(names: dict[str, str], asked: Moment) -> Slots:
    card, step = asked.card, asked.step
    record = card.training.stages.get("stage1", card.training)       # of two stages, the first one's training was drawn
    told = {"step": f"<b class='mono'>{step:,}</b>", "steps": f"{record.steps:,}", "all": f"{record.minutes:.1f}",
            "minutes": f"{step / max(1, record.steps) * record.minutes:.1f}"}
    words = (say("After {step} of {steps} steps of Stage-I, about {minutes} of its {all} minutes.", **told) if card.training.stages else
             say("After {step} of {steps} steps, about {minutes} of {all} minutes.", **told))
    if asked.adversarial:
        words = say("{first} {second}", first=words, second=say("Each step of G comes with k = {k} of D.", k=card.training.k))
    figures, low = _figures(card), _ratio(card.name) > LOW
    return {
        "grid": _grid(card.name, step, card.sha256),
        "grid-alt": say("Samples of {name} after {step} steps", name=card.name, step=f"{step:,}"),
        "step": f"{step:,}", "words": words,
        "moments": _moments(card.name, step),
        "curves": curves(asked.losses, step, names) + ("" if low else figures),
        "beneath": figures if low else "",
    }


def _moments(name: str, now: int) -> str:
    """When something happened, as far as grids were kept: those before `now` told apart from those to come."""
    words = {"shapes": say("first shapes"), "things": say("half as many kinds as at the end, as another network counts them"),
             "rows": say("each row keeps to one kind")}
    grids, lines = history(name)[0], ""
    for key, step in moments(name).items():
        before = max((grid for grid in grids if grid < step), default=None)
        if key in words and before is not None:
            lines += f'<li class="{"past" if step <= now else "to-come"}"><span class="mono">{before:,}–{step:,}</span> {words[key]}</li>'
    return f'<p class="caption">{say("What was first seen between which steps:")}</p><ol class="moments">{lines}</ol>' if lines else ""


def _figures(card: Card) -> str:
    rows = "".join(f'<tr><th scope="row">{label}</th><td class="mono">{value}</td></tr>' for label, value in measured(card).items())
    return f'<table class="read"><caption>{say("Measured at the end")}</caption><tbody>{rows}</tbody></table>' if rows else ""


@lru_cache(maxsize=128)
def _grid(name: str, step: int, sha256: str) -> str:
    """`sha256`, of the weights, keeps the pictures of a training from those of the next one of that name."""
    try:
        grid = np.asarray(Image.open(models.folder_of(name) / "history" / f"{step:06d}.png"))
    except OSError as error:
        raise BadInput("{name} has lost its picture of step {step}; restore its history folder.", name=name, step=f"{step:,}") from error
    return png_uri(grid if grid.ndim == 3 else grid[..., None])


def _ratio(name: str) -> float:
    """Width by height of the grids of a history."""
    try:
        width, height = read_size(models.folder_of(name) / "history" / f"{history(name)[0][-1]:06d}.png")
    except BadInput:         # whoever asks for that step is told
        return 1
    return width / height


def key(colour: str, dashes: str, words: str) -> str:
    """An entry of a legend, for a line of this colour and with these dashes."""
    return (f'<span class="key"><svg viewBox="0 0 34 4" aria-hidden="true"><line x2="34" y1="2" y2="2" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes or "none"}"/></svg>{words}</span>')


def curves(losses: dict[str, list[float | None]], step: int, labels: dict[str, str]) -> str:
    """The loss curves as inline SVG, with a line at `step`; `labels` names them."""
    steps, names = losses.get("step", []), [name for name in losses if name != "step" and any(v is not None for v in losses[name])]
    if len(steps) < 2 or None in steps or not steps[-1] or not names:
        return ""
    known = {name: [(s, v) for s, v in zip(steps, losses[name], strict=True) if v is not None] for name in names}
    top = max(np.percentile([v for _, v in known[name]], 99) for name in names) * 1.05
    low = min(0.0, min(np.percentile([v for _, v in known[name]], 1) for name in names) * 1.05)
    lines, words = "", ""
    looks = LOOKS | dict(zip([name for name in names if name not in LOOKS], OTHERS, strict=False))
    for name, (colour, dashes) in [(name, looks[name]) for name in names if name in looks]:
        points = " ".join(f"{s / steps[-1] * WIDTH:.1f},{HEIGHT - min(max((v - low) / (top - low), 0), 1) * HEIGHT:.1f}"
                          for s, v in known[name])
        lines += (f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.3" opacity=".85" '
                  f'stroke-dasharray="{dashes or "none"}"/>')
        words += key(colour, dashes, say(labels.get(name, name))) + " "
    at = step / steps[-1] * WIDTH
    return (f'<svg class="curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{say("Loss curves")}">{lines}'
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{HEIGHT}" stroke="currentColor" stroke-dasharray="3 3"/></svg>'
            f'<p class="caption">{say("Loss, {low} to {top}:", low=f"{low:.1f}" if round(low, 1) else "0", top=f"{top:.1f}")} {words}</p>')
