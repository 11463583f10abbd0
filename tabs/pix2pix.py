"""Plate: pix2pix. Paint a facade's labels, or draw a flower's outline; the picture follows the brush."""

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import numpy as np
import torch
import torch.nn.functional as F

import models
from models.errors import BadInput
from models.facades import COLOURS, facade, labels_of
from models.images import fit, png_uri, read_image
from models.loaded import Asked
from models.outlines import DETAILS, EDGES, edges, flower, ink
from models.pix2pix import LABELS, Discriminator, Pix2pix
from models.provenance import png_info
from page.board import board
from page.branch import Branch
from page.instrument import Recipe, State, choices, instrument, number, picture
from page.language import say
from page.model_facts import data_title, facts, missing
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
PAPER_AND_INK = 2      # colours of an outline
STACK = "stackgan-flowers"
SENTENCES = ("a purple passion flower", "a white lily with pink stripes", "a yellow sunflower with a dark centre")
EXAMPLES = 5
BELIEVED, DOUBTED = (47, 107, 79), (194, 71, 107)      # colours of D's map: leaf and petal


def check_shown(model: Pix2pix) -> None:
    """Raises BadInput for weights whose inputs this plate has no board for."""
    if model.inputs != EDGES and (model.inputs != LABELS or model.card.dataset.key != "facades"):
        raise BadInput("The plate draws outlines and label maps of facades, and {name} takes other pictures; the shell draws with it.",
                       name=model.card.name)


def build(site: Site) -> None:
    names = site.weights("pix2pix")
    site.head(PLATE)
    if not names:
        return missing("pix2pix")
    for kind, elem_id in ((LABELS, "pix2pix"), (EDGES, "outline")):
        found = [name for name in names if shown_model(name).inputs == kind]
        if found:
            own = elem_id if found != names else PLATE.id       # the first instrument is called as the plate is
            first = {"model": found[0], "drawing": examples(kind)[0], "noise": True, "seed": "7", "patches": False}
            first |= {"detail": "medium"} if kind == EDGES else {}
            instrument(partial(_markup, found, kind), first, parse, draw, follow=follow, still=partial(_made, found[0]), recite=recite,
                       read=read, plate=PLATE.id, elem_id=own)
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


# --- one picture ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Request:
    model: Pix2pix
    asked: Asked
    given: np.ndarray      # the network's input, uint8 [H, W, 3]
    patches: bool          # whether D's map is laid over the picture
    detail: str            # of the outlines of an uploaded picture

    @cached_property
    def image(self) -> np.ndarray:
        """uint8 [H, W, C]."""
        return self.model.generate(self.asked)[0]

    @cached_property
    def belief(self) -> np.ndarray:
        """D's probability for each patch, float32 [rows, columns]."""
        return self.model.score_patches(self.image[None], self.given)[0]


def parse(state: State) -> Request:
    model, detail = shown_model(state["model"]), str(state.get("detail", "medium"))
    if not isinstance(model, Pix2pix):
        raise BadInput("{name} takes no picture as its input.", name=model.card.name)
    check_shown(model)
    if detail not in DETAILS:
        raise BadInput("The detail of outlines is one of {known}, not {detail}.", known=", ".join(DETAILS), detail=f"{detail!r:.40}")
    given = _given(model, state["drawing"])
    return Request(model, model.ask([state["seed"]], input=given, noise=float(bool(state["noise"]))), given, bool(state["patches"]), detail)


