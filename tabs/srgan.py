"""Plate: SRGAN. A small picture of one's own, or a flower of StackGAN, four times as large: bicubic, SRResNet and SRGAN under one line."""

from dataclasses import dataclass
from functools import lru_cache
from html import escape

import numpy as np
from PIL import Image

import models
from models.errors import BadInput, shown
from models.images import png_uri, to_pil, webp_uri
from models.seeds import parse_seeds
from models.srgan import EXAMPLE, KINDS, MOST_PIXELS, SCALE, Srgan, check_size, tiles
from models.text_to_image import TextToImage
from page.branch import Branch
from page.instrument import Piece, Recipe, State, choices, instrument, number, picture
from page.language import say
from page.model_facts import data_title, facts, missing
from page.plate import Plate
from page.queue import LOW_RES
from page.replay import replay
from page.site import Site, shown_model
from page.slots import Slots
from page.uploads import Uploads, upload_field
from page.values import whole, within

PLATE = Plate(id="srgan", order=6, given="picture", when_trained=True, models=("srgan",),
              losses={"l1": "L1 error", "distance": "distance in ImageNet features"})
BRANCHES = (
    Branch("srgan", "dcgan", "a small picture",
           "A low-resolution picture takes the place of the noise; a loss on ImageNet features keeps the content, the judge texture.",
           start=(612, 490), bend=(624, 400, 652, 300), tip=(628, 184), width=(5.5, 2)),
)
STACK = "stackgan-flowers"
SENTENCES = ("a purple passion flower", "a deep red rose with many folded petals", "a yellow sunflower with a dark centre",
             "a white lily with pink stripes")
REGIONS = (64, 96, 128, 256)      # pixels a side of the piece that is shown enlarged
OVERVIEW = 270                    # of the small picture beside it, at most
LOSSLESS = 512                    # up to so many pixels a side a piece is sent as PNG
UPLOADS = Uploads(check_size)


def build(site: Site) -> None:
    names = site.weights("srgan")
    site.head(PLATE)
    if not names:
        return missing("srgan")
    flowers = bool(site.weights("stackgan")) and models.folder_of(STACK) is not None
    first = {"model": names[0], "source": "flower" if flowers else "example", "quarter": flowers, "x": 0.5, "y": 0.5, "region": "64",
             "left": "bicubic", "right": "srgan", "text": SENTENCES[0], "seed": "7", "encoder": "char-cnn-rnn", "chosen": 0,
             "augment": True, "truncation": 0.7}
    instrument(lambda: _markup(names, flowers), first, parse, draw, piece=piece, recite=recite, uploads=UPLOADS, plate=PLATE.id,
               elem_id="srgan", queue=LOW_RES)
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


# --- the picture ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Flower:
    """What StackGAN is asked for: the names and values of its own plate."""

    text: str
    encoder: str
    seed: int
    augment: float
    truncation: float


