"""Plate: conditional GAN. Ask for a class by name; mix two; write a number; see what D makes of a wrong label."""

from functools import lru_cache

import gradio as gr
import numpy as np

import models
from models.datasets import DATASETS
from models.errors import BadInput, shown
from models.provenance import png_info
from models.runtime import parse_seeds
from tabs.facts import facts, missing
from tabs.house import House, exhibit
from tabs.instrument import Recipe, Slots, State, choices, instrument, number, picture, png, share, slider, tiled
from tabs.language import each, say
from tabs.plate import Plate
from tabs.replay import replay

PLATE = Plate(
    id="cgan", order=2, number="II", label="Conditional GAN", title="Conditional GAN", year="2014", models=("cgan",),
    idea="Tell both players the label, and you may order what you want to see.",
)
CLASSES = 10
COLUMNS = 12        # noises in the sheet
DIGITS_AT_MOST = 24


def build(house: House) -> None:
    names = house.names("cgan")
    gr.HTML(each(PLATE.head))
    if not names:
        return missing("cgan")
    first = {"model": names[0], "label": 2, "other": 3, "mix": 0.0, "seed": "20"}
    instrument(lambda: _markup(names), first, draw, recipe=recipe, plate=PLATE.id, elem_id="cgan")
    if "cgan-mnist" in names:
        instrument(_writer, {"digits": "2026", "hand": "8", "each": True}, write, recipe=written, plate=PLATE.id, elem_id="writer")
    replay(names, elem_id="cgan-replay", first=names[0])
    facts(names, HOW)


def recipe(state: State) -> Recipe:
    model, label, other, mix = _asked(state)
    asked = {str(label): round(1 - mix, 4), str(other): mix} if mix and label != other else label
    return model.card.name, parse_seeds([state["seed"]])[0], {"label": asked}


def _asked(state: State) -> tuple[models.Model, int, int, float]:
    model = exhibit(state["model"])
    label, other = (int(model.card.control("label").parse(state[key]).argmax()) for key in ("label", "other"))
    return model, label, other, share(state["mix"], "The mix")


def draw(state: State) -> Slots:
    model, label, other, mix = _asked(state)
    classes = [say(name) for name in DATASETS[model.card.dataset].classes]
    here = {label: 1 - mix, other: mix} if label != other else label
    wanted = [here, *range(CLASSES)]
    pictures = model.generate([state["seed"]] * len(wanted), label=wanted)
    opinions = model.score(np.repeat(pictures[:1], CLASSES, 0), label=list(range(CLASSES)))
    words = classes[label] if not mix or label == other else f"{1 - mix:.0%} {classes[label]}, {mix:.0%} {classes[other]}"
    verdict = say("Shown this picture as “{label}”, D believes it with {share}.", label=classes[label], share=f"{opinions[label]:.0%}")
    if label != other:
        verdict += " " + say("As “{label}” it believes it with {share}.", label=classes[other], share=f"{opinions[other]:.0%}")
    slots = {
        "picture": png(pictures[0], png_info(model.card, *recipe(state)[1:])),
        "picture-alt": say("Generated picture: {what}, noise seed {seed}", what=words, seed=state["seed"]),
        "words": words,
        "sheet": _sheet(model.card.name, str(state["seed"])),
        "sheet-alt": say("A row for each class of {data}, the same {count} noises in every row", data=DATASETS[model.card.dataset].title,
                         count=COLUMNS),
        "opinions": _bars(classes, opinions, label),
        "verdict": verdict,
        "sheet-words": say("Rows: {rows}. Columns: {count} noises, the same in every row. One column shares a hand, as if one person had "
                           "drawn it.", rows=", ".join(classes), count=COLUMNS),
    }
    for i, name in enumerate(classes):
        slots |= {f"choice{i}": png(pictures[1 + i]), f"choice{i}-alt": name, f"choice{i}-name": name, f"other{i}": name}
    return slots


def write(state: State) -> Slots:
    """Digits as one strip: a seed is a hand; `each` gives every digit a noise of its own."""
    text, seeds = _digits(state)
    pictures = exhibit("cgan-mnist").generate(seeds, label=list(text))
    return {"strip": png(tiled(pictures[:, :, 3:25], len(text))),
            "strip-alt": say("The number {digits}, written by the network", digits=text)}


