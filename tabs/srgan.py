"""Plate: SRGAN. A small picture of one's own, or a flower of StackGAN, four times as large: bicubic, SRResNet and SRGAN under one line."""

import json
from functools import lru_cache
from html import escape
from typing import Any

import numpy as np
from PIL import Image

from models.seeds import SEED_LIMIT
from models.srgan import EXAMPLE, KINDS, LEAST_SIDE, MOST_PIXELS, SCALE, TILE, check_size
from models.text.encoders import ENCODERS
from page.branch import Branch
from page.drawing import Drawing, Node, about, either, equal, field, less, listed, model_named, png, said, shown, text
from page.drawing_numbers import least
from page.drawing_pieces import WAYS, closeness, enlarged, network_of, pictured, tile
from page.drawing_text import NAMED, embedding, escaped, painted
from page.fields import Flag, Given, Number, Optional, Seed, Sentence, Weights, Where, Whole, Word
from page.instrument import Recipe, instrument
from page.language import say
from page.markup import choices, number, pad, picture, slider
from page.model_facts import facts, missing, trained_on
from page.plate import Plate
from page.queue import LOW_RES
from page.replay import replay
from page.site import Site
from page.uploads import Uploads, upload_field

PLATE = Plate(id="srgan", order=6, given="picture", when_trained=True, models=("srgan",),
              losses={"l1": "L1 error", "distance": "distance in ImageNet features"})
BRANCHES = (
    Branch("srgan", "dcgan", "a small picture",
           "A low-resolution picture takes the place of the noise; a loss on ImageNet features keeps the content, the judge texture.",
           start=(612, 490), bend=(624, 400, 652, 300), tip=(628, 184), width=(5.5, 2)),
)
STACK = "stackgan-flowers"
FLOWER = "A flower, drawn by StackGAN"         # the box of its sentence
SENTENCES = ("a purple passion flower", "a deep red rose with many folded petals", "a yellow sunflower with a dark centre",
             "a white lily with pink stripes")
USUAL = {"encoder": NAMED, "chosen": 0, "count": 9, "augment": True, "truncation": 0.7}       # of a flower that is not carried here
REGIONS = (64, 96, 128, 256)      # pixels a side of the piece that is shown enlarged
BROWSERS = 64                     # pixels a side of the largest piece that browsers draw where a server can: larger ones take seconds
ALIKE = 200                       # dB: above, two pictures are the same
UPLOADS = Uploads(check_size)


def build(site: Site) -> None:
    names = site.weights("srgan")
    site.head(PLATE)
    if not names:
        return missing("srgan")
    flowers = STACK in site.weights("stackgan")
    first = {"model": names[0], "source": "flower" if flowers else "example", "quarter": flowers, "x": 0.5, "y": 0.5, "region": "64",
             "left": "bicubic", "right": "srgan", "text": SENTENCES[0], "seed": "7", **USUAL}
    instrument(lambda: _markup(names, flowers), first, drawing=drawing(names, flowers), recite=recite, uploads=UPLOADS, plate=PLATE.id,
               elem_id="srgan", queue=LOW_RES)
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


# --- a piece ----------------------------------------------------------------------------------------------------------------

