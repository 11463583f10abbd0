"""The plane of a VAE with two latents, as in the paper's figure 4: the picture at any place, a sheet of all, and where test images lie."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import torch

from models.errors import BadInput
from models.images import png_uri, tile
from models.vae_map import VaeMap
from page.instrument import State, choices, instrument, picture, slider
from page.language import say
from page.model_facts import class_names, data_title
from page.site import shown_model
from page.slots import EMPTY, Slots
from page.values import share

SIDE = 20               # pictures along each side of the sheet
EDGE = 0.004            # of the plane's side: further out the prior never goes
NEAREST = 15            # dots that are counted around a place
COLOURS = ("#e6194b", "#f58231", "#ffe119", "#bfef45", "#3cb44b", "#42d4f4", "#5b8cff", "#b07cff", "#f032e6", "#ffffff")
VIEWS = ("both", "pictures", "dots")


def build(plate: str, names: list[str]) -> None:
    instrument(lambda: _markup(names), {"model": names[0], "x": 0.62, "y": 0.36, "view": "both"}, parse, draw, follow=follow, save=save,
               rest=80, plate=plate, elem_id=plate)


@dataclass(frozen=True)
class Place:
    model: VaeMap
    x: float      # share of the plane from the left, and from the bottom: the distribution function of the prior at z
    y: float
    view: str

    @property
    def z(self) -> torch.Tensor:
        """float32 [1, 2]."""
        return torch.special.ndtri(torch.tensor([[self.x, self.y]]))


def parse(state: State) -> Place:
    view = str(state["view"])
    if view not in VIEWS:
        raise BadInput("The map shows pictures, dots or both.")
    x, y = (min(max(share(state[key], "A place on the map"), EDGE), 1 - EDGE) for key in ("x", "y"))
    return Place(map_model(state["model"]), x, y, view)


def map_model(name: object) -> VaeMap:
    model = shown_model(name)
    if not isinstance(model, VaeMap):
        raise BadInput("{name} has no map: that takes two latents.", name=model.card.name)
    return model


def draw(place: Place) -> Slots:
    z = place.z
    words = f"z = ({z[0, 0]:+.2f}, {z[0, 1]:+.2f})"
    return {"picture": png_uri(place.model.decode(z)[0]), "picture-alt": say("Generated picture at {place}", place=words),
            "place": f'<span class="mono">{words}</span>', "near": neighbours(place.model, z)}


def follow(place: Place) -> Slots:
    """Sheet and dots, which do not follow the finger."""
    return {"sheet": _sheet(place.model) if place.view != "dots" else EMPTY,
            "sheet-alt": say("{count} generated pictures, evenly spread over the plane", count=SIDE * SIDE),
            "dots": dots(place.model, dim=place.view == "both") if place.view != "pictures" else "",
            "key": key(place.model) if place.view != "pictures" else ""}


def save(place: Place) -> tuple[str, str]:
    return f"{place.model.card.name}-map.png", _sheet(place.model)


@lru_cache(maxsize=8)
def _sheet(model: VaeMap) -> str:
    along = torch.special.ndtri((torch.arange(SIDE) + 0.5) / SIDE)
    z = torch.stack([along.repeat(SIDE), along.flip(0).repeat_interleave(SIDE)], 1)
    return png_uri(tile(model.decode(z), SIDE))


def neighbours(model: VaeMap, z: torch.Tensor) -> str:
    """The classes of the test images whose places are nearest to z [1, 2], in words; empty without any."""
    places = model.places
    if not len(places.labels) or (places.labels < 0).all():
        return ""
    far = (torch.special.ndtr(places.means) - torch.special.ndtr(z)).square().sum(1)
    names = class_names(model.card.dataset)
    found = Counter(names[i] for i in places.labels[far.argsort()[:NEAREST]].tolist() if 0 <= i < len(names)).most_common()
    return say("The {count} test pictures that lie nearest: {list}.", count=min(NEAREST, len(far)),
               list=", ".join(f"{count} × {name}" for name, count in found))


def dots(model: VaeMap, dim: bool, marks: str = "") -> str:
    """The plane as inline SVG: a dot at the place of each test image, in the colour of its class. `dim` darkens what lies beneath; `marks`
    is SVG that lies above, on a plane 100 wide and high."""
    places = model.places
    circles = "".join(f'<circle cx="{x:.1f}" cy="{100 - y:.1f}" r=".55" fill="{COLOURS[label % len(COLOURS)]}"/>'
                      for (x, y), label in zip((torch.special.ndtr(places.means) * 100).tolist(), places.labels.tolist(), strict=True))
    shade = '<rect width="100" height="100" fill="#000" opacity=".3"/>' if dim else ""
    return f'<svg viewBox="0 0 100 100" aria-hidden="true">{shade}{circles}{marks}</svg>'


def key(model: VaeMap) -> str:
    """The colours of the classes."""
    names = class_names(model.card.dataset)
    shown = [i for i in model.places.labels.unique().tolist() if 0 <= i < min(len(names), len(COLOURS))]
    return "".join(f'<span class="key"><i class="spot" style="background:{COLOURS[i]}"></i>{names[i]}</span> ' for i in shown)


def _markup(names: list[str]) -> str:
    models = choices("model", say("Trained on"), {name: data_title(name) for name in names}) if len(names) > 1 else ""
    what = say("Drag anywhere, or use the arrow keys. Two numbers (latents, z) are all the decoder gets; across and up the plane each runs "
               "through the standard normal distribution, as in the paper’s figure 4.")
    told = say("A dot is where the encoder puts a test picture (the mean), coloured by its class, which training never saw.")
    views = {"both": say("pictures and dots"), "pictures": say("pictures"), "dots": say("dots")}
    return f"""
<div class="bench">
  <div class="stage">
    <div class="pad plane" tabindex="0" role="slider" aria-label="{say("Place on the plane of the two latents")}" data-pad="x 0 1 y 0 1">
      {picture("sheet", say("The plane of the two latents"))}<div data-slot="dots"></div><i class="dot"></i></div>
    <p class="caption">{what} {told}<br><span data-slot="key"></span></p>
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
