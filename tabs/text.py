"""Plate: text to picture. A sentence of your own drives GAN-CLS and both stages of StackGAN."""

import contextlib
import json
import threading
import time
from functools import lru_cache
from html import escape

import gradio as gr
import numpy as np
import torch

from models.errors import BadInput
from models.provenance import png_info
from models.runtime import parse_seeds
from models.text.encoders import ENCODERS, EXAMPLES
from models.text_to_picture import TextToPicture
from tabs import sentences
from tabs.facts import facts, missing
from tabs.house import House, exhibit
from tabs.instrument import EMPTY, Recipe, Slots, State, choices, instrument, number, picture, png, share, slider, whole
from tabs.language import each, say
from tabs.plate import Plate
from tabs.replay import replay
from tabs.sentences import PHOTO, STACK, sentence_box
from tabs.turns import SKETCHES, quiet

PLATE = Plate(
    id="text", order=4, number="IV", label="Text to picture", title="GAN-CLS and StackGAN", year="2016–2017",
    models=("gan_cls", "stackgan"),
    idea="Type what you would like to see; a first network sketches it small, a second reads the sentence again and paints it large.",
)
CLS = "gan-cls-flowers"
QUIET, AT_LAST = 15, 60      # seconds: the sentence encoder is opened once nobody drew for so long, or after so long in any case
MOST = 9                     # pictures at a time
OFFERED = (("a pale yellow lily", "17"), (EXAMPLES[1], "37"), (EXAMPLES[2], "24"), (EXAMPLES[3], "21"), (EXAMPLES[4], "21"),
           (EXAMPLES[5], "10"), (EXAMPLES[6], "16"))     # sentences, each with a seed at which its flower opens well, by eye
OTHERS = ("a flower with bright yellow petals", "a flower with deep purple petals")   # for the lesson of the three pairs
WRONG = "a grey stone wall with no plants at all"


def build(house: House) -> None:
    names = [*house.names("gan_cls"), *house.names("stackgan")]
    gr.HTML(each(PLATE.head))
    if STACK not in names:
        return missing("stackgan")
    threading.Thread(target=_open_sentence_encoder, daemon=True).start()
    default, truncation = (exhibit(STACK).card.control(name).default for name in ("encoder", "truncation"))
    instrument(lambda: _markup(CLS in names),
               {"text": OFFERED[1][0], "encoder": default, "count": 4, "seed": OFFERED[1][1], "chosen": 0, "augment": True,
                "truncation": truncation},
               sketch, then=paint, last=tell, save=large, recipe=recipe, plate=PLATE.id, elem_id="text", turn=SKETCHES)
    sentences.build(PLATE.id, default)
    replay(names, elem_id="text-replay", first=STACK)
    facts(names, HOW)


def _open_sentence_encoder() -> None:
    """Its import takes seconds, in which all else is slow: the page comes first, and whoever plays."""
    begun = time.monotonic()
    while quiet() < QUIET and time.monotonic() - begun < AT_LAST:
        time.sleep(1)
    with contextlib.suppress(BadInput):      # whoever asks for it is told
        exhibit(STACK).encoders.sentence.load()


# --- one sentence -------------------------------------------------------------------------------------------------------

def sketch(state: State) -> Slots:
    """Stage-I of every picture: what appears first."""
    _, point, seeds, chosen = _asked(state)
    drawn = _stage(1, seeds, point, *_freedom(state))
    slots = {"sketch": png(drawn[chosen]), "picture": png(drawn[chosen]), "words": say("Stage-II is painting…"),
             "picture-alt": say("The sketch for: {sentence}", sentence=state["text"]), "sketch-alt": say("Stage-I, 64x64")}
    return slots | _thumbnails(drawn, seeds)


def paint(state: State) -> Slots:
    """Stage-II of the chosen picture, alone: it is what the visitor waits for."""
    model, point, seeds, chosen = _asked(state)
    sentence = model.card.control("text").parse(state["text"])
    drawn = _stage(2, seeds[chosen:chosen + 1], point, *_freedom(state))
    match = float(model.encoders.see(drawn)[0] @ point)
    return {
        "picture": png(drawn[0], png_info(model.card, *recipe(state)[1:])),
        "picture-alt": say("Generated picture, 256x256: {sentence}", sentence=sentence),
        "words": say("“{sentence}”, noise {seed}. Pull the line: Stage-I to its left, Stage-II to its right. Match with the "
                     "sentence: {match}", sentence=escape(sentence), seed=seeds[chosen], match=f"<b class='mono'>{match:.2f}</b>"),
    }


