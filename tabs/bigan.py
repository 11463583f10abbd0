"""Plate: BiGAN. Draw a digit; E finds the noise that would have drawn it, and G draws it again; walk between two drawings."""

from contextlib import suppress
from functools import lru_cache

import numpy as np

from models.bigan import Bigan
from models.errors import BadInput
from models.images import png_uri, tile
from page import beside
from page.board import board, surprises
from page.branch import Branch
from page.drawing import (
    INDEX,
    Drawing,
    Node,
    about,
    animation,
    either,
    field,
    images,
    joined,
    length,
    less,
    model_named,
    noise,
    png,
    said,
    sheet,
    shown,
    sigmoid,
    slerp,
    text,
)
from page.drawing_board import given, outputs, squared_error
from page.drawing_numbers import held, linear, most, repeated
from page.evaluate_board import as_read
from page.fields import Board, Number, Seed, Weights
from page.instrument import instrument
from page.language import comma, say
from page.markup import number, picture, slider
from page.model_facts import class_names, facts, missing, trained_on
from page.plate import Plate
from page.replay import replay
from page.site import Site, classifier_of, shown_model
from page.slots import Slots

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
SURPRISES = [(i % 10, 30 + i) for i in range(20)]     # label and seed of drawings behind "surprise me"
KNOWN, NEAREST = 2_000, 12  # pictures of G in which neighbours are looked for; how many are shown
STEPS, FRAMES = 11, 24      # of the strip; of a saved walk
SHOWN = "bigan-mnist"       # draws again what is on other plates' boards
BESIDE = "vae"              # whose reconstructions are measured alike


def build(site: Site) -> None:
    names = site.weights("bigan")
    site.head(PLATE)
    if not names:
        return missing("bigan")
    drawn = [name for name in names if shown_model(name).card.image_size == (SIDE, SIDE, CHANNELS)]
    if drawn:
        first, digits, others = drawn[0], surprises(site, SURPRISES, drawn[0]), beside.readers(site, PLATE)
        instrument(lambda: _markup(drawn, digits, others), {"model": first, "drawing": digits[14]}, drawing=there_and_back(drawn, others),
                   finish=neighbours, rest=120, plate=PLATE.id, elem_id="bigan")
        instrument(lambda: _walk(drawn, digits), {"model": first, "a": digits[12], "b": digits[19], "t": 0.5}, drawing=walk(drawn),
                   plate=PLATE.id, elem_id="bigan-walk")
    if rest := [name for name in names if name not in drawn]:       # of pictures that nobody draws on a board of 28x28
        instrument(lambda: _seeds(rest), {"model": rest[0], "seed": "3", "other": "8"}, drawing=from_seeds(rest), plate=PLATE.id,
                   elem_id="bigan-own" if drawn else "bigan")
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


# --- there and back -------------------------------------------------------------------------------------------------------

def there_and_back(names: list[str], others: list[beside.Reader]) -> Drawing:
    model = field("model")
    x = given(model, field("drawing"))
    z = outputs(x, "encoder")["z"][0]
    again = images(model, z)
    mine, theirs = (text("<b class='mono'>{share}</b>", share=shown(sigmoid(outputs(image, "discriminator", z)["logits"][0]), ".0%"))
                    for image in (x, again))
    return Drawing({"model": Weights(tuple(names)), "drawing": Board()}, {
        "x": png(x), "x-alt": said("The drawing, as the encoder reads it"),
        "again": png(again), "again-alt": said("What the generator draws from the z that the encoder found"),
        "z": _bars(z),
        "verdict": said("D’s belief that E made the pair: of the drawing and its z {mine}, of the picture drawn again and the same z "
                        "{theirs}. Near 50% it cannot tell whose pair it has.", mine=mine, theirs=theirs),
        "error": text('<table class="read"><caption>{caption}</caption><tbody><tr><th scope="row">{this}</th><td>{error}</td></tr>'
                      '{measured}</tbody></table>', caption=said("Mean squared error of a pixel, 0 to 1"), this=said("this drawing"),
                      error=shown(squared_error(x, again), ".3f"), measured=about(model, _errors)),
    }, follow=beside.slots(others))


