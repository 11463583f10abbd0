"""Plate: InfoGAN. Codes that the network discovered, under the visitor's finger."""

from models.errors import BadInput
from models.infogan import Infogan
from page.branch import Branch
from page.drawing import (
    INDEX,
    Drawing,
    Node,
    about,
    argmax,
    either,
    equal,
    field,
    images,
    judge,
    noise,
    png,
    said,
    sheet,
    shown,
    sigmoid,
    softmax,
    text,
)
from page.drawing_numbers import linear
from page.fields import Control, Seed, Weights, Word
from page.instrument import instrument
from page.language import say
from page.markup import choices, number, pad, picture, slider
from page.model_facts import class_names, facts, missing, trained_on
from page.plate import Plate
from page.replay import replay
from page.site import Site, shown_model

PLATE = Plate(
    id="infogan", order=3, given="code", models=("infogan",), seeds={"infogan": 11},
    idea="Codes that name themselves: nobody told the network what a seven or a slant is, and yet there is a knob for each.",
    losses={"category": "reading the category", "code": "reading c1 and c2",
            "real": "information shared by two readings of a real picture"},
)
BRANCHES = (
    Branch("infogan", "dcgan", "a latent code",
           "A third network, Q, that must read the codes back from the picture; what the codes mean is found without any label.",
           start=(611, 492), bend=(606, 430, 545, 440), tip=(545, 372)),
)
STEPS = 11      # columns of the traversal grid
ROWS = 10       # its rows
REACH = 2.0     # the codes were trained on [-1, 1]; the grid and the pad go twice as far, as in the paper's figure 2


def build(site: Site) -> None:
    names = site.weights("infogan")
    site.head(PLATE)
    if not names:
        return missing("infogan")
    first = {"model": names[0], "category": _category_of(names[0], 7), "c1": 0.0, "c2": 0.0, "seed": "11", "vary": "c1"}
    instrument(lambda: _markup(names), first, drawing=drawing(names), rest=80, plate=PLATE.id, elem_id="infogan")
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


def check_shown(model: Infogan) -> None:
    """Raises BadInput for weights of other codes than this plate has knobs for."""
    categories = len(model.card.control("category").options)
    if categories != ROWS:
        raise BadInput("{name} has {count} categories, and this plate shows {rows}.", name=model.card.name, count=categories, rows=ROWS)


def drawing(names: list[str]) -> Drawing:
    """The picture under the visitor's finger, and what Q and D see in it; then the other categories and the grid, which do not follow the
    pad: they may come a moment later, so that a drag stays quick."""
    model, seed, category, c1, c2, vary = map(field, ("model", "seed", "category", "c1", "c2", "vary"))
    meaning, knobs = about(model, _category_names), about(model, _code_names)
    here = images(model, noise(seed), category=category, c1=c1, c2=c2)
    seen = judge(here)
    sure, read_codes = softmax(seen["category_logits"][0]), seen["codes"][0]
    read = argmax(sure)
    others = images(model, noise(seed), ROWS, category=INDEX, c1=c1, c2=c2)
    varied = equal(vary, "category")

    draw = {
        "picture": png(here, signed=True),
        "picture-alt": said("Generated picture: {what}, noise seed {seed}", seed=seed, what=text(
            "{category} ({meaning}), c1 {c1}, c2 {c2}", category=category, meaning=meaning[category], c1=shown(c1, ".2f"),
            c2=shown(c2, ".2f"))),
        "probability": said("D’s belief that this picture is real: {share}", share=shown(sigmoid(seen["logits"][0]), ".0%")),
        "put-category": text("{number} · {name}", number=category, name=meaning[category]),
        "read-category": text("{number} · {name} <small>{sure}</small>", number=read, name=meaning[read],
                              sure=said("({share} sure)", share=shown(sure[read], ".0%"))),
        "put-c1": shown(c1, "+.2f"), "put-c2": shown(c2, "+.2f"),
        "read-c1": shown(read_codes[0], "+.2f"), "read-c2": shown(read_codes[1], "+.2f"),
        "c1-name": knobs[0], "c2-name": knobs[1],
    }
    follow = {
        "grid": either(varied, sheet(_noises(model, seed), ROWS), either(
            equal(vary, "c1"), sheet(_traversal(model, seed, "c1"), STEPS), sheet(_traversal(model, seed, "c2"), STEPS))),
        "grid-alt": said("Traversal of {code} with the same noise in every column", code=either(varied, said("category"), vary)),
        "grid-words": either(
            varied, said("A column for each category, a row for each noise: the column decides what is drawn, the row how."),
            said("A row for each category; {code} runs from −2 to 2 along it, noise and {other} stay. Trained on −1 to 1: the ends are "
                 "extrapolated.", code=vary, other=either(equal(vary, "c1"), "c2", "c1"))),
    }
    for i in range(ROWS):
        follow |= {f"choice{i}": png(others, i, signed=True), f"choice{i}-name": meaning[i]}
    fields = {"model": Weights(tuple(names)), "seed": Seed(), "category": Control("category"), "c1": Control("c1"), "c2": Control("c2"),
              "vary": Word(("c1", "c2", "category"))}
    return Drawing(fields, draw, follow, recipe=here)


