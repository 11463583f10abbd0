"""The reparametrisation: z = mean + deviation * eps, and which way the gradient takes with it and without it."""

from page.drawing import Drawing, Expression, Node, either, field, images, joined, less, listed, noise, png, said, shown, text
from page.drawing_board import nats, slope
from page.drawing_numbers import held, log, replaced
from page.fields import Flag, Latent, Number, Seed, Weights
from page.instrument import instrument
from page.language import say
from page.markup import choices, number, picture, slider
from page.model_facts import trained_on
from tabs.vae.drawing import Posterior

FIRST = {"seed": "5", "latent": 0, "mu": -1.5, "sigma": 0.6, "eps": 0.5, "trick": True}
LATENTS = 6                                          # that can be chosen: those that say most
REACH, WIDTH, NOISE = 3.0, (0.05, 2.0), 3.0          # of the sliders: mean, deviation, eps
RATE, MOST = 0.01, 0.3                               # of a step against the gradient, and how far it goes at most


def build(plate: str, names: list[str]) -> None:
    instrument(lambda: _markup(names), {"model": names[0]} | FIRST, drawing=drawing(names), plate=plate, elem_id=f"{plate}-trick")


def drawing(names: list[str]) -> Drawing:
    model, latent = field("model"), field("latent")
    wanted = images(model, noise(field("seed")))
    own = Posterior(wanted)
    asked = _Asked(own, latent)
    return Drawing(
        {"model": Weights(tuple(names), "{name} is no VAE."), "seed": Seed(), "latent": Latent(LATENTS),
         "mu": Number("The mean", -REACH, REACH), "sigma": Number("The deviation", *WIDTH), "eps": Number("The noise", -NOISE, NOISE),
         "trick": Flag()},
        {"wanted": png(wanted), "wanted-alt": said("The picture to be drawn again, noise seed {seed}", seed=field("seed")),
         "picture": png(images(model, asked.all)),
         "picture-alt": said("What the decoder draws with latent {number} at {z}", number=latent + 1, z=_signed(asked.z, ".2f")),
         "graph": _graph(asked), "words": _words(asked), "steps": _steps(asked, (own.mean[latent], own.deviation[latent]))})


class _Asked:
    """The loss of the picture and how it changes with the mean and the deviation of one latent, as expressions. `passes`: whether z is
    mean + deviation * eps; else it is drawn, and has no derivative: that of the divergence alone is left (section 2.4). `all`: z of that
    latent, and the posterior's mean of the others."""

    def __init__(self, posterior: Posterior, latent: Node):
        mean, deviation, eps, passes = map(field, ("mu", "sigma", "eps", "trick"))
        self.mean, self.deviation, self.eps, self.passes = mean, deviation, eps, passes
        self.z, self.rest = mean + deviation * eps, deviation - 1 / deviation
        self.kl = (mean * mean + deviation * deviation - 1) * 0.5 - log(deviation)
        self.all = replaced(posterior.mean, latent, self.z)
        self.reconstruction, self.slope = nats(posterior.image, self.all), slope(posterior.image, self.all, latent)
        self.by_mean = either(passes, self.slope + mean, mean)
        self.by_deviation = either(passes, self.slope * eps + self.rest, self.rest)


def _signed(value: Node, spec: str, gap: str = "") -> Node:
    """A number with its sign; with a `gap` between them, as in a sum."""
    below = less(value, 0)
    return text("{sign}{gap}{size}", sign=either(below, "−", "+"), gap=gap, size=shown(either(below, 0 - value, value), spec))


def _words(asked: _Asked) -> Node:
    slope = _signed(asked.slope, ".1f")
    return either(asked.passes, said(
        "The noise comes in from the side, so z is a plain sum and the gradient passes: d loss / d mean = {slope} {mean} = "
        "{by_mean}, and d loss / d deviation = {slope} × eps {rest} = {by_deviation}.", slope=slope, mean=_signed(asked.mean, ".2f", " "),
        rest=_signed(asked.rest, ".2f", " "), by_mean=_signed(asked.by_mean, ".1f"), by_deviation=_signed(asked.by_deviation, ".1f")), said(
        "z is a draw, and a draw has no derivative: the picture’s {slope} ends there. Only the divergence reaches the encoder: d "
        "loss / d mean = {by_mean}, d loss / d deviation = {by_deviation}, whatever the picture looks like.", slope=slope,
        by_mean=_signed(asked.by_mean, ".2f"), by_deviation=_signed(asked.by_deviation, ".2f")))


