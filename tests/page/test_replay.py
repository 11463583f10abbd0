"""The replay of weights whose history is damaged: what cannot be shown is left out, and the plate stands."""

import pytest

from page import model_facts, replay

WHOLE = model_facts._kept("gan-mnist")


@pytest.mark.parametrize("damage", [
    {"grids": 5}, {"grids": ["a"]}, {"grids": [True]}, {"grids": [-1]}, {"losses": [1]}, {"losses": {}}, {"losses": {"step": [1, 2]}},
    {"losses": {"step": [1, 2], "d": [1]}}, {"losses": {"step": [1, 2], "d": [None, None]}}, {"losses": {"step": [None, 2], "d": [1, 2]}},
    {"losses": {"step": [0, 0], "d": [1, 2]}}, {"losses": {"step": [1, 2], "d": ["x", 2]}},
])
def test_a_damaged_history_shows_no_curves(monkeypatch, damage):
    monkeypatch.setattr(model_facts, "_kept", lambda name: WHOLE | damage)
    steps, losses = model_facts.history("gan-mnist")
    assert steps == ([] if damage.keys() == {"grids"} or damage == {"losses": [1]} else WHOLE["grids"])
    assert replay.curves(losses, 100, {}) == ""


def test_a_whole_one_shows_them():
    steps, losses = model_facts.history("gan-mnist")
    assert steps == WHOLE["grids"] and replay.curves(losses, steps[-1], {}).count("<polyline") == len(losses) - 1
