"""The way of a picture: what a visitor sends is parsed once, and no network looks at the same thing twice. Calls are counted."""

from collections import Counter

import gradio as gr
import pytest

import models.controls
import models.loaded
import models.text.encoders
from app import build
from harness.hostile import Target, targets
from models.errors import BadInput
from page.instrument import instrument
from page.language import language
from page.site import shown_model


@pytest.fixture(scope="module")
def made() -> dict[str, Target]:
    return {target.name: target for target in targets(build())}


@pytest.fixture
def calls(monkeypatch) -> Counter:
    """How often each control, and the seeds, are parsed from here on."""
    found = Counter()

    def counted(owner, name: str, label) -> None:
        real = getattr(owner, name)

        def call(*given, **named):
            found[label(*given)] += 1
            return real(*given, **named)

        monkeypatch.setattr(owner, name, call)

    for kind in ("Choice", "Range", "Text", "Picture"):
        counted(getattr(models.controls, kind), "parse", lambda control, *_: control.name)
    counted(models.loaded, "parse_seeds", lambda *_: "seeds")
    return found


def passes(network) -> list[int]:
    """The batch sizes that go through a network from here on."""
    seen: list[int] = []
    network.register_forward_hook(lambda _, given, __: seen.append(len(given[0])))
    return seen


def drag(made: dict[str, Target], name: str, phases: tuple[str, ...], **change) -> dict[str, str]:
    slots = {}
    for phase in phases:
        target = made[f"{name}.{phase}"]
        slots |= target.call(target.good | change)
        assert not slots["notice"]
    return slots


def test_a_drag_of_infogan_is_parsed_once_and_seen_once(made, calls):
    drag(made, "infogan", ("draw", "follow"), seed="99", c1=0.1)      # the grid of this noise is drawn, and kept
    calls.clear()
    model = shown_model("infogan-mnist")
    drawn, seen = passes(model.generator), passes(model.discriminator.trunk)
    drag(made, "infogan", ("draw", "follow", "recite"), seed="99", c1=0.2)
    assert calls == {"c1": 1, "c2": 2}      # c2 once more as the default of what the sheet does not vary; a category is a place already
    assert drawn == [1, 10]               # the picture, and its ten categories
    assert seen == [1]                    # D's verdict and Q's reading come from one pass of their trunk


def test_a_label_of_cgan_is_looked_at_once_for_all_ten_labels(made, calls):
    model = shown_model("cgan-mnist")
    drag(made, "cgan", ("draw",), seed="77", mix=0.1)
    calls.clear()
    drawn, seen = passes(model.generator), passes(model.discriminator.phi)
    drag(made, "cgan", ("draw",), seed="77", mix=0.3)
    assert not calls                  # labels are places already, and their mixture is no third
    assert drawn == [1] and seen == [1]           # the ten of this noise are kept; D looks at the picture once, for ten pairs


def test_a_sentence_is_embedded_once_a_key_press(made, monkeypatch):
    read = []
    real = models.text.encoders.letters
    monkeypatch.setattr(models.text.encoders, "letters", lambda texts: read.extend(texts) or real(texts))
    text = "a flower that nobody has asked for before, with violet stripes"
    slots = drag(made, "text", ("draw", "follow", "finish", "recite"), text=text)
    assert text in slots["command"] and slots["pairs"]
    assert read.count(text) == 1 and len(read) == len(set(read))


def test_a_state_is_parsed_once_whatever_the_number_of_phases():
    parsed = []
    with gr.Blocks():
        found = instrument(lambda: "", {"a": 1}, lambda state: parsed.append(state) or state["a"], lambda a: {"x": f"{a}"},
                           follow=lambda a: {}, finish=lambda a: {}, save=lambda a: (f"{a}.png", ""), recite=lambda a: ("gan-mnist", a, {}),
                           elem_id="counted")
    phases = {function.__name__: function for function in found.server_fns}
    assert set(phases) == {"draw", "follow", "finish", "save", "recite", "first", "later"}
    for a in (2, 3, 2):
        for phase in phases.values():
            assert phase({"a": a, "language": "zh"})["notice"] == ""
    assert parsed == [{"a": 2}, {"a": 1}, {"a": 3}]      # the 1 is what `first` and `later` draw


def test_what_stands_there_at_first_is_drawn_when_it_is_seen_once_in_each_language():
    drawn = []

    def draw(a):
        if len(drawn) == 1:
            drawn.append("refused")
            raise BadInput("Many people are drawing just now; please try again in a moment.")
        drawn.append(language())
        return {"x": f"{a}"}

    with gr.Blocks():
        found = instrument(lambda: "", {"a": 1}, lambda state: state["a"], draw, follow=lambda a: {"y": "2"}, still=lambda: {"z": "3"},
                           elem_id="seen")
    assert drawn == []
    for _ in range(3):
        assert found.functions["first"]({"a": 7, "language": "en"}) == {"x": "1", "y": "2", "notice": ""}
    assert found.functions["later"]({"language": "en"}) == {"z": "3", "notice": ""}
    assert found.functions["first"]({"language": "zh"})["notice"]
    for _ in range(2):
        assert found.functions["first"]({"language": "zh"})["notice"] == ""      # a refusal is not kept
    assert drawn == ["en", "refused", "zh"]
