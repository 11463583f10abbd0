"""Drawings have two evaluators: what the browser makes of one is what the server makes of it, slot by slot."""

import hashlib
import json
import re

import numpy as np
import pytest
from PIL import Image

import models
from harness.hostile import targets
from models.outlines import COLOURED
from models.pix2pix import LABELS
from page import drawing_files, served
from page.board import written
from page.drawing import Drawing
from page.evaluate import Evaluator
from page.instrument import _recited
from page.language import speaking
from page.slots import EMPTY
from tabs import guess, pix2pix, srgan, text
from tabs.vae import trick
from tests.visitor import assert_same_animation, module, opened, pixels, same_picture

pytestmark = pytest.mark.skipif(not drawing_files.available(), reason="onnxruntime-web is not installed: python -m harness.node")
INFOGAN = {"model": "infogan-mnist", "category": 3, "c1": 0.2, "c2": -1.5, "seed": "11", "vary": "c1"}
CGAN = {"model": "cgan-mnist", "label": 2, "other": 3, "mix": 0.25, "seed": "8"}
TEXT = {"model": "stackgan-flowers", "text": "a <purple> iris, & 'yellow' stripes", "encoder": "char-cnn-rnn", "count": "2", "seed": "11",
        "chosen": 1, "augment": True, "truncation": 0.7}
SEVEN, FOUR = (written(models.load("cgan-mnist").generate(8, label=label)[0]) for label in (7, 4))
TRICK = {"model": "vae-mnist"} | trick.FIRST
FACADE = {"model": "pix2pix-facades", "drawing": pix2pix.examples(LABELS, False)[2], "noise": True, "seed": "7", "patches": False}
ENLARGED = {"model": "srgan-photos", "source": "example", "quarter": False, "x": 0.7, "y": 0.1, "region": "64", "left": "bicubic",
            "right": "srgan", "text": "", "seed": "", "encoder": "", "chosen": 99, "count": 0, "augment": True, "truncation": 0.7}
FLOWER = ENLARGED | {"source": "flower", "quarter": True, "text": "a <purple> iris", "seed": "7", "encoder": "char-cnn-rnn", "chosen": 2,
                     "count": 3}
PENCILS = FACADE | {"model": "pix2pix-flowers", "drawing": pix2pix.examples(COLOURED, False)[1], "detail": "medium"}
FACE = {"model": "dcgan-celeba", "seed": "5", "smiling": 2.5, "eyeglasses": -1.2, "blond_hair": 0.0, "young": 0.3, "male": -4.0,
        "others": 0}
