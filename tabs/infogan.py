"""Plate: InfoGAN. Codes that the network discovered, under the visitor's finger."""

from functools import lru_cache

import gradio as gr
import numpy as np

import models
from models.card import Card
from models.datasets import DATASETS
from models.provenance import png_info
from models.runtime import parse_seeds
from tabs.facts import facts, missing
from tabs.house import House, exhibit
from tabs.instrument import Recipe, Slots, State, choices, instrument, number, picture, png, slider, tiled
from tabs.language import each, say
from tabs.plate import Plate
from tabs.replay import replay

PLATE = Plate(
    id="infogan", order=3, number="III", label="InfoGAN", title="InfoGAN", year="2016", models=("infogan",),
    idea="Codes that name themselves: nobody told the network what a seven or a slant is, and yet there is a knob for each.",
)
STEPS = 11      # columns of the traversal grid
ROWS = 10       # its rows
REACH = 2.0     # the codes were trained on [-1, 1]; the grid and the pad go twice as far, as in the paper's figure 2


def build(house: House) -> None:
    names = house.names("infogan")
    gr.HTML(each(PLATE.head))
    if not names:
        return missing("infogan")
    first = {"model": names[0], "category": 0, "c1": 0.0, "c2": 0.0, "seed": "11", "vary": "c1"}
    first["category"] = _category_of(names[0], 7)
    instrument(lambda: _markup(names), first, draw, then=beside, rest=80, recipe=recipe, plate=PLATE.id, elem_id="infogan")
    replay(names, elem_id="infogan-replay", first=names[0])
    facts(names, HOW)


def draw(state: State) -> Slots:
    """The picture under the visitor's finger, and what Q and D see in it."""
    model, category, codes = _asked(state)
    here = model.generate(state["seed"], category=category, **codes)
    probabilities, read_codes = model.read(here)
    sure = say("{share} sure", share=f"{probabilities.max():.0%}")
    read, meaning, knobs = int(probabilities[0].argmax()), _category_names(model), _code_names(model)
    return {
        "picture": png(here[0], png_info(*_named(state))),
        "picture-alt": say("Generated picture: {what}, noise seed {seed}", seed=state["seed"],
                           what=f"{category} ({meaning[category]}), c1 {codes['c1']:.2f}, c2 {codes['c2']:.2f}"),
        "opinion": say("D takes this picture for real with {share}", share=f"{model.score(here)[0]:.0%}"),
        "put-category": f"{category} · {meaning[category]}", "put-c1": f"{codes['c1']:+.2f}", "put-c2": f"{codes['c2']:+.2f}",
        "read-category": f"{read} · {meaning[read]} <small>({sure})</small>",
        "read-c1": f"{read_codes[0, 0]:+.2f}", "read-c2": f"{read_codes[0, 1]:+.2f}",
        "c1-name": knobs[0], "c2-name": knobs[1],
    }


def beside(state: State) -> Slots:
    """The other categories and the grid: they may come a moment later, so that a drag stays quick."""
    model, _, codes = _asked(state)
    pictures, meaning = model.generate([state["seed"]] * ROWS, category=list(range(ROWS)), **codes), _category_names(model)
    slots = {
        "grid": _grid(model.card.name, str(state["seed"]), str(state["vary"])),
        "grid-alt": say("Traversal of {code} with the same noise in every column",
                        code=say("category") if state["vary"] == "category" else state["vary"]),
        "grid-words": _grid_words(str(state["vary"])),
    }
    for i in range(ROWS):
        slots |= {f"choice{i}": png(pictures[i]), f"choice{i}-alt": say("category {number}", number=i), f"choice{i}-name": meaning[i]}
    return slots


def recipe(state: State) -> Recipe:
    card, seed, controls = _named(state)
    return card.name, seed, controls


def _named(state: State) -> tuple[Card, int, dict]:
    model, category, codes = _asked(state)
    return model.card, parse_seeds([state["seed"]])[0], {"category": category, **codes}


def _asked(state: State) -> tuple[models.Model, int, dict[str, float]]:
    model = exhibit(state["model"])
    category = int(model.card.control("category").parse(state["category"]).argmax())
    return model, category, {name: round(model.card.control(name).parse(state[name]).item(), 6) for name in ("c1", "c2")}


