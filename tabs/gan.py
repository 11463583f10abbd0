"""Plate: GAN and DCGAN side by side on the same noise, with a walk, latent arithmetic and the replay of their training."""

import gradio as gr
import numpy as np
import torch

import models
from models.errors import BadInput
from models.provenance import png_info
from models.runtime import SEED_LIMIT, parse_seeds
from tabs.facts import facts, missing, title
from tabs.house import House, exhibit
from tabs.instrument import Recipe, Slots, State, animation, choices, instrument, number, picture, png, share, slider
from tabs.language import each, say
from tabs.plate import Plate
from tabs.replay import replay

PLATE = Plate(
    id="gan", order=1, number="I", label="GAN and DCGAN", title="GAN and DCGAN", year="2014 and 2015", models=("gan", "dcgan"),
    idea="A forger and a detective train each other. First with plain perceptrons; a year later with convolutions.",
)
TRAY = 12          # pictures in a tray
FRAMES = 24        # of an exported walk


def build(house: House) -> None:
    names = house.names("gan") + house.names("dcgan")
    gr.HTML(each(PLATE.head))
    if not names:
        return missing("gan")
    left, right = names[0], next((name for name in names if name.startswith("dcgan")), names[-1])
    instrument(lambda: _compare(names), {"left": left, "right": right, "seed": "42"}, compare, recipe=recipe, plate=PLATE.id, elem_id="gan")
    instrument(lambda: _walk(names), {"model": right, "a": "43", "b": "7", "t": 0.5, "kind": "gif"}, walk, plate=PLATE.id, elem_id="walk",
               save=save_walk)
    if right.startswith("dcgan"):
        dcgans = house.names("dcgan")
        instrument(lambda: _arithmetic(dcgans), {"model": right, "a": "19", "b": "0", "c": "6"}, arithmetic, plate=PLATE.id,
                   elem_id="arithmetic")
    replay(names, elem_id="gan-replay", first=right)
    facts(names, HOW)


def recipe(state: State) -> Recipe:
    return exhibit(state["right"]).card.name, parse_seeds([state["seed"]])[0], {}


def compare(state: State) -> Slots:
    first = parse_seeds([state["seed"]])[0]
    seeds = [(first + i) % SEED_LIMIT for i in range(TRAY)]
    slots = {}
    for side in ("left", "right"):
        model = exhibit(state[side])
        pictures = model.generate(seeds)
        for i, (seed, shown, opinion) in enumerate(zip(seeds, pictures, model.score(pictures), strict=True)):
            slots |= {f"{side}{i}": png(shown, png_info(model.card, seed, {})),
                      f"{side}{i}-alt": say("{name}, seed {seed}", name=model.card.name, seed=seed),
                      f"{side}{i}-opinion": f"{opinion:.0%}"}
        slots[f"{side}-name"] = f"{model.card.name}: {say(model.card.paper.idea)}"
    return slots


def walk(state: State) -> Slots:
    model, shown = _walked(state, [share(state["t"], "A walk")])
    ends = model.generate([state["a"], state["b"]])
    return {
        "here": png(shown[0]),
        "here-alt": say("{name}, {share} of the way from seed {a} to {b}", name=model.card.name, share=f"{float(state['t']):.0%}",
                        a=state["a"], b=state["b"]),
        "from": png(ends[0]), "to": png(ends[1]),
    }


def save_walk(state: State) -> tuple[str, str]:
    kind = str(state["kind"])
    if kind not in ("gif", "webp"):
        raise BadInput("A walk is saved as gif or webp.")
    model, frames = _walked(state, np.linspace(0, 1, FRAMES).tolist())
    return f"{model.card.name}-{state['a']}-to-{state['b']}.{kind}", animation(frames, kind)


def _walked(state: State, shares: list[float]) -> tuple[models.Model, np.ndarray]:
    model = exhibit(state["model"])
    a, b = model.latents([state["a"], state["b"]])
    return model, model.decode(torch.stack([slerp(a, b, part) for part in shares]))


def slerp(a: torch.Tensor, b: torch.Tensor, part: float) -> torch.Tensor:
    """Along the great circle: a straight line between two normal vectors passes where the generator was never trained."""
    angle = torch.arccos((a @ b / (a.norm() * b.norm())).clamp(-1, 1))
    if angle < 1e-4:
        return a + part * (b - a)
    return (torch.sin((1 - part) * angle) * a + torch.sin(part * angle) * b) / torch.sin(angle)


def arithmetic(state: State) -> Slots:
    model = exhibit(state["model"])
    first = parse_seeds([state[key] for key in "abc"])
    z = [model.latents([seed]).squeeze(0) for seed in first]
    # The sum is longer than any noise seen in training; the paper's pictures too were brought back to the usual length.
    sum_ = z[0] - z[1] + z[2]
    sum_ = sum_ * (model.z_dim ** 0.5 / sum_.norm())
    pictures = model.decode(torch.stack([*z, sum_]))
    return {slot: png(shown) for slot, shown in zip(("a-pic", "b-pic", "c-pic", "sum"), pictures, strict=True)} | {
        "sum-alt": say("Seed {a} minus seed {b} plus seed {c}", a=first[0], b=first[1], c=first[2])}


def _models(key: str, label: str, names: list[str]) -> str:
    return choices(key, label, {name: title(name) for name in names})


def _compare(names: list[str]) -> str:
    def tray(side: str, label: str) -> str:
        cells = "".join(f'<figure>{picture(f"{side}{i}", "")}<figcaption class="mono" data-slot="{side}{i}-opinion"></figcaption></figure>'
                        for i in range(TRAY))
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
