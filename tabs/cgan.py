"""Plate: conditional GAN. Ask for a class by name; mix two; write a number; see what D makes of a wrong label."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from models.cgan import Cgan
from models.errors import BadInput, shown
from models.images import png_uri, tile
from models.loaded import Asked
from models.provenance import png_info
from models.seeds import parse_seeds
from page.branch import Branch
from page.instrument import EMPTY, Recipe, Slots, State, bars, choices, instrument, number, picture, share, slider
from page.language import say
from page.model_facts import class_names, data_title, facts, missing
from page.plate import Plate
from page.replay import replay
from page.site import Site, shown_model

PLATE = Plate(id="cgan", order=2, given="label", models=("cgan",), seeds={"cgan": 8}, losses={"wrong": "D on wrong labels"})
BRANCHES = (
    Branch("cgan", "gan", "a label",
           "A label, given to forger and detective alike: a good picture of the wrong thing is now a bad forgery.",
           start=(454, 604), bend=(446, 532, 316, 560), tip=(300, 498), leaf=(152, 580), width=(12, 7)),
)
MOST_SHOWN = 24     # classes that have a button and a row; more are asked for by number or name
COLUMNS = 12        # noises in the sheet
DIGITS_AT_MOST = 24


def build(site: Site) -> None:
    names = site.weights("cgan")
    site.head(PLATE)
    if not names:
        return missing("cgan")
    most = max(len(shown_model(name).card.dataset.classes) for name in names)
    first = {"model": names[0], "label": 2, "other": 3, "mix": 0.0, "seed": "20"}
    instrument(lambda: _markup(names, most), first, parse, draw, recite=recite, plate=PLATE.id, elem_id="cgan")
    if "cgan-mnist" in names:
        instrument(_writer, {"digits": "2026", "hand": "8", "each": True}, parse_number, write, recite=recite_number, plate=PLATE.id,
                   elem_id="writer")
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


# --- one picture ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Request:
    model: Cgan
    asked: Asked
    label: int
    other: int
    mix: float      # share of the other label


def parse(state: State) -> Request:
    model, mix = shown_model(state["model"]), share(state["mix"], "The mix")
    label, other = (_label(model, state[key]) for key in ("label", "other"))
    wanted = {str(label): round(1 - mix, 4), str(other): mix} if mix and label != other else label
    return Request(model, model.ask([state["seed"]], label=wanted), label, other, mix if label != other else 0.0)


def _label(model: Cgan, asked: int | float | str | bool) -> int:
    """The number of the class asked for. Where other weights with more classes were shown before, the last one there is."""
    most = len(model.card.dataset.classes) - 1
    if isinstance(asked, int) and not isinstance(asked, bool) and asked > most:
        asked = most
    return int(model.card.control("label").parse(asked).argmax())


def recite(request: Request) -> Recipe:
    return request.model.card.name, request.asked.seeds[0], request.asked.controls


def draw(request: Request) -> Slots:
    model, asked, label, other, mix = request.model, request.asked, request.label, request.other, request.mix
    seed, data = asked.seeds[0], model.card.dataset
    classes = class_names(data)
    shown = range(min(len(classes), MOST_SHOWN))
    images = model.generate(asked.spread(label=torch.cat([asked.inputs["label"], torch.eye(len(classes))[:MOST_SHOWN]])))
    believed = model.score_labels(images[:1])[0]
    words = f"{1 - mix:.0%} {classes[label]}, {mix:.0%} {classes[other]}" if mix else classes[label]
    verdict = say("Shown this picture as “{label}”, D believes it with {share}.", label=classes[label], share=f"{believed[label]:.0%}")
    if label != other:
        verdict += " " + say("As “{label}” it believes it with {share}.", label=classes[other], share=f"{believed[other]:.0%}")
    slots = {
        "picture": png_uri(images[0], png_info(model.card, seed, asked.controls)),
        "picture-alt": say("Generated picture: {what}, noise seed {seed}", what=words, seed=seed),
        "words": words,
        "sheet": _sheet(model, seed),
        "sheet-alt": say("A row for each class of {data}, the same {count} noises in every row", data=data.title, count=COLUMNS),
        "probabilities": bars(say("D’s belief in this picture under each label"), classes, believed, label, MOST_SHOWN),
        "verdict": verdict,
        "sheet-words": say("Rows: {rows}. Columns: {count} noises, the same in every row. One column shares a hand, as if one person had "
                           "drawn it.", rows=", ".join(classes[:MOST_SHOWN]), count=COLUMNS),
    }
    for i in range(MOST_SHOWN):
        name = classes[i] if i in shown else ""
        slots |= {f"choice{i}": png_uri(images[1 + i]) if name else EMPTY, f"choice{i}-alt": name, f"choice{i}-name": name,
                  f"other{i}": name}
    return slots


@lru_cache(maxsize=64)
def _sheet(model: Cgan, seed: int) -> str:
    rows = min(len(model.card.dataset.classes), MOST_SHOWN)
    seeds = [(seed + column) % 2**32 for _ in range(rows) for column in range(COLUMNS)]
    return png_uri(tile(model.generate(seeds, label=np.repeat(np.arange(rows), COLUMNS).tolist()), COLUMNS))


# --- a number -------------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Number:
    digits: str
    seeds: list[int]     # one for each digit: a seed is a hand


def parse_number(state: State) -> Number:
    """`each` gives every digit a noise of its own."""
    digits = str(state["digits"]).strip()
    if not digits or len(digits) > DIGITS_AT_MOST or not all(c in "0123456789" for c in digits):
        raise BadInput("Write 1 to {most} digits, 0 to 9, not {text}.", most=DIGITS_AT_MOST, text=shown(digits))
    first = parse_seeds([state["hand"]])[0]
    return Number(digits, [(first + i * bool(state["each"])) % 2**32 for i in range(len(digits))])


def write(number: Number) -> Slots:
    """Digits as one strip."""
    images = shown_model("cgan-mnist").generate(number.seeds, label=list(number.digits))
    return {"strip": png_uri(tile(images[:, :, 3:25], len(number.digits))),
            "strip-alt": say("The number {digits}, written by the network", digits=number.digits)}


def recite_number(number: Number) -> list[Recipe]:
    """A recipe for each digit that occurs, with the seeds of all its places."""
    pairs = list(zip(number.digits, number.seeds, strict=True))
    places = {digit: dict.fromkeys(str(seed) for c, seed in pairs if c == digit) for digit in sorted(set(number.digits))}
    return [("cgan-mnist", ",".join(found), {"label": int(digit)}) for digit, found in places.items()]


# --- markup ---------------------------------------------------------------------------------------------------------------

def _markup(names: list[str], most: int) -> str:
    """`most`: classes of the weights that have most."""
    count = min(most, MOST_SHOWN)
    field = (f'<label class="field"><span>{say("label, by number or name")}</span>'
             f'<input type="text" name="label" maxlength="80" autocomplete="off" data-pause="300"></label>' if most > count else "")
    labels = "".join(
        f'<button type="button" class="category" data-set=\'{{"label": {i}}}\'>{picture(f"choice{i}", "")}'
        f'<span data-slot="choice{i}-name"></span></button>' for i in range(count))
    return f"""
<div class="bench">
  <div class="stage">
    <figure class="hero">{picture("picture", say("Generated picture"), "specimen large")}
      <figcaption data-slot="words"></figcaption></figure>
    <div class="field" role="group" aria-label="{say("Label")}"><span>{say("Choose a label (y): the same noise, drawn as each")}</span>
      <div class="categories">{labels}</div></div>
    {field}
  </div>
  <div class="panel">
    {choices("model", say("Trained on"), {name: data_title(name) for name in names})}
    {choices("other", say("Mix with another label"), {i: f'<span data-slot="other{i}"></span>' for i in range(count)}, small=True)}
    {slider("mix", say("share of the other label"), 0, 1, 0.01)}
    {number("seed", say("noise (z), by seed"))}
    <div data-slot="probabilities"></div>
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
