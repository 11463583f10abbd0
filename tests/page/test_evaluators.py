"""Drawings have two evaluators: what the browser makes of one is what the server makes of it, slot by slot, and in its parts."""

import hashlib
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import models
from models import outlines
from models.controls import Choice, Text
from models.errors import BadInput
from models.outlines import COLOURED
from models.pix2pix import LABELS
from page import drawing_files, served
from page.beside import readers
from page.board import as_mnist, written
from page.evaluate import Evaluator
from page.evaluate_painting import image_of
from page.fields import Control, Sentence
from page.instrument import _recited
from page.language import speaking
from page.site import Site
from page.slots import EMPTY, animation
from tabs import acgan, bigan, cgan, faces, gan, guess, infogan, pix2pix, plates, sgan, srgan, text, vae
from tabs.text import sentences
from tabs.vae import beside, latent_map, trick
from tabs.vae import drawing as own_digit
from tests.visitor import module, opened, pixels, same_picture

pytestmark = pytest.mark.skipif(not drawing_files.available(), reason="onnxruntime-web is not installed: python -m harness.node")
SITE = Site(plates())
MNIST = ["gan-mnist", "dcgan-mnist"]
# As on the page, where instruments have these names.
DRAWINGS = {"infogan": infogan.drawing(["infogan-mnist"]), "cgan": cgan.drawing(["cgan-mnist"]), "writer": cgan.writing(),
            "gan": gan.trays(MNIST), "walk": gan.walk(MNIST), "arithmetic": gan.arithmetic(["dcgan-mnist"]),
            "acgan": acgan.drawing(["acgan-mnist"]), "sgan-sheet": sgan.other_player(["sgan-mnist"]),
            "vae": latent_map.drawing(["vae-map-mnist"]),
            "vae-beside": beside.drawing({"infogan-mnist": "vae-mnist", "cgan-mnist": "vae-mnist"}),
            "vae-drawing": own_digit.drawing(readers(SITE, vae.PLATE)), "vae-trick": trick.drawing(["vae-mnist"]),
            "sgan": sgan.reading(["sgan-mnist"], readers(SITE, sgan.PLATE)), "bigan-walk": bigan.walk(["bigan-mnist"]),
            "bigan": bigan.there_and_back(["bigan-mnist"], readers(SITE, bigan.PLATE)),
            "srgan": srgan.drawing(["srgan-photos"], flowers=True), "guess": guess.drawing(),
            "faces": faces.moved(["dcgan-celeba"]), "faces-sum": faces.sums(["dcgan-celeba"]),
            "pix2pix": pix2pix.drawing(["pix2pix-facades"], LABELS), "pencils": pix2pix.drawing(["pix2pix-flowers"], COLOURED),
            "text": text.drawing(["stackgan-flowers"]), "between": sentences.between(), "matrix": sentences.matrix()}
DRAWINGS["srgan without StackGAN"] = srgan.drawing(["srgan-photos"], flowers=False)
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
STATES = [
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
    ("gan", {"left": "gan-mnist", "right": "dcgan-mnist", "seed": "4294967290"}),
    ("walk", {"model": "dcgan-mnist", "a": "43", "b": "7", "t": 0.3, "kind": "gif"}),
    ("walk", {"model": "dcgan-mnist", "a": "5", "b": "5", "t": 1.0, "kind": "gif"}),
    ("arithmetic", {"model": "dcgan-mnist", "a": "19", "b": "0", "c": "6"}),
]


def record(picture: Image.Image) -> dict:
    return json.loads(by_pixels(picture.info.get("gan-atlas", "{}")))


def by_pixels(text: str) -> str:
    """A text in which pictures are told by their pixels: PNGs of the same ones are packed in many ways."""
    return re.sub(r"data:image/png;base64,[\w+/=]+", lambda found: hashlib.sha256(pixels(found[0]).tobytes()).hexdigest(), text)


