"""Plate: BiGAN. Draw a digit; E finds the noise that would have drawn it, and G draws it again; walk between two drawings."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

import models
from models.bigan import Bigan
from models.errors import BadInput
from models.images import png_uri, tile
from models.seeds import slerp
from page import beside
from page.board import as_mnist, board, drawn, written
from page.branch import Branch
from page.instrument import State, choices, instrument, picture, slider
from page.language import say
from page.model_facts import class_names, data_title, facts, missing
from page.plate import Plate
from page.replay import replay
from page.site import Site, shown_model
from page.slots import Slots, animation
from page.values import share

PLATE = Plate(
    id="bigan", order=4, given="code", models=("bigan",), seeds={"bigan": 13},
    idea="Learn the way back too: from a picture to the noise that would have drawn it. Nobody ever showed the encoder what became of its "
         "picture.",
    losses={"e": "E"},
)
BRANCHES = (
    Branch(
        "bigan", "gan", "an encoder",
        "An encoder beside the generator; the judge sees pairs of picture and noise and must say which network made the pair.",
        start=(456, 668), bend=(600, 630, 856, 610), tip=(826, 206), width=(8, 2)),
)
SIDE, CHANNELS = 28, 1      # of the board's drawings
SURPRISES = 20              # drawings behind "surprise me"
KNOWN, NEAREST = 2_000, 12  # pictures of G in which neighbours are looked for; how many are shown
STEPS, FRAMES = 11, 24      # of the strip; of a saved walk
SHOWN = "bigan-mnist"       # draws again what is on other plates' boards
BESIDE = "vae"              # whose reconstructions are measured alike


def build(site: Site) -> None:
    names = site.weights("bigan")
    site.head(PLATE)
    if not names:
        return missing("bigan")
    first, digits, others = names[0], surprises(site, names[0]), beside.readers(site, PLATE)
    instrument(lambda: _markup(names, digits, others), {"model": first, "drawing": digits[14]}, parse, draw,
               follow=lambda request: follow(request) | beside.slots(others, request.drawing), rest=120, plate=PLATE.id, elem_id="bigan")
    instrument(lambda: _walk(names, digits), {"model": first, "a": digits[12], "b": digits[19], "t": 0.5}, parse_walk, walk,
               save=save_walk, plate=PLATE.id, elem_id="bigan-walk")
    replay(names, PLATE, first=first)
    facts(names, HOW)


def check_shown(model: Bigan) -> None:
    """Raises BadInput for weights of pictures that the board cannot draw."""
    height, width, channels = model.card.image_size
    if (height, width, channels) != (SIDE, SIDE, CHANNELS):
        raise BadInput("{name} has pictures of {width}x{height} pixels, and this plate draws {side}x{side} in grey.", name=model.card.name,
                       width=width, height=height, side=SIDE)


def surprises(site: Site, name: str) -> list[str]:
    """Drawings for the board, as texts: digits of our own conditional GAN, two of each class, or what G draws where it is not there."""
    if "cgan-mnist" in site.weights("cgan"):
        images = shown_model("cgan-mnist").generate(range(30, 30 + SURPRISES), label=[i % 10 for i in range(SURPRISES)])
    else:
        images = shown_model(name).generate(range(SURPRISES))
    return [written(image) for image in images]


# --- there and back -------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Request:
    model: Bigan
    drawing: np.ndarray    # uint8 [H, W, C], as it is on the board
    image: np.ndarray      # uint8 [1, H, W, C], as E reads it


def parse(state: State) -> Request:
    model, drawing = shown_model(state["model"]), drawn(state["drawing"])
    return Request(model, drawing, _as_read(model, drawing)[None])


def _as_read(model: Bigan, drawing: np.ndarray) -> np.ndarray:
    """The drawing as E reads it: a digit is brought to where MNIST's digits stand."""
    return as_mnist(drawing) if model.card.dataset.key == "mnist" else drawing


