"""Misspelt words, one mistake each; training never sees half of them, so that evaluation can use those."""

import random
import re
import string
import zlib

WORD = re.compile(r"[A-Za-z]{3,}")


def held_out(word: str) -> bool:
    """Whether this misspelling is kept from training: about half of them, by a checksum, so the same on every machine."""
    return zlib.crc32(word.encode()) % 2 == 0


def misspellings(word: str) -> list[str]:
    """The misspellings of a word that swap two neighbours, double a letter or leave one out, in alphabetical order."""
    found = {word[:i] + word[i + 1] + word[i] + word[i + 2:] for i in range(len(word) - 1)}
    found |= {word[:i] + word[i] + word[i:] for i in range(len(word))} | {word[:i] + word[i + 1:] for i in range(len(word))}
    return sorted(found - {word})


def misspell_word(word: str, chance: random.Random) -> str:
    """A misspelling of a word: one of `misspellings`, or a wrong letter in place of one or beside it. Never one that is held out."""
    for _ in range(20):
        place, letter = chance.randrange(len(word)), chance.choice(string.ascii_lowercase)
        found = chance.choice((chance.choice(misspellings(word)), word[:place] + letter + word[place + 1:],
                               word[:place] + letter + word[place:]))
        if found != word and not held_out(found):
            return found
    return word


def misspell(sentence: str, chance: random.Random, most: int = 3) -> str:
    """A sentence in which one to `most` of its words of three letters or more are misspelt."""
    places = list(WORD.finditer(sentence))
    for found in sorted(chance.sample(places, min(len(places), chance.randint(1, most))), key=lambda match: -match.start()):
        sentence = sentence[:found.start()] + misspell_word(found.group().lower(), chance) + sentence[found.end():]
    return sentence
