"""Plate: AC-GAN. Ask for a class; see which class D reads, and the conditional GAN beside it on the same label and seed."""

import numpy as np

from models.errors import BadInput
from models.figures import value_of
from models.loaded import Model
from page.branch import Branch
from page.drawing import (
    INDEX,
    Drawing,
    Expression,
    about,
    argmax,
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
)
from page.fields import Control, Seed, Weights
from page.instrument import instrument
from page.labels import MOST_SHOWN, label_buttons, label_slots
from page.language import say
from page.markup import number, picture
from page.model_facts import class_names, facts, missing, trained_on
from page.plate import Plate
from page.replay import replay
from page.site import Site, shown_model
from page.slots import EMPTY

PLATE = Plate(id="acgan", order=3, given="label", models=("acgan",), seeds={"acgan": 8},
              losses={"label": "D: is the class read?", "named": "G: is the class named?"})
BRANCHES = (
    Branch("acgan", "cgan", "a classifier",
           "The judge is no longer told the label; it must name it, and the forger is paid for pictures that are easy to name.",
           start=(300, 502), bend=(300, 420, 222, 320), tip=(240, 182), width=(5.5, 2)),
)
COLUMNS = 10        # noises in a sheet
LOSS = 0.03         # of mean recall, from which on it is spoken of


def build(site: Site) -> None:
    names = site.weights("acgan")
    site.head(PLATE)
    if not names:
        return missing("acgan")
    most = max(len(shown_model(name).card.dataset.classes) for name in names)
    first = {"model": names[0], "label": 3, "seed": "20"}
    instrument(lambda: _markup(names, most), first, drawing=drawing(names), rest=80, plate=PLATE.id, elem_id="acgan")
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


