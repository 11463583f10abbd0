"""The lower half of the plate "Text to picture": between two sentences, and the same noise under several sentences."""

import torch

from models.runtime import parse_seeds
from models.text.encoders import EXAMPLES
from tabs.house import exhibit
from tabs.instrument import Recipe, Slots, State, animation, instrument, number, picture, png, share, slider, tiled
from tabs.language import say
from tabs.turns import SKETCHES

STACK = "stackgan-flowers"
PHOTO = "specimen photo"     # class of a colour picture
COLUMNS = 5                  # noises in the matrix
FRAMES = 24                  # of the walk between two sentences


def build(plate: str, encoder: str) -> None:
    """Places both instruments on the tab `plate`; `encoder` reads their sentences at first."""
    instrument(_between, {"first": EXAMPLES[5], "last": EXAMPLES[2], "share": 0.5, "seed": "8", "encoder": encoder}, between, save=walk,
               plate=plate, elem_id="between", turn=SKETCHES)
    instrument(_matrix, {"a": EXAMPLES[2], "b": EXAMPLES[4], "c": EXAMPLES[5], "seed": "4", "encoder": encoder}, matrix, recipe=rows,
               plate=plate, elem_id="matrix", turn=SKETCHES)


# --- between two sentences ----------------------------------------------------------------------------------------------

def between(state: State) -> Slots:
    model, points, seed = exhibit(STACK), *_ends(state)
    part = share(state["share"], "The way between two sentences")
    z = model.latents([seed] * 3)
    drawn = model.paint(z, torch.stack([points[0], points[0] * (1 - part) + points[1] * part, points[1]]))
    return {"start": png(drawn[0]), "middle": png(drawn[1]), "end": png(drawn[2]),
            "middle-alt": say("{a} of the first sentence, {b} of the second", a=f"{1 - part:.0%}", b=f"{part:.0%}")}


def walk(state: State) -> tuple[str, str]:
    model, points, seed = exhibit(STACK), *_ends(state)
    parts = torch.linspace(0, 1, FRAMES)[:, None]
    frames = model.paint(model.latents([seed] * FRAMES), points[0] * (1 - parts) + points[1] * parts)
    return "gan-atlas-two-sentences.webp", animation(frames, "webp", scale=1, milliseconds=80)


def _ends(state: State) -> tuple[torch.Tensor, int]:
    return exhibit(STACK).encode([state["first"], state["last"]], state["encoder"]), parse_seeds([state["seed"]])[0]


# --- same noise, several sentences; same sentence, several noises --------------------------------------------------------

def matrix(state: State) -> Slots:
    model, seeds = exhibit(STACK), _columns(state)
    points = model.encode([state[row] for row in "abc"], state["encoder"])
    drawn = model.paint(model.latents(seeds * 3), points.repeat_interleave(COLUMNS, 0), stage=1)
    return {"sheet": png(tiled(drawn, COLUMNS)), "sheet-alt": say("A row for each sentence, a column for each noise, at Stage-I"),
            "sheet-words": say("A row for each sentence; columns: noises {first} to {last}, the same in every row. Stage-I.",
                               first=seeds[0], last=seeds[-1])}


def rows(state: State) -> list[Recipe]:
    read = exhibit(STACK).card.control("text").parse
    return [(STACK, ",".join(map(str, _columns(state))), {"text": read(state[row]), "encoder": str(state["encoder"]), "stage": 1})
            for row in "abc"]


def _columns(state: State) -> list[int]:
    first = parse_seeds([state["seed"]])[0]
    return [(first + i) % 2**32 for i in range(COLUMNS)]


# --- markup -------------------------------------------------------------------------------------------------------------

def sentence_box(name: str, label: str) -> str:
    return (f'<label class="field"><span>{label}</span><textarea name="{name}" rows="2" data-pause="100" spellcheck="false" '
            f'autocomplete="off"></textarea></label>')


def _between() -> str:
    return f"""
<h2>{say("Between two sentences")}</h2>
<div class="two">{sentence_box("first", say("From"))}{sentence_box("last", say("To"))}</div>
<div class="walkway"><figure>{picture("start", say("The first sentence"), PHOTO)}</figure>
  <figure>{picture("middle", say("Between the two"), PHOTO)}</figure>
  <figure>{picture("end", say("The second sentence"), PHOTO)}</figure></div>
{slider("share", say("share of the second sentence"), 0, 1, 0.01)}
<div class="row">{number("seed", say("noise (z), by seed"))}<button type="button" data-play="share">{say("Play")}</button>
<button type="button" data-save>{say("Save as animation")}</button></div>"""


def _matrix() -> str:
    return f"""
<h2>{say("Same noise, three sentences; same sentence, five noises")}</h2>
<div class="bench"><figure class="tray">{picture("sheet", say("Three sentences, five noises"), "specimen photo sheet")}
<figcaption data-slot="sheet-words"></figcaption></figure>
<div class="panel">{sentence_box("a", say("First row"))}{sentence_box("b", say("Second row"))}{sentence_box("c", say("Third row"))}
{number("seed", say("first noise (z), by seed"))}</div></div>"""
