"""BiGAN's plate: a drawing, its z, what G draws from it, its neighbours; a walk between two drawings; and in Chromium."""

import re

import numpy as np
import pytest
from conftest import is_one_sentence, random_weights
from playwright.sync_api import expect

import models
from models import bigan as networks
from models.errors import BadInput
from page.board import as_mnist, drawn, surprises, written
from page.site import Site, shown_model
from tabs import bigan, plates
from tests.visitor import came, drawn_anew, drawn_by, frames, hold, open_tab, pixels, source, wait_for_change

FOUR, SEVEN = (written(shown_model("cgan-mnist").generate(seed, label=label)[0]) for seed, label in ((34, 4), (7, 7)))
STATE = {"model": "bigan-mnist", "drawing": FOUR}
BACK, CROSSING = bigan.there_and_back(["bigan-mnist"], []), bigan.walk(["bigan-mnist"])
WALK = {"model": "bigan-mnist", "a": FOUR, "b": SEVEN, "t": 0.25}


def decode(uri: str) -> np.ndarray:
    return pixels(uri).astype(int)


def test_a_drawing_is_read_and_drawn_again():
    slots, model = drawn_by(BACK, STATE), shown_model("bigan-mnist")
    x = as_mnist(drawn(FOUR))
    assert (decode(slots["x"]) == x[..., 0]).all()
    again = model.decode(model.encode(x[None]))[0, ..., 0].astype(int)
    assert np.abs(decode(slots["again"]) - again).mean() < 0.5
    assert slots["z"].count("<rect") == model.z_dim and slots["verdict"].count("%") == 3
    assert f"{np.square((again - x[..., 0].astype(int)) / 255).mean():.3f}" in slots["error"]


def test_an_empty_board_is_drawn_too():
    slots = drawn_by(BACK, STATE | {"drawing": ""})
    assert decode(slots["x"]).max() == 0 and decode(slots["again"]).shape == (28, 28)


def test_neighbours_are_twelve_pictures_of_g():
    slots = bigan.neighbours(BACK.parse(STATE))
    row = decode(slots["neighbours"])
    assert row.shape == (28, 28 * bigan.NEAREST)
    own = shown_model("bigan-mnist").generate(range(bigan.KNOWN))[..., 0].astype(int)
    first = row[:, :28]
    assert np.abs(own - first).mean((1, 2)).min() < 0.5
    assert "2,000" in slots["neighbours-words"] and "×" in slots["neighbours-words"]


def test_neighbours_need_no_classifier(monkeypatch):
    def damaged(*_):
        raise models.DamagedWeights("These weights are damaged.")

    model = shown_model("bigan-mnist")
    monkeypatch.setattr(models, "load", damaged)
    monkeypatch.setattr(bigan, "KNOWN", 20)
    _, features, classes = bigan._known.__wrapped__(model)
    assert len(features) == 20 and classes is None


def test_a_walk_begins_and_ends_at_the_drawings():
    for t, key in ((0.0, "a"), (1.0, "b")):
        here = decode(drawn_by(CROSSING, WALK | {"t": t})["here"])
        assert np.abs(here - decode(drawn_by(BACK, STATE | {"drawing": WALK[key]})["again"])).mean() < 0.5
    assert decode(drawn_by(CROSSING, WALK)["steps"]).shape == (28, 28 * bigan.STEPS)
    saved = drawn_by(CROSSING, WALK, "save")
    assert saved["name"] == "bigan-mnist-walk.gif" and saved["uri"].startswith("data:image/gif;base64,")


@pytest.mark.parametrize(("parse", "state"), [
    (BACK.parse, STATE | {"drawing": "x"}), (BACK.parse, STATE | {"drawing": "A" * 10_000}), (BACK.parse, STATE | {"drawing": "½" * 9}),
    (BACK.parse, STATE | {"drawing": 7}), (BACK.parse, STATE | {"model": "../../etc"}), (BACK.parse, STATE | {"model": "bigan-nowhere"}),
    (CROSSING.parse, WALK | {"t": 3}), (CROSSING.parse, WALK | {"t": "nan"}), (CROSSING.parse, WALK | {"b": "<img src=x>"}),
])
def test_bad_input_is_one_sentence(parse, state):
    with pytest.raises(BadInput) as caught:
        parse(state)
    assert is_one_sentence(str(caught.value)), str(caught.value)


