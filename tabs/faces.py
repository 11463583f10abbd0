"""Plate: faces. Directions of the noise under sliders, sums of noises as in DCGAN's figure 7, and what the data set teaches of people."""

from typing import Any

import gradio as gr

from models.attributes import TOLD, Reader
from models.dcgan import KINDS, REACH, SETS, TERMS
from models.loaded import Model
from models.seeds import SEED_LIMIT
from page.drawing import (
    INDEX,
    Drawing,
    Expression,
    Node,
    about,
    either,
    equal,
    field,
    images,
    joined,
    listed,
    model_named,
    noise,
    png,
    said,
    sheet,
    shown,
    sigmoid,
    text,
    usual_length,
)
from page.drawing_board import outputs, seen_by
from page.fields import Control, Seed, Weights, Whole, Word
from page.instrument import instrument
from page.language import each, say
from page.markup import choices, number, picture, slider
from page.model_facts import facts, missing, trained_on
from page.plate import Plate
from page.replay import replay
from page.site import Site, shown_model

PLATE = Plate(
    id="faces", order=2, given="noise", label="Faces", year="2015",
    idea="Somewhere among a hundred random numbers lies a smile. Find its direction, and you can move along it.",
)
READ_BY = "attributes-celeba"
WORDS = {"smiling": "smiling", "eyeglasses": "glasses", "blond_hair": "blond hair", "young": "young", "male": "male"}
SHARES = dict(zip(TOLD, ("male", "young", "smiling", "glasses", "blond hair", "a hat", "bald", "grey hair"), strict=True))
SUMS = {     # what is added, taken away, added again, and must come out; the attribute that is carried over, and its word
    "smile": ("smiling woman", "neutral woman", "neutral man", "wanted: a smiling man", "smiling", "smiling"),
    "hair": ("woman with black hair", "woman with other hair", "man with other hair", "wanted: a man with black hair",
             "black_hair", "black hair"),
    "glasses": ("man with glasses", "man without glasses", "woman without glasses", "wanted: a woman with glasses", "eyeglasses",
                "glasses"),
}
MORE = 6                   # other faces that are moved alike
AROUND, NEAR = 9, 0.25     # pictures of a sum: itself in the middle, and with noise of this deviation added


def build(site: Site) -> None:
    site.head(PLATE)
    names = [name for name in site.weights("dcgan") if is_complete(shown_model(name))]
    faces = [name for name in site.weights("dcgan") if shown_model(name).card.dataset.key == "celeba"]
    if faces and not names:
        gr.Markdown(each(lambda: say("**Nothing to show yet.** `{name}` has not been measured since it was trained: `python -m "
                                     "training.evaluate {name} --data FOLDER` measures its directions. Then start the page again.",
                                     name=faces[0])))
        return None
    if lacking := "dcgan" if not names else "attributes" if READ_BY not in site.weights("attributes") else "":
        return missing(lacking, "celeba", site.problems.get(lacking, []))
    first = {"model": names[0], "seed": "39", **dict.fromkeys(WORDS, 0.0), "smiling": 2.5, "others": 0}
    instrument(lambda: _sliders(names), first, drawing=moved(names), plate=PLATE.id, elem_id="faces")
    instrument(lambda: _sums(names), {"model": names[0], "sum": "smile", "set": 6}, drawing=sums(names), plate=PLATE.id,
               elem_id="faces-sum")
    gr.HTML(each(lambda: _people(shown_model(names[0]))), elem_id="faces-people")
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


def is_complete(model: Model) -> bool:
    """Whether a model has the directions of this plate, and seeds for its sums."""
    told = model.card.metrics
    terms = [_at(told, "arithmetic", name, k) for name in SUMS for k in range(3)]
    moves = [_at(told, "directions", kind, name, other) for kind in KINDS for name in WORDS for other in WORDS]
    shares = [_at(told, "shares", name, of) for name in SHARES for of in ("data", "drawn")]
    return ([control.name for control in model.card.controls] == [*WORDS, "others"]
            and all(isinstance(value, float) for value in (*moves, *shares))
            and all(isinstance(term, list) and len(term) == SETS * TERMS and all(isinstance(seed, int) for seed in term) for term in terms))


def _at(found: Any, *path: str | int) -> Any:
    """What stands there in metrics.json, which may hold anything; None where nothing does."""
    for key in path:
        try:
            found = found[key]
        except (LookupError, TypeError):
            return None
    return found


# --- what is drawn --------------------------------------------------------------------------------------------------------

