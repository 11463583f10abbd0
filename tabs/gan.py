"""Plate: GAN and DCGAN side by side on the same noise, with a walk, latent arithmetic and the replay of their training."""

from dataclasses import dataclass

import numpy as np
import torch

import models
from models.errors import BadInput
from models.images import png_uri
from models.provenance import png_info
from models.seeds import SEED_LIMIT, parse_seeds, slerp
from page.branch import Branch
from page.instrument import Recipe, Slots, State, animation, choices, instrument, number, picture, share, slider
from page.language import say
from page.model_facts import facts, missing, title
from page.plate import Plate
from page.replay import replay
from page.site import Site, shown_model

PLATE = Plate(
    id="gan", order=1, given="noise", models=("gan", "dcgan"), label="GAN and DCGAN", seeds={"gan": 3, "dcgan": 7},
    idea="A forger and a detective train each other. First with plain perceptrons; a year later with convolutions.",
)
BRANCHES = (
    Branch("gan", added="The game itself: a network that draws learns from a second network that judges, and no likelihood is ever "
                        "computed.", heading="What it began",
           start=(455, 752), bend=(448, 715, 462, 650), tip=(455, 598), leaf=(362, 716), width=(27, 14)),
    Branch("dcgan", "gan", "convolution",
           "Strided convolutions in both networks, batch norm, and a short list of habits that made training dependable.",
           start=(456, 604), bend=(460, 540, 590, 572), tip=(612, 488), leaf=(496, 522), width=(12, 7)),
)
TRAY = 12          # images in a tray
FRAMES = 24        # of an exported walk


def build(site: Site) -> None:
    names = site.weights("gan") + site.weights("dcgan")
    site.head(PLATE)
    if not names:
        return missing("gan")
    left, right = names[0], next((name for name in names if name.startswith("dcgan")), names[-1])
    instrument(lambda: _compare(names), {"left": left, "right": right, "seed": "42"}, parse, compare, recite=recite, plate=PLATE.id,
               elem_id="gan")
    instrument(lambda: _walk(names), {"model": right, "a": "43", "b": "7", "t": 0.5, "kind": "gif"}, parse_walk, walk, save=save_walk,
               plate=PLATE.id, elem_id="walk")
    if right.startswith("dcgan"):
        dcgans = site.weights("dcgan")
        instrument(lambda: _arithmetic(dcgans), {"model": right, "a": "19", "b": "0", "c": "6"}, parse_sum, arithmetic, plate=PLATE.id,
                   elem_id="arithmetic")
    replay(names, PLATE, first=right)
    facts(names, HOW)


# --- two trays ------------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Trays:
    left: models.Model
    right: models.Model
    seeds: list[int]


def parse(state: State) -> Trays:
    first = parse_seeds([state["seed"]])[0]
    return Trays(shown_model(state["left"]), shown_model(state["right"]), [(first + i) % SEED_LIMIT for i in range(TRAY)])


def recite(trays: Trays) -> Recipe:
    return trays.right.card.name, trays.seeds[0], {}


def compare(trays: Trays) -> Slots:
    slots = {}
    for side, model in (("left", trays.left), ("right", trays.right)):
        images = model.generate(trays.seeds)
        for i, (seed, shown, probability) in enumerate(zip(trays.seeds, images, model.score(images), strict=True)):
            slots |= {f"{side}{i}": png_uri(shown, png_info(model.card, seed, {})),
                      f"{side}{i}-alt": say("{name}, seed {seed}", name=model.card.name, seed=seed),
                      f"{side}{i}-probability": f"{probability:.0%}"}
        slots[f"{side}-name"] = f"{model.card.name}: {say(model.card.paper.idea)}"
    return slots


# --- a walk ---------------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Walk:
    model: models.Model
    ends: list[int]      # two seeds
    share: float         # of the way
    kind: str            # of file


def parse_walk(state: State) -> Walk:
    kind = str(state["kind"])
    if kind not in ("gif", "webp"):
        raise BadInput("A walk is saved as gif or webp.")
    return Walk(shown_model(state["model"]), parse_seeds([state["a"], state["b"]]), share(state["t"], "A walk"), kind)


def walk(asked: Walk) -> Slots:
    first, here, last = _walked(asked, [0.0, asked.share, 1.0])
    return {
        "here": png_uri(here),
        "here-alt": say("{name}, {share} of the way from seed {a} to {b}", name=asked.model.card.name, share=f"{asked.share:.0%}",
                        a=asked.ends[0], b=asked.ends[1]),
        "from": png_uri(first), "to": png_uri(last),
    }


