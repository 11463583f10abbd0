"""Plate: real or generated? Ten pictures; the visitor and the discriminator say which are which, and are scored on the same ones.

The real side is 200 of Fashion-MNIST's test pictures, whose licence (MIT, beside them) allows showing them: guess.png.
"""

import base64
import json
from functools import cache
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from page.drawing import (
    INDEX,
    Drawing,
    Node,
    about,
    either,
    equal,
    field,
    images,
    judge,
    less,
    listed,
    model_named,
    noise,
    png,
    said,
    shown,
    sigmoid,
    text,
)
from page.drawing_board import gathered, stored
from page.drawing_numbers import below, normals, ordered, part, repeated, total
from page.fields import Flag, Seed
from page.instrument import instrument
from page.language import say
from page.markup import picture
from page.model_facts import missing
from page.plate import Plate
from page.site import Site

PLATE = Plate(
    id="guess", order=8, given="play", label="Real or generated?", year="your turn",
    idea="Ten pictures, some real, some drawn by a network. Mark the drawn ones; then see whether you or the discriminator did better.",
)
MODEL = "dcgan-fashion"
REAL, COLUMNS = Path(__file__).with_suffix(".png"), 20
CARDS, LEAST, MOST = 10, 3, 7      # dealt; real ones among them
KNOWN = 200                        # pictures in guess.png
FRESH = {f"drawn{i}": False for i in range(CARDS)} | {"shown": False}


def build(site: Site) -> None:
    site.head(PLATE)
    if MODEL not in site.weights("dcgan"):
        return missing("dcgan", "fashion", site.problems.get("dcgan", []))
    instrument(_markup, {"deal": "3", **FRESH}, drawing=drawing(), plate=PLATE.id, elem_id="guess")


def drawing() -> Drawing:
    """The cards of a deal; where the truth is asked for, what is right, and what D believes."""
    model, shown_now = model_named(MODEL), field("shown")
    real, cards = dealt(model, field("deal"))
    beliefs, truth = sigmoid(judge(cards)["logits"]), (said("real"), said("generated"))
    slots, yours, theirs = {}, [], []
    for i in range(CARDS):
        right = equal(equal(field(f"drawn{i}"), real[i]), False)
        yours.append(either(right, 1, 0))
        theirs.append(either(equal(less(0.5, beliefs[i]), real[i]), 1, 0))
        told = text('<b>{truth}</b><br><b class="{kind}">{you}</b> · D: <span class="mono">{belief}</span>',
                    kind=either(right, "right", "wrong"), you=said("you {mark}", mark=either(right, "✓", "✗")),
                    truth=either(real[i], *truth), belief=shown(beliefs[i], ".0%"))
        slots |= {f"card{i}": png(cards, i), f"card{i}-alt": said("Picture {letter}", letter=i + 1),
                  f"truth{i}": either(shown_now, told, "")}
    verdict = said("You: {yours} of {all} right. The discriminator: {theirs}. Under each picture: the truth, and how sure D is that it is "
                   "real.", all=CARDS, **{name: text("<b>{count}</b>", count=total(listed(*scores)))
                                          for name, scores in (("yours", yours), ("theirs", theirs))})
    return Drawing({"deal": Seed(), "shown": Flag()} | {f"drawn{i}": Flag() for i in range(CARDS)},
                   slots | {"verdict": either(shown_now, verdict, "")})


def dealt(model: Node, deal: Node) -> tuple[list[Node], Node]:
    """Which of ten pictures are real, and the pictures, the same for the same number. Three to seven are real."""
    chance, photos = normals(deal, KNOWN + 1 + CARDS), stored(model, about(model, _photos), KNOWN)
    count = below(chance[KNOWN]) * (MOST - LEAST + 1) // 1 + LEAST
    order, hands = ordered(part(chance, 0, KNOWN)), ordered(part(chance, KNOWN + 1, KNOWN + 1 + CARDS))
    drawn = images(model, noise(deal * CARDS + INDEX), CARDS - LEAST)
    places = repeated(CARDS, either(less(hands[INDEX], count), order[hands[INDEX]], hands[INDEX] - count + KNOWN))
    return [less(hands[i], count) for i in range(CARDS)], gathered(photos, drawn, places)


def _photos(_) -> str:
    return base64.b64encode(real_pictures().tobytes()).decode()


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
    title = escape(say("Real or generated?"))
    return f"""<div class="game" data-linked="deal"><fieldset class="guesses" data-until="shown" aria-label="{title}">{cards}</fieldset>
<div class="row"><button type="button" data-set="{escape(json.dumps({"shown": True}))}">{say("Show the truth")}</button>
<button type="button" data-reroll="deal" data-set="{escape(json.dumps(FRESH))}">{say("Deal again")}</button></div>
<p class="verdict" data-slot="verdict" aria-live="polite"></p>
<p class="caption">{say("The real ones are test pictures of Fashion-MNIST (Zalando, MIT licence).")}</p></div>"""
