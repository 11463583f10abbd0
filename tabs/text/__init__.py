"""Plate: text to picture. A sentence of your own drives GAN-CLS and both stages of StackGAN."""

import contextlib
import json
import threading
import time
from functools import lru_cache
from html import escape

from models.errors import BadInput
from models.images import webp_uri
from models.seeds import SEED_LIMIT
from models.text.captions import with_article
from models.text.encoders import EXAMPLES
from models.text_to_image import TextToImage
from page.branch import Branch
from page.drawing import (
    INDEX,
    Drawing,
    Expression,
    Node,
    about,
    either,
    equal,
    field,
    less,
    model_named,
    png,
    said,
    shown,
    text,
)
from page.drawing_numbers import least
from page.drawing_text import embedding, escaped, match, most, painted
from page.fields import Flag, Number, Seed, Sentence, Weights, Whole
from page.instrument import instrument
from page.language import say
from page.markup import choices, number, picture, slider
from page.model_facts import facts, missing, title
from page.plate import Plate
from page.queue import LOW_RES, quiet
from page.replay import replay
from page.site import Site, shown_model
from page.slots import EMPTY, Slots
from tabs.text import sentences
from tabs.text.reading import asking_for, three_pairs, understood
from tabs.text.sentences import PHOTO, READ_BY, STACK, sentence_box

PLATE = Plate(
    id="text", order=4, given="sentence", models=("gan_cls", "stackgan"), label="Text to picture", title="GAN-CLS and StackGAN",
    seeds={"gan_cls": 9, "stackgan": 10},
    idea="Type what you would like to see; a first network sketches it small, a second reads the sentence again and paints it large.",
    losses={"between": "G on texts between two captions", "kl": "KL of the condition", "anchor": "distance from the photograph"},
)
BRANCHES = (
    Branch("gan_cls", "cgan", "a sentence",
           "A text encoder in place of the label, and a second kind of lie to catch: a real picture with the wrong caption.",
           start=(301, 500), bend=(306, 430, 352, 430), tip=(352, 352), leaf=(424, 386), width=(5.5, 4)),
    Branch("stackgan", "gan_cls", "a second stage",
           "A second generator that reads sketch and sentence, and noise on the text’s code so that few captions suffice.",
           start=(352, 356), bend=(350, 290, 372, 250), tip=(374, 192), width=(4, 2)),
)
CLS = "gan-cls-flowers"
QUIET, AT_LAST = 15, 60      # seconds: the sentence encoder is opened once nobody drew for so long, or after so long in any case
MOST = 9                     # pictures at a time
OFFERED = (("a passion flower", "9"), (EXAMPLES[1], "6"), (EXAMPLES[2], "9"), (EXAMPLES[3], "8"), (EXAMPLES[5], "6"),
           ("an orange marigold", "10"))     # sentences, each with a seed at which its flower opens well, by eye
STRIP = (("sunflower", 6), ("common dandelion", 9), ("rose", 8), ("passion flower", 9), ("hibiscus", 3), ("morning glory", 3),
         ("frangipani", 3), ("geranium", 8), ("globe thistle", 7), ("marigold", 9), ("petunia", 10), ("sweet pea", 10))
OPENING = STRIP[4]


def build(site: Site) -> None:
    names = [*site.weights("gan_cls"), *site.weights("stackgan")]
    site.head(PLATE)
    if STACK not in names:
        return missing("stackgan")
    threading.Thread(target=_open_sentence_encoder, daemon=True).start()
    default, truncation = (shown_model(STACK).card.control(name).default for name in ("encoder", "truncation"))
    shown = [STACK, *(name for name in names if shown_model(name).card.dataset.own)]
    kind, seed = OPENING
    first = {"model": STACK, "text": with_article(kind), "encoder": default, "count": 4, "seed": str(seed), "chosen": 0, "augment": True,
             "truncation": truncation}
    instrument(lambda: _markup(CLS in names, shown), first, drawing=drawing(shown), plate=PLATE.id, elem_id="text", queue=LOW_RES,
               still=lambda: _strip(shown_model(STACK)))
    sentences.build(PLATE.id, default)
    replay(names, PLATE, first=STACK)
    facts(names, HOW)


def _open_sentence_encoder() -> None:
    """Its import takes seconds, in which all else is slow: the page comes first, and whoever plays."""
    begun = time.monotonic()
    while quiet() < QUIET and time.monotonic() - begun < AT_LAST:
        time.sleep(1)
    with contextlib.suppress(BadInput):      # whoever asks for it is told
        shown_model(STACK).encoders.sentence.load()


# --- one sentence -------------------------------------------------------------------------------------------------------