def _traversal(model: Node, seed: Node, code: str) -> Node:
    """The paper's figure 2: a row for each category, along which a code runs."""
    return images(model, noise(seed), ROWS * STEPS, category=INDEX // STEPS, **{code: linear(-REACH, REACH, INDEX % STEPS, STEPS)})


def _noises(model: Node, seed: Node) -> Node:
    """A column for each category, a row for each noise."""
    return images(model, noise(seed + INDEX // ROWS), ROWS * ROWS, category=INDEX % ROWS)


def _category_names(model: Infogan) -> list[str]:
    """What each category learned to draw, as training.evaluate found it."""
    names, meaning = class_names(model.card.dataset), model.card.metrics.get("category_meaning")
    return [names[i] if i < len(names) else "?" for i in meaning or [len(names)] * ROWS]


def _category_of(name: str, label: int) -> int:
    """The category that draws a class; 0 where nobody has measured it."""
    meaning = shown_model(name).card.metrics.get("category_meaning", [])
    return meaning.index(label) if label in meaning else 0


def _code_names(model: Infogan) -> list[str]:
    return [say(meaning) for meaning in model.card.metrics.get("code_meaning", ["", ""])]


def _markup(names: list[str]) -> str:
    categories = "".join(
        f'<button type="button" class="category" data-set=\'{{"category": {i}}}\'>'
        f'{picture(f"choice{i}", "")}'
        f'<span><b class="mono">{i}</b> → <span data-slot="choice{i}-name"></span></span></button>' for i in range(ROWS))
    read = "".join(f'<tr><th scope="row">{label}</th><td data-slot="put-{key}"></td><td data-slot="read-{key}"></td></tr>'
                   for key, label in (("category", say("category")), ("c1", "c1"), ("c2", "c2")))
    return f"""
<div class="bench">
  <div class="stage">
    <figure class="hero">{picture("picture", say("Generated picture"), "specimen large")}
      <figcaption data-slot="probability"></figcaption></figure>
    <div class="field" role="group" aria-label="{say("Category (discrete code)")}">
      <span>{say("Choose a category (discrete code): its number, and what a classifier says it draws")}</span>
      <div class="categories">{categories}</div></div>
  </div>
  <div class="panel">
    {trained_on(names)}
    <div class="field"><span>{say("Continuous codes (c): drag, or use the arrow keys; dashed: the trained range, -1 to 1")}</span>
      <div class="pad" aria-describedby="means-c1-name means-c2-name"
        {pad(say("Codes c1 and c2"), ("c1", -REACH, REACH, "c1"), ("c2", -REACH, REACH, "c2"))}>
        <i class="trained"></i><i class="dot"></i>
        <span class="axis x">c1 <b data-slot="c1-name"></b> →</span><span class="axis y">c2 <b data-slot="c2-name"></b> →</span>
      </div></div>
    {slider("c1", "c1", -REACH, REACH, 0.01, "c1-name")}
    {slider("c2", "c2", -REACH, REACH, 0.01, "c2-name")}
    {number("seed", say("noise (z), by seed"))}
    <table class="read"><caption>{say("Q reads the codes back from the picture alone")}</caption>
      <thead><tr><td></td><th scope="col">{say("put in")}</th><th scope="col">{say("read back")}</th></tr></thead>
      <tbody>{read}</tbody></table>
  </div>
</div>
<div class="beneath">
  {choices("vary", say("Vary along the columns"), {"c1": "c1", "c2": "c2", "category": say("category")})}
  <figure class="tray">{picture("grid", say("Traversal grid"), "specimen")}<figcaption data-slot="grid-words"></figcaption></figure>
</div>"""


HOW = """
The generator gets, beside the noise *z*, a category (one of ten) and two numbers, *c1* and *c2*. A second reader, *Q*, shares the
discriminator's eyes and must say from the picture alone which codes went in. Both are rewarded when it succeeds, so the
generator learns to make the codes visible: the mutual information between codes and picture is maximised. No label was ever
shown: before the game, Q sorted real pictures into ten kinds by itself. On MNIST the axes of c1 and c2 were turned afterwards
towards slant and stroke width, as near as they come, which leaves the pictures as they are. Which category draws what, and what a code
changes, is arbitrary and differs from run to run; the names on the buttons and at the knobs were measured afterwards. (Thicker
strokes are brighter, too: the same knob may be called by either.)
"""
