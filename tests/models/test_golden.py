"""Golden values: what each shipped network draws for three seeds, as the mean of each of 8x8 fields, so that a change of torch or of
the code that moves images is seen.

    python -m tests.models.test_golden                     # writes tests/models/golden.json anew, for all networks
    python -m tests.models.test_golden stackgan-flowers    # for these only

They are made in fp32. Measured over 32 seeds of each network: convolutions of another library (without oneDNN) move a field's mean by at
most 0.11 steps of 1/255, bf16 by at most 4.9; another seed or another control moves it by tens.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import models
from models.bench import in_fp32
from models.card import Card
from models.controls import Text

FILE = Path(__file__).with_name("golden.json")
SEEDS = (3, 11, 2026)
SENTENCE = "a tall violet iris between two small white stones"
MOST = 1.5         # steps of 1/255 that an 8x8 mean may move: other CPUs, other versions of torch
SIDE = 8


def cases(card: Card) -> dict[str, dict]:
    """Controls to draw with, by name: one for each stage and text encoder, where there are such."""
    found: dict[str, dict] = {"": {}}
    for control in card.controls:
        if isinstance(control, Text):
            found = {name: given | {control.name: SENTENCE} for name, given in found.items()}
        elif control.name in ("stage", "encoder"):
            found = {f"{name} {control.name}={option}".strip(): given | {control.name: option}
                     for name, given in found.items() for option in control.options}
    return found


def fields(images: np.ndarray) -> np.ndarray:
    """uint8 [N, H, W, C] -> means of 8x8 fields, float [N, 8, 8, C]; sides that 8 does not divide give fields of two sizes."""
    for axis in (1, 2):
        parts = np.array_split(images.astype(np.float64), SIDE, axis)
        images = np.stack([part.mean(axis) for part in parts], axis)
    return images


def made_of(card: Card) -> dict[str, str]:
    """sha256 of all weights that take part, by name: the model's own, and its text encoders' with all their files."""
    known = {card.name: card.sha256}
    if any(isinstance(control, Text) for control in card.controls):
        text = models.load(card.name).encoders.card
        known[text.name] = hashlib.sha256(json.dumps([text.sha256, sorted(text.files.items())]).encode()).hexdigest()
    return known


def drawing() -> list[Card]:
    return [card for card in shipped() if "generate" in models.load(card.name).tasks]


def shipped() -> list[Card]:
    """All in weights/ but those of a visitor's own pictures, which training writes there too."""
    return [card for card in models.cards(models.checkpoint.WEIGHTS) if not card.dataset.own]


def golden() -> dict:
    return json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [card.name for card in shipped()])
def test_images_are_as_they_were(name):
    model = models.load(name)
    if "generate" not in model.tasks:
        pytest.skip("draws nothing")
    known = golden().get(name)
    again = f"write golden values anew: python -m tests.models.test_golden {name}"
    assert known, f"{name} is new; {again}"
    assert known["weights"] == made_of(model.card), f"weights changed: {name}; {again}"
    for case, given in cases(model.card).items():
        with in_fp32(model):
            found = fields(model.generate(SEEDS, **given))
        difference = np.abs(found - np.array(known["means"][case]).reshape(found.shape))
        moved = [seed for seed, each in zip(SEEDS, difference, strict=True) if each.max() > MOST]
        how = f"{case or 'its defaults'}; seeds {moved}; by up to {difference.max():.1f}/255"
        assert not moved, f"{name} moved ({how}); if it is meant, {again}"


def test_nothing_is_remembered_that_is_not_shipped():
    assert set(golden()) == {card.name for card in drawing()}


def test_another_seed_and_another_control_are_seen():
    """The tolerance is tight enough to notice them."""
    model = models.load("cgan-mnist")
    first = fields(model.generate([3, 3, 4], label=[0, 1, 0]))
    assert np.abs(first[1:] - first[0]).max(axis=(1, 2, 3)).min() > 8 * MOST


def test_only_what_is_asked_for_is_written(tmp_path, monkeypatch):
    """Others keep what they have, new ones stay new, and what has no weights any more goes."""
    kept = {"weights": {}, "means": {"": [1.5]}}
    monkeypatch.setitem(globals(), "FILE", tmp_path / "golden.json")
    FILE.write_text(json.dumps({"cgan-mnist": kept, "gone-mnist": kept}))
    write(["gan-mnist"])
    assert golden().keys() == {"cgan-mnist", "gan-mnist"} and golden()["cgan-mnist"] == kept and golden()["gan-mnist"]["means"]


def test_a_name_of_no_weights_is_refused_and_nothing_is_written(tmp_path, monkeypatch):
    from conftest import is_one_sentence  # which the command does not find

    monkeypatch.setitem(globals(), "FILE", tmp_path / "golden.json")
    for name in ("gan-mnsit", "classifier-mnist"):         # there are none; they draw nothing
        with pytest.raises(SystemExit) as caught:
            write(["gan-mnist", name])
        assert name in str(caught.value.code) and is_one_sentence(caught.value.code)       # a text: exit status 1
    assert not FILE.exists()


def write(names: list[str]) -> None:
    """Writes the values of these weights anew, or of all; those of weights that are gone are dropped."""
    known, cards = golden() if FILE.is_file() else {}, {card.name: card for card in drawing()}
    if unknown := {*names} - cards.keys() - known.keys():
        sys.exit(f"error: {min(unknown):.60} is none of the shipped weights that draw (python -m models list).")
    for name in known.keys() - cards.keys():
        print(f"{name}: dropped, for its weights are gone")
    found = {name: known[name] for name in known.keys() & cards.keys()}
    for card in cards.values():
        if names and card.name not in names:
            continue
        model = models.load(card.name)
        with in_fp32(model):
            means = {case: fields(model.generate(SEEDS, **given)).round(1).ravel().tolist() for case, given in cases(card).items()}
        found[card.name] = {"weights": made_of(card), "means": means}
        print(f"{card.name}: {len(means) * len(SEEDS)} images")
    text = json.dumps(dict(sorted(found.items())), indent=1).replace(",\n    ", ", ").replace("[\n    ", "[").replace("\n   ]", "]")
    FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1:])