def moved(names: list[str]) -> Drawing:
    """A face as its noise has it, and gone along the directions; and what the reader sees in both."""
    model, others = field("model"), field("others")
    far = {name: field(name) * (1 - INDEX) for name in WORDS}
    drawn = images(model, noise(field("seed")), 2, **far, others=others)
    more = images(model, noise(field("seed") + 1 + INDEX), MORE, **{name: field(name) for name in WORDS}, others=others)
    seen = _seen(drawn)
    rows = [text('<tr><th scope="row">{name}</th><td class="mono">{before}</td><td class="mono"><b>{after}</b></td></tr>',
                 name=said(WORDS[name]), before=shown(seen(name, 1), ".0%"), after=shown(seen(name, 0), ".0%")) for name in WORDS]
    table = text('<table class="read"><caption>{title}</caption><thead><tr><th></th><th scope="col">{before}</th>'
                 '<th scope="col">{after}</th></tr></thead><tbody>{rows}</tbody></table>', title=said("What the attribute reader sees"),
                 before=said("before"), after=said("after"), rows=joined(listed(*rows)))
    return Drawing(
        {"model": Weights(tuple(names)), "seed": Seed(), **{name: Control(name) for name in WORDS}, "others": Control("others")},
        {"face": png(drawn, 0, signed=True), "face-alt": said("The face of seed {seed}, gone along the directions", seed=field("seed")),
         "before": png(drawn, 1, signed=True), "before-alt": said("The face of seed {seed} as it was", seed=field("seed")),
         "reads": table, "moves": about(model, _moves)},
        follow={f"more{i}": png(more, i, signed=True) for i in range(MORE)} | {
            f"more{i}-alt": said("Seed {seed}, moved alike", seed=(field("seed") + 1 + i) % SEED_LIMIT) for i in range(MORE)},
        recipe=drawn)


def _seen(drawn: Node):
    """seen(attribute, image): how likely the reader takes an attribute to be in one of the images."""
    reader: Reader = shown_model(READ_BY)
    logits = outputs(seen_by(model_named(READ_BY), drawn), "reader")["attribute_logits"]
    places = {name.lower(): i for i, name in enumerate(reader.attributes)}
    return lambda name, image: sigmoid(logits[image][places[name]])


def _moves(model: Model) -> str:
    """How far each direction moves what the reader sees, wanted and not, as a table."""
    told = model.card.metrics["directions"]

    def cells(kind: str, name: str) -> str:
        rest = [abs(move) for other, move in told[kind][name].items() if other != name]
        return f'<td class="mono">{told[kind][name][name]:+.2f}</td><td class="mono">{sum(rest) / len(rest):.2f}</td>'

    rows = "".join(f'<tr><th scope="row">{say(word)}</th>{"".join(cells(kind, name) for kind in KINDS)}</tr>'
                   for name, word in WORDS.items())
    columns = f'<th scope="col">{say("wanted")}</th><th scope="col">{say("others")}</th>' * 2
    title = say("How far two steps along a direction move the reader’s opinion, in deviations of that opinion over all faces")
    kinds = "".join(f'<th scope="colgroup" colspan="2">{say(words)}</th>' for words in ("held still", "free to move"))
    return (f'<table class="read"><caption>{title}</caption><thead><tr><td></td>{kinds}</tr><tr><td></td>{columns}</tr></thead>'
            f'<tbody>{rows}</tbody></table>')


