"""Real or generated?: what is dealt, and how it is scored."""


import numpy as np
import pytest
from playwright.sync_api import expect

from page.site import shown_model
from tabs import guess
from tests.visitor import drawn_by, open_tab, pixels

GAME, STATE = guess.drawing(), {"deal": "3", **guess.FRESH}


def test_the_real_pictures_are_there_with_their_licence():
    real = guess.real_pictures()
    assert (real.shape, real.dtype) == ((200, 28, 28, 1), np.uint8)
    assert len(np.unique(real.reshape(200, -1), axis=0)) > 190
    assert "MIT License" in guess.REAL.with_suffix(".LICENSE.txt").read_text("utf-8")


def dealt(deal: int) -> tuple[list[bool], np.ndarray]:
    """Which of the cards are real, as the page says it, and the cards, uint8 [10, 28, 28, 1]."""
    slots = drawn_by(GAME, STATE | {"deal": str(deal), "shown": True})
    cards = [pixels(slots[f"card{i}"]) for i in range(guess.CARDS)]
    return ["generated" not in slots[f"truth{i}"] for i in range(guess.CARDS)], np.stack(cards)[..., None]


@pytest.mark.parametrize("deal", [*range(12), 2**32 - 1])
def test_ten_cards_real_ones_from_the_data_and_drawn_ones_from_the_network(deal):
    is_real, pictures = dealt(deal)
    assert pictures.shape == (10, 28, 28, 1) and 3 <= sum(is_real) <= 7
    for shown, said in zip(pictures, is_real, strict=True):
        assert (guess.real_pictures() == shown).all((1, 2, 3)).any() == said


def test_deals_differ_in_how_many_are_real_and_where():
    found = [tuple(dealt(deal)[0]) for deal in range(40)]
    assert {sum(one) for one in found} == {3, 4, 5, 6, 7} and len(set(found)) > 30
    assert all(0.2 < share < 0.8 for share in np.mean(found, 0))


def test_both_scores_count_the_same_pictures():
    is_real, pictures = dealt(3)
    theirs = int(((shown_model(guess.MODEL).score(pictures) > 0.5) == np.array(is_real)).sum())
    perfect = {f"drawn{i}": not said for i, said in enumerate(is_real)}
    slots = drawn_by(GAME, STATE | perfect | {"shown": True})
    assert "You: <b>10</b> of 10 right" in slots["verdict"] and f"The discriminator: <b>{theirs}</b>" in slots["verdict"]
    assert sum("you ✓" in slots[f"truth{i}"] for i in range(10)) == 10
    wrong = drawn_by(GAME, STATE | {name: not value for name, value in perfect.items()} | {"shown": True})
    assert "You: <b>0</b> of 10 right" in wrong["verdict"]
    for i, said in enumerate(is_real):          # the mark is the visitor's: before the truth it would read as "not generated"
        assert wrong[f"truth{i}"].startswith(f"<b>{'real' if said else 'generated'}</b><br>") and "you ✗" in wrong[f"truth{i}"]


def test_nothing_is_given_away_before_it_is_asked_for():
    slots = drawn_by(GAME, STATE)
    assert not slots["verdict"] and not any(slots[f"truth{i}"] for i in range(10))


def test_the_game_in_the_browser(page):
    found = open_tab(page, "Real or generated?", "guess")
    expect(found.locator(".guess").first).to_be_visible()
    found.locator(".guess").nth(2).click()
    expect(found.locator('input[name="drawn2"]')).to_be_checked()
    found.get_by_role("button", name="Show the truth").click()
    expect(found.locator('[data-slot="verdict"]')).to_contain_text("of 10 right")
    expect(found.locator('input[name="drawn2"]')).to_be_disabled()          # the truth is known
    found.get_by_role("button", name="Deal again").click()
    expect(found.locator('[data-slot="verdict"]')).to_have_text("")
    expect(found.locator('input[name="drawn2"]')).not_to_be_checked()
    expect(found.locator('input[name="drawn2"]')).to_be_enabled()