def save_walk(asked: Walk) -> tuple[str, str]:
    name = f"{asked.model.card.name}-{asked.ends[0]}-to-{asked.ends[1]}.{asked.kind}"
    return name, animation(_walked(asked, np.linspace(0, 1, FRAMES).tolist()), asked.kind)


def _walked(asked: Walk, shares: list[float]) -> np.ndarray:
    a, b = asked.model.latents(asked.ends)
    return asked.model.decode(torch.stack([slerp(a, b, share) for share in shares]))


# --- arithmetic -----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Sum:
    model: models.Model
    seeds: list[int]     # of A, B and C


def parse_sum(state: State) -> Sum:
    return Sum(shown_model(state["model"]), parse_seeds([state[key] for key in "abc"]))


def arithmetic(asked: Sum) -> Slots:
    a, b, c = asked.model.latents(asked.seeds)
    # The sum is longer than any noise seen in training; the paper's pictures too were brought back to the usual length.
    result = a - b + c
    result = result * (asked.model.z_dim ** 0.5 / result.norm())
    images = asked.model.decode(torch.stack([a, b, c, result]))
    return {slot: png_uri(shown) for slot, shown in zip(("a-pic", "b-pic", "c-pic", "sum"), images, strict=True)} | {
        "sum-alt": say("Seed {a} minus seed {b} plus seed {c}", **dict(zip("abc", asked.seeds, strict=True)))}


# --- markup ---------------------------------------------------------------------------------------------------------------

def _models(key: str, label: str, names: list[str]) -> str:
    return choices(key, label, {name: title(name) for name in names})


def _compare(names: list[str]) -> str:
    def tray(side: str, label: str) -> str:
        cells = "".join(f'<figure>{picture(f"{side}{i}", "")}'
                        f'<figcaption class="mono" data-slot="{side}{i}-probability"></figcaption></figure>' for i in range(TRAY))
        return (f'<div>{_models(side, label, names)}<div class="specimens">{cells}</div>'
                f'<p class="caption" data-slot="{side}-name"></p></div>')

    return f"""
<div class="two">{tray("left", say("Left"))}{tray("right", say("Right"))}</div>
<div class="row">{number("seed", say("noise (z), first seed"))}
<p class="caption">{say("The same noise feeds both. Under each picture: how sure its own discriminator is that it is real.")}</p></div>"""


def _walk(names: list[str]) -> str:
    return f"""
<h2>{say("Walk between two seeds")}</h2>
{_models("model", say("Model"), names)}
<div class="walkway">
  <figure>{picture("from", say("Start of the walk"))}<figcaption>{number("a", say("from seed"))}</figcaption></figure>
  <figure>{picture("here", say("On the way"), "specimen large")}</figure>
  <figure>{picture("to", say("End of the walk"))}<figcaption>{number("b", say("to seed"))}</figcaption></figure>
</div>
{slider("t", say("on the way"), 0, 1, 0.02)}
<div class="row"><button type="button" data-play="t">{say("Play")}</button>
{choices("kind", say("Save as"), {"gif": "GIF", "webp": "WebP"})}<button type="button" data-save>{say("Save the walk")}</button></div>"""


def _arithmetic(names: list[str]) -> str:
    def term(key: str) -> str:
        return (f'<figure>{picture(f"{key}-pic", say("Picture {letter}", letter=key.upper()))}'
                f'<figcaption>{number(key, say("{letter}, seed", letter=key.upper()))}</figcaption></figure>')

    return f"""
<h2>{say("Arithmetic on noise: A − B + C")}</h2>
{_models("model", say("Model"), names)}
<div class="sum">{term("a")}<b>−</b>{term("b")}<b>+</b>{term("c")}<b>=</b>
<figure>{picture("sum", say("A minus B plus C"), "specimen large")}</figure></div>
<p class="caption">{say("As in section 6.3.2 of the DCGAN paper: take away what B has and add what C has.")}</p>"""


HOW = """
The generator *G* turns 100 random numbers, the noise *z*, into a picture. The discriminator *D* sees real pictures and generated ones and
says which is which. Each learns from the other's mistakes: D is rewarded for telling them apart, G for pictures that D believes. In the
paper, D takes *k* steps for each step of G. When neither can improve, G's pictures are distributed like the real ones and D is left to
guess. The 2014 network is made of plain perceptrons, so every pixel is decided by itself and the strokes are ragged; DCGAN's
convolutions draw with local strokes that look alike everywhere in the picture.
"""
