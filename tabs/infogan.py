"""Plate: InfoGAN. Codes that the network discovered, under the visitor's finger."""

from dataclasses import dataclass
from functools import lru_cache

import torch

from models.errors import BadInput
from models.images import png_uri, tile
from models.infogan import Infogan
from models.loaded import Asked
from models.provenance import png_info
from page.branch import Branch
from page.instrument import Recipe, Slots, State, choices, instrument, number, picture, slider
from page.language import say
from page.model_facts import class_names, data_title, facts, missing
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
    instrument(lambda: _markup(names), first, parse, draw, follow=follow, rest=80, recite=recite, plate=PLATE.id, elem_id="infogan")
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


def check_shown(model: Infogan) -> None:
    """Raises BadInput for weights of other codes than this plate has knobs for."""
    categories = len(model.card.control("category").options)
    if categories != ROWS:
        raise BadInput("{name} has {count} categories, and this plate shows {rows}.", name=model.card.name, count=categories, rows=ROWS)


@dataclass(frozen=True)
class Request:
    model: Infogan
    asked: Asked
    category: int
    vary: str

    @property
    def codes(self) -> tuple[float, float]:
        return self.asked.controls["c1"], self.asked.controls["c2"]


def parse(state: State) -> Request:
    model = shown_model(state["model"])
    asked = model.ask([state["seed"]], category=state["category"], c1=state["c1"], c2=state["c2"])
    category = int(asked.inputs["category"].argmax())
    controls = {"category": category} | {name: round(asked.inputs[name].item(), 6) for name in ("c1", "c2")}
    return Request(model, Asked(asked.seeds, controls, asked.inputs), category, str(state["vary"]))


def draw(request: Request) -> Slots:
    """The picture under the visitor's finger, and what Q and D see in it."""
    model, category, (c1, c2), seed = request.model, request.category, request.codes, request.asked.seeds[0]
    here = model.generate(request.asked)
    seen = model.read(here)
    read, meaning, knobs = int(seen.category[0].argmax()), _category_names(model), _code_names(model)
    sure = say("{share} sure", share=f"{seen.category[0, read]:.0%}")
    return {
        "picture": png_uri(here[0], png_info(model.card, seed, request.asked.controls)),
        "picture-alt": say("Generated picture: {what}, noise seed {seed}", seed=seed,
                           what=f"{category} ({meaning[category]}), c1 {c1:.2f}, c2 {c2:.2f}"),
        "probability": say("D takes this picture for real with {share}", share=f"{seen.probability[0]:.0%}"),
        "put-category": f"{category} · {meaning[category]}", "put-c1": f"{c1:+.2f}", "put-c2": f"{c2:+.2f}",
        "read-category": f"{read} · {meaning[read]} <small>({sure})</small>",
        "read-c1": f"{seen.codes[0, 0]:+.2f}", "read-c2": f"{seen.codes[0, 1]:+.2f}",
        "c1-name": knobs[0], "c2-name": knobs[1],
    }


def follow(request: Request) -> Slots:
    """The other categories and the grid: they may come a moment later, so that a drag stays quick."""
    model, vary, meaning = request.model, request.vary, _category_names(request.model)
    images = model.generate(request.asked.spread(category=torch.eye(ROWS)))
    slots = {
        "grid": _grid(model, request.asked.seeds[0], vary),
        "grid-alt": say("Traversal of {code} with the same noise in every column", code=say("category") if vary == "category" else vary),
        "grid-words": _grid_words(vary),
    }
    for i in range(ROWS):
        slots |= {f"choice{i}": png_uri(images[i]), f"choice{i}-alt": say("category {number}", number=i), f"choice{i}-name": meaning[i]}
    return slots


def recite(request: Request) -> Recipe:
    return request.model.card.name, request.asked.seeds[0], request.asked.controls


@lru_cache(maxsize=64)
def _grid(model: Infogan, seed: int, vary: str) -> str:
    """The paper's figure 2: the varied code runs along the columns. It does not follow the pad, so a drag stays quick."""
    if vary in ("c1", "c2"):
        values = torch.linspace(-REACH, REACH, STEPS).repeat(ROWS)[:, None]
        images = model.generate(model.ask([seed]).spread(category=torch.eye(ROWS).repeat_interleave(STEPS, 0), **{vary: values}))
        return png_uri(tile(images, STEPS))
    seeds = [(seed + row) % 2**32 for row in range(ROWS) for _ in range(ROWS)]
    return png_uri(tile(model.generate(seeds, category=list(range(ROWS)) * ROWS), ROWS))


def _category_names(model: Infogan) -> list[str]:
    """What each category learned to draw, as training.evaluate found it."""
    names, meaning = class_names(model.card.dataset), model.card.metrics.get("category_meaning")
    return [names[i] for i in meaning] if meaning else ["?"] * ROWS


def _category_of(name: str, label: int) -> int:
    """The category that draws a class; 0 where nobody has measured it."""
    meaning = shown_model(name).card.metrics.get("category_meaning", [])
    return meaning.index(label) if label in meaning else 0


def _code_names(model: Infogan) -> list[str]:
    return [say(meaning) for meaning in model.card.metrics.get("code_meaning", ["", ""])]


def _markup(names: list[str]) -> str:
    categories = "".join(
        f'<button type="button" class="category" data-set=\'{{"category": {i}}}\'>'
        f'{picture(f"choice{i}", say("category {number}", number=i))}'
        f'<span><b class="mono">{i}</b> <span data-slot="choice{i}-name"></span></span></button>' for i in range(ROWS))
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
    {choices("model", say("Trained on"), {name: data_title(name) for name in names})}
    <div class="field"><span>{say("Continuous codes (c): drag, or use the arrow keys")}</span>
      <div class="pad" tabindex="0" role="slider" aria-label="{say("Codes c1 and c2")}"
        data-pad="c1 {-REACH:g} {REACH:g} c2 {-REACH:g} {REACH:g}">
        <i class="trained" title="{say("trained range, -1 to 1")}"></i><i class="dot"></i>
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


def _grid_words(vary: str) -> str:
    if vary in ("c1", "c2"):
        return say("A row for each category; {code} runs from −2 to 2 along it, noise and {other} stay. Trained on −1 to 1: the ends are "
                   "extrapolated.", code=vary, other="c2" if vary == "c1" else "c1")
    return say("A column for each category, a row for each noise: the column decides what is drawn, the row how.")


HOW = """
The generator gets, beside the noise *z*, a category (one of ten) and two numbers, *c1* and *c2*. A second reader, *Q*, shares the
discriminator's eyes and must say from the picture alone which codes went in. Both are rewarded when it succeeds, so the
generator learns to make the codes visible: the mutual information between codes and picture is maximised. No label was ever
shown: before the game, Q sorted real pictures into ten kinds by itself. On MNIST the axes of c1 and c2 were turned afterwards
towards slant and stroke width, which leaves the pictures as they are. Which category
draws what is arbitrary and differs from run to run; the names on the buttons were measured afterwards with a classifier.
"""