def draw(request: Request) -> Slots:
    model, x = request.model, request.image
    z = model.encode(x)
    again = model.decode(z)
    mine, theirs = model.score_pairs(np.concatenate([x, again]), z.expand(2, -1))
    error = float(np.square((again.astype(float) - x) / 255).mean())
    return {
        "x": png_uri(x[0]), "x-alt": say("The drawing, as the encoder reads it"),
        "again": png_uri(again[0]), "again-alt": say("What the generator draws from the z that the encoder found"),
        "z": _bars(z[0]),
        "verdict": say("D takes the drawing and its z for E’s pair with {mine}, the picture drawn again and the same z with {theirs}. Near "
                       "50% it cannot tell whose pair it has.",
                       mine=f"<b class='mono'>{mine:.0%}</b>", theirs=f"<b class='mono'>{theirs:.0%}</b>"),
        "error": _errors(model, error),
    }


def read(drawing: np.ndarray) -> beside.Reading:
    """What other plates show of this one."""
    model = shown_model(SHOWN)
    return beside.Reading(model.decode(model.encode(_as_read(model, drawing)[None]))[0], say("drawn again from its z"))


def _errors(model: Bigan, error: float) -> str:
    """The error of this drawing, and those measured on the test pictures: this model's and the VAE's."""
    rows = [(say("this drawing"), error), (say("test pictures, {name}", name=model.card.name),
                                           model.card.metrics.get("squared_error"))]
    beside = f"{BESIDE}-{model.card.dataset.key}"
    if models.folder_of(beside) is not None:
        try:
            measured = models.load(beside).card.metrics.get("squared_error")
            rows.append((say("test pictures, {name}", name=beside), measured))
        except BadInput:          # damaged weights of another plate
            pass
    cells = "".join(f'<tr><th scope="row">{label}</th><td>{value:.3f}</td></tr>' for label, value in rows if value is not None)
    return f'<table class="read"><caption>{say("Mean squared error of a pixel, 0 to 1")}</caption><tbody>{cells}</tbody></table>'


def _bars(z: torch.Tensor) -> str:
    """z [z_dim] as upright bars around a middle line, as inline SVG; 3 fills the height."""
    high, step = 30, 10
    bars = "".join(f'<rect x="{i * step + 1.5}" y="{high - max(v, 0) * high / 3:.1f}" width="{step - 3}" height="{abs(v) * high / 3:.1f}" '
                   f'fill="var({"--leaf" if v > 0 else "--petal"})"/>' for i, v in enumerate(z.clamp(-3, 3).tolist()))
    return (f'<svg class="numbers" viewBox="0 0 {len(z) * step} {2 * high}" role="img" preserveAspectRatio="none" '
            f'aria-label="{say("The {count} numbers of z", count=len(z))}">{bars}'
            f'<line x1="0" x2="{len(z) * step}" y1="{high}" y2="{high}" stroke="currentColor" stroke-width=".6"/></svg>')


def follow(request: Request) -> Slots:
    """The nearest of G's own pictures in E's features, and what our classifier sees in them."""
    model = request.model
    images, features, classes = _known(model)
    distances = ((features - model.features(request.image)) ** 2).sum(1)
    nearest = np.argsort(distances, kind="stable")[:NEAREST]
    slots = {"neighbours": png_uri(tile(images[nearest], NEAREST)),
             "neighbours-alt": say("The {count} nearest pictures of G in E’s features", count=NEAREST)}
    words = say("Nearest in E’s features, of {known} pictures that G drew.", known=f"{KNOWN:,}")
    if classes is not None:
        names, counts = class_names(model.card.dataset), np.bincount(classes[nearest], minlength=10)
        found = ", ".join(f"{counts[i]} × “{names[i]}”" for i in np.argsort(-counts, kind="stable") if counts[i])
        words += " " + say("Our classifier sees in them: {found}. E was never told a label.", found=found)
    return slots | {"neighbours-words": words}


