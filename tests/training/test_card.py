"""The model card says what a model is for by its tasks and controls, not by its name."""

import pytest
from conftest import change, tiny_weights
from huggingface_hub import ModelCard

import models
from models.checkpoint import WEIGHTS
from models.controls import Choice, Picture, Range, Text
from training.kit import card
from training.kit.card import model_card, write_model_card

EXPECTED = {
    "gan": ("unconditional-image-generation", "images = model.generate(range(16))", "a seed is all it takes"),
    "cgan": ("unconditional-image-generation", 'images = model.generate(range(16), label="Ankle boot")', "- `label`:"),
    "classifier": ("image-classification", "probabilities = model.classify(images)   # images: uint8 [N, 28, 28, 1]", "it takes pictures"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_task_use_and_controls(tmp_path, name):
    write_model_card(folder := tiny_weights(tmp_path / name, name))
    written = ModelCard.load(folder / "README.md")
    task, use, controls = EXPECTED[name]
    assert written.data.pipeline_tag == task and use in written.text and controls in written.text
    assert ("gan" in written.data.tags) == (name != "classifier")


@pytest.mark.parametrize(("controls", "task"), [
    ((Text("text", ""),), "text-to-image"), ((Picture("input", 8, ""),), "image-to-image"),
    ((Range("c", 0, 1, ""),), "unconditional-image-generation"),
])
def test_the_controls_say_the_task(tmp_path, controls, task, monkeypatch):
    monkeypatch.setattr(models.gan, "controls", lambda cfg, classes: controls)
    write_model_card(folder := tiny_weights(tmp_path / "gan", "gan"))
    assert ModelCard.load(folder / "README.md").data.pipeline_tag == task


def test_a_model_may_say_how_it_is_used(tmp_path, monkeypatch):
    monkeypatch.setattr(models.gan, "USAGE", "pair = model.generate([1, 2])", raising=False)
    write_model_card(folder := tiny_weights(tmp_path / "gan", "gan"))
    assert "pair = model.generate([1, 2])\n" in (folder / "README.md").read_text()


def test_figures_come_first_then_all_other_metrics(folder):
    change(folder, "metrics.json", samples=7, frechet_distance=1.234, frechet_floor=0.5, label_accuracy=0.75, class_share={"Bag": 0.1})
    write_model_card(folder)
    text = (folder / "README.md").read_text()
    lines = text[text.index("## Metrics"):].splitlines()[1:6]
    assert lines[:4] == ["- Fréchet distance (floor): 1.23 (0.50)", "- label accuracy: 75.00%", "- samples: 7", "- class share: Bag 0.1"]
    assert "our own classifier (`classifier-fashion`)" in text


@pytest.mark.parametrize(("control", "example"), [
    (Choice("label", ("a", "b"), ""), '"b"'), (Text("text", "", "a rose"), '"a rose"'), (Picture("input", 8, ""), 'Path("photo.png")'),
    (Range("c", -1, 0.5, ""), "0.5"),
])
def test_examples_are_python(control, example):
    assert card._example(control) == example


@pytest.mark.parametrize("folder", [WEIGHTS / card.name for card in models.cards()], ids=lambda folder: folder.name)
def test_shipped_cards_are_what_the_code_writes_today(folder):
    assert (folder / "README.md").read_text(encoding="utf-8") == model_card(folder)