STATES = [          # of instruments by the names that they have on the page; all others are compared in their first state
    ("faces", FACE), ("faces", FACE | {"others": 1, "seed": "4294967294"}),
    *(("faces-sum", {"model": "dcgan-celeba", "sum": name, "set": number}) for name, number in (("smile", 1), ("glasses", 8))),
    ("srgan", FLOWER), ("srgan", FLOWER | {"quarter": False, "x": 0.9, "left": "srresnet", "chosen": 0, "augment": False, "seed": "8"}),
    ("srgan", FLOWER | {"source": "example"}), ("srgan without StackGAN", ENLARGED | {"quarter": True, "left": "original"}),
    ("srgan without StackGAN", ENLARGED | {"region": "96"}),
    ("pencils", PENCILS), ("pencils", PENCILS | {"detail": "coarse", "noise": False, "patches": True, "seed": "4294967295"}),
    ("pix2pix", FACADE), ("pix2pix", FACADE | {"drawing": "", "noise": False, "patches": True, "seed": "4294967295"}),
    ("guess", {"deal": "3"} | guess.FRESH), ("guess", {"deal": str(2**32 - 1)} | guess.FRESH | {"shown": True, "drawn2": True}),
    ("vae-drawing", {"drawing": SEVEN}), ("vae-trick", TRICK), ("sgan", {"model": "sgan-mnist", "drawing": FOUR}),
    ("bigan", {"model": "bigan-mnist", "drawing": FOUR}), ("bigan-walk", {"model": "bigan-mnist", "a": FOUR, "b": SEVEN, "t": 0.3}),
    *((name, {"drawing": ""} | model) for name, model in (("vae-drawing", {}), ("sgan", {"model": "sgan-mnist"}),
                                                          ("bigan", {"model": "bigan-mnist"}))),
    ("vae-trick", TRICK | {"trick": False, "latent": 4, "mu": 0.25, "sigma": 2, "eps": -1.75, "seed": "4294967295"}),
    ("text", TEXT), ("text", TEXT | {"text": "rose", "count": "1"}),
    ("text", TEXT | {"text": "A  SUNFLOWER\u2028with xyzzy-leaves", "count": 1, "augment": False, "truncation": 1.0}),
    ("acgan", {"model": "acgan-mnist", "label": 4, "seed": "21"}), ("sgan-sheet", {"model": "sgan-mnist", "seed": "4294967290"}),
    ("vae", {"model": "vae-map-mnist", "x": 0.71, "y": 0.0, "view": "both"}), ("vae-beside", {"gan": "cgan-mnist", "seed": "7"}),
    ("vae", {"model": "vae-map-mnist", "x": 0.02, "y": 0.99, "view": "dots"}), ("vae-beside", {"gan": "infogan-mnist", "seed": "7"}),
    ("between", {"first": "a rose", "last": "a lily", "share": 0.3, "seed": "8", "encoder": "char-cnn-rnn"}),
    ("matrix", {"a": "a rose", "b": "a lily", "c": "an iris", "seed": "4294967294", "encoder": "char-cnn-rnn"}),
    ("infogan", INFOGAN), ("infogan", INFOGAN | {"c1": 0.125, "c2": -0.0, "seed": "4294967295", "vary": "c2"}),
    ("infogan", INFOGAN | {"category": 9, "vary": "category", "seed": "4294967290"}),
    ("cgan", CGAN), ("cgan", CGAN | {"mix": 0.0}), ("cgan", CGAN | {"mix": 1.0}), ("cgan", CGAN | {"other": 2, "seed": "0"}),
    ("writer", {"digits": "2026", "hand": "4294967295", "each": True}), ("writer", {"digits": "0", "hand": "8", "each": False}),
    ("writer", {"digits": " ２０ 2", "hand": "8", "each": True}),
    ("gan", {"left": "gan-mnist", "right": "dcgan-mnist", "seed": "4294967290"}),
    ("walk", {"model": "dcgan-mnist", "a": "43", "b": "7", "t": 0.3, "kind": "gif"}),
    ("walk", {"model": "dcgan-mnist", "a": "5", "b": "5", "t": 1.0, "kind": "gif"}),
    ("arithmetic", {"model": "dcgan-mnist", "a": "19", "b": "0", "c": "6"}),
]


@pytest.fixture(scope="module")
def drawings(built) -> dict[str, Drawing]:
    """Whatever the page has drawn in the browser, by the names of its instruments."""
    found = {block.elem_id: block.drawing for block in built.blocks.values() if getattr(block, "drawing", None)}
    return found | {"srgan without StackGAN": srgan.drawing(["srgan-photos"], flowers=False)}


@pytest.fixture(scope="module")
def states(built, drawings) -> list[tuple[str, dict]]:
    """STATES, and the first state of each drawing that has none there."""
    first = {target.name.removesuffix(".draw"): target.good for target in targets(built) if target.function == "draw"}
    return STATES + [(name, first[name]) for name in drawings if name not in dict(STATES)]


def record(picture: Image.Image) -> dict:
    return json.loads(by_pixels(picture.info.get("gan-atlas", "{}")))


def by_pixels(text: str) -> str:
    """A text in which pictures are told by their pixels: PNGs of the same ones are packed in many ways."""
    return re.sub(r"data:image/png;base64,[\w+/=]+", lambda found: hashlib.sha256(pixels(found[0]).tobytes()).hexdigest(), text)


def drawn_at(svg: str) -> tuple[str, list[float]]:
    """A drawing without its numbers, and these."""
    return re.sub(r"-?[0-9.]+", "#", svg), [float(number) for number in re.findall(r"-?[0-9]+(?:\.[0-9]+)?", svg)]