@lru_cache(maxsize=4)
def _known(model: Bigan) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Pictures of G uint8 [KNOWN, H, W, C], their features float32 [KNOWN, F], and the classes int64 [KNOWN] that the data set's
    instrument sees in them; None where it cannot classify."""
    images = model.generate(range(KNOWN))
    name = model.card.dataset.instrument
    instrument = shown_model(name) if name and models.folder_of(name) is not None else None
    classes = instrument.classify(images).argmax(1) if instrument is not None and "classify" in instrument.tasks else None
    return images, model.features(images), classes


# --- between two drawings -------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Walk:
    model: Bigan
    ends: np.ndarray       # uint8 [2, H, W, C]
    share: float           # of the way


def parse_walk(state: State) -> Walk:
    model = shown_model(state["model"])
    return Walk(model, np.stack([_as_read(model, drawn(state[key])) for key in "ab"]), share(state["t"], "A walk"))


def walk(asked: Walk) -> Slots:
    here, *steps = _walked(asked, [asked.share, *np.linspace(0, 1, STEPS).tolist()])
    return {
        "here": png_uri(here), "here-alt": say("{share} of the way from the first drawing to the second", share=f"{asked.share:.0%}"),
        "steps": png_uri(tile(np.stack(steps), STEPS)),
        "steps-alt": say("{count} pictures from the first drawing to the second", count=STEPS),
    }


def save_walk(asked: Walk) -> tuple[str, str]:
    return f"{asked.model.card.name}-walk.gif", animation(_walked(asked, np.linspace(0, 1, FRAMES).tolist()), "gif")


def _walked(asked: Walk, shares: list[float]) -> np.ndarray:
    a, b = asked.model.encode(asked.ends)
    return asked.model.decode(torch.stack([slerp(a, b, share) for share in shares]))


# --- markup ---------------------------------------------------------------------------------------------------------------

def _models(names: list[str]) -> str:
    return choices("model", say("Trained on"), {name: data_title(name) for name in names}) if len(names) > 1 else ""


def _markup(names: list[str], digits: list[str], others: list[beside.Reader]) -> str:
    return f"""
<div class="bench">
  <div class="stage">
    <figure class="hero">
      <div class="again">
        <figure>{picture("x", say("The drawing"))}<figcaption>{say("x: your drawing, centred as in the data")}</figcaption></figure>
        <b aria-hidden="true">→</b>
        <figure>{picture("again", say("Drawn again"))}<figcaption>{say("G(E(x)): drawn again from its z")}</figcaption></figure>
      </div>
      <div class="between" data-slot="z"></div>
      <figcaption>{say("z = E(x): the noise that would have drawn it, as E reads it")}</figcaption>
    </figure>
    <p class="caption" data-slot="verdict"></p>
  </div>
  <div class="panel">
    {board("drawing", say("Draw a digit"), surprises=digits)}
    {_models(names)}
    <div data-slot="error"></div>
    {beside.markup(others)}
  </div>
</div>
<figure class="tray beneath">{picture("neighbours", say("Neighbours"))}<figcaption data-slot="neighbours-words"></figcaption></figure>"""


def _walk(names: list[str], digits: list[str]) -> str:
    return f"""
<h2>{say("Walk between two drawings")}</h2>
<div class="crossing">
  {board("a", say("From this drawing"), surprises=digits)}
  <figure>{picture("here", say("On the way"), "specimen large")}</figure>
  {board("b", say("To this drawing"), surprises=digits)}
</div>
{slider("t", say("on the way"), 0, 1, 0.02)}
<div class="row"><button type="button" data-play="t">{say("Play")}</button><button type="button" data-save>{say("Save the walk")}</button>
{_models(names)}</div>
<figure class="tray beneath">{picture("steps", say("The steps between"))}
<figcaption>{say("The ends are what G makes of E’s z for each drawing; between them lie z on the way from one to the other.")}</figcaption>
</figure>"""


READER = beside.Reader(PLATE, "bigan", read)
HOW = """
Three networks. *G* draws a picture from noise *z*; *E* reads a *z* from a picture; *D* is shown pairs: a real picture with the *z*
that E read from it, or a drawn picture with the *z* it was drawn from, and must say which of the two it has. To fool it, E's numbers
must look like noise, G's pictures must look real, and picture and *z* must belong together in the same way on both sides: where D can
no longer tell, E is the way back through G. Nobody ever compares a picture with what becomes of it: there is no reconstruction loss. So
what is drawn again keeps what tells pairs apart, the digit and its style, and not every pixel, as an autoencoder would. The features of
E's last layer but one are what the paper was after: they put pictures of one kind together, and no label was ever read.
"""