def drawing(names: list[str]) -> Drawing:
    """Stage-I of the chosen picture first, then its Stage-II, which the visitor waits for; then Stage-I of the others, and all else."""
    model, sentence, encoder, seed, count, truncation, shaken = map(
        field, ("model", "text", "encoder", "seed", "count", "truncation", "augment"))
    chosen = least(field("chosen"), count - 1)
    asked, augment = embedding(model, sentence, encoder), either(shaken, 1, 0)
    how = {"augment": augment, "truncation": truncation}
    recipe = {"text": sentence, "encoder": encoder, "truncation": truncation, "augment": either(shaken, None, 0)}
    sketch = painted(model, 1, seed + chosen, asked, **how)
    sketches = painted(model, 1, seed + INDEX, asked, count=count, **how)
    large = painted(model, 2, seed + chosen, asked, said=recipe, **how)
    every = painted(model, 2, seed + INDEX, asked, count=count, **how)
    augments = about(model, lambda model: int(model.c_dim > 0))
    other = either(augments, either(shaken, said("StackGAN without conditioning augmentation"),
                                    said("StackGAN with conditioning augmentation")), "")
    name, here = about(model, lambda model: model.card.name), (seed + chosen) % SEED_LIMIT
    small, side, two = (about(model, what) for what in (
        lambda model: model.sides[0], lambda model: model.sides[-1], lambda model: len(model.sides) - 1))
    quoted = escaped(sentence)
    trained = about(model, lambda model: int(model.card.training.notes.get("stage", 2) == 2))
    pull = either(trained, said("“{sentence}”, noise {seed}. Pull the line: Stage-I to its left, Stage-II to its right.", sentence=quoted,
                                seed=here), said("“{sentence}”, noise {seed}. Left of the line Stage-I; to its right Stage-II, which was "
                                                 "not trained yet (--stage 2).", sentence=quoted, seed=here))
    return Drawing(
        {"model": Weights(tuple(names)), "text": Sentence(), "encoder": READ_BY,
         "count": Whole("The number of pictures", 1, MOST), "seed": Seed(), "chosen": Whole("The chosen picture", 0, MOST),
         "augment": Flag(), "truncation": Number("The variety")},
        draw={"low-res": png(sketch), "picture": png(sketch),
              "words": either(two, said("Stage-I’s sketch, {size}x{size}.", size=small), ""),
              "picture-alt": said("The sketch for: {sentence}", sentence=sentence),
              "low-res-alt": said("Stage-I, {size}x{size}", size=small)},
        follow={"picture": png(large, 0, signed=True),
                "picture-alt": said("Generated picture, {size}x{size}: {sentence}", size=side, sentence=sentence),
                "words": either(two, pull, said("“{sentence}”, noise {seed}.", sentence=quoted, seed=here))},
        others=_thumbnails(sketches, seed, count),
        finish=_thumbnails(every, seed, count, match(every, asked)) | {
            "plain": either(augments, png(painted(model, 2, seed + chosen, asked, augment=either(shaken, 0, 1), truncation=truncation), 0),
                            EMPTY),
            "plain-alt": other, "plain-words": other,
            "understood": understood(model, asked, sentence, encoder), "pairs": three_pairs(model, large, asked, sentence, encoder),
            "subject": either(about(model, lambda model: int(model.card.dataset.own)), "", said(SUBJECT)),
        } | _gan_cls(names, model, seed + chosen, asked, sentence),
        save={"name": text("{name}-{seed}.png", name=name, seed=here), "uri": png(large, 0, signed=True)},
        recipe=large)


def _thumbnails(drawn: Node, seed: Node, count: Node, matches: Node | None = None) -> dict[str, Expression]:
    slots: dict[str, Expression] = {}
    for i in range(MOST):
        words: Expression = "…"
        if matches:
            value = shown(matches[i], ".2f")
            words = either(equal(matches[i], most(matches)), text("<b>{value} ★</b>", value=value), value)
        here = less(i, count)
        slots |= {f"thumb{i}": either(here, png(drawn, i), EMPTY), f"match{i}": either(here, words, ""),
                  f"thumb{i}-alt": either(here, said("Picture of noise {seed}", seed=(seed + i) % SEED_LIMIT), "")}
    return slots


def _gan_cls(names: list[str], model: Node, seed: Node, asked: Node, sentence: Node) -> dict[str, Expression]:
    """The GAN-CLS of the same data set, where there is one beside the model."""
    def beside(model: TextToImage) -> str:
        name = f"gan-cls-{model.card.dataset.key}"
        try:
            return name if isinstance(found := shown_model(name), TextToImage) and found is not model else ""
        except BadInput:            # not trained yet, or damaged: the page has said so
            return ""

    others = tuple(name for name in (beside(shown_model(one)) for one in names) if name)
    if not others:
        return {"cls": EMPTY, "cls-words": "", "cls-alt": ""}
    name = about(model, beside)
    none = equal(name, "")
    drawn = painted(model_named(name, *others), 1, seed, asked)
    side = about(model_named(name, *others), lambda model: model.sides[0])
    called = said("{title}, {remark}", title="GAN-CLS", remark=text("{side}x{side}", side=side))
    return {"cls": either(none, EMPTY, png(drawn, 0)), "cls-words": either(none, "", called),
            "cls-alt": either(none, "", said("{name}: {words}", name=called, words=sentence))}


