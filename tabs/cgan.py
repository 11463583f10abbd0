"""Plate: conditional GAN. Ask for a class by name; mix two; write a number; see what D makes of a wrong label."""

from models.loaded import Model
from models.seeds import SEED_LIMIT
from page.branch import Branch
from page.drawing import (
    INDEX,
    Drawing,
    about,
    at,
    bars,
    either,
    equal,
    field,
    images,
    joined,
    judge,
    length,
    mix,
    model_named,
    noise,
    png,
    said,
    sheet,
    shown,
    sigmoid,
)
from page.fields import Control, Digits, Flag, Number, Seed, Weights
from page.instrument import Recipe, instrument
from page.labels import MOST_SHOWN, label_buttons, label_slots
from page.language import comma, say
from page.markup import choices, number, picture, slider
from page.model_facts import class_names, facts, missing, trained_on
from page.plate import Plate
from page.replay import replay
from page.site import Site, shown_model

PLATE = Plate(id="cgan", order=2, given="label", models=("cgan",), seeds={"cgan": 8}, losses={"wrong": "D on wrong labels"})
BRANCHES = (
    Branch("cgan", "gan", "a label",
           "A label, given to forger and detective alike: a good picture of the wrong thing is now a bad forgery.",
           start=(454, 604), bend=(446, 532, 316, 560), tip=(300, 498), leaf=(152, 580), width=(12, 7)),
)
COLUMNS = 12        # noises in the sheet
DIGITS_AT_MOST = 24


def build(site: Site) -> None:
    names = site.weights("cgan")
    site.head(PLATE)
    if not names:
        return missing("cgan")
    most = max(len(shown_model(name).card.dataset.classes) for name in names)
    first = {"model": names[0], "label": 2, "other": 3, "mix": 0.0, "seed": "13"}
    instrument(lambda: _markup(names, most), first, drawing=drawing(names), plate=PLATE.id, elem_id="cgan")
    if WRITER in names:
        instrument(_writer, {"digits": "2026", "hand": "8", "each": True}, drawing=writing(), recite=recite_number, plate=PLATE.id,
                   elem_id="writer")
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


# --- one picture ----------------------------------------------------------------------------------------------------------

