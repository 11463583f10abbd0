"""Plate: real or generated? Ten pictures; the visitor and the discriminator say which are which, and are scored on the same ones.

The real side is 200 of Fashion-MNIST's test pictures, whose licence (MIT, beside them) allows showing them: guess.png.
"""

import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from models.images import png_uri
from models.seeds import parse_seeds
from page.instrument import State, instrument, picture
from page.language import say
from page.model_facts import missing
from page.plate import Plate
from page.site import Site, shown_model
from page.slots import Slots

PLATE = Plate(
    id="guess", order=8, given="play", label="Real or generated?", year="your turn",
    idea="Ten pictures, some real, some drawn by a network. Mark the drawn ones; then see whether you or the discriminator did better.",
)
MODEL = "dcgan-fashion"
REAL, COLUMNS = Path(__file__).with_suffix(".png"), 20
CARDS = 10
FRESH = {f"drawn{i}": False for i in range(CARDS)} | {"shown": False}


def build(site: Site) -> None:
    site.head(PLATE)
    if MODEL not in site.weights("dcgan"):
        return missing("dcgan")
    instrument(_markup, {"deal": "3", **FRESH}, parse, draw, plate=PLATE.id, elem_id="guess")


@dataclass(frozen=True)
class Round:
    deal: int
    drawn: list[bool]        # the visitor's marks
    shown: bool              # the truth is asked for


def parse(state: State) -> Round:
    return Round(parse_seeds([state["deal"]])[0], [bool(state[f"drawn{i}"]) for i in range(CARDS)], bool(state["shown"]))


def draw(asked: Round) -> Slots:
    real, pictures = dealt(asked.deal)
    slots: Slots = {"verdict": ""}
    for i, shown in enumerate(pictures):
        slots |= {f"card{i}": png_uri(shown), f"card{i}-alt": say("Picture {letter}", letter=i + 1), f"truth{i}": ""}
    if not asked.shown:
        return slots
    beliefs = shown_model(MODEL).score(pictures)
    yours = [mark != true for mark, true in zip(asked.drawn, real, strict=True)]
    for i, (right, belief) in enumerate(zip(yours, beliefs, strict=True)):
        truth = say("real") if real[i] else say("generated")
        slots[f"truth{i}"] = (f'<b class="{"right" if right else "wrong"}">{"✓" if right else "✗"} {truth}</b>'
                              f'<br>D: <span class="mono">{belief:.0%}</span>')
    theirs = sum((belief > 0.5) == true for belief, true in zip(beliefs, real, strict=True))
    return slots | {"verdict": say("You: {yours} of {all} right. The discriminator: {theirs}. Under each picture: the truth, and how sure "
                                   "D is that it is real.", yours=f"<b>{sum(yours)}</b>", theirs=f"<b>{theirs}</b>", all=CARDS)}


def dealt(deal: int) -> tuple[list[bool], np.ndarray]:
    """Which of ten pictures are real, and the pictures, uint8 [10, H, W, C], the same for the same number. Three to seven are real."""
    chance, real = np.random.default_rng(deal), real_pictures()
    count = int(chance.integers(3, 8))
    left = real[chance.choice(len(real), count, replace=False)]
    order = chance.permutation(CARDS)
    drawn = shown_model(MODEL).generate([int(seed) for seed in chance.integers(0, 2**32, CARDS - count)])
    return [int(i) < count for i in order], np.concatenate([left, drawn])[order]


@cache
def real_pictures() -> np.ndarray:
    """200 test pictures of Fashion-MNIST, uint8 [200, 28, 28, 1], from one PNG of rows of 20."""
    rows = np.asarray(Image.open(REAL))
    side = rows.shape[1] // COLUMNS
    return rows.reshape(-1, side, COLUMNS, side).swapaxes(1, 2).reshape(-1, side, side, 1)


def _markup() -> str:
    cards = "".join(f'<label class="guess">{picture(f"card{i}", say("Picture {letter}", letter=i + 1))}'
                    f'<span class="tick"><input type="checkbox" name="drawn{i}"> {say("generated")}</span>'
                    f'<span class="caption" data-slot="truth{i}"></span></label>' for i in range(CARDS))
    return f"""<div class="game"><div class="guesses">{cards}</div>
<div class="row"><button type="button" data-set="{escape(json.dumps({"shown": True}))}">{say("Show the truth")}</button>
<button type="button" data-reroll="deal" data-set="{escape(json.dumps(FRESH))}">{say("Deal again")}</button></div>
<p class="verdict" data-slot="verdict" aria-live="polite"></p>
<p class="caption">{say("The real ones are test pictures of Fashion-MNIST (Zalando, MIT licence).")}</p></div>"""