@lru_cache(maxsize=64)
def _grid(name: str, seed: str, vary: str) -> str:
    """The paper's figure 2: the varied code runs along the columns. It does not follow the pad, so a drag stays quick."""
    model = exhibit(name)
    column, row = np.tile(np.arange(STEPS), ROWS), np.repeat(np.arange(ROWS), STEPS)
    if vary in ("c1", "c2"):
        values = np.linspace(-REACH, REACH, STEPS)[column]
        pictures = model.generate([seed] * len(row), category=row.tolist(), **{vary: values.tolist()})
        return png(tiled(pictures, STEPS))
    first = parse_seeds([seed])[0]
    column, row = np.tile(np.arange(ROWS), ROWS), np.repeat(np.arange(ROWS), ROWS)
    return png(tiled(model.generate([(first + int(r)) % 2**32 for r in row], category=column.tolist()), ROWS))


def _category_names(model: models.Model) -> list[str]:
    """What each category learned to draw, as training.evaluate found it."""
    classes, meaning = DATASETS[model.card.dataset].classes, model.card.metrics.get("category_meaning")
    return [say(classes[i]) for i in meaning] if meaning else ["?"] * ROWS


def _category_of(name: str, label: int) -> int:
    """The category that draws a class; 0 where nobody has measured it."""
    meaning = exhibit(name).card.metrics.get("category_meaning", [])
    return meaning.index(label) if label in meaning else 0


def _code_names(model: models.Model) -> list[str]:
    return [say(meaning) for meaning in model.card.metrics.get("code_meaning", ["", ""])]


def _markup(names: list[str]) -> str:
    categories = "".join(
        f'<button type="button" class="category" data-set=\'{{"category": {i}}}\'>'
        f'{picture(f"choice{i}", say("category {number}", number=i))}'
        f'<span><b class="mono">{i}</b> <span data-slot="choice{i}-name"></span></span></button>' for i in range(ROWS))
    read = "".join(f'<tr><th scope="row">{label}</th><td data-slot="put-{key}"></td><td data-slot="read-{key}"></td></tr>'
                   for key, label in (("category", say("category")), ("c1", "c1"), ("c2", "c2")))
    return f"""
<div class="bench">
  <div class="stage">
    <figure class="hero">{picture("picture", say("Generated picture"), "specimen large")}
      <figcaption data-slot="opinion"></figcaption></figure>
    <div class="field" role="group" aria-label="{say("Category (discrete code)")}">
      <span>{say("Choose a category (discrete code): its number, and what a classifier says it draws")}</span>
      <div class="categories">{categories}</div></div>
  </div>
  <div class="panel">
    {choices("model", say("Trained on"), {name: DATASETS[name.rsplit("-", 1)[1]].title for name in names})}
    <div class="field"><span>{say("Continuous codes (c): drag, or use the arrow keys")}</span>
      <div class="pad" tabindex="0" role="slider" aria-label="{say("Codes c1 and c2")}"
        data-pad="c1 {-REACH:g} {REACH:g} c2 {-REACH:g} {REACH:g}">
        <i class="trained" title="{say("trained range, -1 to 1")}"></i><i class="dot"></i>
        <span class="axis x">c1 <b data-slot="c1-name"></b> →</span><span class="axis y">c2 <b data-slot="c2-name"></b> →</span>
      </div></div>
    {slider("c1", "c1", -REACH, REACH, 0.01, "c1-name")}
    {slider("c2", "c2", -REACH, REACH, 0.01, "c2-name")}
    {number("seed", say("noise (z), by seed"))}
    <table class="read"><caption>{say("Q reads the codes back from the picture alone")}</caption>
      <thead><tr><td></td><th scope="col">{say("put in")}</th><th scope="col">{say("read back")}</th></tr></thead>
      <tbody>{read}</tbody></table>
  </div>
</div>
<div class="beneath">
  {choices("vary", say("Vary along the columns"), {"c1": "c1", "c2": "c2", "category": say("category")})}
  <figure class="tray">{picture("grid", say("Traversal grid"), "specimen")}<figcaption data-slot="grid-words"></figcaption></figure>
</div>"""


def _grid_words(vary: str) -> str:
    if vary in ("c1", "c2"):
        return say("A row for each category; {code} runs from −2 to 2 along it, noise and {other} stay. Trained on −1 to 1: the ends are "
                   "extrapolated.", code=vary, other="c2" if vary == "c1" else "c1")
    return say("A column for each category, a row for each noise: the column decides what is drawn, the row how.")


HOW = """
The generator gets, beside the noise *z*, a category (one of ten) and two numbers, *c1* and *c2*. A second reader, *Q*, shares the
discriminator's eyes and must say from the picture alone which codes went in. Both are rewarded when it succeeds, so the
generator learns to make the codes visible: the mutual information between codes and picture is maximised. No label was ever
shown: before the game, Q sorted real pictures into ten kinds by itself. On MNIST the axes of c1 and c2 were turned afterwards
towards slant and stroke width, which leaves the pictures as they are. Which category
draws what is arbitrary and differs from run to run; the names on the buttons were measured afterwards with a classifier.
"""
