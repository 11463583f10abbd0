"""Plate: semi-supervised GAN. Draw a digit: what D reads, what a network of the same labels reads, and one that had them all."""

from dataclasses import dataclass
from functools import partial

from models.seeds import named_from
from models.sgan import Sgan
from page import beside
from page.board import board, surprises
from page.branch import Branch
from page.drawing import (
    INDEX,
    Drawing,
    Node,
    about,
    argmax,
    at,
    bars,
    either,
    equal,
    field,
    images,
    judge,
    model_named,
    noise,
    png,
    said,
    sheet,
    shown,
    sigmoid,
    softmax,
    text,
)
from page.drawing_board import blank, given, outputs
from page.fields import Board, Seed, Weights
from page.instrument import Recipe, State, instrument
from page.label_chart import chart, means
from page.language import say
from page.markup import number, picture
from page.model_facts import class_names, facts, missing, trained_on
from page.plate import Plate
from page.replay import replay
from page.site import Site, classifier_of, shown_model
from page.slots import EMPTY, Slots
from page.values import whole

PLATE = Plate(id="sgan", order=4, given="label", when_trained=True, models=("sgan",), title="Semi-supervised GAN", seeds={"sgan": 2},
              losses={"label": "D on the labelled", "entropy": "D unsure of a class", "twin": "the twin on the labelled"})
BRANCHES = (
    Branch("sgan", "dcgan", "a few labels",
           "The judge becomes a classifier of K real classes plus one for \u201cgenerated\u201d; unlabelled pictures teach it.",
           start=(611, 494), bend=(618, 430, 728, 465), tip=(732, 376)),
)
SHOWN = "sgan-mnist"                      # reads what is on other plates' boards
SURPRISES = ((4, 20), (2, 5), (9, 3), (7, 11), (5, 8), (3, 14), (8, 2), (6, 30), (1, 7), (0, 9))   # label and seed; the first one opens
MOST_SHOWN = 3      # classes in a table of probabilities
COLUMNS, ROWS = 10, 2


def build(site: Site) -> None:
    names = site.weights("sgan")
    site.head(PLATE)
    if not names:
        return missing("sgan")
    digits, others = surprises(site, SURPRISES), beside.readers(site, PLATE)
    first = {"model": names[0], "drawing": digits[0] if digits else ""}
    instrument(lambda: _markup(names, digits, others), first, drawing=reading(names, others), rest=120, plate=PLATE.id, elem_id="sgan")
    measured = [name for name in names if len(means(shown_model(name).card.metrics)) > 1]
    if measured:
        stops = list(means(shown_model(measured[0]).card.metrics))
        stop = stops.index(100) if 100 in stops else 0
        instrument(lambda: _curve(len(stops)), {"stop": stop}, partial(parse_stop, measured[0]), draw_stop, plate=PLATE.id,
                   every=[{"stop": i} for i in range(len(stops))], elem_id="sgan-labels")
    instrument(lambda: _sheet(names), {"model": names[0], "seed": "0"}, drawing=other_player(names), recite=recite_sheet, plate=PLATE.id,
               elem_id="sgan-sheet")
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


# --- one drawing ----------------------------------------------------------------------------------------------------------

def reading(names: list[str], others: list[beside.Reader]) -> Drawing:
    """What D, its twin and the classifier of the data set, trained with every label, say of a drawing."""
    model, drawn = field("model"), field("drawing")
    image, empty, classes = given(model, drawn), blank(drawn), about(model, _classes)
    seen, labels = judge(image), about(model, lambda model: f"{model.card.training.notes.get('labels', 0):,}")
    heads = {"ours": said("Semi-supervised D: {labels} labels, and all other pictures without", labels=labels),
             "twin": said("The same network: those {labels} labels alone", labels=labels),
             "full": said("Classifier: every label there is")}
    shares = {"ours": softmax(seen["class_logits"][0]), "twin": softmax(outputs(image, "twin")["class_logits"][0])}
    full = tuple(dict.fromkeys(filter(None, (classifier_of(shown_model(name)) for name in names))))
    if full:
        known = given(model_named(about(model, lambda model: classifier_of(model) or full[0]), *full), drawn)
        shares["full"] = softmax(outputs(known, "classifier")["class_logits"][0])
    read = {key: at(classes, argmax(one), "?") for key, one in shares.items()}
    tables = {key: either(empty, text('<p class="caption">{head}</p>', head=heads[key]),
                          bars(heads[key], classes, one, argmax(one), MOST_SHOWN)) for key, one in shares.items()}
    differ = said("The semi-supervised D reads “{ours}”, the same network with the labels alone “{twin}”.", ours=read["ours"],
                  twin=read["twin"])
    agree = said("All of them read “{label}”.", label=read["ours"])
    if full:
        alone = either(equal(read["ours"], read["twin"]), agree, differ)
        third = said("{first} {second}", first=differ, second=said("The classifier reads “{full}”.", full=read["full"]))
        has = about(model, lambda model: bool(classifier_of(model)))
        three = either(equal(read["ours"], read["twin"]), either(equal(read["ours"], read["full"]), agree, third), third)
        verdict = either(has, three, alone)
        tables["full"] = either(has, tables["full"], "")
    else:
        verdict, tables["full"] = either(equal(read["ours"], read["twin"]), agree, differ), ""
    nothing = said("The board is empty: draw a digit, upload one, or let the conditional GAN draw one.")
    return Drawing({"model": Weights(tuple(names)), "drawing": Board()}, tables | {
        "seen": either(empty, EMPTY, png(image)), "seen-alt": said("The drawing as the networks are shown it"),
        "verdict": either(empty, nothing, verdict),
        "real": either(empty, "", said("D’s belief that the drawing is real: {share}", share=shown(sigmoid(seen["logits"][0]), ".0%"))),
    }, follow=beside.slots(others))