def drawing(names: list[str]) -> Drawing:
    """A picture of a label, what D reads in it, the same noise under every label; and the conditional GAN on the same label and seed."""
    model, seed, label = field("model"), field("seed"), field("label")
    classes = about(model, lambda model: class_names(model.card.dataset))
    count = about(model, lambda model: min(len(model.card.dataset.classes), MOST_SHOWN))
    here, each = images(model, noise(seed), label=label), images(model, noise(seed), count, label=INDEX)
    seen = judge(here)
    shares, believed = softmax(seen["class_logits"][0]), sigmoid(seen["logits"])[0]
    read = argmax(shares)
    named = either(equal(read, label), said("D reads the class that was asked for, with {share}.", share=shown(shares[read], ".0%")),
                   said("D reads “{read}”, and “{label}” was asked for.", read=classes[read], label=classes[label]))
    slots = {
        "picture": png(here, signed=True),
        "picture-alt": said("Generated picture: {what}, noise seed {seed}", what=classes[label], seed=seed),
        "words": classes[label],
        "probabilities": bars(said("The class that D reads (it was told none)"), classes, shares, label, MOST_SHOWN),
        "verdict": said("{first} {second}", first=named,
                        second=said("Its belief that the picture is real: {share}.", share=shown(believed, ".0%"))),
    }
    rivals = tuple(filter(None, (_rival(shown_model(name)) for name in names)))
    rival, alone = model_named(about(model, _rival), *rivals), equal(about(model, _rival), "")
    beside: dict[str, Expression] = {"told": about(model, _told), "table": about(model, _table)}
    for key, one, none in (("ours", model, False), ("theirs", rival, alone if rivals else True)):
        name = about(model, lambda model, key=key: _paper(model, key))
        rows = images(one, noise(seed + INDEX % COLUMNS), count * COLUMNS, label=INDEX // COLUMNS)
        beside |= {
            key: either(none, EMPTY, png(images(one, noise(seed), label=label), signed=True)),
            f"{key}-alt": either(none, "", said("{name}: {what}, noise seed {seed}", name=name, what=classes[label], seed=seed)),
            f"{key}-sheet": either(none, EMPTY, sheet(rows, COLUMNS)),
            f"{key}-sheet-alt": either(none, "", said("{name}: a row for each class, {count} noises in every row", name=name,
                                                      count=COLUMNS)),
        }
    fields = {"model": Weights(tuple(names)), "label": Control("label", clamped=True), "seed": Seed()}
    return Drawing(fields, slots | label_slots(classes, count, each), follow=beside, recipe=here)


def _rival(model: Model) -> str:
    """The name of the conditional GAN of the same classes; empty without one."""
    name = f"cgan-{model.card.dataset.key}"
    try:
        return name if shown_model(name).card.dataset.classes == model.card.dataset.classes else ""
    except BadInput:
        return ""


def _paper(model: Model, key: str) -> str:
    return say((model if key == "ours" else shown_model(_rival(model) or model.card.name)).card.paper.name)


def _told(model: Model) -> str:
    """How varied the pictures of one class are, of both networks, in words."""
    if not (rival := _rival(model)):
        return say("No conditional GAN of the same classes was trained on these pictures.")
    ours, theirs = (_mean_recall(one) for one in (model, shown_model(rival)))
    if ours is None or theirs is None:
        return ""
    words = say("Of the variety of real pictures within a class, AC-GAN draws {ours} and the conditional GAN {theirs} (recall, on "
                "average).", ours=f"{ours:.0%}", theirs=f"{theirs:.0%}")
    mine, its = (_by_class(one, "recall_within_class") for one in (model, shown_model(rival)))
    lower = [mine[key] < its[key] for key in mine if key in its]
    lost = theirs - ours >= LOSS and 2 * sum(lower) >= len(lower)
    return say("{first} {second}", first=words, second=(
        say("AC-GAN is paid for pictures that are easy to name, and what is hard to name tends to be left out.") if lost else
        say("AC-GAN is known to leave out what is hard to name; here no such loss is seen.")))


def _table(model: Model) -> str:
    """For each class, how often the instrument sees the label asked for, and the recall within the class, of both networks."""
    rival = _rival(model)
    ones = [one for one in (model, *([shown_model(rival)] if rival else [])) if "recall_within_class" in one.card.metrics]
    if len(ones) < 2:
        return ""
    heads = "".join(f'<th scope="col">{say(one.card.paper.name)}</th>' for one in ones)
    data, rows, measured = model.card.dataset, "", ("recall_within_class", "label_accuracy_per_class")
    for key, name in zip(data.classes[:MOST_SHOWN], class_names(data), strict=False):
        found = [_by_class(one, figure).get(key) for figure in measured for one in ones]      # a class of few pictures was not measured
        cells = "".join(f"<td>{'–' if share is None else f'{share:.1%}'}</td>" for share in found)
        rows += f'<tr><th scope="row">{name}</th>{cells}</tr>'
    caption = say("Recall within each class, and how often our classifier sees the class asked for")
    return (f'<table class="read"><caption>{caption}</caption><thead>'
            f'<tr><td></td><th scope="colgroup" colspan="2">{say("recall")}</th><th scope="colgroup" colspan="2">'
            f'{say("label accuracy")}</th></tr><tr><td></td>{heads}{heads}</tr></thead><tbody>{rows}</tbody></table>')


def _by_class(model: Model, figure: str) -> dict[str, float]:
    """The numbers of a figure, by class."""
    return {key: value for key, value in model.card.metrics.get(figure, {}).items() if isinstance(value, int | float)}


def _mean_recall(model: Model) -> float | None:
    """Over the classes; None where it was not measured."""
    found = _by_class(model, "recall_within_class")
    return float(np.mean(list(found.values()))) if found else value_of(model.card.metrics, "recall_within_class_mean")


def _markup(names: list[str], most: int) -> str:
    """`most`: classes of the weights that have most."""
    return f"""
<div class="bench">
  <div class="stage">
    <figure class="hero">{picture("picture", say("Generated picture"), "specimen large")}
      <figcaption data-slot="words"></figcaption></figure>
    {label_buttons(most)}
  </div>
  <div class="panel">
    {trained_on(names)}
    {number("seed", say("noise (z), by seed"))}
    <div data-slot="probabilities"></div>
    <p class="caption" data-slot="verdict"></p>
  </div>
</div>
<h2>{say("Beside the conditional GAN")}</h2>
<div class="two">
  <figure class="tray">{picture("ours", "AC-GAN")}{picture("ours-sheet", "AC-GAN")}
    <figcaption><b>AC-GAN.</b> {say("G is told the label; D is not. D has two outputs: real or generated, and the class.")}
    </figcaption></figure>
  <figure class="tray">{picture("theirs", say("Conditional GAN"))}{picture("theirs-sheet", say("Conditional GAN"))}
    <figcaption><b>{say("Conditional GAN")}.</b> {say("G and D are both told the label. D has one output: a real picture of this class?")}
    </figcaption></figure>
</div>
<p class="caption">{say("Above: the label and the seed chosen. Below: a row for each class, the same noises in every row. Two networks "
                        "make different things of one noise; compare how much a row varies.")}</p>
<p class="caption" data-slot="told"></p>
<div data-slot="table"></div>"""


HOW = """
The conditional GAN puts the label into the discriminator: is this a real seven? AC-GAN takes it out of the input and asks for it at the
output: is this real, and what is it? Both players gain when the class can be read, so the discriminator becomes a classifier on the way,
and the generator is corrected twice, for what looks forged and for what looks like something else. The known price is variety: a picture
that is easy to name pays, and an odd but possible seven does not. Whether it is paid here is measured above, as recall within each class:
the share of real pictures that lie among the generated ones.
"""
