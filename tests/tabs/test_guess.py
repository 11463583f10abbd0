"""Real or generated?: what is dealt, how it is scored, and what happens without the real pictures."""

import numpy as np
import pytest
from conftest import is_one_sentence
from playwright.sync_api import expect

from models.errors import BadInput
from page.site import shown_model
from tabs import guess
from tests.visitor import open_tab

STATE = {"deal": "3", "fetch": False, **guess.FRESH}


@pytest.fixture
def real(monkeypatch, parquet):
    monkeypatch.setenv("GAN_ATLAS_FASHION", str(parquet))
    return guess.real_pictures(fetch=False)


@pytest.mark.parametrize("deal", range(12))
def test_ten_cards_real_ones_from_the_data_and_drawn_ones_from_the_network(real, deal):
    is_real, pictures = guess.dealt(deal, real)
    assert pictures.shape == (10, 28, 28, 1) and 3 <= sum(is_real) <= 7
    for shown, said in zip(pictures, is_real, strict=True):
        assert (real == shown).all((1, 2, 3)).any() == said


def test_the_same_deal_gives_the_same_cards(real):
    assert (guess.dealt(5, real)[1] == guess.dealt(5, real)[1]).all()
    assert (guess.dealt(5, real)[1] != guess.dealt(6, real)[1]).any()


def test_both_scores_count_the_same_pictures(real):
    is_real, pictures = guess.dealt(3, real)
    theirs = int(((shown_model(guess.MODEL).score(pictures) > 0.5) == np.array(is_real)).sum())
    perfect = {f"drawn{i}": not said for i, said in enumerate(is_real)}
    slots = guess.draw(guess.parse(STATE | perfect | {"shown": True}))
    assert "You: <b>10</b> of 10 right" in slots["verdict"] and f"The discriminator: <b>{theirs}</b>" in slots["verdict"]
    assert sum("✓" in slots[f"truth{i}"] for i in range(10)) == 10
    wrong = guess.draw(guess.parse(STATE | {name: not value for name, value in perfect.items()} | {"shown": True}))
    assert "You: <b>0</b> of 10 right" in wrong["verdict"]


def test_nothing_is_given_away_before_it_is_asked_for(real):
    slots = guess.draw(guess.parse(STATE))
    assert not slots["verdict"] and not any(slots[f"truth{i}"] for i in range(10))


def test_without_the_real_pictures_the_plate_asks_and_fetches_nothing(monkeypatch):
    monkeypatch.delenv("GAN_ATLAS_FASHION", raising=False)
    monkeypatch.setattr(guess, "_loaded", lambda source: pytest.fail("fetched although nobody asked"))
    assert "Fetch it" in guess.draw(guess.parse(STATE))["asking"]


@pytest.mark.parametrize("deal", range(4))
def test_without_the_real_pictures_two_networks_play(monkeypatch, deal):
    monkeypatch.delenv("GAN_ATLAS_FASHION", raising=False)
    is_newer, pictures = guess.dealt(deal, None)
    assert pictures.shape == (10, 28, 28, 1) and 3 <= sum(is_newer) <= 7
    perfect = {f"drawn{i}": not said for i, said in enumerate(is_newer)}
    slots = guess.draw(guess.parse(STATE | perfect | {"deal": str(deal), "shown": True}))
    assert "You: <b>10</b> of 10 right" in slots["verdict"] and "GAN, 2014" in slots["tick0"]
    assert sum("DCGAN" in slots[f"truth{i}"] for i in range(10)) == sum(is_newer)


def test_each_network_is_named_rightly(monkeypatch):
    class Drawer:
        def __init__(self, name):
            self.shade = {"gan-mnist": 10, "dcgan-mnist": 20}[name]

        def generate(self, seeds):
            return np.full((len(seeds), 28, 28, 1), self.shade, np.uint8)

    monkeypatch.setattr(guess, "shown_model", Drawer)
    is_newer, pictures = guess.dealt(1, None)
    assert [bool((picture == 20).all()) for picture in pictures] == is_newer and set(np.unique(pictures)) == {10, 20}


def test_a_failed_fetch_is_one_sentence_and_not_tried_again_at_once(monkeypatch, tmp_path):
    import models.parquet

    tries = []

    def refuse(source, split):
        tries.append(source)
        raise BadInput("no network")

    monkeypatch.delenv("GAN_ATLAS_FASHION", raising=False)
    monkeypatch.setattr(guess, "_failed", {})
    monkeypatch.setattr(models.parquet, "load_images", refuse)
    for _ in range(3):
        with pytest.raises(BadInput) as caught:
            guess.draw(guess.parse(STATE | {"fetch": True}))
        assert is_one_sentence(str(caught.value))
    assert len(tries) == 1


def test_the_game_in_the_browser(real, page):
    found = open_tab(page, "Real or generated?", "guess")
    found.locator('[data-reroll="deal"]').or_(found.locator('[data-set*="fetch"]')).first.click()    # real pictures lie in a folder now
    expect(found.locator(".guess").first).to_be_visible()
    found.locator(".guess").nth(2).click()
    expect(found.locator('input[name="drawn2"]')).to_be_checked()
    found.get_by_role("button", name="Show the truth").click()
    expect(found.locator('[data-slot="verdict"]')).to_contain_text("of 10 right")
    found.get_by_role("button", name="Deal again").click()
    expect(found.locator('[data-slot="verdict"]')).to_have_text("")
    expect(found.locator('input[name="drawn2"]')).not_to_be_checked()