def drawing(names: list[str]) -> Drawing:
    """A picture of a label, perhaps mixed with another; the same noise under every label; D's belief in it under each."""
    model, seed, label, other, mixed = map(field, ("model", "seed", "label", "other", "mix"))
    classes, title = about(model, lambda model: class_names(model.card.dataset)), about(model, lambda model: model.card.dataset.title)
    shown_classes = about(model, _shown_classes)
    here = images(model, noise(seed), label=mix(label, other, mixed))
    each = images(model, noise(seed), length(shown_classes), label=INDEX)
    rows = images(model, noise(seed + INDEX % COLUMNS), length(shown_classes) * COLUMNS, label=INDEX // COLUMNS)
    believed = sigmoid(judge(here, length(classes), label=INDEX)["logits"])
    alone = either(equal(label, other), True, equal(mixed, 0))
    words = either(alone, classes[label], said("{share} {label}, {rest} {other}", label=classes[label], other=classes[other],
                                               share=shown(1 - mixed, ".0%"), rest=shown(mixed, ".0%")))
    verdict = said("Shown this picture as “{label}”, D believes it with {share}.", label=classes[label],
                   share=shown(believed[label], ".0%"))
    second = said("As “{label}” it believes it with {share}.", label=classes[other], share=shown(believed[other], ".0%"))
    slots = {
        "picture": png(here, signed=True),
        "picture-alt": said("Generated picture: {what}, noise seed {seed}", what=words, seed=seed),
        "words": words,
        "sheet": sheet(rows, COLUMNS),
        "sheet-alt": said("A row for each class of {data}, the same {count} noises in every row", data=title, count=COLUMNS),
        "probabilities": bars(said("D’s belief in this picture under each label"), classes, believed, label, MOST_SHOWN),
        "verdict": either(equal(label, other), verdict, said("{first} {second}", first=verdict, second=second)),
        "sheet-words": said("Rows: {rows}. Columns: {count} noises, the same in every row. One column shares a hand, as if one person had "
                            "drawn it.", rows=about(model, lambda model: comma().join(_shown_classes(model))), count=COLUMNS),
    }
    slots |= label_slots(shown_classes, length(shown_classes), each) | {
        f"other{i}": at(shown_classes, i, "") for i in range(MOST_SHOWN)}
    fields = {"model": Weights(tuple(names)), "label": Control("label", clamped=True), "other": Control("label", clamped=True),
              "mix": Number("The mix"), "seed": Seed()}
    return Drawing(fields, slots, recipe=here)


def _shown_classes(model: Model) -> list[str]:
    return class_names(model.card.dataset)[:MOST_SHOWN]


# --- a number -------------------------------------------------------------------------------------------------------------

WRITER = "cgan-mnist"


def writing() -> Drawing:
    """Digits as one strip; a seed is a hand. `each` gives every digit a noise of its own."""
    digits = field("digits")
    strip = images(model_named(WRITER), noise(field("hand") + INDEX * field("each")), length(digits), label=digits[INDEX])
    return Drawing({"digits": Digits(DIGITS_AT_MOST), "hand": Seed(), "each": Flag()},
                   {"strip": sheet(strip, length(digits), left=3, right=3),
                    "strip-alt": said("The number {digits}, written by the network", digits=joined(digits))})


def recite_number(number: dict) -> list[Recipe]:
    """A recipe for each digit that occurs, with the seeds of all its places."""
    seeds = [(number["hand"] + i * number["each"]) % SEED_LIMIT for i in range(len(number["digits"]))]
    pairs = list(zip(number["digits"], seeds, strict=True))
    places = {digit: dict.fromkeys(str(seed) for one, seed in pairs if one == digit) for digit in sorted(set(number["digits"]))}
    return [(WRITER, ",".join(found), {"label": digit}) for digit, found in places.items()]


# --- markup ---------------------------------------------------------------------------------------------------------------

def _markup(names: list[str], most: int) -> str:
    """`most`: classes of the weights that have most."""
    count = min(most, MOST_SHOWN)
    return f"""
<div class="bench">
  <div class="stage">
    <figure class="hero">{picture("picture", say("Generated picture"), "specimen large")}
      <figcaption data-slot="words"></figcaption></figure>
    {label_buttons(most)}
  </div>
  <div class="panel">
    {trained_on(names)}
    {choices("other", say("Mix with another label"), {i: f'<span data-slot="other{i}"></span>' for i in range(count)}, small=True)}
    {slider("mix", say("share of the other label"), 0, 1, 0.01)}
    {number("seed", say("noise (z), by seed"))}
    <div data-slot="probabilities"></div>
    <p class="caption" data-slot="verdict"></p>
  </div>
</div>
<figure class="tray beneath">{picture("sheet", say("A row for each class"), "specimen")}
<figcaption data-slot="sheet-words"></figcaption></figure>"""


def _writer() -> str:
    return f"""
<h2>{say("Write a number")}</h2>
<div class="row">
  <label class="field"><span>{say("Digits")}</span>
    <input type="text" inputmode="numeric" name="digits" maxlength="{DIGITS_AT_MOST + 8}" autocomplete="off"></label>
  {number("hand", say("hand (noise z), by seed"))}
  <label class="tick"><input type="checkbox" name="each"> {say("a new noise for every digit")}</label>
</div>
<figure class="tray">{picture("strip", say("The number, written by the network"), "specimen strip")}</figure>"""


HOW = """
Both players are told the label. The generator learns to draw what it was asked for, because the discriminator, who knows what
was ordered, does not believe a fine shoe that should have been a shirt. Inside, a label is a learned row of numbers; between two labels
there are others, which is what the mixing slider walks through. The network was never shown a half: it interpolates.
"""
