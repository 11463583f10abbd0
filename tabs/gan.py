"""Plate: GAN and DCGAN side by side on the same noise, with a walk, latent arithmetic and the replay of their training."""

from models.seeds import SEED_LIMIT, named_from
from page.branch import Branch
from page.drawing import (
    INDEX,
    Drawing,
    about,
    animation,
    field,
    images,
    judge,
    listed,
    noise,
    png,
    said,
    shown,
    sigmoid,
    slerp,
    text,
    usual_length,
)
from page.drawing_numbers import linear
from page.fields import Number, Seed, Weights, Word
from page.instrument import Recipe, instrument
from page.language import say
from page.markup import choices, number, picture, slider
from page.model_facts import facts, missing, title
from page.plate import Plate
from page.replay import replay
from page.site import Site

PLATE = Plate(
    id="gan", order=1, given="noise", models=("gan", "dcgan"), label="GAN and DCGAN", seeds={"gan": 7, "dcgan": 7},
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
    instrument(lambda: _compare(names), {"left": left, "right": right, "seed": "42"}, drawing=trays(names), recite=recite_trays,
               plate=PLATE.id, elem_id="gan")
    instrument(lambda: _walk(names), {"model": right, "a": "84", "b": "9", "t": 0.5, "kind": "gif"}, drawing=walk(names),
               plate=PLATE.id, elem_id="walk")
    if right.startswith("dcgan"):
        dcgans = site.weights("dcgan")
        instrument(lambda: _arithmetic(dcgans), {"model": right, "a": "4", "b": "59", "c": "46"}, drawing=arithmetic(dcgans),
                   plate=PLATE.id, elem_id="arithmetic")
    replay(names, PLATE, first=right)
    facts(names, HOW)


# --- what is drawn --------------------------------------------------------------------------------------------------------

def trays(names: list[str]) -> Drawing:
    """The same seeds for two models, each judged by its own D."""
    seed, slots, drawn = field("seed"), {}, {}
    for side in ("left", "right"):
        model = field(side)
        name = about(model, lambda model: model.card.name)
        drawn[side] = images(model, noise(seed + INDEX), TRAY)
        probabilities = sigmoid(judge(drawn[side])["logits"])
        for i in range(TRAY):
            slots |= {f"{side}{i}": png(drawn[side], i, signed=True),
                      f"{side}{i}-alt": said("{name}, seed {seed}", name=name, seed=(seed + i) % SEED_LIMIT),
                      f"{side}{i}-probability": shown(probabilities[i], ".0%")}
        slots[f"{side}-name"] = said("{name}: {words}", name=name, words=about(model, lambda model: say(model.card.paper.idea)))
    return Drawing({"left": Weights(tuple(names)), "right": Weights(tuple(names)), "seed": Seed()}, slots)


def recite_trays(asked: dict) -> list[Recipe]:
    """A recipe for each side; one where both have the same weights."""
    seeds = named_from(asked["seed"], TRAY)
    return [(name, seeds, {}) for name in dict.fromkeys(asked[side].card.name for side in ("left", "right"))]


def walk(names: list[str]) -> Drawing:
    """From one noise to another: its beginning, the place asked for, its end; saved, the whole of it."""
    model, a, b, share, kind = map(field, ("model", "a", "b", "t", "kind"))
    whole = images(model, slerp(noise(a), noise(b), linear(0, 1, INDEX, FRAMES)), FRAMES)
    ends, here = images(model, noise(listed(a, b)[INDEX]), 2), images(model, slerp(noise(a), noise(b), share))
    return Drawing(
        {"model": Weights(tuple(names)), "a": Seed(), "b": Seed(), "t": Number("A walk"), "kind": Word(("gif", "webp"))},
        {"from": png(ends, 0, signed=True), "here": png(here), "to": png(ends, 1, signed=True),
         "here-alt": said("{name}, {share} of the way from seed {a} to {b}", name=about(model, lambda model: model.card.name),
                          share=shown(share, ".0%"), a=a, b=b)},
        save={"name": text("{name}-{a}-to-{b}.{kind}", name=about(model, lambda model: model.card.name), a=a, b=b, kind=kind),
              "uri": animation(whole, kind, scale=8, milliseconds=60)})


def arithmetic(names: list[str]) -> Drawing:
    """A - B + C, brought back to the usual length of noise: the sum is longer than any seen in training."""
    model, seeds = field("model"), [field(key) for key in "abc"]
    a, b, c = map(noise, seeds)
    terms = images(model, noise(listed(*seeds)[INDEX]), 3)
    return Drawing(
        {"model": Weights(tuple(names))} | {key: Seed() for key in "abc"},
        {f"{key}-pic": png(terms, i, signed=True) for i, key in enumerate("abc")} | {
            "sum": png(images(model, usual_length(a - b + c))),
            "sum-alt": said("Seed {a} minus seed {b} plus seed {c}", **{key: field(key) for key in "abc"})})


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
{choices("kind", say("Save as"), {"gif": "GIF", "webp": "WebP"}, server=("webp",))}
<button type="button" data-save>{say("Save the walk")}</button></div>"""


def _arithmetic(names: list[str]) -> str:
    def term(key: str) -> str:
        return (f'<figure>{picture(f"{key}-pic", say("Picture {letter}", letter=key.upper()))}'
                f'<figcaption>{number(key, say("{letter}, seed", letter=key.upper()))}</figcaption></figure>')

    to_faces = f'<a href="?tab=faces" data-plate="faces">{say("Faces")}</a>'
    return f"""
<h2>{say("Arithmetic on noise: A − B + C")}</h2>
{_models("model", say("Model"), names)}
<div class="sum">{term("a")}<b>−</b>{term("b")}<b>+</b>{term("c")}<b>=</b>
<figure>{picture("sum", say("A minus B plus C"), "specimen large")}</figure></div>
<p class="caption">{say("{first} {second}", first=say("After section 6.3.2 of the DCGAN paper: take away what B has and add what C has. "
     "Here each term is one noise; the authors found that unsteady and took the mean of three. The sum is brought back to the usual length "
     "of noise."), second=say("The paper did it with faces, where the terms have names: {plate}.", plate=to_faces))}</p>"""


HOW = """
The generator *G* turns 100 random numbers, the noise *z*, into a picture. The discriminator *D* sees real pictures and generated ones and
says which is which. Each learns from the other's mistakes: D is rewarded for telling them apart, G for pictures that D believes. In the
paper, D takes *k* steps for each step of G. When neither can improve, G's pictures are distributed like the real ones and D is left to
guess. The 2014 network is made of plain perceptrons, which know nothing of neighbours: the pixel beside is no nearer to them than any
other, and the strokes are ragged; DCGAN's convolutions draw with local strokes that look alike everywhere in the picture.
"""