def _classes(model: Sgan) -> list[str]:
    return class_names(model.card.dataset)


def read(drawing: Node) -> beside.Reading:
    """What other plates show of this one."""
    model = model_named(SHOWN)
    image = given(model, drawing)
    shares = softmax(judge(image)["class_logits"][0])
    return beside.Reading(image, said("reads “{label}”, {share}", label=about(model, _classes)[argmax(shares)],
                                      share=shown(shares[argmax(shares)], ".0%")))


def _markup(names: list[str], digits: list[str], others: list[beside.Reader]) -> str:
    model = trained_on(names)
    told = say("{first} {second}", second='<span data-slot="real"></span>', first=say(
        "What the networks are shown: the drawing, brought to the size and stroke of their training pictures."))
    return f"""
<div class="bench">
  <div class="stage">
    {board("drawing", say("Draw a digit"), surprises=digits)}
  </div>
  <div class="panel">
    {model}
    <p class="verdict" data-slot="verdict" aria-live="polite"></p>
    <div data-slot="ours"></div>
    <div data-slot="twin"></div>
    <div data-slot="full"></div>
    <figure class="seen">{picture("seen", say("The drawing as the networks are shown it"))}
      <figcaption>{told}</figcaption></figure>
    {beside.markup(others)}
  </div>
</div>"""


# --- what labels are worth ------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Stop:
    points: dict       # as page.label_chart.means gives them
    labels: int        # the one that is chosen


def parse_stop(name: str, state: State) -> Stop:
    points = means(shown_model(name).card.metrics)
    return Stop(points, list(points)[whole(state["stop"], "The stop of the slider", 0, len(points) - 1)])


def draw_stop(stop: Stop) -> Slots:
    point = stop.points[stop.labels]
    return {
        "labels": f"{stop.labels:,}",
        "chart": chart(stop.points, stop.labels),
        "errors": say("With {labels} labels: {ours} of the test pictures are named wrongly, and {twin} by the same network that was never "
                      "shown a picture without a label.", labels=f"<b class='mono'>{stop.labels:,}</b>",
                      ours=f"<b class='mono'>{point.error:.2%}</b>", twin=f"<b class='mono'>{point.twin:.2%}</b>"),
        "draws": (say("Mean of {count} choices of the labelled pictures, from {low} to {high}.", count=point.draws, low=f"{point.low:.2%}",
                      high=f"{point.high:.2%}") if point.draws > 1 else say("One choice of the labelled pictures; another one differs.")),
    }


def _curve(stops: int) -> str:
    label = say("number of labels")
    return f"""
<h2>{say("What a label is worth")}</h2>
<div class="bench">
  <figure class="tray"><div data-slot="chart"></div></figure>
  <div class="panel">
    <label class="field"><span>{label} <span class="value" data-slot="labels"></span></span>
      <input type="range" name="stop" min="0" max="{stops - 1}" step="1" aria-label="{label}"></label>
    <p data-slot="errors" aria-live="polite"></p>
    <p class="caption" data-slot="draws"></p>
  </div>
</div>"""


# --- the other player -----------------------------------------------------------------------------------------------------

def other_player(names: list[str]) -> Drawing:
    """Pictures by the generator."""
    seed = field("seed")
    drawn = images(field("model"), noise(seed + INDEX), COLUMNS * ROWS)
    return Drawing({"model": Weights(tuple(names)), "seed": Seed()}, {
        "sheet": sheet(drawn, COLUMNS),
        "sheet-alt": said("{count} pictures by the generator, noise seed {seed} and those that follow", count=COLUMNS * ROWS, seed=seed)})


def recite_sheet(asked: dict) -> Recipe:
    return asked["model"].card.name, named_from(asked["seed"], COLUMNS * ROWS), {}


def _sheet(names: list[str]) -> str:
    return f"""
<h2>{say("The other player")}</h2>
<figure class="tray">{picture("sheet", say("Pictures by the generator"), "specimen")}
<figcaption>{say("The generator matches what D sees on average, not single pictures. It draws worse than the other generators here, and "
                 "that is what helps: its half-digits show D where no digit is.")}</figcaption></figure>
<div class="row">{trained_on(names)}{number("seed", say("noise (z), by seed"))}</div>"""


READER = beside.Reader(PLATE, "sgan", read, (SHOWN,))
HOW = """
Labels are dear, pictures are cheap. Here the discriminator is a classifier: it has an output for each class, and what they say together
tells real from generated. A hundred labelled pictures, ten a class, tell it the names. All other pictures have no label, but each must
look like something, and the generated ones must look like nothing; so the borders between classes move to where no pictures are. The
network beside it has the same layers and learned from the same hundred labels, and never saw another picture. Salimans et al. report an
error of 0.93 % with a hundred labels, with larger networks and a far longer training.
"""