# --- parts of the evaluator -------------------------------------------------------------------------------------------------

def test_noise_is_that_of_torch(page, address):
    seeds, sizes = [0, 1, 2**31, 2**32 - 1, *range(7, 2**32, 2**32 // 60)], [16, 62, 64, 100, 128, 129]
    found = page.evaluate("""async ([address, seeds, sizes]) => {
        const {randn} = await import(address);
        return seeds.map(seed => sizes.map(size => [...randn(seed, size)]));
    }""", [module(address, "noise.js"), seeds, sizes])
    for seed, rows in zip(seeds, found, strict=True):
        for size, row in zip(sizes, rows, strict=True):
            assert np.abs(np.array(row) - torch.randn(size, generator=torch.Generator().manual_seed(seed)).numpy()).max() < 4e-6


def test_numbers_are_written_as_python_writes_them(page, address):
    values = [0.0, -0.0, 0.125, 0.375, -0.001, 0.005, 0.015, 0.615, 0.995, 1.0, 2.5, -1.235,
              *torch.randn(200, generator=torch.Generator().manual_seed(0)).tolist()]
    specs = [".0%", ".1%", ".2f", "+.2f", ".0f"]
    found = page.evaluate("""async ([address, values, specs]) => {
        const {shown} = await import(address);
        return values.map(value => specs.map(spec => shown(value, spec)));
    }""", [module(address, "drawing.js"), values, specs])
    assert found == [[format(value, spec) for spec in specs] for value in values]


def test_a_drawing_becomes_what_mnist_would_have(page, address):
    rng = np.random.default_rng(0)
    drawings = [*models.load("cgan-mnist").generate(range(20), label=[i % 10 for i in range(20)]),
                *rng.choice([0, 0, 0, 0, 0, 17, 136, 255], (10, 28, 28, 1)).astype(np.uint8)]
    for i in range(10):                        # of other sizes, in a corner
        small = np.asarray(Image.fromarray(drawings[i][..., 0]).resize((9 + i, 6 + 2 * i)))
        drawings.append(np.pad(small, ((0, 28 - small.shape[0]), (28 - small.shape[1], 0)))[..., None])
    found = page.evaluate("""async ([address, drawings]) => {
        const {asMnist} = await import(address);
        return drawings.map(one => Array.from(asMnist(Uint8Array.from(one))));
    }""", [module(address, "as_mnist.js"), [one.reshape(-1).tolist() for one in drawings]])
    for ours, theirs in zip(drawings, found, strict=True):
        assert np.abs(as_mnist(ours).reshape(-1).astype(int) - theirs).max() <= 1


@pytest.mark.parametrize("kind", outlines.COLOURS)
def test_outlines_are_inked_as_in_training(page, address, kind):
    lines = outlines.draw(models.load("stackgan-flowers").generate(3, text="a lily")[:, ::2, ::2], kind=kind)[0]
    for size in (128, 256):
        told = pix2pix.how(kind, size)
        found = page.evaluate("""async ([address, size, lines, how]) => {
            const {paintingOperations} = await import(address);
            return Array.from((await paintingOperations.coloured.call({value: one => one}, {size: [size, size, 3]}, lines, how)).pixels);
        }""", [module(address, "drawing_painting.js"), size, lines.reshape(-1).tolist(), told])
        assert same_picture(image_of(lines, told, size), np.array(found).reshape(size, size, 3))


def test_quantiles_are_those_of_torch(page, address):
    shares = [0.004, 0.0242, 0.3, 0.5, 0.62, 0.976, 0.996, *torch.rand(100, generator=torch.Generator().manual_seed(0)).tolist()]
    found = page.evaluate("""async ([address, shares]) => {
        const {quantile} = await import(address);
        return shares.map(quantile);
    }""", [module(address, "normal.js"), shares])
    assert np.abs(np.array(found) - torch.special.ndtri(torch.tensor(shares, dtype=torch.float64)).numpy()).max() < 1e-9


def test_pictures_are_resized_as_pillow_does(page, address):
    rng, cases, wanted = np.random.default_rng(0), [], []
    for shape, size, box in (((64, 64), (16, 16), (0, 0, 64, 64)), ((37, 53), (9, 13), (0, 0, 52, 36)),
                             ((40, 30), (64, 64), (5, 7, 21, 23)), ((210, 300), (189, 270), (0, 0, 300, 210)),
                             ((17, 19), (40, 7), (0, 0, 19, 17))):
        pixels = rng.integers(0, 256, (*shape, 3), np.uint8)
        cases.append([pixels.reshape(-1).tolist(), *shape, *size, box])
        wanted.append(np.asarray(Image.fromarray(pixels).resize(size[::-1], Image.Resampling.BICUBIC, box)))
    found = page.evaluate("""async ([address, cases]) => {
        const {resized} = await import(address);
        return cases.map(([pixels, height, width, rows, columns, box]) => [...resized({pixels, height, width}, rows, columns, box)]);
    }""", [module(address, "bicubic.js"), cases])
    assert all((ours.reshape(-1) == theirs).all() for ours, theirs in zip(wanted, found, strict=True))


def test_an_animation_is_the_one_that_pillow_writes(page, address):
    rows = np.linspace(0, 255, 12)[None, :, None, None] * np.ones((5, 1, 9, 1))
    grey = (rows * np.linspace(0.2, 1, 5)[:, None, None, None]).astype(np.uint8)
    colour = np.concatenate([grey, 255 - grey, grey // 2], 3)
    for frames, off in ((grey, 0), (colour, 8)):           # of more colours than a GIF has, near ones are taken
        uri = page.evaluate("""async ([address, pixels, size, count]) =>
            (await import(address)).gif(Uint8Array.from(pixels), size, count, 3, 60)""",
                            [module(address, "gif.js"), frames.reshape(-1).tolist(), frames.shape[1:], len(frames)])
        assert_same_animation(uri, animation(frames, "gif", 3), off)


def assert_same_animation(ours: str, theirs: str, off: int = 0) -> None:
    one, other = opened(ours), opened(theirs)
    assert (one.n_frames, one.size, one.info["loop"], one.info["duration"]) == (
        other.n_frames, other.size, other.info["loop"], other.info["duration"])
    for i in range(one.n_frames):
        one.seek(i)
        other.seek(i)
        assert np.abs(np.asarray(one.convert("RGB")).astype(int) - np.asarray(other.convert("RGB"))).max() <= off, i


# --- both evaluators --------------------------------------------------------------------------------------------------------

def test_the_browser_fills_the_slots_that_the_server_fills(page, address):
    asked, wanted = [], []
    for language in ("en", "zh"):
        for name, state in STATES if language == "en" else STATES[::6]:
            drawing = DRAWINGS[name]
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
                if state["a"] != state["b"]:           # Pillow makes one frame of many that are the same
                    assert_same_animation(value, theirs[slot], 1)
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


def test_whatever_the_page_draws_in_the_browser_is_compared(built):
    found = {block.elem_id: block.drawing for block in built.blocks.values() if getattr(block, "drawing", None)}
    assert set(DRAWINGS) == {*found, "srgan without StackGAN"} == {name for name, _ in STATES}
    for name, drawing in found.items():
        assert drawing.fields.keys() == DRAWINGS[name].fields.keys() and drawing.phases.keys() == DRAWINGS[name].phases.keys(), name


def test_the_browser_recites_the_recipe_that_the_server_recites(page, address):
    asked = [(name, state) for name, state in STATES if DRAWINGS[name].recipe]
    found = page.evaluate("""async ([address, asked]) => {
        const {open} = await import(address), found = [];
        for (const [key, state] of asked) found.push((await (await open(key, state, () => {})).draw('recite', state))?.slots);
        return found;
    }""", [module(address, "drawer.js"), [[served.declare(DRAWINGS[name]).split("/")[1], state] for name, state in asked]])
    for (name, state), theirs in zip(asked, found, strict=True):
        drawing = DRAWINGS[name]
        ours = _recited(Evaluator(drawing).recite(drawing.parse(state)))
        ours, theirs = ({kind: by_pixels(words) for kind, words in told.items()} for told in (ours, theirs))
        assert json.loads(theirs["json"]) == json.loads(ours["json"]), state
        assert theirs == {kind: re.sub(r"(?<=\d)\.0\b", "", words) for kind, words in ours.items()}, state


def test_what_no_field_takes_is_left_to_the_server(page, address):
    _, key = served.declare(DRAWINGS["infogan"]).split("/")
    changes = [{"seed": "ten"}, {"seed": "-1"}, {"seed": str(2**32)}, {"category": 10}, {"category": 1.5}, {"c1": 2.01}, {"c1": "1"},
               {"vary": "c3"}, {"model": "infogan-nowhere"}, {"model": "__proto__"}]
    assert page.evaluate("""async ([address, key, state, changes]) => {
        const {open} = await import(address), drawer = await open(key, state, () => {}), found = [];
        for (const change of changes) found.push(await drawer.draw('draw', {...state, ...change}));
        return found;
    }""", [module(address, "drawer.js"), key, INFOGAN, changes]) == [None] * len(changes)


@pytest.mark.parametrize("names", [("0", "1", "2"), ("T-shirt/top", "Dress", "Bag"), ("7", "3", "cat")], ids="-".join)
@pytest.mark.parametrize("clamped", [True, False])
def test_a_label_is_taken_by_place_number_and_name(page, address, names, clamped):
    control = Choice("label", names, "")
    field, found = Control("label", clamped=clamped), {"model": SimpleNamespace(card=SimpleNamespace(control=lambda _: control))}
    asked = [0, 2, 3, 9, -1, "0", "2", "3", "7", " 1 ", "dress", "BAG", "cat", "", "no such thing"]

    def place(value) -> int | None:
        try:
            return field.parse(value, found)
        except BadInput:
            return None

    seen = page.evaluate("""async ([file, told, names, asked]) => {
        const {values} = await import(file), facts = {x: {controls: [{name: 'label', options: names, names}]}};
        return asked.map(label => values({fields: {model: ['weights', ['x']], label: told}}, {model: 'x', label}, facts)?.label ?? null);
    }""", [module(address, "drawing.js"), field.told(), names, asked])
    assert seen == list(map(place, asked))


@pytest.mark.parametrize("own", [False, True])
def test_a_sentence_is_read_alike_on_both_sides(page, address, own):
    card, field = SimpleNamespace(controls=[Text("text", "")], dataset=SimpleNamespace(own=own)), Sentence()
    asked = ["rose", " Rose  ", "rose\u2028tree", "roses", "iris", "moss", "bus", "s", "red", "DARK Red", "orange petals", "a rose",
             "THE roses", "an", "rose.",
             "3 roses", "ros\u00e9", "\u212ang", "-", "r-", "it's", "'s", "white lily in bloom", "", "7", "x" * 1001]

    def read(text) -> str | None:
        try:
            return field.parse(text, {"model": SimpleNamespace(card=card)})
        except BadInput:
            return None

    seen = page.evaluate("""async ([file, told, own, asked]) => {
        const {values} = await import(file), facts = {x: {own}};
        return asked.map(text => values({fields: {model: ['weights', ['x']], text: told}}, {model: 'x', text}, facts)?.text ?? null);
    }""", [module(address, "drawing.js"), field.told(), own, asked])
    assert seen == list(map(read, asked))
    assert seen[:2] == (["rose", "Rose"] if own else ["a rose", "a Rose"])
