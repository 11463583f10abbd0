"""The lower half of the plate "Text to picture": between two sentences, and the same noise under several sentences."""

import torch

from models.seeds import SEED_LIMIT, named_from
from models.text.encoders import ENCODERS, EXAMPLES
from page.drawing import INDEX, Drawing, field, listed, model_named, png, said, sheet, shown
from page.drawing_text import NAMED, embedding, lerp, painted
from page.fields import Number, Seed, Sentence, Word
from page.instrument import Recipe, instrument
from page.language import say
from page.markup import number, picture, slider
from page.queue import LOW_RES
from page.site import shown_model
from page.slots import animation

STACK = "stackgan-flowers"
PHOTO = "specimen photo"     # class of a colour picture
COLUMNS = 5                  # noises in the matrix
FRAMES = 24                  # of the walk between two sentences
THREE = ("a white flower with a yellow center", "a purple passion flower", "a pink flower with many thin petals")      # three kinds
ROWS = {"a": "First row", "b": "Second row", "c": "Third row"}
READ_BY = Word(ENCODERS, here=(NAMED,))


def build(plate: str, encoder: str) -> None:
    """Places both instruments on the tab `plate`; `encoder` reads their sentences at first."""
    instrument(_between, {"first": EXAMPLES[5], "last": EXAMPLES[2], "share": 0.5, "seed": "8", "encoder": encoder}, drawing=between(),
               save=save_between, plate=plate, elem_id="between", queue=LOW_RES)
    instrument(_matrix, dict(zip(ROWS, THREE, strict=True)) | {"seed": "1", "encoder": encoder}, drawing=matrix(),
               recite=recite_matrix, plate=plate, elem_id="matrix", queue=LOW_RES)


def between() -> Drawing:
    """The same noise on the straight way between two sentences: its beginning, the place asked for, its end."""
    model, encoder, share = model_named(STACK), field("encoder"), field("share")
    first, last = (embedding(model, field(name), encoder) for name in ("first", "last"))
    drawn = painted(model, 2, field("seed"), lerp(first, last, listed(0, share, 1)[INDEX]), count=3)
    return Drawing(
        {"first": Sentence("From"), "last": Sentence("To"), "share": Number("The way between two sentences"), "seed": Seed(),
         "encoder": READ_BY},
        {"start": png(drawn, 0), "middle": png(drawn, 1), "end": png(drawn, 2),
         "middle-alt": said("{a} of the first sentence, {b} of the second", a=shown(1 - share, ".0%"), b=shown(share, ".0%"))})


def save_between(asked: dict) -> tuple[str, str]:
    """An animation of the whole way."""
    model = shown_model(STACK)
    first, last = model.embed([asked["first"], asked["last"]], asked["encoder"])
    part = torch.linspace(0, 1, FRAMES)[:, None]
    frames = model.draw(model.latents([asked["seed"]] * FRAMES), first * (1 - part) + last * part)
    return "gan-atlas-two-sentences.webp", animation(frames, "webp", scale=1, milliseconds=80)


def matrix() -> Drawing:
    """A row for each of three sentences, a column for each noise."""
    model, encoder, seed = model_named(STACK), field("encoder"), field("seed")
    rows = listed(*(embedding(model, field(row), encoder) for row in ROWS))
    drawn = painted(model, 1, seed + INDEX % COLUMNS, rows[INDEX // COLUMNS], count=3 * COLUMNS)
    return Drawing(
        {row: Sentence(label) for row, label in ROWS.items()} | {"seed": Seed(), "encoder": READ_BY},
        {"sheet": sheet(drawn, COLUMNS), "sheet-alt": said("A row for each sentence, a column for each noise, at Stage-I"),
         "sheet-words": said("A row for each sentence; columns: noises {first} to {last}, the same in every row. Stage-I.",
                             first=seed, last=(seed + COLUMNS - 1) % SEED_LIMIT)})


def recite_matrix(asked: dict) -> list[Recipe]:
    seeds = named_from(asked["seed"], COLUMNS)
    return [(STACK, seeds, {"text": asked[row], "encoder": asked["encoder"], "stage": 1}) for row in ROWS]


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
<div class="panel">{"".join(sentence_box(row, say(label)) for row, label in ROWS.items())}
{number("seed", say("first noise (z), by seed"))}</div></div>"""