@dataclass(frozen=True)
class Given:
    source: Flower | str       # a flower, "example", or the key of an upload
    quarter: bool              # whether it is shrunk to a quarter first

    def original(self) -> np.ndarray:
        """The picture as it was given, uint8 [H, W, 3]."""
        if isinstance(self.source, Flower):
            return _flower(self.source)
        return np.asarray(Image.open(EXAMPLE).convert("RGB")) if self.source == "example" else UPLOADS.get(self.source)

    def small(self) -> np.ndarray:
        """The picture that is enlarged, uint8 [H, W, 3]. Raises BadInput where it is too small or too large."""
        image = self.original()
        if self.quarter:
            height, width = (side // SCALE for side in image.shape[:2])
            check_size(height, width)
            image = np.asarray(to_pil(image[:SCALE * height, :SCALE * width]).resize((width, height), Image.Resampling.BICUBIC))
        check_size(*image.shape[:2])
        return image


@dataclass(frozen=True)
class Request:
    model: Srgan
    given: Given
    x: float                   # the middle of the piece that is shown, from the left
    y: float                   # and from below
    region: int
    left: str                  # what is shown on either side of the line: "bicubic", "original" or one of KINDS
    right: str

    @property
    def kind(self) -> str:
        """The network that the whole picture is enlarged by."""
        return self.right if self.right in KINDS else "srgan"


def parse(state: State) -> Request:
    model, source = shown_model(state["model"]), str(state["source"])
    if not isinstance(model, Srgan):
        raise BadInput("{name} enlarges nothing.", name=model.card.name)
    if source == "flower":
        stack = shown_model(STACK)
        text, encoder = stack.card.control("text").parse(state["text"]), str(state["encoder"])
        stack.card.control("encoder").parse(encoder)
        seed = (parse_seeds([state["seed"]])[0] + whole(state["chosen"], "The chosen picture", 0, 9)) % 2**32
        source = Flower(text, encoder, seed, float(bool(state["augment"])), within(state["truncation"], "The variety", 0, 1))
    elif source != "example":
        UPLOADS.get(source)
    region = whole(state["region"], "The side of the piece", REGIONS[0], REGIONS[-1])
    for side in ("left", "right"):
        if state[side] not in ("bicubic", "original", *KINDS):
            raise BadInput("There is no way of enlarging called {name}.", name=shown(state[side], 40))
    return Request(model, Given(source, bool(state["quarter"])), within(state["x"], "The place of the piece", 0, 1),
                   within(state["y"], "The place of the piece", 0, 1), region, state["left"], state["right"])


@lru_cache(maxsize=16)
def _flower(asked: Flower) -> np.ndarray:
    model = shown_model(STACK)
    assert isinstance(model, TextToImage)
    return model.draw(model.latents([asked.seed]), model.embed([asked.text], asked.encoder), augment=asked.augment,
                      truncation=asked.truncation)[0]


# --- a piece of it --------------------------------------------------------------------------------------------------------

def draw(asked: Request) -> Slots:
    small, quarter = asked.given.small(), asked.given.quarter
    height, width = small.shape[:2]
    side = min(asked.region, height, width)
    top, left = round((1 - asked.y) * height - side / 2), round(asked.x * width - side / 2)
    top, left = min(max(top, 0), height - side), min(max(left, 0), width - side)
    sides = [kind if quarter or kind != "original" else "bicubic" for kind in (asked.left, asked.right)]
    wanted = ["bicubic", *KINDS] if quarter else [kind for kind in dict.fromkeys(sides)]
    pieces = {kind: _enlarged(asked.model, asked.given, kind, top, left, side) for kind in wanted}
    if quarter:
        pieces["original"] = asked.given.original()[SCALE * top:SCALE * (top + side), SCALE * left:SCALE * (left + side)]
    names, sizes = _names(), (f"{side}x{side}", f"{SCALE * side}x{SCALE * side}")
    frame = f"left:{left / width:.2%};top:{top / height:.2%};width:{side / width:.2%};height:{side / height:.2%}"
    return {place: _uri(pieces[kind]) for place, kind in zip(("left", "right"), sides, strict=True)} | {
        "left-alt": say("A piece of the picture, enlarged four times: {how}", how=names[sides[0]]),
        "right-alt": say("A piece of the picture, enlarged four times: {how}", how=names[sides[1]]),
        "words": say("{left} to the left of the line, {right} to its right; {small} pixels made {large}.", left=names[sides[0]],
                     right=names[sides[1]], small=sizes[0], large=sizes[1]),
        "overview": _overview(small), "overview-alt": _told(asked.given.source), "frame": f'<i class="frame" style="{frame}"></i>',
        "size": say("{small} pixels, enlarged {large}", small=f"{width}x{height}", large=f"{SCALE * width}x{SCALE * height}"),
        "figures": _figures(pieces) if quarter else "",
    }


@lru_cache(maxsize=24)
def _enlarged(model: Srgan, given: Given, kind: str, top: int, left: int, side: int) -> np.ndarray:
    """A piece, as it looks in the whole picture enlarged."""
    small = given.small()
    if kind in KINDS:
        return model.enlarge_part(small, (top, top + side, left, left + side), kind)
    size, box = (SCALE * side, SCALE * side), (left, top, left + side, top + side)
    return np.asarray(to_pil(small).resize(size, Image.Resampling.BICUBIC, box))


def _uri(image: np.ndarray) -> str:
    return png_uri(image) if len(image) <= LOSSLESS else webp_uri(image, len(image))


def _overview(small: np.ndarray) -> str:
    image = to_pil(small)
    image.thumbnail((OVERVIEW, OVERVIEW), Image.Resampling.BICUBIC)
    return png_uri(np.asarray(image))


def _told(source: Flower | str) -> str:
    """What the picture is, for those who cannot see it."""
    if isinstance(source, Flower):
        return say("A flower that StackGAN drew of “{text}”", text=source.text)
    return say("A flower that StackGAN drew") if source == "example" else say("The picture you chose")


def _figures(pieces: dict[str, np.ndarray]) -> str:
    """How far each enlargement is from the original, as PSNR of the luminance."""
    def grey(image: np.ndarray) -> np.ndarray:
        return image @ np.array([65.481, 128.553, 24.966]) / 255

    truth, rows = grey(pieces["original"]), ""
    for kind in ("bicubic", *KINDS):
        error = np.square(grey(pieces[kind]) - truth).mean()
        value = f"{10 * np.log10(255 ** 2 / error):.1f} dB" if error else "∞"
        rows += f'<tr><th scope="row">{_names()[kind]}</th><td>{value}</td></tr>'
    caption = say("Closeness to the original piece (PSNR; more is closer)")
    return f'<table class="read"><caption>{caption}</caption><tbody>{rows}</tbody></table>'


def _names() -> dict[str, str]:
    return {"bicubic": say("bicubic"), "srresnet": "SRResNet", "srgan": "SRGAN", "original": say("the original")}


# --- all of it ------------------------------------------------------------------------------------------------------------

def piece(asked: Request, place: object) -> Piece:
    """One of the tiles of the whole picture, by the network to the right of the line."""
    small = asked.given.small()
    height, width = (SCALE * side for side in small.shape[:2])
    boxes = tiles(*small.shape[:2])
    box = boxes[whole(place, "The number of a piece", 0, len(boxes) - 1)]
    return Piece(png_uri(asked.model.enlarge_part(small, box, asked.kind)), SCALE * box[2], SCALE * box[0], width, height, len(boxes),
                 f"{asked.model.card.name}-{asked.kind}")


def recite(asked: Request) -> list[Recipe]:
    """The flower, where there is one, and its enlargement."""
    flower, enlarged = asked.given.source, (asked.model.card.name, 0, {"small": "picture.png", "network": asked.kind})
    if not isinstance(flower, Flower):
        return [enlarged]
    return [(STACK, flower.seed, {"text": flower.text, "encoder": flower.encoder, "augment": flower.augment,
                                  "truncation": flower.truncation}), enlarged]


# --- markup ---------------------------------------------------------------------------------------------------------------

def _markup(names: list[str], flowers: bool) -> str:
    own = choices("model", say("Trained on"), {name: data_title(name) for name in names}) if len(names) > 1 else ""
    left, right = ({kind: _names()[kind] for kind in kinds} for kinds in (("bicubic", "srresnet", "original"), (*KINDS, "original")))
    return f"""
<div class="bench">
  <div class="stage">
    <figure class="hero flower">
      <div class="compare" style="--at:50%">{picture("left", say("bicubic"), "specimen photo")}
        {picture("right", "SRGAN", "specimen photo over")}
        <input type="range" min="0" max="100" value="50" data-compare aria-label="{say("Move the line between the two")}"></div>
      <figcaption data-slot="words"></figcaption></figure>
    <div class="two">{choices("left", say("Left of the line"), left, small=True)}
      {choices("right", say("Right of the line"), right, small=True)}</div>
    <div data-slot="figures"></div>
  </div>
  <div class="panel">
    {own}
    {_flowers() if flowers else ""}
    {upload_field("source", say("or a picture of your own: choose, drop or paste it"), MOST_PIXELS, {"quarter": False, "x": 0.5, "y": 0.5})}
    <p class="notice" role="alert" data-slot="notice"></p>
    <label class="tick"><input type="checkbox" name="quarter"> {say("shrink it to a quarter first: then the original is known")}</label>
    <div class="field"><span>{say("The small picture: drag the frame")}</span>
      <div class="pad where" tabindex="0" role="slider" aria-label="{say("Place of the piece")}" data-pad="x 0 1 y 0 1">
        {picture("overview", say("The small picture"), "specimen photo")}<div data-slot="frame"></div></div>
      <span class="caption" data-slot="size"></span></div>
    {choices("region", say("Piece shown, in pixels of the small picture"), {str(side): f"{side}x{side}" for side in REGIONS}, small=True)}
    <div class="row"><button type="button" data-assemble>{say("Enlarge all of it and download")}</button></div>
  </div>
</div>"""


def _flowers() -> str:
    offered = "".join(f'<button type="button" data-set="{escape(_wish(text))}">{escape(text)}</button>' for text in SENTENCES)
    return f"""<div class="panel" data-also='{{"source": "flower"}}'>
    <label class="field"><span>{say("A flower, drawn by StackGAN")}</span>
      <textarea name="text" rows="2" data-pause="300" spellcheck="false" autocomplete="off"></textarea></label>
    <div class="choices small">{offered}
      <button type="button" data-set='{{"quarter": false, "region": "256"}}' data-take="text">
        {say("Carry the flower of “Text to picture” on to 1024x1024")}</button></div>
    {number("seed", say("noise (z), by seed"))}</div>"""


def _wish(text: str) -> str:
    return f'{{"text": "{text}", "chosen": 0}}'


HOW = """
Two networks of one shape enlarge a picture four times. SRResNet was trained for the smallest error: where it cannot know whether a blade
of grass bent left or right, it draws the average of both, which is a blur. SRGAN goes on from it with a judge that has seen 291
photographs: it draws one blade, sharp, and perhaps the wrong one. So its error is larger (a lower PSNR) although it looks better; the
paper calls this the perception that a mean square cannot measure. What it adds is invented: no detail in it is evidence of anything.
Large pictures are enlarged in tiles that overlap by as much as the network sees, so that no seam shows.
"""