def test_pictures_that_the_board_cannot_draw_go_there_and_back_from_seeds(tmp_path, monkeypatch):
    config = networks.Config(z_dim=8, g_width=8, e_width=4, d_width=4, features=12, joint=16, size=32, channels=3)
    random_weights(tmp_path / "bigan-fashion", networks, "fashion", config)
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path))
    assert Site(plates()).weights("bigan") == ["bigan-mnist", "bigan-fashion"]
    drawing, model = bigan.from_seeds(["bigan-fashion"]), models.load(tmp_path / "bigan-fashion")
    found = drawn_by(drawing, {"model": "bigan-fashion", "seed": "3", "other": "8"})
    first = model.generate(3)
    assert (pixels(found["x"]) == first[0]).all()
    assert np.abs(pixels(found["again"]).astype(int) - model.decode(model.encode(first))[0]).max() <= 1
    shown, others = (build_names(monkeypatch, folder) for folder in (tmp_path, tmp_path / "nowhere"))
    assert "bigan-own" in shown and "bigan-own" not in others and "bigan" in others


def build_names(monkeypatch, folder) -> set[str]:
    """The instruments that the plate places, with the weights in `folder`."""
    placed = []
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(folder))
    monkeypatch.setattr(bigan, "instrument", lambda *given, elem_id, **named: placed.append(elem_id))
    for name in ("replay", "facts"):
        monkeypatch.setattr(bigan, name, lambda *given, **named: None)
    monkeypatch.setattr(Site, "head", lambda *given: None)
    bigan.build(Site(plates()))
    return set(placed)


def test_surprises_are_twenty_drawings_of_our_own_networks():
    texts = surprises(Site(plates()), bigan.SURPRISES, "bigan-mnist")
    assert len(set(texts)) == len(bigan.SURPRISES)
    seen = shown_model("classifier-mnist").classify(np.stack([drawn(text) for text in texts])).argmax(1)
    assert (seen == [label for label, _ in bigan.SURPRISES]).mean() > 0.8


def test_the_errors_of_a_model_beside_it_are_shown_where_they_were_measured(monkeypatch, tmp_path):
    model = shown_model("bigan-mnist")
    both = bigan._errors(model)
    monkeypatch.setattr(bigan, "BESIDE", "nowhere")
    alone = bigan._errors(model)
    assert alone.count("<tr>") == 1 and both.startswith(alone) and both.count("<tr>") == 2 and "vae-mnist" in both


# --- in Chromium ----------------------------------------------------------------------------------------------------------

def test_a_stroke_on_the_board_is_drawn_again(page):
    found = open_tab(page, "BiGAN", "bigan")
    before = source(found, "again"), source(found, "x")
    found.locator("[data-act=clear]").click()
    wait_for_change(found, "x", before[1])
    empty = source(found, "x")
    box = found.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8, steps=8)
    page.mouse.up()
    wait_for_change(found, "x", empty)
    expect(found.locator('[data-slot="error"]')).to_contain_text("this drawing")
    assert source(found, "again") != before[0]


def test_the_walk_moves_between_the_drawings(page):
    open_tab(page, "BiGAN", "bigan")
    found = page.locator("#bigan-walk .instrument[data-ready]")
    before = source(found, "here")
    found.locator('input[name="t"]').fill("1")
    wait_for_change(found, "here", before)
    there = source(found, "steps")
    found.locator("[data-act=surprise]").last.click()
    wait_for_change(found, "steps", there)


def test_neighbours_of_the_first_drawing_do_not_come_under_another(page):
    held = hold(page, "later", "finish")
    found = open_tab(page, "BiGAN", "bigan")
    with drawn_anew(found):
        found.locator("[data-act=clear]").click()
    came(page, held, 2)
    first = next(route for route in held if route.request.post_data_json["fn_name"] == "later")
    with page.expect_response(lambda response: response.request == first.request) as answer:
        first.continue_()
    answer.value.finished()
    frames(page)
    assert found.locator('img[data-slot="neighbours"][src]').count() == 0
    next(route for route in held if route is not first).continue_()
    source(found, "neighbours")


def test_neighbours_of_an_older_drawing_fade(page):
    """From the first stroke on, when nothing but what stood here at first has come."""
    found = open_tab(page, "BiGAN", "bigan")
    neighbours = found.locator('[data-slot="neighbours"]')
    expect(neighbours).to_have_attribute("src", re.compile("^data:image/"))
    found.locator("[data-act=clear]").click()
    expect(neighbours).to_have_attribute("data-old", "")
    expect(neighbours).not_to_have_attribute("data-old", "")
