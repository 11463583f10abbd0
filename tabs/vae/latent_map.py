"""The plane of a VAE with two latents, as in the paper's figure 4: the picture at any place, a sheet of all, and where test images lie."""

import torch

from models.vae_map import VaeMap
from page.drawing import INDEX, Drawing, Expression, Node, about, either, equal, field, images, length, png, said, sheet, shown, text
from page.drawing_numbers import held, least
from page.drawing_plane import around, on_plane
from page.fields import Number, Weights, Word
from page.instrument import instrument
from page.language import say
from page.markup import choices, pad, picture, slider
from page.model_facts import class_names, trained_on
from page.slots import EMPTY

SIDE = 20               # pictures along each side of the sheet
EDGE = 0.004            # of the plane's side: further out the prior never goes
NEAREST = 15            # dots that are counted around a place
COLOURS = ("#e6194b", "#f58231", "#ffe119", "#bfef45", "#3cb44b", "#42d4f4", "#5b8cff", "#b07cff", "#f032e6", "#ffffff")
VIEWS = ("both", "pictures", "dots")


def build(plate: str, names: list[str]) -> None:
    instrument(lambda: _markup(names), {"model": names[0], "x": 0.62, "y": 0.36, "view": "both"}, drawing=drawing(names), rest=80,
               plate=plate, elem_id=plate)


def drawing(names: list[str]) -> Drawing:
    """The picture at a place; then the sheet of all pictures and the dots, which do not follow the finger."""
    model, view = field("model"), field("view")
    x, y = (held(field(key), EDGE, 1 - EDGE) for key in "xy")
    here = on_plane(x, y)
    words = text("z = ({across}, {up})", across=shown(here[0], "+.2f"), up=shown(here[1], "+.2f"))
    along, down = INDEX % SIDE * (1 / SIDE) + 0.5 / SIDE, INDEX // SIDE * (1 / SIDE) + 0.5 / SIDE
    pictures, dark = images(model, on_plane(along, 1 - down), SIDE * SIDE), equal(view, "dots")
    bright = equal(view, "pictures")
    return Drawing(
        {"model": Weights(tuple(names), "{name} has no map: that takes two latents."), "x": Number("A place on the map"),
         "y": Number("A place on the map"),
         "view": Word(VIEWS, "The map shows pictures, dots or both.")},
        draw={"picture": png(images(model, here)), "picture-alt": said("Generated picture at {place}", place=words),
              "place": text('<span class="mono">{words}</span>', words=words), "near": neighbours(model, x, y)},
        follow={"sheet": either(dark, EMPTY, sheet(pictures, SIDE)),
                "sheet-alt": said("{count} generated pictures, evenly spread over the plane", count=SIDE * SIDE),
                "dots": either(bright, "", either(dark, about(model, lambda model: dots(model, dim=False)),
                                                  about(model, lambda model: dots(model, dim=True)))),
                "key": either(bright, "", about(model, key))},
        save={"name": about(model, lambda model: f"{model.card.name}-map.png"), "uri": sheet(pictures, SIDE)})


def points(model: VaeMap) -> list[list[float]]:
    """The places of the test images whose class has a name, each with its class."""
    places, names = model.places, model.card.dataset.classes
    return [[round(x, 4), round(y, 4), label] for (x, y), label in
            zip(torch.special.ndtr(places.means).tolist(), places.labels.tolist(), strict=True) if 0 <= label < len(names)]


def neighbours(model: Node, x: Expression, y: Expression) -> Node:
    """The classes of the test images whose places are nearest, in words; empty without any."""
    known = about(model, points)
    named = around(known, x, y, NEAREST, about(model, lambda model: class_names(model.card.dataset)))
    return either(length(known), said("The {count} test pictures that lie nearest: {list}.", count=least(NEAREST, length(known)),
                                      list=named), "")


def dots(model: VaeMap, dim: bool) -> str:
    """The plane, 100 wide and high, as inline SVG: a dot at the place of each test image, in the colour of its class. `dim` darkens what
    lies beneath."""
    places = model.places
    circles = "".join(f'<circle cx="{x:.1f}" cy="{100 - y:.1f}" r=".55" fill="{COLOURS[label % len(COLOURS)]}"/>'
                      for (x, y), label in zip((torch.special.ndtr(places.means) * 100).tolist(), places.labels.tolist(), strict=True))
    shade = '<rect width="100" height="100" fill="#000" opacity=".3"/>' if dim else ""
    return f'<svg viewBox="0 0 100 100" aria-hidden="true">{shade}{circles}</svg>'


def key(model: VaeMap) -> str:
    """The colours of the classes."""
    names = class_names(model.card.dataset)
    shown = [i for i in model.places.labels.unique().tolist() if 0 <= i < min(len(names), len(COLOURS))]
    return "".join(f'<span class="key"><i class="spot" style="background:{COLOURS[i]}"></i>{names[i]}</span> ' for i in shown)


def _markup(names: list[str]) -> str:
    models = trained_on(names)
    what = say("Drag anywhere, or use the arrow keys. Two numbers (latents, z) are all the decoder gets; across and up the plane each runs "
               "through the standard normal distribution, as in the paper’s figure 4.")
    told = say("A dot is where the encoder puts a test picture (the mean), coloured by its class, which training never saw.")
    views = {"both": say("pictures and dots"), "pictures": say("pictures"), "dots": say("dots")}
    return f"""
<div class="bench">
  <div class="stage">
    <div class="pad plane" {pad(say("Place on the plane of the two latents"), ("x", 0, 1, say("across")), ("y", 0, 1, say("up")))}>
      {picture("sheet", say("The plane of the two latents"))}<div data-slot="dots"></div><i class="dot"></i></div>
    <p class="caption">{say("{first} {second}", first=what, second=told)}<br><span data-slot="key"></span></p>
  </div>
  <div class="panel">
    <figure class="hero">{picture("picture", say("Generated picture"), "specimen large")}
      <figcaption data-slot="place"></figcaption></figure>
    <p class="caption tall" data-slot="near"></p>
    {models}
    {choices("view", say("On the plane"), views, small=True)}
    {slider("x", say("across"), 0, 1, 0.005)}
    {slider("y", say("up"), 0, 1, 0.005)}
    <div class="row"><button type="button" data-play="x">{say("Walk across")}</button>
      <button type="button" data-save>{say("Save the sheet")}</button></div>
  </div>
</div>"""