@lru_cache(maxsize=1)
def _strip(model: TextToImage) -> Slots:
    """A small picture of each kind that can be clicked, once for all visitors: drawing them takes a second."""
    embeddings = [model.embed([with_article(kind)]) for kind, _ in STRIP]
    return {f"kind{i}": webp_uri(model.draw(model.latents(seed), embedding)[0], 112)
            for i, ((_, seed), embedding) in enumerate(zip(STRIP, embeddings, strict=True))}


# --- markup -------------------------------------------------------------------------------------------------------------

def _markup(with_cls: bool, shown: list[str]) -> str:
    own = choices("model", say("Trained on"), {name: title(name) for name in shown}) if len(shown) > 1 else ""
    thumbs = "".join(f'<button type="button" class="category" data-set=\'{{"chosen": {i}}}\'>{picture(f"thumb{i}", "", PHOTO)}'
                     f'<span class="mono" data-slot="match{i}"></span></button>' for i in range(MOST))
    offered = "".join(f'<button type="button" data-set="{escape(json.dumps({"text": text, "seed": seed, "chosen": 0}))}">'
                      f'{escape(text)}</button>' for text, seed in OFFERED)
    strip = "".join(asking_for(kind, f'{picture(f"kind{i}", "", PHOTO)}<span>{escape(kind)}</span>', seed=str(seed))
                    for i, (kind, seed) in enumerate(STRIP))
    cls = f'<figure>{picture("cls", "GAN-CLS", PHOTO)}<figcaption data-slot="cls-words"></figcaption></figure>'
    return f"""
<div class="asking">{sentence_box("text", say("Your sentence"))}</div>
<div class="bench three">
  <div class="stage">
    <figure class="hero flower">
      <div class="compare" style="--at:12%">{picture("low-res", "Stage-I", PHOTO)}
        {picture("picture", "Stage-II", "specimen photo over")}
        <input type="range" min="0" max="100" value="12" data-compare aria-label="{say("Uncover Stage-I from the left")}"></div>
      <figcaption data-slot="words" aria-live="polite"></figcaption></figure>
    <div class="categories nine" role="group" aria-label="{say("Pictures")}">{thumbs}</div>
    <p class="caption">{say("Under each: how close it comes to the sentence; ★ the closest.")}</p>
  </div>
  <div class="panel">
    <div class="field offered" role="group" aria-label="{say("or one of these")}"><span>{say("or one of these")}</span>
      <div class="choices small">{offered}</div></div>
    <div class="field" role="group" aria-label="{say("or a kind by its name")}"><span>{say("or a kind by its name")}</span>
      <div class="strip">{strip}</div></div>
    {own}
    {choices("encoder", say("Read by"), {"char-cnn-rnn": say("char-CNN-RNN (letters)"), "sentence": say("sentence model (MiniLM)")},
             server=("sentence",))}
    {choices("count", say("Pictures"), {str(n): str(n) for n in (1, 4, 9)}, counts="chosen")}
    {number("seed", say("noise (z), by seed"))}
    {slider("truncation", say("variety (truncation)"), 0, 1, 0.05)}
  <label class="tick"><input type="checkbox" name="augment"> {say("conditioning augmentation")}</label>
    <div class="row"><button type="button" data-save>{say("Download the picture")}</button></div>
    <div data-slot="understood"></div>
  </div>
  <div class="stage">
    <div class="two relatives">{cls if with_cls else ""}<figure>{picture("plain", "", PHOTO)}
      <figcaption data-slot="plain-words"></figcaption></figure></div>
    <div data-slot="pairs"></div>
    <p class="caption">{say("{first} {second}", first=say(LESSON), second='<span data-slot="subject"></span>')}</p>
  </div>
</div>"""


LESSON = """Why the middle row matters: a judge that only asks “is it real?” would accept any fine flower for any sentence. GAN-CLS, and
StackGAN after it, also show D real pictures under wrong sentences, and it learns to say no."""
SUBJECT = """All of them are about flowers: a picture or a sentence without one it has never met, and nobody taught it what to make of
the last row."""


HOW = """
A text encoder turns the sentence into a point; encoders of sentences and of pictures were trained together, so that a caption and
its photograph land close by. The first generator (Stage-I) draws 64x64 pixels from that point and from noise: colours, a shape, a
ground. The second (Stage-II) reads that sketch and the sentence again and paints 256x256. Conditioning augmentation shakes the
point a little during training, so that the places between captions mean something too. The generators here learned from 6,605 photographs
of 82 kinds of flower and from nothing else: ask for a teapot, and you get the flower nearest to a teapot. What judged them had more
behind it: the discriminators and the text encoders stand on features that others trained on ImageNet, and one of the two encoders on a
language model. Of the figures: the text encoder that tells whether a sentence is found again is the one that G learned with, so drawn
pictures can go beyond photographs. A kernel distance is an estimate that is right on average, and of sets that hardly differ it may fall
below zero.
"""
