"""A digit of one's own in a VAE: mean and deviation of each latent, the reconstruction, what else it may have been, its place."""

from page import beside
from page.board import board, surprises
from page.drawing import (
    INDEX,
    Drawing,
    Expression,
    Node,
    about,
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
    text,
)
from page.drawing_board import blank, given, nats, outputs
from page.drawing_numbers import below, counted, exp, held, most, repeated, total
from page.fields import Board
from page.instrument import instrument
from page.language import say
from page.markup import picture
from page.plate import Plate
from page.site import Site, shown_model
from page.slots import EMPTY
from tabs.vae.latent_map import dots, neighbours

OWN = "vae-drawing"   # the instrument's name in links
VAE, MAP = "vae-mnist", "vae-map-mnist"
SURPRISES = ((3, 3), (7, 8), (5, 20), (4, 5), (8, 8), (2, 2), (9, 1), (6, 6), (0, 4), (1, 8))     # label and seed of the conditional GAN
SAMPLES = 8           # pictures of the posterior
AT_REST = ("others", "others-alt", "near")             # slots that wait until the pen rests: most of the work
SAYS = 0.1            # nats at least that a latent in use says of a picture
WIDE, HIGH, REACH = 640, 180, 3.5      # of the chart; the largest mean it shows


def build(plate: Plate, site: Site) -> None:
    drawings, others = surprises(site, SURPRISES, VAE), beside.readers(site, plate)
    instrument(lambda: _markup(drawings, others), {"drawing": drawings[0]}, drawing=drawing(others), rest=120, plate=plate.id, elem_id=OWN)


class Posterior:
    """What the encoder of a VAE says of an image, as expressions: for each latent a mean and a deviation, and nats that it says."""

    def __init__(self, image: Node):
        self.image, found = image, outputs(image, "encoder")
        self.mean, log_variance = found["z"][0], found["log_variance"][0]
        self.deviation, self.latents = exp(log_variance * 0.5), length(self.mean)
        self.says = (self.mean * self.mean + exp(log_variance) - log_variance - 1) * 0.5       # KL from the prior (appendix B)

    @property
    def reconstruction(self) -> Node:
        """Nats that drawing the image costs, from one sample of the posterior."""
        return nats(self.image, self.mean + self.deviation * noise(0))

    @property
    def bound(self) -> Node:
        """On log p(x), words."""
        return text("−{nats}", nats=shown(self.reconstruction + total(self.says), ".1f"))


def drawing(others: list[beside.Reader]) -> Drawing:
    drawn, vae, plane = field("drawing"), model_named(VAE), model_named(MAP)
    image, empty = given(vae, drawn), blank(drawn)
    seen, place = Posterior(image), Posterior(given(plane, drawn))
    cost = said("Drawing it from z costs {reconstruction} nats, saying z {kl}: log p(x) is at least {bound}.",
                reconstruction=shown(seen.reconstruction, ".1f"), kl=shown(total(seen.says), ".1f"), bound=seen.bound)
    samples = images(vae, seen.mean + seen.deviation * noise(INDEX), SAMPLES)
    slots = {
        "read": png(image), "read-alt": said("The drawing as the encoder reads it"),
        "again": png(images(vae, seen.mean)), "again-alt": said("The drawing, reconstructed from the means"),
        "others": sheet(samples, SAMPLES), "others-alt": said("{count} samples of the posterior", count=SAMPLES),
        "cost": cost, "chart": _chart(seen), "chart-words": _chart_words(seen),
        "dots": about(plane, lambda model: dots(model, dim=False)), "place": _mark(place),
        "near": neighbours(plane, below(place.mean[0]), below(place.mean[1]))}
    empties = {"read": EMPTY, "again": EMPTY, "others": EMPTY, "cost": said("Draw a digit, and the encoder reads it."),
               "read-alt": slots["read-alt"], "again-alt": slots["again-alt"], "others-alt": slots["others-alt"]}
    filled = {name: either(empty, empties.get(name, ""), slot) for name, slot in slots.items()}
    return Drawing({"drawing": Board()}, {name: slot for name, slot in filled.items() if name not in AT_REST},
                   follow={name: filled[name] for name in AT_REST} | beside.slots(others))


