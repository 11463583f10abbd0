"""Misspelt words, as the sentence encoder's training makes them."""

import random

import pytest

from training.kit.misspellings import held_out, misspell, misspell_word, misspellings


def test_misspellings_are_one_mistake_away():
    assert misspellings("red") == ["ed", "erd", "rd", "rde", "re", "redd", "reed", "rred"]
    assert "red" not in misspellings("red") and "see" not in misspellings("see")


@pytest.mark.parametrize("word", ["red", "yellow", "chrysanthemum", "aaa"])
def test_training_never_makes_what_is_held_out(word):
    chance = random.Random(0)
    made = {misspell_word(word, chance) for _ in range(400)}
    assert len(made) > 10 and not any(held_out(found) for found in made - {word})


def test_about_half_is_held_out():
    words = [found for word in ("yellow", "purple", "orange", "chrysanthemum") for found in misspellings(word)]
    assert 0.35 < sum(map(held_out, words)) / len(words) < 0.65


@pytest.mark.parametrize("seed", range(20))
def test_one_to_three_words_of_a_sentence_are_misspelt(seed):
    plain = "this flower has 5 red petals, and is so pale"
    found = misspell(plain, random.Random(seed)).split(" ")
    changed = [(a, b) for a, b in zip(plain.split(" "), found, strict=True) if a != b]
    assert 1 <= len(changed) <= 3 and all(len(a) >= 3 for a, _ in changed)
    assert misspell(plain, random.Random(seed)) == " ".join(found)


def test_a_sentence_without_words_stays():
    assert misspell("5 of 12", random.Random(0)) == "5 of 12"
