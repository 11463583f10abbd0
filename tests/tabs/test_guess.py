"""Real or generated?: what is dealt, and how it is scored."""

import numpy as np
import pytest
from playwright.sync_api import expect

from page.site import shown_model
from tabs import guess
from tests.visitor import open_tab

STATE = {"deal": "3", **guess.FRESH}


def test_the_real_pictures_are_there_with_their_licence():
    real = guess.real_pictures()
    assert (real.shape, real.dtype) == ((200, 28, 28, 1), np.uint8)
    assert len(np.unique(real.reshape(200, -1), axis=0)) > 190
    assert "MIT License" in guess.REAL.with_suffix(".LICENSE.txt").read_text("utf-8")


@pytest.mark.parametrize("deal", range(12))
def test_ten_cards_real_ones_from_the_data_and_drawn_ones_from_the_network(deal):
    is_real, pictures = guess.dealt(deal)
    assert pictures.shape == (10, 28, 28, 1) and 3 <= sum(is_real) <= 7
    for shown, said in zip(pictures, is_real, strict=True):
        assert (guess.real_pictures() == shown).all((1, 2, 3)).any() == said


def test_the_same_deal_gives_the_same_cards():
    assert (guess.dealt(5)[1] == guess.dealt(5)[1]).all()
    assert (guess.dealt(5)[1] != guess.dealt(6)[1]).any()


def test_both_scores_count_the_same_pictures():
    is_real, pictures = guess.dealt(3)
    theirs = int(((shown_model(guess.MODEL).score(pictures) > 0.5) == np.array(is_real)).sum())
    perfect = {f"drawn{i}": not said for i, said in enumerate(is_real)}
    slots = guess.draw(guess.parse(STATE | perfect | {"shown": True}))
    assert "You: <b>10</b> of 10 right" in slots["verdict"] and f"The discriminator: <b>{theirs}</b>" in slots["verdict"]
    assert sum("✓" in slots[f"truth{i}"] for i in range(10)) == 10
    wrong = guess.draw(guess.parse(STATE | {name: not value for name, value in perfect.items()} | {"shown": True}))
    assert "You: <b>0</b> of 10 right" in wrong["verdict"]


def test_nothing_is_given_away_before_it_is_asked_for():
    slots = guess.draw(guess.parse(STATE))
    assert not slots["verdict"] and not any(slots[f"truth{i}"] for i in range(10))


def test_the_game_in_the_browser(page):
    found = open_tab(page, "Real or generated?", "guess")
    expect(found.locator(".guess").first).to_be_visible()
    found.locator(".guess").nth(2).click()
    expect(found.locator('input[name="drawn2"]')).to_be_checked()
    found.get_by_role("button", name="Show the truth").click()
    expect(found.locator('[data-slot="verdict"]')).to_contain_text("of 10 right")
    found.get_by_role("button", name="Deal again").click()
    expect(found.locator('[data-slot="verdict"]')).to_have_text("")
    expect(found.locator('input[name="drawn2"]')).not_to_be_checked()
