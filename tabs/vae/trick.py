"""The reparametrisation: z = mean + deviation * eps, and which way the gradient takes with it and without it."""

import json
import math
from dataclasses import dataclass
from html import escape

import numpy as np

from models.errors import BadInput, shown
from models.images import png_uri
from models.seeds import parse_seeds
from models.vae import Pull, Vae
from page.instrument import State, choices, instrument, number, picture, slider
from page.language import say
from page.model_facts import data_title
from page.site import shown_model
from page.slots import Slots
from page.values import whole

FIRST = {"seed": "5", "latent": 0, "mu": -1.5, "sigma": 0.6, "eps": 0.5, "trick": True}
LATENTS = 6                                          # that can be chosen: those that say most
REACH, WIDTH, NOISE = 3.0, (0.05, 2.0), 3.0          # of the sliders: mean, deviation, eps
RATE, MOST = 0.01, 0.3                               # of a step against the gradient, and how far it goes at most


def build(plate: str, names: list[str]) -> None:
    instrument(lambda: _markup(names), {"model": names[0]} | FIRST, parse, draw, plate=plate, elem_id=f"{plate}-trick")


@dataclass(frozen=True)
class Asked:
    model: Vae
    seed: int          # of the picture to be drawn again
    latent: int
    mean: float
    deviation: float
    eps: float
    passes: bool       # whether z is mean + deviation * eps; else it is drawn

    @property
    def z(self) -> float:
        return self.mean + self.deviation * self.eps


def parse(state: State) -> Asked:
    model = shown_model(state["model"])
    if not isinstance(model, Vae):
        raise BadInput("{name} is no VAE.", name=model.card.name)
    latent = whole(state["latent"], "The latent", 0, min(LATENTS, model.z_dim) - 1)
    mean, deviation = _within(state["mu"], say("The mean"), -REACH, REACH), _within(state["sigma"], say("The deviation"), *WIDTH)
    eps = _within(state["eps"], say("The noise"), -NOISE, NOISE)
    return Asked(model, parse_seeds([state["seed"]])[0], latent, mean, deviation, eps, bool(state["trick"]))


def _within(value: object, what: str, low: float, high: float) -> float:
    """A number from low to high. Raises BadInput with `what` as its subject."""
    try:
        found = float(value)
    except (ValueError, TypeError, OverflowError):
        found = math.nan
    if not low <= found <= high:
        raise BadInput("{what} goes from {low} to {high}, not {value}.", what=what, low=f"{low:g}", high=f"{high:g}", value=shown(value))
    return found


def draw(asked: Asked) -> Slots:
    model = asked.model
    wanted = model.generate(asked.seed)
    posterior = model.posterior(wanted)
    z = posterior.mean.clone()
    z[0, asked.latent] = asked.z
    pull = model.pull(wanted[0], asked.latent, asked.mean, asked.deviation, asked.eps)
    own = float(posterior.mean[0, asked.latent]), float(posterior.deviation[0, asked.latent])
    return {
        "wanted": png_uri(wanted[0]), "wanted-alt": say("The picture to be drawn again, noise seed {seed}", seed=asked.seed),
        "picture": png_uri(model.decode(z)[0]),
        "picture-alt": say("What the decoder draws with latent {number} at {z}", number=asked.latent + 1, z=f"{asked.z:+.2f}"),
        "graph": _graph(asked, pull), "words": _words(asked, pull), "steps": _steps(asked, pull, own),
    }


def _words(asked: Asked, pull: Pull) -> str:
    by_mean, by_deviation = pull.gradient if asked.passes else pull.without
    if asked.passes:
        return say("The noise comes in from the side, so z is a plain sum and the gradient passes: d loss / d mean = {slope} + {mean} = "
                   "{by_mean}, and d loss / d deviation = {slope} × eps + {rest} = {by_deviation}.", slope=f"{pull.slope:+.1f}",
                   mean=f"{asked.mean:+.2f}", rest=f"{asked.deviation - 1 / asked.deviation:+.2f}", by_mean=f"{by_mean:+.1f}",
                   by_deviation=f"{by_deviation:+.1f}")
    return say("z is a draw, and a draw has no derivative: the picture’s {slope} ends there. Only the divergence reaches the encoder: d "
               "loss / d mean = {by_mean}, d loss / d deviation = {by_deviation}, whatever the picture looks like.",
               slope=f"{pull.slope:+.1f}", by_mean=f"{by_mean:+.2f}", by_deviation=f"{by_deviation:+.2f}")


