"""Plate: text to picture. A sentence of your own drives GAN-CLS and both stages of StackGAN."""

import contextlib
import json
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from html import escape

import numpy as np
import torch

from models.errors import BadInput
from models.images import png_uri, webp_uri
from models.provenance import png_info
from models.seeds import parse_seeds
from models.text.captions import with_article
from models.text.encoders import ENCODERS, EXAMPLES
from models.text_to_image import TextToImage
from page.branch import Branch
from page.instrument import Recipe, State, choices, instrument, number, picture, slider
from page.language import say
from page.model_facts import facts, missing, title
from page.plate import Plate
from page.queue import LOW_RES, quiet
from page.replay import replay
from page.site import Site, shown_model
from page.slots import EMPTY, Slots
from page.values import share, whole
from tabs.text import sentences
from tabs.text.sentences import PHOTO, STACK, sentence_box

PLATE = Plate(
    id="text", order=4, given="sentence", models=("gan_cls", "stackgan"), label="Text to picture", title="GAN-CLS and StackGAN",
    seeds={"gan_cls": 22, "stackgan": 10},
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
OFFERED = (("a passion flower", "9"), (EXAMPLES[1], "6"), (EXAMPLES[2], "8"), (EXAMPLES[3], "8"), (EXAMPLES[5], "6"),
           ("an orange marigold", "8"))     # sentences, each with a seed at which its flower opens well, by eye
STRIP = (("sunflower", 6), ("common dandelion", 9), ("rose", 8), ("passion flower", 9), ("hibiscus", 3), ("morning glory", 3),
         ("frangipani", 3), ("geranium", 8), ("globe thistle", 7), ("marigold", 9), ("petunia", 10), ("sweet pea", 10))
OTHERS = ("a flower with bright yellow petals", "a flower with deep purple petals")   # for the lesson of the three pairs
WRONG = "a grey stone wall with no plants at all"


def build(site: Site) -> None:
    names = [*site.weights("gan_cls"), *site.weights("stackgan")]
    site.head(PLATE)
    if STACK not in names:
        return missing("stackgan")
    threading.Thread(target=_open_sentence_encoder, daemon=True).start()
    default, truncation = (shown_model(STACK).card.control(name).default for name in ("encoder", "truncation"))
    shown = [STACK, *(name for name in names if shown_model(name).card.dataset.own)]
    instrument(lambda: _markup(CLS in names, shown),
               {"model": STACK, "text": OFFERED[1][0], "encoder": default, "count": 4, "seed": OFFERED[1][1], "chosen": 0, "augment": True,
                "truncation": truncation},
               parse, draw, follow=follow, finish=finish, still=_strip, save=save,
               recite=recite, plate=PLATE.id, elem_id="text", queue=LOW_RES)
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

@dataclass(frozen=True)
class Request:
    model: TextToImage
    text: str
    encoder: str
    embedding: torch.Tensor    # of the text, [text_dim]
    seeds: list[int]
    chosen: int                # which of them is shown large
    augment: float             # how much noise there is on the condition,
    truncation: float          # and altogether

    def images(self, stage: int, seeds: list[int], augment: float | None = None) -> np.ndarray:
        """Of these seeds, uint8 [N, H, W, 3]; those drawn a moment ago are kept."""
        augment = self.augment if augment is None else augment
        return _drawn(self.model, stage, tuple(seeds), tuple(self.embedding.tolist()), augment, self.truncation)

    def large(self) -> np.ndarray:
        """The chosen one by Stage-II, uint8 [H, W, 3]."""
        return self.images(2, self.seeds[self.chosen:self.chosen + 1])[0]


def parse(state: State) -> Request:
    model = shown_model(state["model"])
    if not isinstance(model, TextToImage):
        raise BadInput("{name} draws nothing from a sentence.", name=model.card.name)
    text, encoder = model.card.control("text").parse(state["text"]), str(state["encoder"])
    count, chosen = whole(state["count"], "The number of pictures", 1, MOST), whole(state["chosen"], "The chosen picture", 0, MOST)
    first, truncation = parse_seeds([state["seed"]])[0], share(state["truncation"], "The variety")
    return Request(model, text, encoder, model.embed([text], encoder)[0], [(first + i) % 2**32 for i in range(count)],
                   min(chosen, count - 1), float(bool(state["augment"])), truncation)


@lru_cache(maxsize=32)
def _drawn(model: TextToImage, stage: int, seeds: tuple[int, ...], embedding: tuple[float, ...], augment: float,
           truncation: float) -> np.ndarray:
    return model.draw(model.latents(seeds), torch.tensor(embedding).expand(len(seeds), -1), stage=stage, augment=augment,
                      truncation=truncation)


def draw(asked: Request) -> Slots:
    """Stage-I of every picture: what appears first."""
    images = asked.images(1, asked.seeds)
    low_res = png_uri(images[asked.chosen])
    slots = {"low-res": low_res, "picture": low_res, "words": say("Stage-II is painting…"),
             "picture-alt": say("The sketch for: {sentence}", sentence=asked.text), "low-res-alt": say("Stage-I, 64x64")}
    return slots | _thumbnails(images, asked.seeds)


def follow(asked: Request) -> Slots:
    """Stage-II of the chosen picture, alone: it is what the visitor waits for."""
    image = asked.large()
    match = float(asked.model.encoders.embed_images(image[None])[0] @ asked.embedding)
    return {
        "picture": png_uri(image, png_info(asked.model.card, *recite(asked)[1:])),
        "picture-alt": say("Generated picture, {size}x{size}: {sentence}", size=image.shape[0], sentence=asked.text),
        "words": say("“{sentence}”, noise {seed}. Pull the line: Stage-I to its left, Stage-II to its right. Match with the "
                     "sentence: {match}", sentence=escape(asked.text), seed=asked.seeds[asked.chosen],
                     match=f"<b class='mono'>{match:.2f}</b>"),
    }


def finish(asked: Request) -> Slots:
    """Stage-II of the others, GAN-CLS, and what the networks make of the sentence."""
    images = np.concatenate([asked.images(2, [seed]) for seed in asked.seeds])    # the one drawn before is kept
    seed = asked.seeds[asked.chosen]
    other = say("StackGAN without conditioning augmentation") if asked.augment else say("StackGAN with conditioning augmentation")
    slots = {
        "plain": png_uri(asked.images(2, [seed], 1 - asked.augment)[0]), "plain-alt": other, "plain-words": other,
        "understood": _understood(asked), "pairs": _three_pairs(asked, images[asked.chosen]),
    }
    cls = _gan_cls(asked.model)
    if cls is None:
        slots |= {"cls": EMPTY, "cls-words": "", "cls-alt": ""}
    else:
        slots |= {"cls": png_uri(cls.draw(cls.latents(seed), asked.embedding[None])[0]), "cls-words": "GAN-CLS, 64x64",
                  "cls-alt": f"GAN-CLS, 64x64: {asked.text}"}
    return slots | _thumbnails(images, asked.seeds, (asked.model.encoders.embed_images(images) @ asked.embedding).tolist())


def save(asked: Request) -> tuple[str, str]:
    name, seed, controls = recite(asked)
    return f"{name}-{seed}.png", png_uri(asked.large(), png_info(asked.model.card, seed, controls))


def recite(asked: Request) -> Recipe:
    controls = {"text": asked.text, "encoder": asked.encoder, "truncation": asked.truncation}
    controls |= {} if asked.augment else {"augment": asked.augment}
    known = {control.name for control in asked.model.card.controls}
    return asked.model.card.name, asked.seeds[asked.chosen], {name: value for name, value in controls.items() if name in known}


def _gan_cls(model: TextToImage) -> TextToImage | None:
    """The GAN-CLS of the same data set, if there is one beside this model."""
    try:
        found = shown_model(f"gan-cls-{model.card.dataset.key}")
    except BadInput:            # not trained yet, or damaged: the page has said so
        return None
    return found if found is not model and isinstance(found, TextToImage) else None


def _thumbnails(images: np.ndarray, seeds: list[int], matches: list[float] | None = None) -> Slots:
    slots: Slots = {}
    best = f"<b title='{say('The closest to the sentence')}'>{{:.2f}} ★</b>"
    for i in range(MOST):
        here = i < len(seeds)
        slots[f"thumb{i}"] = png_uri(images[i]) if here else EMPTY
        slots[f"thumb{i}-alt"] = say("Picture of noise {seed}", seed=seeds[i]) if here else ""
        slots[f"match{i}"] = "…" if here else ""
        if here and matches:
            slots[f"match{i}"] = (best if matches[i] == max(matches) else "{:.2f}").format(matches[i])
    return slots


def _understood(asked: Request) -> str:
    memory = asked.model.encoders.captions
    unseen = memory.unseen(asked.text)
    rows = "".join(f"<tr><td>{escape(text)}</td><td class='mono'>{cosine:.2f}</td></tr>"
                   for text, cosine in memory.nearest(asked.embedding, ENCODERS.index(asked.encoder)))
    words = ", ".join(f"<mark>{escape(word)}</mark>" for word in unseen)
    how = (say("The sentence encoder knows more words than the captions do.") if asked.encoder == "sentence" else
           say("It reads letters, and guesses from how the word is spelt."))
    kinds = ", ".join(f"{_asking_for(kind, escape(kind))} <span class='mono'>{cosine:.2f}</span>"
                      for kind, cosine in memory.nearest_kinds(asked.embedding, ENCODERS.index(asked.encoder)))
    nearest = f"<p class='kinds'>{say('Nearest kinds it knows:')} {kinds}</p>" if kinds else ""
    note = f"<p class='caption'>{say('No caption in its training had: {words}.', words=words)} {how}</p>" if unseen else ""
    caption = f"<caption>{say('Captions it came nearest to, of {count}', count=f'{len(memory.texts):,}')}</caption>"
    return nearest + note + (f"<table class='bars'>{caption}<tbody>{rows}</tbody></table>" if rows else "")


def _asking_for(kind: str, shown: str, **more: str | int) -> str:
    """A button that asks for a kind of flower."""
    wish = json.dumps({"text": with_article(kind), "chosen": 0} | more)
    return f'<button type="button" data-set="{escape(wish)}">{shown}</button>'


def _strip() -> Slots:
    """A small picture of each kind that can be clicked."""
    model, found = shown_model(STACK), {}
    for i, (kind, seed) in enumerate(STRIP):
        embedding = model.embed([with_article(kind)])
        found[f"kind{i}"] = webp_uri(model.draw(model.latents(seed), embedding)[0], 112)
    return found


def _three_pairs(asked: Request, image: np.ndarray) -> str:
    others = asked.model.embed([*OTHERS, WRONG], asked.encoder)
    other = int((others[:2] @ asked.embedding).argmin())                 # the one that says something else
    texts = (asked.text, OTHERS[other], WRONG)
    believed = asked.model.score_texts(image, torch.stack([asked.embedding, others[other], others[2]]))
    labels = say("your sentence"), say("another sentence"), say("a plainly wrong one")
    rows = "".join(f"<tr><th scope='row'>{label}<br><span class='caption'>{escape(text[:80])}</span></th>"
                   f"<td><i style='width:{belief:.0%}'></i></td><td class='mono'>{belief:.0%}</td></tr>"
                   for label, text, belief in zip(labels, texts, believed, strict=True))
    return f"<table class='bars'><caption>{say('D’s belief in this picture beside')}</caption><tbody>{rows}</tbody></table>"


# --- markup -------------------------------------------------------------------------------------------------------------

def _markup(with_cls: bool, shown: list[str]) -> str:
    own = choices("model", say("Trained on"), {name: title(name) for name in shown}) if len(shown) > 1 else ""
    thumbs = "".join(f'<button type="button" class="category" data-set=\'{{"chosen": {i}}}\'>{picture(f"thumb{i}", "", PHOTO)}'
                     f'<span class="mono" data-slot="match{i}"></span></button>' for i in range(MOST))
    offered = "".join(f'<button type="button" data-set="{escape(json.dumps({"text": text, "seed": seed, "chosen": 0}))}">'
                      f'{escape(text)}</button>' for text, seed in OFFERED)
    strip = "".join(_asking_for(kind, f'{picture(f"kind{i}", kind, PHOTO)}<span aria-hidden="true">{escape(kind)}</span>', seed=str(seed))
                    for i, (kind, seed) in enumerate(STRIP))
    cls = f'<figure>{picture("cls", "GAN-CLS", PHOTO)}<figcaption data-slot="cls-words"></figcaption></figure>'
    return f"""
<div class="asking">
  {sentence_box("text", say("Your sentence"))}<p class="notice" role="alert" data-slot="notice"></p>
  <div class="field" role="group" aria-label="{say("or one of these")}"><span>{say("or one of these")}</span>
  <div class="choices small">{offered}</div></div>
  <div class="field" role="group" aria-label="{say("or a kind by its name")}"><span>{say("or a kind by its name")}</span>
  <div class="strip">{strip}</div></div>
</div>
<div class="bench">
  <div class="stage">
    <figure class="hero flower">
      <div class="compare" style="--at:12%">{picture("low-res", "Stage-I", PHOTO)}
        {picture("picture", "Stage-II", "specimen photo over")}
        <input type="range" min="0" max="100" value="12" data-compare aria-label="{say("Uncover Stage-I from the left")}"></div>
      <figcaption data-slot="words"></figcaption></figure>
    <div class="categories nine" role="group" aria-label="{say("Pictures")}">{thumbs}</div>
    <div class="two relatives">{cls if with_cls else ""}<figure>{picture("plain", "", PHOTO)}
      <figcaption data-slot="plain-words"></figcaption></figure></div>
  </div>
  <div class="panel">
    {own}
    {choices("encoder", say("Read by"), {"char-cnn-rnn": say("char-CNN-RNN (letters)"), "sentence": say("sentence model (MiniLM)")})}
    {choices("count", say("Pictures"), {str(n): str(n) for n in (1, 4, 9)})}
    {number("seed", say("noise (z), by seed"))}
    {slider("truncation", say("variety (truncation)"), 0, 1, 0.05)}
  <label class="tick"><input type="checkbox" name="augment"> {say("conditioning augmentation")}</label>
    <div class="row"><button type="button" data-save>{say("Download the picture")}</button></div>
    <div data-slot="understood"></div>
    <div data-slot="pairs"></div>
    <p class="caption">{say(LESSON)}</p>
  </div>
</div>"""


LESSON = """Why the middle row matters: a judge that only asks “is it real?” would accept any fine flower for any sentence. GAN-CLS also
shows it real pictures under wrong sentences, and it learns to say no."""


HOW = """
A text encoder turns the sentence into a point; encoders of sentences and of pictures were trained together, so that a caption and
its photograph land close by. The first generator (Stage-I) draws 64x64 pixels from that point and from noise: colours, a shape, a
ground. The second (Stage-II) reads that sketch and the sentence again and paints 256x256. Conditioning augmentation shakes the
point a little during training, so that the places between captions mean something too. The networks saw 6,605 photographs of 82
kinds of flower and nothing else: ask for a teapot, and you get the flower nearest to a teapot.
"""