def _given(model: Pix2pix, drawing: object) -> np.ndarray:
    """What a drawing is to the network: uint8 [size, size, 3]."""
    size = model.card.control("input").size
    values = painted(drawing, SIDE, _colours(model.inputs))
    larger = values.repeat(max(1, size // SIDE), 0).repeat(max(1, size // SIDE), 1)
    image = COLOURS[larger] if model.inputs == LABELS else ink(larger[None] > 0)[0].permute(1, 2, 0).numpy()
    return image if len(image) == size else fit(read_image(np.ascontiguousarray(image)), size, 3)


def _colours(inputs: str) -> int:
    return len(COLOURS) if inputs == LABELS else PAPER_AND_INK


def draw(request: Request) -> Slots:
    model, asked = request.model, request.asked
    shown = {EDGES: say("A picture made from the outlines drawn"), LABELS: say("A facade made from the labels painted")}
    if request.patches and model.discriminator is not None:
        return {"picture": png_uri(mapped(request.image, request.belief)), "picture-alt": say("The picture under D’s map of patches")}
    return {"picture": png_uri(request.image, png_info(model.card, asked.seeds[0], asked.controls)), "picture-alt": shown[model.inputs]}


def follow(request: Request) -> Slots:
    if request.model.discriminator is None:
        return {"verdict": say("This network was trained without D; nobody doubts it.")}
    belief, field = request.belief, min(Discriminator.FIELD, len(request.image))
    return {"verdict": say("D looks at {count} patches, each {field} pixels wide, and believes {share} of them.", count=belief.size,
                           field=field, share=f"{(belief > 0.5).mean():.0%}")}


def mapped(image: np.ndarray, belief: np.ndarray) -> np.ndarray:
    """An image uint8 [H, W, 3] under D's belief float [rows, columns], 0 to 1: green where D believes it, red where it does not."""
    spread = F.interpolate(torch.from_numpy(belief)[None, None], size=image.shape[:2], mode="bilinear")[0, 0, :, :, None]
    colour = spread * torch.tensor(BELIEVED) + (1 - spread) * torch.tensor(DOUBTED)
    grey = torch.from_numpy(image).float().mean(2, keepdim=True)
    return (0.5 * grey + 0.5 * colour).round().to(torch.uint8).numpy()


def recite(request: Request) -> Recipe:
    controls = request.asked.controls
    given = request.model.card.control("input").uri(controls["input"])
    return request.model.card.name, request.asked.seeds[0], controls | {"input": given}


def read(request: Request, uri: object) -> Slots:
    """The drawing that an uploaded picture becomes: its labels by their colours, or its outlines."""
    image = fit(read_image(uri if isinstance(uri, str) else ""), SIDE, 3)[None]
    values = labels_of(image)[0] if request.model.inputs == LABELS else edges(image, request.detail)[0].astype(np.uint8)
    return {"drawing": written(values, _colours(request.model.inputs))}


# --- examples -------------------------------------------------------------------------------------------------------------

@lru_cache
def examples(inputs: str) -> list[str]:
    """Texts of drawings of our own: facades, outlines of flowers that our StackGAN drew where it is here, and outlines by code."""
    if inputs == LABELS:
        return [written(labels_of(facade(seed, SIDE)[None])[0], len(COLOURS)) for seed in range(EXAMPLES)]
    drawn = [(flower(seed, SIDE)[..., 0] < 128).astype(np.uint8) for seed in range(EXAMPLES)]
    if models.folder_of(STACK) is not None:
        photos = models.load(STACK).generate(range(len(SENTENCES)), text=list(SENTENCES))
        small = np.stack([fit(read_image(photo), SIDE, 3) for photo in photos])
        drawn[1:1 + len(SENTENCES)] = edges(small, "medium").astype(np.uint8)
    return [written(one, PAPER_AND_INK) for one in drawn]


def _made(name: str) -> Slots:
    """What the network makes of the examples."""
    model = shown_model(name)
    given = [_given(model, drawing) for drawing in examples(model.inputs)]
    return {f"example{i}": png_uri(image) for i, image in enumerate(model.generate(range(len(given)), input=given))}


# --- markup ---------------------------------------------------------------------------------------------------------------

def _labels() -> list[str]:
    """The names of the labels, in the order of models/facades.py."""
    return [say("background"), say("wall"), say("window"), say("door"), say("cornice"), say("sill"), say("balcony"), say("blind"),
            say("decoration"), say("moulding"), say("pillar"), say("shop")]


def _markup(names: list[str], kind: str) -> str:
    drawings = examples(kind)
    if kind == LABELS:
        title, label, tools = say("Paint a facade"), say("Labels: choose one, then drag a rectangle or paint"), ("box", "brush")
        palette = dict(zip(_labels(), (f"#{r:02x}{g:02x}{b:02x}" for r, g, b in COLOURS.tolist()), strict=True))
        upload = say("Uploaded: a label map in these colours.")
    else:
        title, label, tools = say("Draw a flower’s outline"), say("Outlines: draw with the pen"), ("pen", "eraser")
        palette, upload = {say("paper"): "#ffffff", say("ink"): "#000000"}, say("Uploaded: any photograph; its outlines are taken.")
    shown = "".join(f'<button type="button" class="category" data-set=\'{{"drawing": "{drawing}"}}\'>'
                    f'{picture(f"example{i}", say("Example {number}", number=i + 1), "specimen photo")}</button>'
                    for i, drawing in enumerate(drawings))
    details = {"fine": say("fine"), "medium": say("medium"), "coarse": say("coarse")}
    return f"""
<h2>{title}</h2>
<div class="bench">
  <div class="stage">
    <div class="two">
      {board("drawing", label, size=SIDE, palette=palette, tools=tools, surprises=drawings)}
      <figure>{picture("picture", say("Generated picture"), "specimen photo")}
        <figcaption data-slot="verdict"></figcaption></figure>
    </div>
    <div class="field" role="group" aria-label="{say("Examples")}"><span>{say("Examples, and what the network makes of them")}</span>
      <div class="categories five">{shown}</div></div>
  </div>
  <div class="panel">
    {choices("model", say("Trained on"), {name: data_title(name) for name in names}) if len(names) > 1 else ""}
    <label class="tick"><input type="checkbox" name="noise"> {say("dropout noise (z)")}</label>
    {number("seed", say("noise (z), by seed"))}
    <label class="tick"><input type="checkbox" name="patches"> {say("D’s map: green where it believes the patch, red where not")}</label>
    {choices("detail", say("Detail of a photograph’s outlines"), details, small=True) if kind == EDGES else ""}
    <p class="caption">{upload}</p>
  </div>
</div>"""


HOW = """
The generator is a U-Net: the input is halved until one pixel is left, then doubled again, and at every size what was seen on the way down
is handed across, so outlines stay where they were drawn. It is paid for two things: to come close to the photograph of the pair, pixel by
pixel, and to be believed. The first alone makes everything blurred, for a blur is never far off; the discriminator, which looks at small
patches and knows the input, insists on windows and petals that look photographed. The noise is dropout: by the seed, half of the channels
in three layers are silent. The paper found that its network learns to ignore most of it.
"""