def _steps(asked: Asked, pull: Pull, own: tuple[float, float]) -> str:
    """Buttons: a step against the gradient, and what the encoder says of the picture."""
    by_mean, by_deviation = (float(np.clip(RATE * slope, -MOST, MOST)) for slope in (pull.gradient if asked.passes else pull.without))
    after = {"mu": _held(asked.mean - by_mean, -REACH, REACH), "sigma": _held(asked.deviation - by_deviation, *WIDTH)}
    encoded = {"mu": _held(own[0], -REACH, REACH), "sigma": _held(own[1], *WIDTH)}
    # data-reroll: these are no choices, so none of them stays pressed
    return "".join(f'<button type="button" data-reroll="" data-set="{escape(json.dumps(state))}">{words}</button>' for state, words in (
        (after, say("One step against the gradient")), (encoded, say("What the encoder says"))))


def _held(value: float, low: float, high: float) -> float:
    return round(min(max(value, low), high), 4)


def _graph(asked: Asked, pull: Pull) -> str:
    """The computation as inline SVG: grey arrows forward, the gradient's in colour, as far as it comes."""
    def node(x: int, y: int, name: str, value: str, kind: str = "") -> str:
        return (f'<g class="{kind}"><rect x="{x - 48}" y="{y - 24}" width="96" height="48" rx="{24 if kind == "round" else 4}"/>'
                f'<text x="{x}" y="{y - 4}">{name}</text><text class="mono" x="{x}" y="{y + 14}">{value}</text></g>')

    def forward(*places: int) -> str:
        return '<path class="forward" d="M{} {} L{} {}" marker-end="url(#vae-ahead)"/>'.format(*places)

    def back(passes: bool, label: str, x: int, y: int, *places: int) -> str:
        line = '<path class="back" d="M{} {} L{} {}" marker-end="url(#vae-back)"/>'.format(*places)
        return line + f'<text class="slope" x="{x}" y="{y}">{label}</text>' if passes else ""

    by_mean, by_deviation = pull.gradient if asked.passes else pull.without
    stop = "" if asked.passes else '<text class="stop" x="292" y="150">✕</text>'
    head = "".join(f'<marker id="vae-{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{size}" markerHeight="{size}" '
                   f'orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker>' for name, size in (("ahead", 7), ("back", 4)))
    alt = (say("The gradient passes from the loss through the decoder and z to mean and deviation") if asked.passes else
           say("The gradient passes from the loss to z and ends there"))
    return f"""<svg class="graph" viewBox="0 0 660 300" role="img" aria-label="{escape(alt)}"><defs>{head}</defs>
{node(60, 60, say("mean"), f"{asked.mean:+.2f}")}{node(60, 150, say("deviation"), f"{asked.deviation:.2f}")}
{node(60, 240, "eps", f"{asked.eps:+.2f}", "round")}
{node(292, 150, "z", f"{asked.z:+.2f}", "" if asked.passes else "round")}{node(446, 150, say("decoder"), "→ x")}
{node(600, 150, say("reconstruction"), f"{pull.reconstruction:.1f}")}{node(600, 44, say("divergence"), f"{pull.kl:.2f}")}
{forward(108, 60, 244, 140)}{forward(108, 150, 242, 150)}{forward(108, 240, 244, 160)}
{forward(340, 150, 396, 150)}{forward(494, 150, 550, 150)}{forward(108, 50, 550, 40)}
{back(True, f"{pull.slope:+.1f}", 446, 204, 552, 186, 340, 186)}
{back(asked.passes, f"{pull.slope:+.1f}", 196, 92, 250, 122, 110, 72)}
{back(asked.passes, f"{pull.slope * asked.eps:+.1f}", 178, 184, 244, 168, 110, 168)}
{back(True, f"{asked.mean:+.2f}", 330, 24, 550, 28, 110, 34)}
<text class="sum" x="60" y="24">{by_mean:+.1f}</text><text class="sum" x="60" y="196">{by_deviation:+.1f}</text>{stop}</svg>"""


def _markup(names: list[str]) -> str:
    models = choices("model", say("Trained on"), {name: data_title(name) for name in names}) if len(names) > 1 else ""
    return f"""
<h2>{say("How the gradient gets past the dice")}</h2>
<div class="bench">
  <div class="stage">
    <div class="pair">
      <figure>{picture("wanted", say("The picture to be drawn again"))}<figcaption>{say("to be drawn again")}</figcaption></figure>
      <figure>{picture("picture", say("What the decoder draws"))}
        <figcaption>{say("drawn at z = mean + deviation × eps")}</figcaption></figure></div>
    <div data-slot="graph"></div>
    <p class="caption tall" data-slot="words"></p>
  </div>
  <div class="panel">
    <label class="tick"><input type="checkbox" name="trick"> {say("the noise comes from outside (reparametrisation)")}</label>
    {slider("mu", say("mean"), -REACH, REACH, 0.01)}
    {slider("sigma", say("deviation"), *WIDTH, 0.01)}
    {slider("eps", "eps", -NOISE, NOISE, 0.01)}
    <div class="choices" data-slot="steps"></div>
    {models}
    {choices("latent", say("Latent, in the order of how much they say"), {i: str(i + 1) for i in range(LATENTS)}, small=True)}
    {number("seed", say("picture, by seed"))}
  </div>
</div>"""