def written(state: State) -> list[Recipe]:
    """A recipe for each digit that occurs, with the seeds of all its places."""
    text, seeds = _digits(state)
    places = {digit: dict.fromkeys(str(seed) for c, seed in zip(text, seeds, strict=True) if c == digit) for digit in sorted(set(text))}
    return [("cgan-mnist", ",".join(found), {"label": int(digit)}) for digit, found in places.items()]


def _digits(state: State) -> tuple[str, list[int]]:
    text = str(state["digits"]).strip()
    if not text or len(text) > DIGITS_AT_MOST or not all(c in "0123456789" for c in text):
        raise BadInput(f"Write 1 to {DIGITS_AT_MOST} digits, 0 to 9, not {shown(text)}.")
    first = parse_seeds([state["hand"]])[0]
    return text, [(first + i * bool(state["each"])) % 2**32 for i in range(len(text))]


@lru_cache(maxsize=64)
def _sheet(name: str, seed: str) -> str:
    model, first = exhibit(name), parse_seeds([seed])[0]
    seeds = [(first + column) % 2**32 for _ in range(CLASSES) for column in range(COLUMNS)]
    return png(tiled(model.generate(seeds, label=np.repeat(np.arange(CLASSES), COLUMNS).tolist()), COLUMNS))


def _bars(classes: list[str], opinions: np.ndarray, label: int) -> str:
    rows = "".join(
        f'<tr class="{"asked" if i == label else ""}"><th scope="row">{name}</th>'
        f'<td><i style="width:{opinions[i]:.1%}"></i></td><td class="mono">{opinions[i]:.0%}</td></tr>'
        for i, name in enumerate(classes))
    return f'<table class="bars"><caption>{say("D’s belief in this picture under each label")}</caption><tbody>{rows}</tbody></table>'


def _markup(names: list[str]) -> str:
    labels = "".join(
        f'<button type="button" class="category" data-set=\'{{"label": {i}}}\'>{picture(f"choice{i}", "")}'
        f'<span data-slot="choice{i}-name"></span></button>' for i in range(CLASSES))
    return f"""
<div class="bench">
  <div class="stage">
    <figure class="hero">{picture("picture", say("Generated picture"), "specimen large")}
      <figcaption data-slot="words"></figcaption></figure>
    <div class="field" role="group" aria-label="{say("Label")}"><span>{say("Choose a label (y): the same noise, drawn as each")}</span>
      <div class="categories">{labels}</div></div>
  </div>
  <div class="panel">
    {choices("model", say("Trained on"), {name: DATASETS[name.rsplit("-", 1)[1]].title for name in names})}
    {choices("other", say("Mix with another label"), {i: f'<span data-slot="other{i}"></span>' for i in range(CLASSES)}, small=True)}
    {slider("mix", say("share of the other label"), 0, 1, 0.01)}
    {number("seed", say("noise (z), by seed"))}
    <div data-slot="opinions"></div>
    <p class="caption" data-slot="verdict"></p>
  </div>
</div>
<figure class="tray beneath">{picture("sheet", say("A row for each class"), "specimen")}
<figcaption data-slot="sheet-words"></figcaption></figure>"""


def _writer() -> str:
    return f"""
<h2>{say("Write a number")}</h2>
<div class="row">
  <label class="field"><span>{say("Digits")}</span>
    <input type="text" inputmode="numeric" name="digits" maxlength="{DIGITS_AT_MOST + 8}" autocomplete="off"></label>
  {number("hand", say("hand (noise z), by seed"))}
  <label class="tick"><input type="checkbox" name="each"> {say("a new noise for every digit")}</label>
</div>
<figure class="tray">{picture("strip", say("The number, written by the network"), "specimen strip")}</figure>"""

HOW = """
Both players are told the label. The generator learns to draw what it was asked for, because the discriminator, who knows what
was ordered, does not believe a fine shoe that should have been a shirt. Inside, a label is a learned row of numbers; between two labels
there are others, which is what the mixing slider walks through. The network was never shown a half: it interpolates.
"""
