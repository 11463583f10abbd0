"""Weights of one's own in the plates of their paper: any size, any number of classes, marked as one's own."""

import importlib
import json
import re

import gradio as gr
import numpy as np
import pytest
from conftest import own

import models
from models import cgan, dcgan, gan, gan_cls, infogan, stackgan
from models.checkpoint import write_json
from models.figures import ROUGH
from page import model_facts
from page.evaluate import Evaluator
from page.language import speaking
from page.site import Site, shown_model
from tabs import cgan as cgan_plate
from tabs import gan as gan_plate
from tabs import infogan as infogan_plate
from tabs import plates
from tabs import text as text_plate
from tests.visitor import drawn_by


@pytest.fixture
def house(tmp_path, monkeypatch):
    for module in (gan, dcgan, infogan):
        own(tmp_path, module, "my_cats")
    own(tmp_path, cgan, "my_cats")
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path))
    return tmp_path


def test_own_weights_stand_last_in_their_plates_and_are_marked(house):
    site = Site(plates())
    for model in ("gan", "dcgan", "cgan", "infogan"):
        names = site.weights(model)
        assert names[-1] == f"{model}-my_cats" and len(names) > 1
        assert model_facts.data_title(names[-1]) == "My my_cats · yours" and "yours" not in model_facts.data_title(names[0])
    assert shown_model("cgan-my_cats").card.image_size == (40, 40, 3)


def test_plates_draw_own_weights_of_any_size_and_number_of_classes(house):
    state = {"left": "gan-my_cats", "right": "dcgan-my_cats", "seed": "1"}
    assert drawn_by(gan_plate.trays(["gan-my_cats", "dcgan-my_cats"]), state)["left0"].startswith("data:image/png")
    state = {"model": "infogan-my_cats", "category": 3, "c1": 0.5, "c2": 0.0, "seed": "11", "vary": "c1"}
    assert drawn_by(infogan_plate.drawing(["infogan-my_cats"]), state)["picture"].startswith("data:")
    state = {"model": "cgan-my_cats", "label": 7, "other": 1, "mix": 0.5, "seed": "2"}     # 7: left over from weights of ten classes
    slots = drawn_by(cgan_plate.drawing(["cgan-my_cats"]), state)
    assert slots["words"] == "50% kind 2, 50% kind 1" and slots["choice2-name"] == "kind 2" and slots["choice3-name"] == ""
    assert slots["choice3"].startswith("data:image/gif") and "My my_cats" in slots["sheet-alt"]


def test_hundreds_of_classes_are_asked_for_by_name(tmp_path, monkeypatch):
    own(tmp_path, cgan, "many", 300)
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path))
    slots = drawn_by(cgan_plate.drawing(["cgan-many"]), {"model": "cgan-many", "label": "kind 250", "other": "12", "mix": 0.0, "seed": "2"})
    assert slots["words"] == "kind 250"
    assert slots["probabilities"].count("<tr") <= cgan_plate.MOST_SHOWN + 1
    assert 'name="label"' in cgan_plate._markup(["cgan-many"], 300) and 'name="label"' not in cgan_plate._markup(["cgan-mnist"], 10)


def test_sentences_drive_own_weights(tmp_path, monkeypatch):
    own(tmp_path, gan_cls, "mine", g_width=8, d_width=8)
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path))
    assert Site(plates()).weights("gan_cls")[-1] == "gan-cls-mine"
    state = {"model": "gan-cls-mine", "text": "a red rose", "encoder": "char-cnn-rnn", "count": 2, "seed": "1", "chosen": 1,
             "augment": True, "truncation": 0.7}
    drawing = text_plate.drawing(["stackgan-flowers", "gan-cls-mine"])
    slots = {}
    for phase in ("draw", "follow", "others", "finish"):
        slots |= drawn_by(drawing, state, phase)
    assert slots["picture"].startswith("data:image/png") and "40x40" in slots["picture-alt"] and slots["cls"] == text_plate.EMPTY
    name, seed, controls = Evaluator(drawing).recite(drawing.parse(state))
    assert (name, seed, set(controls)) == ("gan-cls-mine", 2, {"text", "encoder"})
    assert slots["subject"] == "" and slots["words"] == "“a red rose”, noise 2."       # captions of one's own are of anything
    assert '&quot;gan-cls-mine&quot;' in text_plate._markup(True, ["stackgan-flowers", "gan-cls-mine"])
    with pytest.raises(models.BadInput, match="draws nothing from a sentence"):
        drawing.parse(state | {"model": "gan-mnist"})


