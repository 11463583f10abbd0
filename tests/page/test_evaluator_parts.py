"""What both evaluators are made of: numbers, noise, pictures and fields come out alike in JavaScript and in Python."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import models
from models import outlines
from models.controls import Choice, Text
from models.errors import BadInput
from models.text_to_image import TextToImage
from page import drawing_files
from page.board import as_mnist
from page.evaluate_painting import image_of
from page.fields import Control, Sentence
from page.slots import animation
from tabs import pix2pix
from tests.visitor import assert_same_animation, module, same_picture

pytestmark = pytest.mark.skipif(not drawing_files.available(), reason="onnxruntime-web is not installed: python -m harness.node")


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
    model = SimpleNamespace(card=card)
    model.reads = lambda text: TextToImage.reads(model, text)
    asked = ["rose", " Rose  ", "rose\u2028tree", "roses", "iris", "moss", "bus", "s", "red", "DARK Red", "orange petals", "a rose",
             "THE roses", "an", "rose.",
             "3 roses", "ros\u00e9", "\u212ang", "-", "r-", "it's", "'s", "white lily in bloom", "", "7", "x" * 41, "x" * 42,
             "x" * 1000, "x" * 1001]

    def read(text) -> str | None:
        try:
            return field.parse(text, {"model": model})
        except BadInput:
            return None

    seen = page.evaluate("""async ([file, told, own, asked]) => {
        const {values} = await import(file), facts = {x: {own}};
        return asked.map(text => values({fields: {model: ['weights', ['x']], text: told}}, {model: 'x', text}, facts)?.text ?? null);
    }""", [module(address, "drawing.js"), field.told(), own, asked])
    assert seen == list(map(read, asked))
    assert seen[:2] == (["rose", "Rose"] if own else ["a rose", "a Rose"])
