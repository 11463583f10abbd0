"""Plate: pix2pix. Paint a facade's labels, or draw a flower in lines; the picture follows the brush."""

from functools import lru_cache, partial

import numpy as np

from models import facades
from models.errors import BadInput
from models.facades import facade, labels_of
from models.images import fit, png_uri, read_image
from models.outlines import COLOURED, COLOURS, DETAILS, EDGES, draw, flower, pen
from models.pix2pix import LABELS, Discriminator, Pix2pix
from page.board import board
from page.branch import Branch
from page.drawing import (
    Drawing,
    about,
    either,
    field,
    images,
    judge,
    length,
    noise,
    png,
    said,
    shown,
    sigmoid,
)
from page.drawing_numbers import above
from page.drawing_painting import coloured, mapped
from page.evaluate_painting import image_of
from page.fields import Flag, Painting, Seed, Weights, Word
from page.instrument import instrument
from page.language import say
from page.markup import choices, number, picture
from page.model_facts import facts, missing, trained_on
from page.painting import MOST_SIDE, painted, written
from page.plate import Plate
from page.replay import replay
from page.site import Site, shown_model
from page.slots import Slots

PLATE = Plate(id="pix2pix", order=5, given="picture", when_trained=True, models=("pix2pix",), losses={"l1": "mean absolute error"})
BRANCHES = (
    Branch("pix2pix", "cgan", "an input picture",
           "A whole picture as the condition, a U-Net to carry its outlines across, and a judge that looks at small patches.",
           start=(299, 504), bend=(280, 392, 108, 400), tip=(104, 206), width=(6, 2)),
)
SIDE = MOST_SIDE       # pixels a side of the boards
STACK = "stackgan-flowers"
SENTENCES = ("a purple passion flower", "a white lily with pink stripes", "a yellow sunflower with a dark centre")
EXAMPLES = 5


def check_shown(model: Pix2pix) -> None:
    """Raises BadInput for weights whose inputs this plate has no board for."""
    if model.inputs not in COLOURS and (model.inputs != LABELS or model.card.dataset.key != "facades"):
        raise BadInput("The plate draws outlines and label maps of facades, and {name} takes other pictures; the shell draws with it.",
                       name=model.card.name)


def build(site: Site) -> None:
    names = site.weights("pix2pix")
    site.head(PLATE)
    if not names:
        return missing("pix2pix")
    flowers = STACK in site.weights("stackgan")
    for kind, elem_id in ((LABELS, "pix2pix"), (COLOURED, "pencils"), (EDGES, "outline")):
        found = [name for name in names if shown_model(name).inputs == kind]
        if found:
            own = elem_id if found != names else PLATE.id       # the first instrument is called as the plate is
            drawings = examples(kind, flowers)
            first = {"model": found[0], "drawing": drawings[0], "noise": True, "seed": "7", "patches": False}
            first |= {"detail": "medium"} if kind in COLOURS else {}
            instrument(partial(_markup, found, kind, drawings), first, drawing=drawing(found, kind), read=read, plate=PLATE.id, elem_id=own,
                       still=lambda name=found[0], drawings=drawings: _made(shown_model(name), drawings))
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


# --- one picture ----------------------------------------------------------------------------------------------------------

def drawing(names: list[str], kind: str) -> Drawing:
    """What an instrument for weights of one kind of input shows."""
    model, colours = field("model"), len(_colours(kind))
    has_d = about(model, lambda one: one.discriminator is not None)
    given = coloured(model, field("drawing"), about(model, lambda one: how(kind, one.card.image_size[0])))
    here = images(model, noise(field("seed")), input=given, noise=either(field("noise"), 1, 0))
    logits = judge(here, input=given)["patches"][0]
    seen = said("A facade made from the labels painted") if kind == LABELS else said("A picture made from the outlines drawn")
    asked = either(field("patches"), has_d, False)
    verdict = said("D looks at {count} patches, each {field} pixels wide, and believes {share} of them. It learned from drawings "
                   "that belong to photographs: others it may refuse however careful they are, and believe where they mean nothing, as on "
                   "a board of one colour.", count=length(logits),
                   field=about(model, lambda one: min(Discriminator.FIELD, one.card.image_size[0])),
                   share=shown(above(logits, 0) / length(logits), ".0%"))
    fields: dict = {"model": Weights(tuple(names), "{name} takes no drawing of this board."), "drawing": Painting(SIDE, colours),
                    "noise": Flag(), "seed": Seed(), "patches": Flag()}
    fields |= {"detail": Word(tuple(DETAILS), "The detail of outlines is fine, medium or coarse.")} if kind in COLOURS else {}
    return Drawing(fields, draw={
        "picture": either(asked, mapped(here, sigmoid(logits)), png(here, signed=True)),
        "picture-alt": either(asked, said("The picture under D’s map of patches"), seen),
    }, follow={"verdict": either(has_d, verdict, said("This network was trained without D; nobody doubts it."))}, recipe=here)


