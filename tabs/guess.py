"""Plate: real or generated? Ten pictures; the visitor and the discriminator say which are which, and are scored on the same ones.

The real side is Fashion-MNIST's test pictures, whose licence (MIT) allows showing them. They are not part of this repository: they come
from a folder named by GAN_ATLAS_FASHION, or from the Hub, once, when a visitor asks for them. Until then two networks play against
each other: which digits did GAN draw, which DCGAN?
"""

import json
import os
import threading
import time
from dataclasses import dataclass
from html import escape

import numpy as np

from models.datasets import DATASETS
from models.errors import BadInput
from models.images import png_uri
from models.seeds import parse_seeds
from page.instrument import Slots, State, instrument, picture
from page.language import say
from page.model_facts import missing
from page.plate import Plate
from page.site import Site, shown_model

PLATE = Plate(
    id="guess", order=8, label="Real or generated?", year="your turn",
    idea="Ten pictures, some real, some drawn by a network. Mark the drawn ones; then see whether you or the discriminator did better.",
)
MODEL = "dcgan-fashion"
OLDER, NEWER = "gan-mnist", "dcgan-mnist"      # of 2014 and 2015: the game without real pictures
CARDS = 10
AGAIN = 60.0        # seconds before a fetch that failed is tried anew
FRESH = {f"drawn{i}": False for i in range(CARDS)} | {"shown": False}

_real: dict[str, np.ndarray] = {}       # by where they come from
_failed: dict[str, float] = {}
_fetching = threading.Lock()


def build(site: Site) -> None:
    site.head(PLATE)
    if MODEL not in site.weights("dcgan"):
        return missing("dcgan")
    instrument(_markup, {"deal": "3", "fetch": False, **FRESH}, parse, draw, plate=PLATE.id, elem_id="guess")


@dataclass(frozen=True)
class Round:
    deal: int
    fetch: bool              # the real pictures are asked for
    drawn: list[bool]        # the visitor's marks
    shown: bool              # the truth is asked for


def parse(state: State) -> Round:
    return Round(parse_seeds([state["deal"]])[0], bool(state["fetch"]), [bool(state[f"drawn{i}"]) for i in range(CARDS)],
                 bool(state["shown"]))


def draw(asked: Round) -> Slots:
    real = real_pictures(asked.fetch)
    others, pictures = dealt(asked.deal, real)
    this, other = (say("generated"), say("real")) if real is not None else ("GAN, 2014", "DCGAN, 2015")
    slots: Slots = {"asking": _asking() if real is None else "", "verdict": ""}
    for i, shown in enumerate(pictures):
        slots |= {f"card{i}": png_uri(shown), f"card{i}-alt": say("Picture {letter}", letter=i + 1), f"truth{i}": "", f"tick{i}": this}
    if not asked.shown:
        return slots
    yours = [mark != other for mark, other in zip(asked.drawn, others, strict=True)]
    for i, right in enumerate(yours):
        slots[f"truth{i}"] = f'<b class="{"right" if right else "wrong"}">{"✓" if right else "✗"} {other if others[i] else this}</b>'
    found = {"yours": f"<b>{sum(yours)}</b>", "all": CARDS}
    if real is None:
        return slots | {"verdict": say("You: {yours} of {all} right. The older network sets each pixel by itself, and leaves specks and "
                                       "ragged edges; the newer one draws with strokes.", **found)}
    beliefs = shown_model(MODEL).score(pictures)
    for i, belief in enumerate(beliefs):
        slots[f"truth{i}"] += f'<br>D: <span class="mono">{belief:.0%}</span>'
    theirs = sum((belief > 0.5) == is_real for belief, is_real in zip(beliefs, others, strict=True))
    return slots | {"verdict": say("You: {yours} of {all} right. The discriminator: {theirs}. Under each picture: the truth, and how sure "
                                   "D is that it is real.", theirs=f"<b>{theirs}</b>", **found)}


def dealt(deal: int, real: np.ndarray | None) -> tuple[list[bool], np.ndarray]:
    """Ten pictures uint8 [10, H, W, C], the same for the same number: three to seven are not to be marked, and which those are.

    They are of `real`; where there is none, they are the newer network's, and those to be marked the older one's.
    """
    chance = np.random.default_rng(deal)
    count = int(chance.integers(3, 8))

    def drawn(model: str, n: int) -> np.ndarray:
        return shown_model(model).generate([int(seed) for seed in chance.integers(0, 2**32, n)])

    left = drawn(NEWER, count) if real is None else real[chance.choice(len(real), count, replace=False)]
    order = chance.permutation(CARDS)
    return [int(i) < count for i in order], np.concatenate([left, drawn(OLDER if real is None else MODEL, CARDS - count)])[order]


def real_pictures(fetch: bool) -> np.ndarray | None:
    """Fashion-MNIST's test pictures, uint8 [N, 28, 28, 1]; None if they are not here and nobody asked to `fetch` them.

    Raises BadInput if they were asked for and cannot be had.
    """
    source = os.environ.get("GAN_ATLAS_FASHION") or DATASETS["fashion"].hub
    local = os.path.isdir(source)
    if source not in _real:
        if not (local or fetch):
            return None
        with _fetching:
            if source not in _real:
                _real[source] = _loaded(source)
    return _real[source]


def _loaded(source: str) -> np.ndarray:
    from models.parquet import load_images  # imported late: only this plate reads Parquet

    if time.monotonic() - _failed.get(source, -AGAIN) >= AGAIN:
        try:
            return load_images(source, "test")[0].permute(0, 2, 3, 1).numpy()
        except BadInput:
            _failed[source] = time.monotonic()
    raise BadInput("Fashion-MNIST could not be fetched from the Hub; it is tried again in a minute.")


def _asking() -> str:
    wish = escape(json.dumps({"fetch": True, **FRESH}))
    return f"""<p>{say("The real side of this game is Fashion-MNIST (Zalando, MIT licence), which is no part of this page.")}</p>
<button type="button" data-set="{wish}">{say("Fetch it from the Hugging Face Hub, once")}</button>
<p>{say("Until then none of these is real. Some were drawn by the GAN of 2014, the others by the DCGAN of 2015, trained on the same "
        "handwriting: mark those of the older network.")}</p>"""


def _markup() -> str:
    cards = "".join(f'<label class="guess">{picture(f"card{i}", say("Picture {letter}", letter=i + 1))}'
                    f'<span class="tick"><input type="checkbox" name="drawn{i}"> <span data-slot="tick{i}"></span></span>'
                    f'<span class="caption" data-slot="truth{i}"></span></label>' for i in range(CARDS))
    return f"""<div class="asking-real" data-slot="asking"></div>
<div class="game"><div class="guesses">{cards}</div>
<div class="row"><button type="button" data-set="{escape(json.dumps({"shown": True}))}">{say("Show the truth")}</button>
<button type="button" data-reroll="deal" data-set="{escape(json.dumps(FRESH))}">{say("Deal again")}</button></div>
<p class="verdict" data-slot="verdict" aria-live="polite"></p></div>"""