def read(drawing: Node) -> beside.Reading:
    """What other plates show of this one."""
    vae = model_named(VAE)
    seen = Posterior(given(vae, drawing))
    return beside.Reading(images(vae, seen.mean), said("log p(x) at least {bound} nats", bound=seen.bound))


def _chart(seen: Posterior) -> Node:
    """Mean and deviation of every latent as inline SVG: a dot with whiskers of one deviation; those that say something are coloured."""
    mean, deviation, step = seen.mean[INDEX], seen.deviation[INDEX], WIDE / shown_model(VAE).z_dim
    x = shown((INDEX + 0.5) * step, ".1f")

    def y(value: Expression) -> Node:
        return shown(held(value, -REACH, REACH) * (-HIGH / 2 / REACH) + HIGH / 2, ".1f")

    latent = text('<g class="{kind}"><path d="M{x} {low} V{high}"/><circle cx="{x}" cy="{middle}" r="{r}"/></g>', x=x,
                  kind=either(less(seen.says[INDEX], SAYS), "", "says"), low=y(mean - deviation), high=y(mean + deviation), middle=y(mean),
                  r=f"{min(3.2, step * 0.4):.1f}")
    unit = HIGH / 2 / REACH
    prior = (f'<rect class="prior" x="0" y="{HIGH / 2 - unit:.1f}" width="{WIDE}" height="{2 * unit:.1f}"/>'
             f'<path d="M0 {HIGH / 2} H{WIDE}"/>')
    return text('<svg class="whiskers" viewBox="0 0 {wide} {high}" role="img" aria-label="{alt}">{prior}{latents}</svg>',
                wide=WIDE, high=HIGH, alt=said("Mean and deviation of each of {count} latents", count=seen.latents), prior=prior,
                latents=joined(repeated(seen.latents, latent)))


def _chart_words(seen: Posterior) -> Node:
    return said("A dot is the mean of a latent, its whiskers one deviation; the band is the prior. {count} of {all} latents say something "
                "of this drawing, {nats} nats in all. The others keep to the prior: saying nothing costs nothing.",
                count=seen.latents - counted(seen.latents, less(seen.says[INDEX], SAYS)), all=seen.latents,
                nats=shown(total(seen.says), ".1f"))


def _mark(place: Posterior) -> Node:
    """The drawing's place on the plane, 100 wide and high, as inline SVG: a ring at the mean, and the deviation around it."""
    low, middle, high = ([below(place.mean[i] + place.deviation[i] * side) * 100 for i in range(2)] for side in (-1, 0, 1))
    wide, tall = (shown(most((high[i] - low[i]) * 0.5, 0.5), ".1f") for i in range(2))
    return text('<svg viewBox="0 0 100 100" aria-hidden="true"><ellipse class="spread" cx="{x}" cy="{y}" rx="{wide}" ry="{tall}"/>'
                '<circle class="here" cx="{x}" cy="{y}" r="2.4"/></svg>',
                x=shown(middle[0], ".1f"), y=shown(100 - middle[1], ".1f"), wide=wide, tall=tall)


def _markup(drawings: list[str], others: list[beside.Reader]) -> str:
    read, again = say("The drawing as the encoder reads it"), say("The drawing, reconstructed from the means")
    place = say("Its place on the plane of two latents: the ring is the mean, the shade around it one deviation.")
    return f"""
<h2>{say("Draw a digit")}</h2>
<div class="bench">
  <div class="stage">
    <div class="triple">
      {board("drawing", say("Your digit"), surprises=drawings)}
      <figure>{picture("read", read)}<figcaption>{say("as the encoder reads it")}</figcaption></figure>
      <figure>{picture("again", again)}<figcaption>{say("drawn again from the means")}</figcaption></figure>
    </div>
    <p class="caption" data-slot="cost"></p>
    <div data-slot="chart"></div>
    <p class="caption tall" data-slot="chart-words"></p>
    <figure class="tray">{picture("others", say("Samples of the posterior"), ratio=SAMPLES)}
      <figcaption>{say("Drawn again from samples of the cloud: what else it may have been.")}</figcaption></figure>
  </div>
  <div class="panel">
    <figure><div class="plane still"><div data-slot="dots"></div><div data-slot="place"></div></div>
      <figcaption>{place}</figcaption></figure>
    <p class="caption tall" data-slot="near"></p>
    {beside.markup(others)}
  </div>
</div>"""