def read(drawing: Node) -> beside.Reading:
    """What other plates show of this one."""
    model = model_named(SHOWN)
    return beside.Reading(images(model, outputs(given(model, drawing), "encoder")["z"][0]), said("drawn again from its z"))


def _errors(model: Bigan) -> str:
    """Rows of the errors measured on the test pictures, this model's and the VAE's."""
    rows, beside = [(model.card.name, model.card.metrics.get("squared_error"))], f"{BESIDE}-{model.card.dataset.key}"
    with suppress(BadInput):          # weights of another plate, not here or damaged
        rows.append((beside, shown_model(beside).card.metrics.get("squared_error")))
    return "".join(f'<tr><th scope="row">{say("test pictures, {name}", name=name)}</th><td>{value:.3f}</td></tr>'
                   for name, value in rows if value is not None)


def _bars(z: Node) -> Node:
    """z as upright bars around a middle line, as inline SVG; 3 fills the height."""
    high, step, count = 30, 10, length(z)
    value = held(z[INDEX], -3, 3)
    up, long = held(value, 0, 3) * (high / 3), most(value, 0 - value) * (high / 3)
    bar = text('<rect x="{x}" y="{y}" width="7" height="{long}" fill="var({colour})"/>', x=shown(INDEX * step + 1.5, ".1f"),
               y=shown(high - up, ".1f"), long=shown(long, ".1f"), colour=either(less(0, value), "--leaf", "--petal"))
    return text('<svg class="numbers" viewBox="0 0 {wide} {high}" role="img" preserveAspectRatio="none" aria-label="{alt}">{bars}'
                '<line x1="0" x2="{wide}" y1="{middle}" y2="{middle}" stroke="currentColor" stroke-width=".6"/></svg>', wide=count * step,
                high=2 * high, middle=high, alt=said("The {count} numbers of z", count=count), bars=joined(repeated(count, bar)))


def neighbours(asked: dict) -> Slots:
    """The nearest of G's own pictures in E's features, and what our classifier sees in them."""
    model = asked["model"]
    found, features, classes = _known(model)
    distances = ((features - model.features(as_read(model, asked["drawing"])[None])) ** 2).sum(1)
    nearest = np.argsort(distances, kind="stable")[:NEAREST]
    slots = {"neighbours": png_uri(tile(found[nearest], NEAREST)),
             "neighbours-alt": say("The {count} nearest pictures of G in E’s features", count=NEAREST)}
    words = say("Nearest in E’s features, of {known} pictures that G drew.", known=f"{KNOWN:,}")
    if classes is not None:
        names, counts = class_names(model.card.dataset), np.bincount(classes[nearest], minlength=10)
        list_ = comma().join(f"{counts[i]} × “{names[i]}”" for i in np.argsort(-counts, kind="stable") if counts[i])
        words = say("{first} {second}", first=words, second=say("Our classifier sees in them: {found}. E was never told a label.",
                                                                 found=list_))
    return slots | {"neighbours-words": words}