def tell(state: State) -> Slots:
    """Stage-II of the others, GAN-CLS, and what the networks make of the sentence."""
    model, point, seeds, chosen = _asked(state)
    sentence, (augment, truncation) = model.card.control("text").parse(state["text"]), _freedom(state)
    drawn = np.concatenate([_stage(2, [seed], point, augment, truncation) for seed in seeds])    # those drawn before are kept
    other = say("StackGAN without conditioning augmentation") if augment else say("StackGAN with conditioning augmentation")
    slots = {
        "plain": png(_stage(2, seeds[chosen:chosen + 1], point, 1 - augment, truncation)[0]),
        "plain-alt": other, "plain-words": other,
        "understood": _understood(model, sentence, point, str(state["encoder"])),
        "pairs": _three_pairs(model, drawn[chosen], sentence, point, str(state["encoder"])),
    }
    cls = _gan_cls()
    if cls is not None:
        slots |= {"cls": png(cls.paint(cls.latents(seeds[chosen]), point[None])[0]), "cls-words": "GAN-CLS, 64x64",
                  "cls-alt": f"GAN-CLS, 64x64: {sentence}"}
    return slots | _thumbnails(drawn, seeds, (model.encoders.see(drawn) @ point).tolist())


def _gan_cls() -> TextToPicture | None:
    try:
        return exhibit(CLS)
    except BadInput:            # not trained yet, or damaged: the page has said so
        return None


def large(state: State) -> tuple[str, str]:
    model, point, seeds, chosen = _asked(state)
    drawn = _stage(2, seeds[chosen:chosen + 1], point, *_freedom(state))
    return f"{STACK}-{seeds[chosen]}.png", png(drawn[0], png_info(model.card, *recipe(state)[1:]))


def recipe(state: State) -> Recipe:
    model, _, seeds, chosen = _asked(state)
    augment, truncation = _freedom(state)
    controls = {"text": model.card.control("text").parse(state["text"]), "encoder": str(state["encoder"]), "truncation": truncation}
    return STACK, seeds[chosen], controls | ({} if augment else {"augment": augment})


def _freedom(state: State) -> tuple[float, float]:
    """How much the noise may do: on the condition, and altogether."""
    return float(bool(state["augment"])), share(state["truncation"], "The variety")


def _asked(state: State) -> tuple[TextToPicture, torch.Tensor, list[int], int]:
    model = exhibit(STACK)
    count = whole(state["count"], "The number of pictures", 1, MOST)
    first = parse_seeds([state["seed"]])[0]
    point = model.encode([state["text"]], state["encoder"])[0]
    return model, point, [(first + i) % 2**32 for i in range(count)], min(whole(state["chosen"], "The chosen picture", 0, MOST), count - 1)


def _stage(stage: int, seeds: list[int], point: torch.Tensor, augment: float, truncation: float) -> np.ndarray:
    return _painted(stage, tuple(seeds), tuple(point.tolist()), augment, truncation)


@lru_cache(maxsize=32)
def _painted(stage: int, seeds: tuple[int, ...], point: tuple[float, ...], augment: float,
             truncation: float) -> np.ndarray:
    model = exhibit(STACK)
    return model.paint(model.latents(seeds), torch.tensor(point).expand(len(seeds), -1), stage=stage, augment=augment,
                       truncation=truncation)


def _thumbnails(drawn: np.ndarray, seeds: list[int], matches: list[float] | None = None) -> Slots:
    slots: Slots = {}
    best = f"<b title='{say('The closest to the sentence')}'>{{:.2f}} ★</b>"
    for i in range(MOST):
        here = i < len(seeds)
        slots[f"thumb{i}"] = png(drawn[i]) if here else EMPTY
        slots[f"thumb{i}-alt"] = say("Picture of noise {seed}", seed=seeds[i]) if here else ""
        slots[f"match{i}"] = "…" if here else ""
        if here and matches:
            slots[f"match{i}"] = (best if matches[i] == max(matches) else "{:.2f}").format(matches[i])
    return slots


