"""The plate of the VAE: what its instruments draw, what they refuse, and a visitor who drags, draws and steps."""

import json
import re
from html import unescape

import numpy as np
import pytest
from playwright.sync_api import expect

from models.errors import BadInput
from models.seeds import parse_seeds
from page.board import written
from page.site import Site, shown_model
from tabs import plates
from tabs.vae import beside, drawing, latent_map, trick
from tests.visitor import drawn_by, open_tab, pixels, source, wait_for_change

MAP = {"model": "vae-map-mnist", "x": 0.62, "y": 0.36, "view": "both"}
PLANE = latent_map.drawing(["vae-map-mnist"])
TRICK = {"model": "vae-mnist"} | trick.FIRST
OWN, PULLED = drawing.drawing([]), trick.drawing(["vae-mnist"])
PAIRS = {"cgan-mnist": "vae-mnist", "dcgan-mnist": "vae-mnist"}


def test_the_map_s_middle_is_the_prior_s_mean():
    slots = drawn_by(PLANE, MAP | {"x": 0.5, "y": 0.5})
    assert slots["picture"].startswith("data:image/png") and re.search(r"z = \([+-]0.00, [+-]0.00\)", slots["place"])


def test_the_edge_of_the_map_is_finite():
    assert "z = (-2.65, +2.65)" in drawn_by(PLANE, MAP | {"x": 0, "y": 1})["place"]


def test_dots_are_the_places_of_the_weights():
    model = shown_model("vae-map-mnist")
    assert drawn_by(PLANE, MAP, "follow")["dots"].count("<circle") == len(model.places.labels) == 600
    assert drawn_by(PLANE, MAP | {"view": "pictures"}, "follow")["dots"] == ""
    assert drawn_by(PLANE, MAP)["near"].startswith("The 15 test pictures that lie nearest: ")


@pytest.mark.parametrize(("change", "sentence"), [
    ({"x": 1.5}, "A place on the map goes from 0 to 1"), ({"y": "high"}, "A place on the map"), ({"view": "all"}, "pictures, dots or both"),
    ({"model": "vae-mnist"}, "takes two latents"), ({"model": "../vae"}, "There are no weights called"),
])
def test_bad_places_are_one_sentence(change, sentence):
    with pytest.raises(BadInput, match=re.escape(sentence)):
        PLANE.parse(MAP | change)


def test_a_drawing_is_read_reconstructed_and_placed():
    image = shown_model("cgan-mnist").generate(3, label=3)[0]
    state = {"drawing": written(image)}
    slots = drawn_by(OWN, state) | drawn_by(OWN, state, "follow")
    assert all(slots[name].startswith("data:image/png") for name in ("read", "again", "others"))
    assert slots["chart"].count("<circle") == 64 and 'class="says"' in slots["chart"] and 'class="here"' in slots["place"]
    assert re.search(r"log p\(x\) is at least −\d+\.\d", slots["cost"]) and "lie nearest" in slots["near"]


def test_an_empty_board_asks_for_a_drawing():
    slots = drawn_by(OWN, {"drawing": ""})
    assert slots["cost"] == "Draw a digit, and the encoder reads it." and slots["chart"] == ""


@pytest.mark.parametrize("value", ["<script>", "x" * 600, 7, True])
def test_what_is_no_drawing_is_refused(value):
    with pytest.raises(BadInput):
        OWN.parse({"drawing": value})


def step(state: dict) -> dict:
    """The state after the button "One step against the gradient"."""
    steps = drawn_by(PULLED, state)["steps"]
    return state | json.loads(unescape(re.search(r'data-set="([^"]*)"', steps)[1]))


def test_steps_with_the_trick_draw_the_picture_again_and_without_forget_it():
    def error(state: dict) -> float:
        wanted, z = model.generate(int(state["seed"])), model.encode(model.generate(int(state["seed"])))[0]
        z[state["latent"]] = state["mu"] + state["sigma"] * state["eps"]
        return model.pull(wanted[0], z)[0]

    model = shown_model("vae-mnist")
    passing, drawn = TRICK, TRICK | {"trick": False}
    for _ in range(10):
        passing, drawn = step(passing), step(drawn)
    assert error(passing) < error(TRICK) - 5 and error(passing) < error(drawn)
    assert abs(drawn["mu"]) < abs(TRICK["mu"]) and abs(drawn["sigma"] - 1) < abs(TRICK["sigma"] - 1)