@lru_cache(maxsize=4)
def _known(model: Bigan) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Pictures of G uint8 [KNOWN, H, W, C], their features float32 [KNOWN, F], and the classes int64 [KNOWN] that the data set's
    classifier sees in them; None without one."""
    images, name = model.generate(range(KNOWN)), classifier_of(model)
    classes = shown_model(name).classify(images).argmax(1) if name else None
    return images, model.features(images), classes


# --- between two drawings -------------------------------------------------------------------------------------------------

def walk(names: list[str]) -> Drawing:
    model, share = field("model"), field("t")
    a, b = (outputs(given(model, field(key)), "encoder")["z"][0] for key in "ab")
    return Drawing({"model": Weights(tuple(names)), "a": Board(), "b": Board(), "t": Number("A walk")}, {
        "here": png(images(model, slerp(a, b, share))),
        "here-alt": said("{share} of the way from the first drawing to the second", share=shown(share, ".0%")),
        "steps": sheet(images(model, slerp(a, b, linear(0, 1, INDEX, STEPS)), STEPS), STEPS),
        "steps-alt": said("{count} pictures from the first drawing to the second", count=STEPS)},
        save={"name": text("{name}-walk.gif", name=about(model, lambda model: model.card.name)),
              "uri": animation(images(model, slerp(a, b, linear(0, 1, INDEX, FRAMES)), FRAMES), "gif", scale=8, milliseconds=60)})


# --- pictures of other sizes ----------------------------------------------------------------------------------------------

def from_seeds(names: list[str]) -> Drawing:
    """There and back from pictures that G drew, and a walk between two of them."""
    model = field("model")
    x, end = (images(model, noise(field(key))) for key in ("seed", "other"))
    z, last = (outputs(image, "encoder")["z"][0] for image in (x, end))
    again = images(model, z)
    return Drawing({"model": Weights(tuple(names)), "seed": Seed(), "other": Seed()}, {
        "x": png(x, signed=True), "x-alt": said("A picture that the generator drew"),
        "again": png(again), "again-alt": said("What the generator draws from the z that the encoder found"),
        "z": _bars(z),
        "error": said("Mean squared error of a pixel, 0 to 1: {error}", error=shown(squared_error(x, again), ".3f")),
        "steps": sheet(images(model, slerp(z, last, linear(0, 1, INDEX, STEPS)), STEPS), STEPS),
        "steps-alt": said("{count} pictures from the first to the second", count=STEPS)}, recipe=x)


# --- markup ---------------------------------------------------------------------------------------------------------------

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
    {trained_on(names)}
    <div data-slot="error"></div>
    {beside.markup(others)}
  </div>
</div>
<figure class="tray beneath" data-server>{picture("neighbours", say("Neighbours"), ratio=NEAREST)}
<figcaption data-slot="neighbours-words"></figcaption></figure>"""


def _seeds(names: list[str]) -> str:
    return f"""
<h2>{say("Your own pictures, there and back")}</h2>
<div class="bench">
  <div class="stage">
    <div class="again">
      <figure>{picture("x", say("A picture that the generator drew"))}
        <figcaption>{say("x = G(z): drawn from the seed")}</figcaption></figure>
      <b aria-hidden="true">→</b>
      <figure>{picture("again", say("Drawn again"))}<figcaption>{say("G(E(x)): drawn again from its z")}</figcaption></figure>
    </div>
    <div class="between" data-slot="z"></div>
    <p class="caption" data-slot="error"></p>
    <figure class="tray">{picture("steps", say("The way"), ratio=STEPS)}</figure>
  </div>
  <div class="panel">
    {trained_on(names)}
    {number("seed", say("noise (z), by seed"))}
    {number("other", say("walk to the noise of seed"))}
  </div>
</div>"""


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
{trained_on(names)}</div>
<figure class="tray beneath">{picture("steps", say("The steps between"), ratio=STEPS)}
<figcaption>{say("The ends are what G makes of E’s z for each drawing; between them lie z on the way from one to the other.")}</figcaption>
</figure>"""


READER = beside.Reader(PLATE, "bigan", read, (SHOWN,))
HOW = """
Three networks. *G* draws a picture from noise *z*; *E* reads a *z* from a picture; *D* is shown pairs: a real picture with the *z*
that E read from it, or a drawn picture with the *z* it was drawn from, and must say which of the two it has. To fool it, E's numbers
must look like noise, G's pictures must look real, and picture and *z* must belong together in the same way on both sides: where D can
no longer tell, E is the way back through G. Nobody ever compares a picture with what becomes of it: there is no reconstruction loss. So
what is drawn again keeps what tells pairs apart, the digit and its style, and not every pixel, as an autoencoder would. The features of
E's last layer but one are what the paper was after: they put pictures of one kind together, and no label was ever read. On
MNIST that is no feat: the nearest picture by plain pixels is of the right kind as often.
"""