def _understood(model: TextToPicture, sentence: str, point: torch.Tensor, encoder: str) -> str:
    memory = model.encoders.captions
    unseen = memory.unseen(sentence)
    rows = "".join(f"<tr><td>{escape(text)}</td><td class='mono'>{cosine:.2f}</td></tr>"
                   for text, cosine in memory.nearest(point, ENCODERS.index(encoder)))
    words = ", ".join(f"<mark>{escape(word)}</mark>" for word in unseen)
    how = (say("The sentence encoder knows more words than the captions do.") if encoder == "sentence" else
           say("It reads letters, and guesses from how the word is spelt."))
    note = f"<p class='caption'>{say('No caption in its training had: {words}.', words=words)} {how}</p>" if unseen else ""
    caption = f"<caption>{say('Captions it came nearest to, of {count}', count=f'{len(memory.texts):,}')}</caption>"
    return note + (f"<table class='bars'>{caption}<tbody>{rows}</tbody></table>" if rows else "")


def _three_pairs(model: TextToPicture, drawn: np.ndarray, sentence: str, point: torch.Tensor, encoder: str) -> str:
    others = model.encode(list(OTHERS), encoder)
    other = int((others @ point).argmin())                 # the one that says something else
    texts = (sentence, OTHERS[other], WRONG)
    beliefs = model.score(np.stack([drawn] * 3), text=list(texts), encoder=encoder)
    labels = say("your sentence"), say("another sentence"), say("a plainly wrong one")
    rows = "".join(f"<tr><th scope='row'>{label}<br><span class='caption'>{escape(text[:80])}</span></th>"
                   f"<td><i style='width:{belief:.0%}'></i></td><td class='mono'>{belief:.0%}</td></tr>"
                   for label, text, belief in zip(labels, texts, beliefs, strict=True))
    return f"<table class='bars'><caption>{say('D’s belief in this picture beside')}</caption><tbody>{rows}</tbody></table>"


# --- markup -------------------------------------------------------------------------------------------------------------

def _markup(with_cls: bool) -> str:
    thumbs = "".join(f'<button type="button" class="category" data-set=\'{{"chosen": {i}}}\'>{picture(f"thumb{i}", "", PHOTO)}'
                     f'<span class="mono" data-slot="match{i}"></span></button>' for i in range(MOST))
    offered = "".join(f'<button type="button" data-set="{escape(json.dumps({"text": text, "seed": seed, "chosen": 0}))}">'
                      f'{escape(text)}</button>' for text, seed in OFFERED)
    cls = f'<figure>{picture("cls", "GAN-CLS", PHOTO)}<figcaption data-slot="cls-words"></figcaption></figure>'
    return f"""
<div class="asking">
  {sentence_box("text", say("Your sentence"))}<p class="notice" role="alert" data-slot="notice"></p>
  <div class="field" role="group" aria-label="{say("or one of these")}"><span>{say("or one of these")}</span>
  <div class="choices small">{offered}</div></div>
</div>
<div class="bench">
  <div class="stage">
    <figure class="hero flower">
      <div class="compare" style="--at:12%">{picture("sketch", "Stage-I", PHOTO)}
        {picture("picture", "Stage-II", "specimen photo over")}
        <input type="range" min="0" max="100" value="12" data-compare aria-label="{say("Uncover Stage-I from the left")}"></div>
      <figcaption data-slot="words"></figcaption></figure>
    <div class="categories nine" role="group" aria-label="{say("Pictures")}">{thumbs}</div>
    <div class="two relatives">{cls if with_cls else ""}<figure>{picture("plain", "", PHOTO)}
      <figcaption data-slot="plain-words"></figcaption></figure></div>
  </div>
  <div class="panel">
    {choices("encoder", say("Read by"), {"char-cnn-rnn": say("char-CNN-RNN (letters)"), "sentence": say("sentence model (MiniLM)")})}
    {choices("count", say("Pictures"), {str(n): str(n) for n in (1, 4, 9)})}
    {number("seed", say("noise (z), by seed"))}
    {slider("truncation", say("variety (truncation)"), 0, 1, 0.05)}
  <label class="tick"><input type="checkbox" name="augment"> {say("conditioning augmentation")}</label>
    <div class="row"><button type="button" data-save>{say("Download, 256x256")}</button></div>
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