def test_a_sum_has_one_sign_before_each_term():
    words = drawn_by(PULLED, TRICK)["words"]
    assert re.search(r"d mean = [+−][\d.]+ − 1\.50 = [+−][\d.]+, .* eps − 1\.07 = [+−]", words) and "-" not in words


def test_the_graph_shows_where_the_gradient_ends():
    assert "✕" not in drawn_by(PULLED, TRICK)["graph"] and "✕" in drawn_by(PULLED, TRICK | {"trick": False})["graph"]


@pytest.mark.parametrize(("change", "sentence"), [
    ({"mu": 9}, "The mean goes from -3 to 3"), ({"sigma": 0}, "The deviation goes from 0.05 to 2"), ({"eps": "nan"}, "The noise goes from"),
    ({"latent": 64}, "The latent is a whole number from 0 to 5"), ({"model": "dcgan-mnist"}, "is no VAE"), ({"seed": "-1"}, "A seed is"),
])
def test_bad_values_of_the_trick_are_one_sentence(change, sentence):
    with pytest.raises(BadInput, match=re.escape(sentence)):
        PULLED.parse(TRICK | change)


def test_two_trays_with_figures_and_recipes():
    state = {"gan": "cgan-mnist", "seed": "100"}
    slots, asked = drawn_by(beside.drawing(PAIRS), state), beside.drawing(PAIRS).parse(state)
    assert slots["vae11"].startswith("data:image/png") and "has none" in slots["figures"] and "64" in slots["gan-name"]
    (name, seeds, controls), *rows = beside.recite(PAIRS, asked)
    for i, picture in enumerate(shown_model(name).generate(parse_seeds(seeds), **controls)):
        assert np.abs(pixels(slots[f"vae{i}"]).astype(int) - picture[..., 0]).max() <= 1
    name, seeds, controls = rows[0]
    assert controls["label"] in (0, "0") and len(parse_seeds(seeds)) == 2            # of twelve
    for seed, picture in zip(parse_seeds(seeds), shown_model(name).generate(parse_seeds(seeds), **controls), strict=True):
        assert np.abs(pixels(slots[f"gan{seed - 100}"]).astype(int) - picture[..., 0]).max() <= 1
    with pytest.raises(BadInput, match="no VAE of the same data"):
        beside.drawing(PAIRS).parse({"gan": "infogan-mnist", "seed": "1"})


def test_rivals_are_of_the_same_data_and_have_a_discriminator():
    found = set(beside.rivals("vae-mnist", Site(plates())))
    assert {"gan-mnist", "dcgan-mnist", "cgan-mnist", "infogan-mnist"} <= found
    assert not any("fashion" in name or "vae" in name for name in found)


# --- in Chromium ----------------------------------------------------------------------------------------------------------

def test_dragging_the_map_changes_the_picture(page):
    found = open_tab(page, "VAE", "vae")
    before, box = source(found, "picture"), found.locator("[data-pad]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.9, steps=8)
    page.mouse.up()
    wait_for_change(found, "picture", before)
    expect(found.locator('[data-slot="place"]')).to_have_text("z = (-1.28, -1.28)")


def test_a_surprise_is_read_and_a_step_moves_the_mean(page):
    open_tab(page, "VAE", "vae")
    found = page.locator("#vae-drawing .instrument")
    before = source(found, "again")
    found.locator('[data-act="surprise"]').click()
    wait_for_change(found, "again", before)
    found = page.locator("#vae-trick .instrument")
    before, mean = source(found, "picture"), found.locator('input[name="mu"]').input_value()
    found.locator('[data-slot="steps"] button').first.click()
    wait_for_change(found, "picture", before)
    assert found.locator('input[name="mu"]').input_value() != mean
