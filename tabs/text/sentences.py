"""The lower half of the plate "Text to picture": between two sentences, and the same noise under several sentences."""

from dataclasses import dataclass

import torch

from models.images import png_uri, tile
from models.seeds import parse_seeds
from models.text.encoders import EXAMPLES
from models.text_to_image import TextToImage
from page.instrument import Recipe, State, instrument, number, picture, slider
from page.language import say
from page.queue import LOW_RES
from page.site import shown_model
from page.slots import Slots, animation
from page.values import share

STACK = "stackgan-flowers"
PHOTO = "specimen photo"     # class of a colour picture
COLUMNS = 5                  # noises in the matrix
FRAMES = 24                  # of the walk between two sentences


def build(plate: str, encoder: str) -> None:
    """Places both instruments on the tab `plate`; `encoder` reads their sentences at first."""
    instrument(_between, {"first": EXAMPLES[5], "last": EXAMPLES[2], "share": 0.5, "seed": "8", "encoder": encoder}, parse_between, between,
               save=save_between, plate=plate, elem_id="between", queue=LOW_RES)
    instrument(_matrix, {"a": EXAMPLES[2], "b": EXAMPLES[4], "c": EXAMPLES[5], "seed": "4", "encoder": encoder}, parse_matrix, matrix,
               recite=recite_matrix, plate=plate, elem_id="matrix", queue=LOW_RES)


# --- between two sentences ----------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Between:
    model: TextToImage
    ends: torch.Tensor     # embeddings of the two sentences, [2, text_dim]
    share: float           # of the second
    seed: int

    def images(self, shares: torch.Tensor):
        """uint8 [N, H, W, 3] for shares [N] of the second sentence, all from the same noise."""
        part = shares[:, None]
        return self.model.draw(self.model.latents([self.seed] * len(shares)), self.ends[0] * (1 - part) + self.ends[1] * part)


def parse_between(state: State) -> Between:
    model = shown_model(STACK)
    return Between(model, model.embed([state["first"], state["last"]], state["encoder"]),
                   share(state["share"], "The way between two sentences"), parse_seeds([state["seed"]])[0])


def between(asked: Between) -> Slots:
    start, middle, end = asked.images(torch.tensor([0.0, asked.share, 1.0]))
    return {"start": png_uri(start), "middle": png_uri(middle), "end": png_uri(end),
            "middle-alt": say("{a} of the first sentence, {b} of the second", a=f"{1 - asked.share:.0%}", b=f"{asked.share:.0%}")}


def save_between(asked: Between) -> tuple[str, str]:
    return "gan-atlas-two-sentences.webp", animation(asked.images(torch.linspace(0, 1, FRAMES)), "webp", scale=1, milliseconds=80)


# --- same noise, several sentences; same sentence, several noises --------------------------------------------------------

@dataclass(frozen=True)
class Matrix:
    model: TextToImage
    texts: list[str]           # a row for each
    embeddings: torch.Tensor   # [3, text_dim]
    seeds: list[int]           # a column for each
    encoder: str


def parse_matrix(state: State) -> Matrix:
    model, first = shown_model(STACK), parse_seeds([state["seed"]])[0]
    texts = [model.card.control("text").parse(state[row]) for row in "abc"]
    return Matrix(model, texts, model.embed(texts, state["encoder"]), [(first + i) % 2**32 for i in range(COLUMNS)], state["encoder"])


def matrix(asked: Matrix) -> Slots:
    images = asked.model.draw(asked.model.latents(asked.seeds * 3), asked.embeddings.repeat_interleave(COLUMNS, 0), stage=1)
    return {"sheet": png_uri(tile(images, COLUMNS)), "sheet-alt": say("A row for each sentence, a column for each noise, at Stage-I"),
            "sheet-words": say("A row for each sentence; columns: noises {first} to {last}, the same in every row. Stage-I.",
                               first=asked.seeds[0], last=asked.seeds[-1])}


def recite_matrix(asked: Matrix) -> list[Recipe]:
    return [(STACK, ",".join(map(str, asked.seeds)), {"text": text, "encoder": asked.encoder, "stage": 1}) for text in asked.texts]


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