def how(kind: str, size: int) -> dict:
    """How a drawing becomes what networks of that size are fed (page.drawing_painting.coloured)."""
    if kind == LABELS:
        return {"colours": _colours(kind)}
    kernel, gain = pen(size)
    return {"colours": _colours(kind), "ink": kernel[len(kernel) // 2:].tolist(), "gain": gain}


def _colours(kind: str) -> list[list[int]]:
    """RGB by the numbers that a drawing holds."""
    return facades.COLOURS.tolist() if kind == LABELS else [list(colour) for colour in COLOURS[kind].values()]


def read(asked: dict, uri: object) -> Slots:
    """The drawing that an uploaded picture becomes: its labels by their colours, or its outlines."""
    image, kind = fit(read_image(uri if isinstance(uri, str) else "", say("The picture")), SIDE, 3)[None], asked["model"].inputs
    values = labels_of(image)[0] if kind == LABELS else draw(image, asked["detail"], kind)[0]
    return {"drawing": written(values, len(_colours(kind)))}


# --- examples -------------------------------------------------------------------------------------------------------------

@lru_cache
def examples(inputs: str, flowers: bool) -> tuple[str, ...]:
    """Texts of drawings of our own: facades, or outlines by code and of `flowers` that our StackGAN drew, where it is on the page."""
    if inputs == LABELS:
        return tuple(written(labels_of(facade(seed, SIDE)[None])[0], len(_colours(inputs))) for seed in range(EXAMPLES))
    drawn = [flower(seed, SIDE, inputs) for seed in range(EXAMPLES)]
    if flowers:
        photos = shown_model(STACK).generate(range(len(SENTENCES)), text=list(SENTENCES))
        small = np.stack([fit(read_image(photo), SIDE, 3) for photo in photos])
        drawn[1:1 + len(SENTENCES)] = draw(small, "medium", inputs)
    return tuple(written(one, len(_colours(inputs))) for one in drawn)


@lru_cache(maxsize=4)
def _made(model: Pix2pix, drawings: tuple[str, ...]) -> Slots:
    """What the network makes of the examples, once for all visitors."""
    size = model.card.image_size[0]
    given = [image_of(painted(text, SIDE, len(_colours(model.inputs))), how(model.inputs, size), size) for text in drawings]
    return {f"example{i}": png_uri(image) for i, image in enumerate(model.generate(range(len(given)), input=given))}


# --- markup ---------------------------------------------------------------------------------------------------------------

def _names(kind: str) -> list[str]:
    """What the colours of a board are called, in the order of models/facades.py or models/outlines.py."""
    if kind == EDGES:
        return [say("paper"), say("ink")]
    if kind == COLOURED:
        return [say("paper"), say("pink"), say("magenta"), say("red"), say("orange"), say("yellow"), say("white"), say("lavender"),
                say("purple"), say("blue"), say("green"), say("brown")]
    return [say("background"), say("wall"), say("window"), say("door"), say("cornice"), say("sill"), say("balcony"), say("blind"),
            say("decoration"), say("moulding"), say("pillar"), say("shop")]


def _markup(names: list[str], kind: str, drawings: tuple[str, ...]) -> str:
    palette = {name: f"#{r:02x}{g:02x}{b:02x}" for name, (r, g, b) in zip(_names(kind), _colours(kind), strict=True)}
    if kind == LABELS:
        title, label, tools = say("Paint a facade"), say("Labels: choose one, then drag a rectangle or paint"), ("box", "brush")
        upload = say("To upload: a label map in these colours.")
    else:
        flowers = any(shown_model(name).card.dataset.key == "flowers" for name in names)
        title = say("Draw a flower’s outline") if flowers else say("Draw an outline")
        tools, upload = ("pen", "eraser"), say("To upload: any photograph; its outlines are taken.")
        label = say("Outlines: draw with the pen") if kind == EDGES else say("Outlines: choose a pencil and draw petals, centre and leaves")
    shown = "".join(f'<button type="button" class="category" data-set=\'{{"drawing": "{drawing}"}}\'>'
                    f'{picture(f"example{i}", say("Example {number}", number=i + 1), "specimen photo")}</button>'
                    for i, drawing in enumerate(drawings))
    details = {"fine": say("fine"), "medium": say("medium"), "coarse": say("coarse")}
    return f"""
<h2>{title}</h2>
<div class="bench painting">
  {board("drawing", label, size=SIDE, palette=palette, tools=tools, surprises=drawings, read_by="detail" if kind in COLOURS else "")}
  <figure>{picture("picture", say("Generated picture"), "specimen photo")}<figcaption data-slot="verdict"></figcaption></figure>
  <div class="field" role="group" aria-label="{say("Examples")}"><span>{say("Examples, and what the network makes of them")}</span>
    <div class="categories five">{shown}</div></div>
  <div class="row">
    {trained_on(names)}
    <label class="tick"><input type="checkbox" name="noise"> {say("dropout noise (z)")}</label>
    {number("seed", say("noise (z), by seed"))}
    <label class="tick"><input type="checkbox" name="patches"> {say("D’s map: green where it believes the patch, red where not")}</label>
    {choices("detail", say("Detail of a photograph’s outlines"), details, small=True, server=tuple(details)) if kind in COLOURS else ""}
    <p class="caption" data-read>{upload}</p>
  </div>
</div>"""


HOW = """
The generator is a U-Net: the input is halved until one pixel is left, then doubled again, and at every size what was seen on the way down
is handed across, so outlines stay where they were drawn. It is paid for two things: to come close to the photograph of the pair, pixel by
pixel, and to be believed. The first alone makes everything blurred, for a blur is never far off; the discriminator, which looks at small
patches and knows the input, insists on windows and petals that look photographed. That has a price, which the figures show: of facades,
the same network trained on the first alone comes nearer to the photographs by every measure, and its windows are read back at least as
well, although nobody would take it for a photograph; of flowers, it comes nearer pixel by pixel and stays further away in ImageNet
features. The noise is dropout: by the seed, half of the channels in three layers are silent. The paper first gave noise as an input, which
G learned to ignore; dropout, too, varied its pictures only a little. The flowers' network learned from the outlines of photographs, each
line in the pencil that comes nearest to the brightest colour beside it: with black lines alone it had to guess the colour, and guessed one
peach for all. Its discriminators are two: the one that looks at patches, and small heads on the features of a network that knows a
thousand kinds of things from ImageNet, which never see the drawing.
"""