def test_a_second_stage_that_nobody_trained_is_said_to_be_none(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path))
    folder = own(tmp_path, stackgan, "mine", g_width=8, d_width=8, g2_width=8, d2_width=8, size=64)
    state = {"model": "stackgan-mine", "text": "a red rose", "encoder": "char-cnn-rnn", "count": 1, "seed": "1", "chosen": 0,
             "augment": True, "truncation": 0.7}
    told = json.loads((folder / "config.json").read_text())
    for stage, said in ((1, "was not trained yet"), (2, "Pull the line")):
        told["training"]["stage"] = stage
        (folder / "config.json").write_text(json.dumps(told))
        assert said in drawn_by(text_plate.drawing(["stackgan-mine"]), state, "follow")["words"]


def test_own_distances_without_a_classifier_are_said_to_be_rough(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path))
    write_json(own(tmp_path, cgan, "mine") / "metrics.json", {"frechet_distance": 14.9, "instrument": ROUGH})
    cards = [shown_model(name).card for name in ("cgan-mnist", "cgan-mine")]
    told = model_facts._table(cards)
    assert "*My mine: distances are taken between pictures shrunk to 8x8 pixels" in told and "Columns of different data" in told
    assert "MNIST: distances are taken in the feature space" in told
    alone = model_facts._table(cards[1:])
    assert "8x8" in alone and "Columns" not in alone and "8x8" not in model_facts._table(cards[:1])


def test_weights_that_do_not_fit_cost_their_own_place_only(house, tmp_path, monkeypatch, capsys):
    (tmp_path / "dcgan-my_cats" / "model.safetensors").write_bytes(b"cut short")
    own(tmp_path, infogan, "odd", categories=4)
    monkeypatch.setattr(gan.Generator, "forward", lambda *_: 1 / 0)         # weights that fit their card, and cannot draw
    told = json.loads((tmp_path / "gan-my_cats" / "config.json").read_text())
    (tmp_path / "gan-my_cats" / "config.json").write_text(json.dumps(told | {"data": {"title": "<b>", "classes": 7}}))
    site = Site(plates())
    assert site.weights("dcgan") == ["dcgan-mnist", "dcgan-fashion", "dcgan-celeba"] and site.problems["dcgan"]
    assert "infogan-odd" not in site.weights("infogan") and "4 categories" in str(site.problems["infogan"][0])
    assert site.weights("gan") == [] and "gan-mnist cannot draw" in str(site.problems["gan"][0])
    told = capsys.readouterr().err
    assert all(re.search(rf"(?<!\w){name}", told) for name in ("dcgan-my_cats", "infogan-odd", "gan-mnist"))


@pytest.mark.parametrize("name", [card.name for card in models.cards()])
def test_every_plate_is_built_beside_damaged_weights(name, damage, monkeypatch):
    damage(name)
    monkeypatch.setattr(Site, "_first", lambda *_: np.zeros((28, 28, 1), np.uint8))        # a picture for the tree, drawn of each
    site = Site(plates())
    with gr.Blocks():
        for module in site.plates:
            module.build(site)
    assert all(name not in site.weights(model) for module in site.plates for model in module.PLATE.models)


def test_figures_of_several_data_sets_say_what_each_was_measured_with():
    told = model_facts._table([shown_model(name).card for name in ("gan-mnist", "dcgan-mnist", "dcgan-fashion", "dcgan-celeba")])
    sentences = re.findall(r"^\*(.+?): distances are taken in the feature space of our own (.+?),", told, re.MULTILINE)
    assert [data.split(",")[0] for data, _ in sentences] == ["MNIST", "CelebA"] and "Fashion-MNIST" in sentences[0][0]
    assert len({what for _, what in sentences}) == 2 and "Columns of different data cannot be compared" in told
    alone = model_facts._table([shown_model(name).card for name in ("gan-mnist", "dcgan-mnist")])
    assert alone.count("Distances are taken") == 1 and "Columns" not in alone


def test_lists_are_joined_as_the_language_does():
    with speaking("zh"):
        slots = drawn_by(gan_plate.trays(["gan-mnist", "dcgan-mnist"]), {"left": "gan-mnist", "right": "dcgan-mnist", "seed": "1"})
        assert slots["left-name"].startswith("gan-mnist：")
        data = next(line for line in model_facts._table([shown_model("gan-mnist").card]).splitlines() if "MNIST，" in line)
        assert ", " not in data


def test_a_browser_reaches_own_weights_by_name_and_no_path(house):
    for name in (str(house / "cgan-my_cats"), "../weights", "cgan_my-cats", "", "..", "user/cgan-my_cats"):
        with pytest.raises(models.BadInput):
            shown_model(name)


def test_the_page_opens_with_own_weights(house, tmp_path, capsys):
    page = str(importlib.import_module("app").build().get_config_file())
    assert "left out" not in capsys.readouterr().err
    assert [folder.name for folder in tmp_path.iterdir() if folder.name not in page] == []