def sums(names: list[str]) -> Drawing:
    """A - B + C of means of three noises each. Means are shorter than noise, and are drawn at the length that noise has."""
    model, which = field("model"), field("sum")
    place = (field("set") - 1) * TERMS
    slots, means = {}, []
    for k, letter in enumerate("abc"):
        seeds = _by_sum(which, {name: about(model, lambda model, name=name, k=k: model.card.metrics["arithmetic"][name][k])
                                for name in SUMS})
        drawn = images(model, noise(seeds[place + INDEX]), TERMS)
        mean = (noise(seeds[place]) + noise(seeds[place + 1]) + noise(seeds[place + 2])) * (1 / TERMS)
        means.append(mean)
        slots |= {f"{letter}{i}": png(drawn, i, signed=True) for i in range(TERMS)}
        slots[f"{letter}-name"] = _by_sum(which, {name: said(words[k]) for name, words in SUMS.items()})
    a, b, c = means
    of_terms = images(model, listed(*map(usual_length, means))[INDEX], 3)
    slots |= {f"{letter}-mean": png(of_terms, k) for k, letter in enumerate("abc")}
    near = [usual_length(a - b + c + noise(i) * NEAR if i != AROUND // 2 else a - b + c) for i in range(AROUND)]
    result = images(model, listed(*near)[INDEX], AROUND)
    seen = _seen(result)
    slots |= {"result": sheet(result, 3), "result-name": _by_sum(which, {name: said(words[3]) for name, words in SUMS.items()}),
              "result-alt": said("What the sum draws, and eight pictures around it"),
              "reads": _by_sum(which, {name: said("In the middle picture the attribute reader sees: {what}.", what=said(
                  "{first}, {second}", first=text("{word} {share}", word=said(words[5]), share=shown(seen(words[4], AROUND // 2), ".0%")),
                  second=text("{sex} {odds}", sex=said("male"), odds=shown(seen("male", AROUND // 2), ".0%"))))
                  for name, words in SUMS.items()})}
    return Drawing({"model": Weights(tuple(names), "{name} draws no faces."), "sum": Word(tuple(SUMS)), "set": Whole("The set", 1, SETS)},
                   slots)


def _by_sum(which: Node, found: dict[str, Expression]) -> Node:
    """What belongs to the sum that was chosen."""
    (_, chosen), *others = found.items()
    for name, other in others:
        chosen = either(equal(which, name), other, chosen)
    return chosen


# --- markup ---------------------------------------------------------------------------------------------------------------

def _sliders(names: list[str]) -> str:
    sliders = "".join(slider(name, say(word), -REACH, REACH, 0.1) for name, word in WORDS.items())
    more = "".join(picture(f"more{i}", say("Another face, moved alike"), "specimen photo") for i in range(MORE))
    still = {0: say("held still"), 1: say("free to move")}
    return f"""
{trained_on(names)}
<div class="bench"><div><div class="faces">
  <figure>{picture("before", say("The face as it was"), "specimen photo large")}
  <figcaption>{say("as the noise has it")}</figcaption></figure>
  <figure>{picture("face", say("The face, moved"), "specimen photo large")}<figcaption>{say("moved")}</figcaption></figure></div>
<figure><div class="six">{more}</div><figcaption>{say("six other faces, moved alike")}</figcaption></figure></div>
<div class="panel">{number("seed", say("noise (z), seed"))}
{sliders}
{choices("others", say("the other attributes"), still)}
<div data-slot="reads"></div></div></div>
<details><summary>{say("How well the directions hold")}</summary><div data-slot="moves"></div></details>"""


def _sums(names: list[str]) -> str:
    def term(letter: str) -> str:
        small = "".join(picture(f"{letter}{i}", say("One of three noises"), "specimen photo") for i in range(TERMS))
        mean = picture(f"{letter}-mean", say("The mean of three noises"), "specimen photo large")
        return (f'<figure>{mean}<div class="three">{small}</div><figcaption data-slot="{letter}-name"></figcaption></figure>')

    kinds = {"smile": say("a smile"), "hair": say("black hair"), "glasses": say("glasses")}
    return f"""
<h2>{say("Arithmetic with meaning")}</h2>
{trained_on(names)}
<div class="row">{choices("sum", say("what is carried over"), kinds)}{slider("set", say("set of noises"), 1, SETS, 1)}</div>
<div class="sum">{term("a")}<b>−</b>{term("b")}<b>+</b>{term("c")}<b>=</b>
<figure>{picture("result", say("What the sum draws"), "specimen photo large")}
<figcaption data-slot="result-name"></figcaption></figure></div>
<p class="caption" data-slot="reads"></p>
<p class="caption">{say(FIGURE_7)}</p>"""


def _people(model: Model) -> str:
    shares = model.card.metrics["shares"]
    rows = "".join(f'<tr><th scope="row">{say(word)}</th><td class="mono">{shares[name]["data"]:.1%}</td>'
                   f'<td class="mono">{shares[name]["drawn"]:.1%}</td></tr>' for name, word in SHARES.items())
    return f"""<h2>{say("What such a set teaches a network about people")}</h2>
<div class="beside"><div>{"".join(f"<p>{say(words)}</p>" for words in PEOPLE)}</div>
<table class="read"><caption>{say("How often, of 10,000 pictures each")}</caption>
<thead><tr><td></td><th scope="col">{say("photographs")}</th><th scope="col">{say("drawn")}</th></tr></thead>
<tbody>{rows}</tbody></table></div>"""


FIGURE_7 = ("As in figure 7 of the DCGAN paper: each term is the mean of three noises, whose pictures stand below it. They were chosen by "
            "the attribute reader, the surest of 10,000 first. Around the sum: the same with a little noise; unlike in the paper, "
            "all are brought back to the usual length of noise. "
            "Glasses are an example of what fails: hardly one in a hundred drawn faces wears any, and the sum loses them.")
PEOPLE = (
    "The 10,000 photographs are of celebrities, taken from the web by the thousands and labelled by hand in two answers each: smiling or "
    "not, male or not, young or not. Nobody in them was asked. They may be used for research that is not commercial, and none of them "
    "is on this page: every face here was drawn by the network, and belongs to nobody.",
    "A network repeats what it saw. Most of the set is young, light-skinned and facing a camera; few wear glasses or a hat. What is "
    "rare in the set is rarer in the drawings, or drawn badly, and what came together in the set comes together in the directions: "
    "left free, the slider for glasses makes a face older and more often a man. That is a fact about this set and not about people.",
    "“Male”, “young” and “attractive” are what somebody answered about a picture of a stranger. A reader trained on such "
    "answers can only repeat them, and must not be used to judge anyone.",
)
HOW = """
The noise *z* is a point in a space of 100 dimensions, and neighbours in it are faces that look alike. DCGAN's authors found that sums in
this space mean something: the mean noise of smiling women, less that of neutral women, plus that of neutral men, draws a smiling man. Here
the noises are chosen by a second network, the attribute reader, trained on the photographs' 40 attributes. It also finds the directions
of the sliders: it reads 20,000 drawn faces, and the direction of an attribute is the one along which its answer rises most, by least
squares. What goes together in the data goes together in these directions. "Held still" takes from each direction all that lies along the
others.
"""