def _steps(asked: _Asked, own: tuple[Node, Node]) -> Node:
    """Buttons: a step against the gradient, and what the encoder says of the picture."""
    def button(words: Node, mean: Node, deviation: Node) -> Node:
        # data-reroll: these are no choices, so none of them stays pressed
        return text('<button type="button" data-reroll="" data-set="{{&quot;mu&quot;: {mu}, &quot;sigma&quot;: {sigma}}}">{words}</button>',
                    mu=shown(held(mean, -REACH, REACH), ".4f"), sigma=shown(held(deviation, *WIDTH), ".4f"), words=words)

    by_mean, by_deviation = (held(by * RATE, -MOST, MOST) for by in (asked.by_mean, asked.by_deviation))
    return text("{step}{encoded}", step=button(said("One step against the gradient"), asked.mean - by_mean, asked.deviation - by_deviation),
                encoded=button(said("What the encoder says"), *own))


def _graph(asked: _Asked) -> Node:
    """The computation as inline SVG: grey arrows forward, the gradient's in colour, as far as it comes."""
    def node(x: int, y: int, name: Expression, value: Expression, kind: Expression = "", round: Expression = 4) -> Node:
        return text(f'<g class="{{kind}}"><rect x="{x - 48}" y="{y - 24}" width="96" height="48" rx="{{round}}"/>'
                    f'<text x="{x}" y="{y - 4}">{{name}}</text><text class="mono" x="{x}" y="{y + 14}">{{value}}</text></g>',
                    kind=kind, round=round, name=name, value=value)

    def forward(*places: int) -> str:
        return '<path class="forward" d="M{} {} L{} {}" marker-end="url(#vae-ahead)"/>'.format(*places)

    def back(label: Expression, x: int, y: int, *places: int, passes: Expression = True) -> Node:
        line = '<path class="back" d="M{} {} L{} {}" marker-end="url(#vae-back)"/>'.format(*places)
        return text("{line}{label}", line=line, label=either(passes, text(f'<text class="slope" x="{x}" y="{y}">{{label}}</text>',
                                                                          label=label), ""))

    passes, slope = asked.passes, _signed(asked.slope, ".1f")
    head = "".join(f'<marker id="vae-{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{size}" markerHeight="{size}" '
                   f'orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker>' for name, size in (("ahead", 7), ("back", 4)))
    parts = [
        node(60, 60, said("mean"), _signed(asked.mean, ".2f")), node(60, 150, said("deviation"), shown(asked.deviation, ".2f")),
        node(60, 240, "eps", _signed(asked.eps, ".2f"), "round", 24),
        node(292, 150, "z", _signed(asked.z, ".2f"), either(passes, "", "round"), either(passes, 4, 24)),
        node(446, 150, said("decoder"), "→ x"), node(600, 150, said("reconstruction"), shown(asked.reconstruction, ".1f")),
        node(600, 44, said("divergence"), shown(asked.kl, ".2f")),
        forward(108, 60, 244, 140), forward(108, 150, 242, 150), forward(108, 240, 244, 160), forward(340, 150, 396, 150),
        forward(494, 150, 550, 150), forward(108, 50, 550, 40),
        back(slope, 446, 204, 552, 186, 340, 186), back(slope, 196, 92, 250, 122, 110, 72, passes=passes),
        back(_signed(asked.slope * asked.eps, ".1f"), 178, 184, 244, 168, 110, 168, passes=passes),
        back(_signed(asked.mean, ".2f"), 330, 24, 550, 28, 110, 34),
        text('<text class="sum" x="60" y="24">{by_mean}</text><text class="sum" x="60" y="196">{by_deviation}</text>{stop}',
             by_mean=_signed(asked.by_mean, ".1f"), by_deviation=_signed(asked.by_deviation, ".1f"),
             stop=either(passes, "", '<text class="stop" x="292" y="150">✕</text>'))]
    alt = either(passes, said("The gradient passes from the loss through the decoder and z to mean and deviation"),
                 said("The gradient passes from the loss to z and ends there"))
    return text('<svg class="graph" viewBox="0 0 660 300" role="img" aria-label="{alt}"><defs>{head}</defs>{parts}</svg>', alt=alt,
                head=head, parts=joined(listed(*parts)))


def _markup(names: list[str]) -> str:
    models = trained_on(names)
    return f"""
<h2>{say("How the gradient gets past the dice")}</h2>
<div class="bench">
  <div class="stage">
    <div class="pair">
      <figure>{picture("wanted", say("The picture to be drawn again"))}<figcaption>{say("to be drawn again")}</figcaption></figure>
      <figure>{picture("picture", say("What the decoder draws"))}
        <figcaption>{say("drawn at z = mean + deviation × eps")}</figcaption></figure></div>
    <div data-slot="graph" tabindex="0" role="group" aria-label="{say("What depends on what")}"></div>
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