def drawing(names: list[str], flowers: bool) -> Drawing:
    """What the instrument shows; `flowers`: whether StackGAN is here to draw some."""
    source, here = field("source"), _here(flowers)

    def told(sentence: Node) -> Node:
        """What picture it is, in words; the sentence as plain text, or escaped where it goes into HTML."""
        other = either(equal(source, "example"), said("A flower that StackGAN drew"), said("The picture you chose"))
        if not flowers:
            return other
        return either(equal(source, "flower"), said("A flower that StackGAN drew of “{text}”", text=sentence), other)

    names_of = listed(said("bicubic"), "SRResNet", "SRGAN", said("the original"))
    left, right = names_of[here["ways"][0]], names_of[here["ways"][1]]

    def size(width: Node, height: Node, times: int = 1) -> Node:
        return text("{width}x{height}", width=width * times, height=height * times)

    frame = {name: shown(here["frame"][i], ".2%") for i, name in enumerate(("left", "top", "width", "height"))}
    near = closeness(here)
    rows = {f"row{i}": _row(names_of[i], near[i]) for i in range(len(WAYS) - 1)}
    table = text('<table class="read"><caption>{caption}</caption><tbody>{row0}{row1}{row2}</tbody></table>', **rows,
                 caption=said("Closeness to the original piece (PSNR; more is closer)"))
    aside = either(equal(source, "flower"), "", said("Not what is shown now: change it or choose one, and StackGAN draws a flower again."))
    return Drawing(_fields(names, flowers), draw=({"aside": aside} if flowers else {}) | {
        "left": png(here["left"]), "right": png(here["right"]),
        "left-alt": said("A piece of the picture, enlarged four times: {how}", how=left),
        "right-alt": said("A piece of the picture, enlarged four times: {how}", how=right),
        "words": said("{left} to the left of the line, {right} to its right; {small} pixels made {large}.", left=left, right=right,
                      small=size(here["side"], here["side"]), large=size(here["side"], here["side"], SCALE)),
        "overview": png(here["overview"]), "overview-alt": told(field("text")),
        "frame": text('<i class="frame" style="left:{left};top:{top};width:{width};height:{height}"></i>', **frame),
        "size": said("{what}, {small} pixels, enlarged {large}", what=told(escaped(field("text"))),
                     small=size(here["width"], here["height"]), large=size(here["width"], here["height"], SCALE)),
    }, follow={"figures": either(field("quarter"), table, "")}, piece=_tile(here))


def _tile(here: Node) -> dict[str, Node]:
    """One of the tiles of the whole picture, by the network to the right of the line."""
    one = tile(here, field("piece"))
    return {"uri": png(one["picture"]), **{name: one[name] for name in ("x", "y", "width", "height", "count")},
            "name": text("{model}-{network}", model=about(field("model"), lambda model: model.card.name), network=one["network"])}


def _here(flowers: bool) -> Node:
    """The piece that is shown."""
    original = pictured("source")
    if flowers:
        stack = model_named(STACK)
        sentence, chosen = embedding(stack, field("text"), field("encoder")), least(field("chosen"), field("count") - 1)
        flower = painted(stack, 2, field("seed") + chosen, sentence, augment=field("augment"), truncation=field("truncation"))
        original = either(equal(field("source"), "flower"), flower, original)
    small = said("A picture to enlarge has at least {least} pixels a side; this one is smaller.", least=LEAST_SIDE)
    return enlarged(field("model"), original, quarter=field("quarter"), x=field("x"), y=field("y"), region=field("region"),
                    left=field("left"), right=field("right"), refusal=small)


