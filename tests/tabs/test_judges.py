"""The plates of the discriminators that classify: AC-GAN and the semi-supervised GAN, without a browser and in one."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import models
from models.errors import BadInput
from page.board import drawn, surprises, written
from page.evaluate import Evaluator
from page.label_chart import chart, means
from page.site import Site, shown_model
from tabs import acgan, plates, sgan
from tests.visitor import drawn_by, open_tab, pixels, refuses, source, wait_for_change

ACGAN = {"model": "acgan-mnist", "label": 3, "seed": "20"}
JUDGED = acgan.drawing(["acgan-mnist"])
LINES = {"by_labels": [{"labels": 100, "draw": 0, "error": 0.01, "twin_error": 0.1},
                       {"labels": 100, "draw": 1, "error": 0.02, "twin_error": 0.2},
                       {"labels": 20, "draw": 0, "error": 0.05, "twin_error": 0.4}]}


def digit(label: int, seed: int = 20) -> str:
    return written(shown_model("cgan-mnist").generate([seed], label=label)[0])


# --- without a browser ----------------------------------------------------------------------------------------------------

def test_acgan_draws_what_was_asked_for_and_reads_it():
    slots = drawn_by(JUDGED, ACGAN)
    assert (pixels(slots["picture"]) == shown_model("acgan-mnist").generate(20, label=3)[0, ..., 0]).all()
    assert slots["words"] == "3" and '<tr class="asked"><th scope="row">3' in slots["probabilities"]
    assert "D reads the class that was asked for" in slots["verdict"]


def test_acgan_stands_beside_the_conditional_gan_of_its_data():
    slots = drawn_by(JUDGED, ACGAN, "follow")
    assert (pixels(slots["theirs"]) == shown_model("cgan-mnist").generate(20, label=3)[0, ..., 0]).all()
    assert pixels(slots["ours-sheet"]).shape == pixels(slots["theirs-sheet"]).shape == (280, 28 * acgan.COLUMNS)
    assert slots["table"].count("<tr") == 12 and "%" in slots["told"]
    assert Evaluator(JUDGED).recite(JUDGED.parse(ACGAN)) == ("acgan-mnist", 20, {"label": 3})


def test_acgan_without_a_conditional_gan_says_so(monkeypatch):
    monkeypatch.setattr(acgan, "_rival", lambda model: "")
    slots = drawn_by(acgan.drawing(["acgan-mnist"]), ACGAN, "follow")
    assert slots["theirs"].startswith("data:image/gif") and "No conditional GAN" in slots["told"] and not slots["table"]


def test_a_drawing_is_read_by_three_networks():
    slots = drawn_by(sgan.reading(["sgan-mnist"], []), {"model": "sgan-mnist", "drawing": digit(7)})
    assert all(slots[key].count("<tr") == sgan.MOST_SHOWN for key in ("ours", "twin", "full"))
    assert '<tr class="asked"><th scope="row">7' in slots["full"]
    assert pixels(slots["seen"]).shape == (28, 28) and "100 labels" in slots["ours"]


def test_an_empty_board_gets_no_answer():
    slots = drawn_by(sgan.reading(["sgan-mnist"], []), {"model": "sgan-mnist", "drawing": ""})
    assert not any("<table" in slots[key] for key in ("ours", "twin", "full"))       # nothing was read, so nothing wins
    assert "The board is empty" in slots["verdict"] and slots["real"] == "" and slots["seen"].startswith("data:image/gif")


def test_the_other_player_may_be_of_any_weights():
    names = ["sgan-mnist", "sgan-fashion"] if models.folder_of("sgan-fashion") else ["dcgan-mnist", "dcgan-fashion"]
    assert all(f"&quot;{name}&quot;" in sgan._sheet(names) for name in names)
    sheet = pixels(drawn_by(sgan.other_player(names), {"model": names[1], "seed": "3"})["sheet"])
    alone = models.load(names[1]).generate([3])[0, :, :, 0]
    assert np.abs(sheet[:28, :28].astype(int) - alone).max() <= 1            # one image alone is rounded otherwise than in a batch


def test_the_surprises_are_drawings_of_the_conditional_gan():
    found = surprises(Site(plates()), sgan.SURPRISES)
    assert len(set(found)) == len(sgan.SURPRISES) and all(drawn(text).any() for text in found)


def test_errors_of_several_draws_are_means():
    points = means(LINES)
    assert list(points) == [20, 100]
    assert (points[100].error, points[100].draws, points[100].low, points[100].high) == (pytest.approx(0.015), 2, 0.01, 0.02)
    drawing = chart(points, 100)
    assert drawing.count("<circle") == 4 and drawing.count("<polyline") == 2 and "1.50%" in drawing


def test_what_is_no_measurement_is_left_out_and_no_error_at_all_is_drawn():
    assert means({"by_labels": [{"labels": 10}, {"labels": 10, "error": None, "twin_error": 1}, *LINES["by_labels"]]}) == means(LINES)
    none = means({"by_labels": [{"labels": labels, "error": 0.0, "twin_error": 0.0} for labels in (10, 20)]})
    assert chart(none, 10).count("<circle") == 4


def test_the_slider_walks_the_measured_numbers_of_labels():
    points = means(shown_model("sgan-mnist").card.metrics)
    assert len(points) > 1
    for i, (labels, point) in enumerate(points.items()):
        slots = sgan.draw_stop(sgan.parse_stop("sgan-mnist", {"stop": i}))
        assert slots["labels"] == f"{labels:,}" and f"{point.error:.2%}" in slots["errors"] and f"{point.twin:.2%}" in slots["errors"]


def test_the_other_players_sheet_follows_its_seed():
    state, found = {"model": "sgan-mnist", "seed": "4294967290"}, sgan.other_player(["sgan-mnist"])
    assert sgan.recite_sheet(found.parse(state))[1].split(",")[-1] == "13"
    assert pixels(drawn_by(found, state)["sheet"]).shape == (28 * sgan.ROWS, 28 * sgan.COLUMNS)


BAD = [*((JUDGED.parse, ACGAN, change) for change in ({"label": "zebra"}, {"seed": "-1"}, {"model": "acgan-nowhere"})),
       (lambda state: sgan.reading(["sgan-mnist"], []).parse(state), {"model": "sgan-mnist", "drawing": ""}, {"drawing": "<b>"}),
       (lambda state: sgan.reading(["sgan-mnist"], []).parse(state), {"model": "sgan-mnist", "drawing": ""}, {"drawing": 7}),
       (lambda state: sgan.parse_stop("sgan-mnist", state), {"stop": 0}, {"stop": 99}),
       (lambda state: sgan.other_player(["sgan-mnist"]).parse(state), {"model": "sgan-mnist", "seed": "0"}, {"seed": "x"})]


@pytest.mark.parametrize(("parse", "state", "change"), BAD, ids=[str(change) for _, _, change in BAD])
def test_bad_input_is_one_sentence(parse, state, change):
    with pytest.raises(BadInput) as caught:
        parse(state | change)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 300


# --- in a browser ---------------------------------------------------------------------------------------------------------

def test_acgan_follows_label_and_seed(page):
    found = open_tab(page, "AC-GAN", "acgan")
    before = source(found, "picture")
    found.locator(".category").nth(7).click()
    wait_for_change(found, "picture", before)
    expect(found.locator('[data-slot="words"]')).to_have_text("7")
    expect(found.locator('[data-slot="probabilities"] .asked th')).to_have_text("7")
    expect(found.locator('img[data-slot="theirs"]')).to_have_attribute("alt", re.compile("Conditional GAN: 7"))
    refuses(found, "seed", "minus", "A seed is a whole number")


def test_a_digit_is_drawn_and_read(page):
    found = open_tab(page, "Semi-supervised", "sgan")
    expect(found.locator('[data-slot="verdict"]')).not_to_be_empty()
    found.get_by_role("button", name="Clear", exact=True).click()
    expect(found.locator('[data-slot="verdict"]')).to_contain_text("The board is empty")
    box = found.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.48, box["y"] + box["height"] * 0.8, steps=10)
    page.mouse.up()
    expect(found.locator('[data-slot="full"] .asked th')).to_have_text("1")
    expect(found.locator('[data-slot="ours"] tr')).to_have_count(sgan.MOST_SHOWN)


def test_the_number_of_labels_is_chosen_by_keyboard(page):
    open_tab(page, "Semi-supervised", "sgan")
    found = page.locator("#sgan-labels .instrument")
    slider = found.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    expect(found.locator('[data-slot="labels"]')).to_have_text("20")
    page.keyboard.press("End")
    expect(found.locator('[data-slot="labels"]')).to_have_text("1,000")
    assert found.locator("svg.chart circle").count() == 8


def test_a_loss_of_variety_is_told_where_there_is_one():
    fashion, mnist = (acgan._told(shown_model(f"acgan-{data}")) for data in ("fashion", "mnist"))
    assert "tends to be left out" in fashion and "no such loss" in mnist        # 59 % and 64 % of recall; 63 % and 64 %
