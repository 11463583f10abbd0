"""The 2-D lab as the page calls it: bounded, forgetful, and polite."""

import pytest
from conftest import is_one_sentence

from tabs import lab

ASKED = {"id": "0123456789abcdef", "rules": lab.RULES, "rounds": 2, "anew": False, "drawn": []}


@pytest.fixture(autouse=True)
def _no_games():
    lab._games.clear()


def test_a_game_goes_on_from_call_to_call():
    assert [lab.play(ASKED)["steps"] for _ in range(3)] == [2, 4, 6]
    assert lab.play(ASKED | {"rounds": 0, "d": 1, "g": 1})["steps"] == 7
    assert lab.play(ASKED | {"id": "another-visitor"})["steps"] == 2


def test_new_rates_keep_the_game_and_a_new_target_begins_another():
    lab.play(ASKED)
    assert lab.play(ASKED | {"rules": lab.RULES | {"lr_g": 0.01}})["steps"] == 4
    assert lab.play(ASKED | {"rules": lab.RULES | {"target": "moons"}})["steps"] == 2
    assert lab.play(ASKED | {"rules": lab.RULES | {"target": "moons"}, "anew": True, "rounds": 0})["steps"] == 0


def test_games_left_alone_are_forgotten(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(lab.time, "monotonic", lambda: now[0])
    lab.play(ASKED)
    now[0] += lab.IDLE + 1
    lab.play(ASKED | {"id": "another-visitor"})
    assert list(lab._games) == ["another-visitor"]


def test_no_more_games_than_allowed():
    for i in range(lab.MOST_GAMES + 5):
        lab.play(ASKED | {"id": f"visitor-{i:04}", "rounds": 0})
    assert len(lab._games) == lab.MOST_GAMES and "visitor-0000" not in lab._games


@pytest.mark.parametrize("name", lab.PRESETS)
def test_presets_are_rules_that_play(name):
    assert lab.play(ASKED | {"rules": lab.PRESETS[name]})["steps"] == 2


@pytest.mark.parametrize("sent", [
    None, [], "x", {}, ASKED | {"id": 3}, ASKED | {"id": "x" * 100}, ASKED | {"rules": {}}, ASKED | {"rules": None}, ASKED | {"rounds": 11},
    ASKED | {"rounds": -1}, ASKED | {"rounds": float("nan")}, ASKED | {"d": "many"}, ASKED | {"rules": lab.RULES | {"k": 99}},
    ASKED | {"rules": lab.RULES | {"target": "drawn"}}, ASKED | {"rules": lab.RULES | {"target": "<img>"}},
], ids=lambda sent: str(sent)[:30])
def test_bad_calls_get_one_sentence(sent):
    answer = lab.play(sent)
    assert set(answer) == {"notice"} and is_one_sentence(answer["notice"])