def test_the_browser_fills_the_slots_that_the_server_fills(page, address, drawings, states):
    asked, wanted = [], []
    for language in ("en", "zh"):
        for name, state in states if language == "en" else states[::6]:
            drawing = drawings[name]
            with speaking(language):
                key = served.declare(drawing).split("/")[1]
                for phase in drawing.phases:
                    asked.append([key, phase, state])
                    wanted.append(Evaluator(drawing).slots(phase, drawing.parse(state)))
    found = page.evaluate("""async ([address, asked]) => {
        const {open} = await import(address), found = [];
        window.ganAtlasStatic = true;              // waits for networks that a later phase needs
        for (const [key, phase, state] of asked) found.push((await (await open(key, state, () => {})).draw(phase, state))?.slots);
        window.ganAtlasStatic = false;
        return found;
    }""", [module(address, "drawer.js"), asked])
    for (_, phase, state), ours, theirs in zip(asked, wanted, found, strict=True):
        assert theirs is not None and list(ours) == list(theirs), (phase, state)
        for slot, value in ours.items():
            if value.startswith("data:image/png"):
                one, other = opened(value), opened(theirs[slot])
                steps = np.abs(np.asarray(one).astype(int) - np.asarray(other))
                if state.get("patches"):               # half of a grey and half of a colour: many values lie between two steps
                    assert steps.max() <= 1, (slot, state)
                elif state.get("source") == "flower":  # a picture of one network goes through another, which makes more of a step
                    assert steps.max() <= 4 and (steps > 0).mean() <= 0.05, (slot, state)
                else:
                    assert same_picture(np.asarray(one), np.asarray(other)), (slot, state)
                assert record(one) == record(other) and one.info.get("Software") == other.info.get("Software")
            elif phase == "save" and value.startswith("data:image/gif"):
                if state.get("a", 0) != state.get("b", 1):           # Pillow makes one frame of many that are the same
                    assert_same_animation(value, theirs[slot], 1)
            elif value.startswith("<svg"):             # a place that lies between two tenths is rounded either way
                (one, ours_at), (other, theirs_at) = map(drawn_at, (value, theirs[slot]))
                assert one == other and np.allclose(ours_at, theirs_at, atol=0.11), (slot, state)
            else:
                assert theirs[slot] == value, (slot, state)


def test_a_model_of_one_stage_is_not_said_to_have_two():
    drawing = text.drawing(["gan-cls-flowers"])
    state = drawing.parse(TEXT | {"model": "gan-cls-flowers", "text": "a rose", "seed": "7", "count": 1, "chosen": 0})
    found = {phase: Evaluator(drawing).slots(phase, state) for phase in ("draw", "follow", "finish")}
    assert (found["draw"]["words"], found["follow"]["words"]) == ("", "“a rose”, noise 7.")
    assert (found["finish"]["plain"], found["finish"]["plain-words"]) == (EMPTY, "")


def test_a_model_without_truncation_is_drawn_as_its_recipe_says(page, address):
    drawing, state = text.drawing(["gan-cls-flowers"]), TEXT | {"model": "gan-cls-flowers", "count": 1, "truncation": 0.4}
    saved = opened(Evaluator(drawing).slots("save", drawing.parse(state))["uri"])
    told = record(saved)
    again = models.load("gan-cls-flowers").generate(told["seed"], **told["controls"])[0]
    assert same_picture(np.asarray(saved), again)
    theirs = page.evaluate("""async ([address, key, state]) => {
        const {open} = await import(address);
        window.ganAtlasStatic = true;              // waits for its networks
        const found = await (await open(key, state, () => {})).draw('save', state);
        window.ganAtlasStatic = false;
        return found.slots.uri;
    }""", [module(address, "drawer.js"), served.declare(drawing).split("/")[1], state])
    assert same_picture(np.asarray(opened(theirs)), again)


def test_the_browser_recites_the_recipe_that_the_server_recites(page, address, drawings, states):
    asked = [(name, state) for name, state in states if drawings[name].recipe]
    found = page.evaluate("""async ([address, asked]) => {
        const {open} = await import(address), found = [];
        for (const [key, state] of asked) found.push((await (await open(key, state, () => {})).draw('recite', state))?.slots);
        return found;
    }""", [module(address, "drawer.js"), [[served.declare(drawings[name]).split("/")[1], state] for name, state in asked]])
    for (name, state), theirs in zip(asked, found, strict=True):
        drawing = drawings[name]
        ours = _recited(Evaluator(drawing).recite(drawing.parse(state)))
        ours, theirs = ({kind: by_pixels(words) for kind, words in told.items()} for told in (ours, theirs))
        assert json.loads(theirs["json"]) == json.loads(ours["json"]), state
        assert theirs == {kind: re.sub(r"(?<=\d)\.0\b", "", words) for kind, words in ours.items()}, state


def test_what_no_field_takes_is_left_to_the_server(page, address, drawings):
    _, key = served.declare(drawings["infogan"]).split("/")
    changes = [{"seed": "ten"}, {"seed": "-1"}, {"seed": str(2**32)}, {"category": 10}, {"category": 1.5}, {"c1": 2.01}, {"c1": "1"},
               {"vary": "c3"}, {"model": "infogan-nowhere"}, {"model": "__proto__"}]
    assert page.evaluate("""async ([address, key, state, changes]) => {
        const {open} = await import(address), drawer = await open(key, state, () => {}), found = [];
        for (const change of changes) found.push(await drawer.draw('draw', {...state, ...change}));
        return found;
    }""", [module(address, "drawer.js"), key, INFOGAN, changes]) == [None] * len(changes)