def _fields(names: list[str], flowers: bool) -> dict:
    def flower(one: Any, otherwise: Any) -> Where:
        return Where("source", "flower", one, otherwise)

    return {"model": Weights(tuple(names), "{name} enlarges nothing."),
            "source": Given({"example": _example()}, UPLOADS, ("flower",) if flowers else ()), "quarter": Flag(),
            "x": Number("The place of the piece"), "y": Number("The place of the piece"),
            "region": Whole("The side of the piece", REGIONS[0], REGIONS[-1], here=BROWSERS), "left": Word(WAYS), "right": Word(WAYS),
            "text": flower(Sentence(FLOWER, of=""), SENTENCES[0]), "encoder": flower(Word(ENCODERS, here=(NAMED,)), NAMED),
            "seed": flower(Seed(), 0), "chosen": flower(Whole("The chosen picture", 0, 9), 0),
            "count": flower(Whole("The number of pictures", 1, 9), 9), "augment": Flag(),
            "truncation": flower(Number("The variety"), 1.0),
            "piece": Optional(Whole("The number of a piece", 0, MOST_PIXELS // TILE), 0)}


def _row(name: Node, decibels: Node) -> Node:
    value = either(less(decibels, ALIKE), text("{value} dB", value=shown(decibels, ".1f")), "∞")
    return text('<tr><th scope="row">{name}</th><td>{value}</td></tr>', name=name, value=value)


# --- command and JSON -----------------------------------------------------------------------------------------------------

def _seed(asked: dict) -> int:
    return (asked["seed"] + min(asked["chosen"], asked["count"] - 1)) % SEED_LIMIT


@lru_cache
def _example() -> np.ndarray:
    return np.asarray(Image.open(EXAMPLE).convert("RGB"))


def recite(asked: dict) -> list[Recipe]:
    """The flower, where there is one, and its enlargement."""
    enlargement = (asked["model"].card.name, 0, {"small": "picture.png", "network": network_of(asked["right"])})
    if asked["source"] != "flower":
        return [enlargement]
    return [(STACK, _seed(asked), {name: asked[name] if name != "augment" else float(asked[name])
                                   for name in ("text", "encoder", "augment", "truncation")}), enlargement]


# --- markup ---------------------------------------------------------------------------------------------------------------

def _markup(names: list[str], flowers: bool) -> str:
    own = trained_on(names)
    ways = dict(zip(WAYS, (say("bicubic"), "SRResNet", "SRGAN", say("the original")), strict=True))
    left, right = ({way: ways[way] for way in chosen} for chosen in (("bicubic", "srresnet", "original"), (*KINDS, "original")))
    shrunk = {"original": {"quarter": True}}         # else nobody knows it
    return f"""
<div class="bench">
  <div class="stage">
    <figure class="hero flower">
      <div class="compare" style="--at:50%">{picture("left", say("bicubic"), "specimen photo")}
        {picture("right", "SRGAN", "specimen photo over")}
        <input type="range" min="0" max="100" value="50" data-compare aria-label="{say("Move the line between the two")}"></div>
      <figcaption data-slot="words"></figcaption></figure>
    <div class="two">{choices("left", say("Left of the line"), left, small=True, needs=shrunk)}
      {choices("right", say("Right of the line"), right, small=True, needs=shrunk)}</div>
    <div data-slot="figures"></div>
  </div>
  <div class="panel">
    {own}
    {_flowers() if flowers else ""}
    {upload_field("source", say("or a picture of your own: choose, drop or paste it"), MOST_PIXELS,
                  {"quarter": False, "x": 0.5, "y": 0.5, "region": str(REGIONS[-1])})}
    <label class="tick"><input type="checkbox" name="quarter"> {say("shrink it to a quarter first: then the original is known")}</label>
    <div class="field"><span>{say("The small picture: drag the frame")}</span>
      <div class="pad where" {pad(say("Place of the piece"), ("x", 0, 1, say("across")), ("y", 0, 1, say("up")))}>
        {picture("overview", say("The small picture"), "specimen photo")}<div data-slot="frame"></div></div>
      <span class="caption" data-slot="size"></span></div>
    <div class="two">{slider("x", say("across"), 0, 1, 0.005)}{slider("y", say("up"), 0, 1, 0.005)}</div>
    {choices("region", say("Piece shown, in pixels of the small picture"), {str(side): f"{side}x{side}" for side in REGIONS}, small=True)}
    <div class="row"><button type="button" data-assemble>{say("Enlarge all of it and download")}</button></div>
  </div>
</div>"""


def _flowers() -> str:
    offered = "".join(f'<button type="button" data-set="{escape(json.dumps({"text": text}))}">{escape(text)}</button>'
                      for text in SENTENCES)
    flower = {"source": "flower"}
    return f"""<div class="panel" data-also="{escape(json.dumps(flower))}">
    <div class="panel" data-also="{escape(json.dumps(flower | USUAL))}">
    <label class="field"><span>{say(FLOWER)}</span>
      <textarea name="text" rows="2" data-pause="300" spellcheck="false" autocomplete="off"></textarea>
      <span class="caption" data-slot="aside"></span></label>
    <div class="choices small">{offered}
      <button type="button" data-set='{{"quarter": false, "region": "256"}}' data-take="text">
        {say("Carry the flower of “Text to picture” on to 1024x1024")}</button></div></div>
    {number("seed", say("noise (z), by seed"))}</div>"""


HOW = """
Two networks of one shape enlarge a picture four times. SRResNet was trained for the smallest error: where it cannot know whether a blade
of grass bent left or right, it draws what lies between, which is a blur. SRGAN goes on from it with a judge that has seen
photographs: it draws one blade, sharp, and perhaps the wrong one. So its error is larger (a lower PSNR) although it looks better; the
paper calls this the perception that a mean square cannot measure. What it adds is invented: no detail in it is evidence of anything.
Large pictures are enlarged in tiles that overlap by as much as the network sees, so that no seam shows.
"""
