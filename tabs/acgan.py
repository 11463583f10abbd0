"""Plate: AC-GAN. Ask for a class; see which class D reads, and the conditional GAN beside it on the same label and seed."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from models.acgan import Acgan
from models.cgan import Cgan
from models.errors import BadInput
from models.figures import value_of
from models.images import png_uri, tile
from models.loaded import Asked
from models.provenance import png_info
from page.branch import Branch
from page.instrument import Recipe, State, choices, instrument, number, picture
from page.labels import MOST_SHOWN, label_buttons, label_of, label_slots
from page.language import say
from page.model_facts import class_names, data_title, facts, missing
from page.plate import Plate
from page.replay import replay
from page.site import Site, shown_model
from page.slots import EMPTY, Slots, bars

PLATE = Plate(id="acgan", order=3, given="label", models=("acgan",), seeds={"acgan": 8},
              losses={"label": "D on the class, real and generated", "named": "G: is the class named?"})
BRANCHES = (
    Branch("acgan", "cgan", "a classifier",
           "The judge is no longer told the label; it must name it, and the forger is paid for pictures that are easy to name.",
           start=(300, 502), bend=(300, 420, 222, 320), tip=(240, 182), width=(5.5, 2)),
)
COLUMNS = 10        # noises in a sheet


def build(site: Site) -> None:
    names = site.weights("acgan")
    site.head(PLATE)
    if not names:
        return missing("acgan")
    most = max(len(shown_model(name).card.dataset.classes) for name in names)
    first = {"model": names[0], "label": 3, "seed": "20"}
    instrument(lambda: _markup(names, most), first, parse, draw, follow=follow, rest=80, recite=recite, plate=PLATE.id, elem_id="acgan")
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


@dataclass(frozen=True)
class Request:
    model: Acgan
    rival: Cgan | None     # the conditional GAN of the same classes; None without one
    asked: Asked
    label: int


def parse(state: State) -> Request:
    model = shown_model(state["model"])
    label = label_of(model, state["label"])
    return Request(model, _rival(model), model.ask([state["seed"]], label=label), label)


def _rival(model: Acgan) -> Cgan | None:
    try:
        found = shown_model(f"cgan-{model.card.dataset.key}")
    except BadInput:
        return None
    return found if found.card.dataset.classes == model.card.dataset.classes else None


def recite(request: Request) -> Recipe:
    return request.model.card.name, request.asked.seeds[0], request.asked.controls


def draw(request: Request) -> Slots:
    """The picture, what D says of it, and the same noise as every class."""
    model, label, seed = request.model, request.label, request.asked.seeds[0]
    classes = class_names(model.card.dataset)
    images = model.generate(request.asked.spread(label=torch.cat([request.asked.inputs["label"], torch.eye(len(classes))[:MOST_SHOWN]])))
    seen = model.read(images[:1])
    read = int(seen.classes[0].argmax())
    named = (say("D reads the class that was asked for, with {share}.", share=f"{seen.classes[0, read]:.0%}") if read == label else
             say("D reads “{read}”, and “{label}” was asked for.", read=classes[read], label=classes[label]))
    return {
        "picture": png_uri(images[0], png_info(model.card, seed, request.asked.controls)),
        "picture-alt": say("Generated picture: {what}, noise seed {seed}", what=classes[label], seed=seed),
        "words": classes[label],
        "probabilities": bars(say("The class that D reads (it was told none)"), classes, seen.classes[0], label, MOST_SHOWN),
        "verdict": named + " " + say("It takes the picture for real with {share}.", share=f"{seen.probability[0]:.0%}"),
    } | label_slots(classes, images[1:])


def follow(request: Request) -> Slots:
    """The conditional GAN on the same label and seed, and a sheet of each."""
    model, rival, label, seed = request.model, request.rival, request.label, request.asked.seeds[0]
    slots: Slots = {"told": _told(model, rival), "table": _table(model, rival)}
    for key, one in (("ours", model), ("theirs", rival)):
        if one is None:
            slots |= {key: EMPTY, f"{key}-alt": "", f"{key}-sheet": EMPTY, f"{key}-sheet-alt": ""}
            continue
        name, what = one.card.paper.name, class_names(model.card.dataset)[label]
        slots |= {
            key: png_uri(one.generate([seed], label=label)[0]),
            f"{key}-alt": say("{name}: {what}, noise seed {seed}", name=name, what=what, seed=seed),
            f"{key}-sheet": _sheet(one, seed),
            f"{key}-sheet-alt": say("{name}: a row for each class, {count} noises in every row", name=name, count=COLUMNS),
        }
    return slots


def _told(model: Acgan, rival: Cgan | None) -> str:
    """How varied the pictures of one class are, of both networks, in words."""
    if rival is None:
        return say("No conditional GAN of the same classes was trained on these pictures.")
    ours, theirs = (_mean_recall(one) for one in (model, rival))
    if ours is None or theirs is None:
        return ""
    words = say("Of the variety of real pictures within a class, AC-GAN draws {ours} and the conditional GAN {theirs} (recall, on "
                "average).", ours=f"{ours:.0%}", theirs=f"{theirs:.0%}")
    return words + " " + (
        say("AC-GAN is paid for pictures that are easy to name, and what is hard to name tends to be left out.") if ours < theirs else
        say("AC-GAN is known to leave out what is hard to name; on this data its recall is no lower."))


def _table(model: Acgan, rival: Cgan | None) -> str:
    """For each class, how often the instrument sees the label asked for, and the recall within the class, of both networks."""
    ones = [one for one in (model, rival) if one is not None and "recall_within_class" in one.card.metrics]
    if len(ones) < 2:
        return ""
    heads = "".join(f'<th scope="col">{say(one.card.paper.name)}</th>' for one in ones)
    data, rows, measured = model.card.dataset, "", ("recall_within_class", "label_accuracy_per_class")
    for key, name in zip(data.classes[:MOST_SHOWN], class_names(data), strict=False):
        cells = "".join(f"<td>{one.card.metrics[figure].get(key, 0):.1%}</td>" for figure in measured for one in ones)
        rows += f'<tr><th scope="row">{name}</th>{cells}</tr>'
    caption = say("Recall within each class, and how often our classifier sees the class asked for")
    return (f'<table class="read"><caption>{caption}</caption><thead>'
            f'<tr><td></td><th scope="colgroup" colspan="2">{say("recall")}</th><th scope="colgroup" colspan="2">'
            f'{say("label accuracy")}</th></tr><tr><td></td>{heads}{heads}</tr></thead><tbody>{rows}</tbody></table>')


def _mean_recall(model: Acgan | Cgan) -> float | None:
    """Over the classes; None where it was not measured."""
    found = model.card.metrics.get("recall_within_class")
    return float(np.mean(list(found.values()))) if found else value_of(model.card.metrics, "recall_within_class_mean")


@lru_cache(maxsize=64)
def _sheet(model: Acgan | Cgan, seed: int) -> str:
    rows = min(len(model.card.dataset.classes), MOST_SHOWN)
    seeds = [(seed + column) % 2**32 for _ in range(rows) for column in range(COLUMNS)]
    return png_uri(tile(model.generate(seeds, label=np.repeat(np.arange(rows), COLUMNS).tolist()), COLUMNS))


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
    {choices("model", say("Trained on"), {name: data_title(name) for name in names})}
    {number("seed", say("noise (z), by seed"))}
    <div data-slot="probabilities"></div>
    <p class="caption" data-slot="verdict"></p>
  </div>
</div>
<h2>{say("Beside the conditional GAN")}</h2>
<div class="two">
  <figure class="tray">{picture("ours", "AC-GAN")}
    <figcaption><b>AC-GAN.</b> {say("G is told the label; D is not. D has two outputs: real or generated, and the class.")}</figcaption>
    {picture("ours-sheet", "AC-GAN")}</figure>
  <figure class="tray">{picture("theirs", say("Conditional GAN"))}
    <figcaption><b>{say("Conditional GAN")}.</b> {say("G and D are both told the label. D has one output: a real picture of this class?")}
    </figcaption>{picture("theirs-sheet", say("Conditional GAN"))}</figure>
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
