"""A digit of one's own in a VAE: mean and deviation of each latent, the reconstruction, what else it may have been, its place."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from models.images import png_uri, tile
from models.seeds import noise
from models.vae import Posterior, Vae, kl
from page import beside
from page.board import as_mnist, board, drawn, written
from page.instrument import State, instrument, picture
from page.language import say
from page.plate import Plate
from page.site import Site, shown_model
from page.slots import EMPTY, Slots
from tabs.vae.latent_map import dots, neighbours

OWN = "vae-drawing"   # the instrument's name in links
VAE, MAP, HAND = "vae-mnist", "vae-map-mnist", "cgan-mnist"
SURPRISES = ((3, 3), (7, 8), (5, 20), (4, 5), (8, 8), (2, 2), (9, 1), (6, 6), (0, 4), (1, 8))     # label and seed of the conditional GAN
SAMPLES = 8           # pictures of the posterior
SAYS = 0.1            # nats at least that a latent in use says of a picture
WIDE, HIGH, REACH = 640, 180, 3.5      # of the chart; the largest mean it shows


def build(plate: Plate, site: Site) -> None:
    drawings, others = _drawings(HAND in site.weights("cgan")), beside.readers(site, plate)
    instrument(lambda: _markup(drawings, others), {"drawing": drawings[0]}, parse, draw,
               follow=lambda asked: beside.slots(others, asked.drawing), rest=120, plate=plate.id, elem_id=OWN)


@lru_cache(maxsize=2)
def _drawings(by_hand: bool) -> tuple[str, ...]:
    """Digits that the conditional GAN drew, or else the VAE itself, as the board writes them."""
    if by_hand:
        images = shown_model(HAND).generate([seed for _, seed in SURPRISES], label=[label for label, _ in SURPRISES])
    else:
        images = shown_model(VAE).generate([seed for _, seed in SURPRISES])
    return tuple(map(written, images))


@dataclass(frozen=True)
class Drawing:
    drawing: np.ndarray    # uint8 [28, 28, 1], as it is on the board
    image: np.ndarray      # the same as the networks take it


def parse(state: State) -> Drawing:
    drawing = drawn(state["drawing"])
    return Drawing(drawing, as_mnist(drawing))


def draw(drawing: Drawing) -> Slots:
    if not drawing.drawing.any():
        hint = say("Draw a digit, and the encoder reads it.")
        return dict.fromkeys(("read", "again", "others"), EMPTY) | dict.fromkeys(("chart", "chart-words", "place", "near"), "") | {
            "cost": hint}
    vae, plane, images = shown_model(VAE), shown_model(MAP), drawing.image[None]
    posterior, place = vae.posterior(images), plane.posterior(images)
    bound = vae.bound(images)
    eps = noise(list(range(SAMPLES)), vae.z_dim)
    pictures = vae.decode(torch.cat([posterior.mean, posterior.mean + posterior.deviation * eps]))
    return {
        "read": png_uri(drawing.image), "read-alt": say("The drawing as the encoder reads it"),
        "again": png_uri(pictures[0]), "again-alt": say("The drawing, reconstructed from the means"),
        "others": png_uri(tile(pictures[1:], SAMPLES)), "others-alt": say("{count} samples of the posterior", count=SAMPLES),
        "cost": say("Drawing it from z costs {reconstruction} nats, saying z {kl}: log p(x) is at least {bound}.",
                    reconstruction=f"{bound.reconstruction[0]:.1f}", kl=f"{bound.kl.sum():.1f}",
                    bound=f"−{bound.reconstruction[0] + bound.kl.sum():.1f}"),
        "chart": _chart(posterior), "chart-words": _chart_words(vae, posterior),
        "place": dots(plane, dim=False, marks=_mark(place)), "near": neighbours(plane, place.mean),
    }


def read(drawing: np.ndarray) -> beside.Reading:
    """What other plates show of this one."""
    vae, image = shown_model(VAE), as_mnist(drawing)[None]
    bound = vae.bound(image)
    return beside.Reading(vae.decode(vae.posterior(image).mean)[0],
                          say("log p(x) at least {bound} nats", bound=f"−{bound.reconstruction[0] + bound.kl.sum():.1f}"))


def _said(posterior: Posterior) -> np.ndarray:
    """Nats that each latent says of the picture, [z_dim]."""
    return kl(posterior.mean, 2 * posterior.deviation.log())[0].numpy()


def _chart(posterior: Posterior) -> str:
    """Mean and deviation of every latent as inline SVG: a dot with whiskers of one deviation; those that say something are coloured."""
    said, step = _said(posterior), WIDE / posterior.mean.shape[1]

    def y(value: float) -> float:
        return HIGH / 2 - max(-REACH, min(REACH, value)) * HIGH / 2 / REACH

    marks = f'<rect class="prior" x="0" y="{y(1):.1f}" width="{WIDE}" height="{y(-1) - y(1):.1f}"/><path d="M0 {y(0)} H{WIDE}"/>'
    for i, (mean, deviation) in enumerate(zip(posterior.mean[0].tolist(), posterior.deviation[0].tolist(), strict=True)):
        x = (i + 0.5) * step
        marks += (f'<g class="{"says" if said[i] >= SAYS else ""}">'
                  f'<path d="M{x:.1f} {y(mean - deviation):.1f} V{y(mean + deviation):.1f}"/>'
                  f'<circle cx="{x:.1f}" cy="{y(mean):.1f}" r="{min(3.2, step * 0.4):.1f}"/></g>')
    alt = say("Mean and deviation of each of {count} latents", count=posterior.mean.shape[1])
    return f'<svg class="whiskers" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{alt}">{marks}</svg>'


def _chart_words(vae: Vae, posterior: Posterior) -> str:
    said = _said(posterior)
    return say("A dot is the mean of a latent, its whiskers one deviation; the band is the prior. {count} of {all} latents say something "
               "of this drawing, {nats} nats in all. The others keep to the prior: saying nothing costs nothing.",
               count=int((said >= SAYS).sum()), all=vae.z_dim, nats=f"{said.sum():.1f}")


def _mark(place: Posterior) -> str:
    """The drawing's place on the plane, 100 wide and high: a ring at the mean, and the deviation around it."""
    low, middle, high = (torch.special.ndtr(place.mean + side * place.deviation)[0].mul(100).tolist() for side in (-1, 0, 1))
    x, y = middle[0], 100 - middle[1]
    wide, tall = (max((high[i] - low[i]) / 2, 0.5) for i in range(2))
    return (f'<ellipse class="spread" cx="{x:.1f}" cy="{y:.1f}" rx="{wide:.1f}" ry="{tall:.1f}"/>'
            f'<circle class="here" cx="{x:.1f}" cy="{y:.1f}" r="2.4"/>')


def _markup(drawings: tuple[str, ...], others: list[beside.Reader]) -> str:
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
    <figure class="tray">{picture("others", say("Samples of the posterior"))}
      <figcaption>{say("Drawn again from samples of the cloud: what else it may have been.")}</figcaption></figure>
  </div>
  <div class="panel">
    <figure><div class="plane still" data-slot="place"></div>
      <figcaption>{place}</figcaption></figure>
    <p class="caption tall" data-slot="near"></p>
    {beside.markup(others)}
  </div>
</div>"""
