"""What the text encoders remember of their training: some captions and the kinds it named, with their embeddings, and every word."""

import itertools
import re
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from models.card import Card
from models.checkpoint import check_file, read_json, write_json
from models.errors import BadInput

WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


EXAMPLES = (     # sentences that the page offers; written for it, in the style of people who describe what they see
    "a pale yellow lily with orange stamens",
    "this flower has long pink petals and a yellow center",
    "a deep red rose with many folded petals",
    "purple petals with white edges around a dark middle",
    "a white daisy with a bright yellow centre",
    "many small blue flowers growing close together",
    "an orange flower with dark spots on its petals",
    "a sunflower with a big brown disc",
)


WHOLE = ("a", "an", "the", "this", "that", "these", "those", "some", "one", "two", "three", "many", "several")      # phrases begin so
PETALS = ("red", "purple", "white", "yellow", "pink", "orange", "blue", "violet", "lavender", "green", "magenta", "peach")    # usual ones
COLOURS = (*PETALS, "black", "brown", "crimson", "scarlet", "gold", "golden", "maroon", "burgundy", "cream")
# One or two words; longer ones are no names, and the phrase of a text as long as may be would be too long.
SHORT = re.compile(r"[a-z][a-z'-]{0,40}(?: [a-z][a-z'-]{0,40})?", re.ASCII | re.IGNORECASE)
PLURAL = re.compile(r"[^uis]s", re.ASCII | re.IGNORECASE)       # of its last two letters: roses, and not iris, lotus, moss


def with_article(name: str) -> str:
    return f"{'an' if name[:1].lower() in ('a', 'e', 'i', 'o', 'u') else 'a'} {name}"


def phrase(text: str) -> str:
    """One or two words such as people type them, as the phrase that they are short for: "a rose", "some roses", "a red flower". The encoder
    of letters takes every seventh name without an article for another kind, and none with one."""
    first, last = text.lower().split(" ")[0], text.lower().split(" ")[-1]
    if first in WHOLE or not SHORT.fullmatch(text):
        return text
    text = f"{text} flower" if last in COLOURS else text
    return f"some {text}" if PLURAL.fullmatch(text[-2:]) else with_article(text)


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


class Captions:
    """Read from captions.json and captions.safetensors of the weights folder; empty if they are not there, or others than `card` names."""

    def __init__(self, folder: Path, dim: int, card: Card):
        self.texts: list[str] = []
        self.vocabulary: dict[str, int] = {}         # word -> how often it occurred
        self.embeddings = torch.empty(2, 0, dim)         # of the texts, by each encoder
        self.kinds: list[str] = []                       # names of the classes
        self.kind_embeddings = torch.empty(2, 0, dim)    # of "a <name>"
        try:
            record = read_json(check_file(folder, "captions.json", card))
            found = load_file(check_file(folder, "captions.safetensors", card))
            embeddings, kinds = found["points"].float(), found.get("kinds", self.kind_embeddings).float()
            if embeddings.shape == (2, len(record["texts"]), dim):
                self.texts, self.vocabulary, self.embeddings = record["texts"], record["vocabulary"], embeddings
            if kinds.shape == (2, len(record.get("kinds", [])), dim):
                self.kinds, self.kind_embeddings = record.get("kinds", []), kinds
        except (BadInput, SafetensorError, OSError, KeyError):
            pass                                     # drawing works without
        self._place = {text: i for i, text in enumerate(self.texts)}

    def embedding(self, text: str, encoder: int) -> torch.Tensor | None:
        """The embedding of a remembered caption, so that it need not be computed; None for any other text."""
        return self.embeddings[encoder, self._place[text]] if text in self._place else None

    def nearest(self, embedding: torch.Tensor, encoder: int, most: int = 3) -> list[tuple[str, float]]:
        """The remembered captions nearest to an embedding [dim], each with its cosine."""
        order = (cosines := self.embeddings[encoder] @ embedding).argsort(descending=True).tolist()
        real = (i for i in order if self.texts[i] not in EXAMPLES)      # those are ours, nobody wrote them about a photograph
        return [(self.texts[i], float(cosines[i])) for i in itertools.islice(real, most)]

    def nearest_kinds(self, embedding: torch.Tensor, encoder: int, most: int = 3) -> list[tuple[str, float]]:
        """The kinds whose names are nearest to an embedding [dim], each with its cosine."""
        cosines = self.kind_embeddings[encoder] @ embedding
        return [(self.kinds[i], float(cosines[i])) for i in cosines.argsort(descending=True)[:most].tolist()]

    def unseen(self, text: str) -> list[str]:
        """The words of a text that occurred in no caption."""
        return [word for word in dict.fromkeys(words(text)) if self.vocabulary and word not in self.vocabulary]


def save_captions(folder: Path, texts: list[str], embeddings: torch.Tensor, everything: list[str], kinds: list[str],
                  kind_embeddings: torch.Tensor) -> None:
    """Keeps `texts` with their embeddings [2, N, dim], the words of all captions, and the names `kinds` with theirs [2, K, dim]."""
    counts: dict[str, int] = {}
    for caption in everything:
        for word in words(caption):
            counts[word] = counts.get(word, 0) + 1
    write_json(folder / "captions.json", {"texts": texts, "vocabulary": dict(sorted(counts.items())), "kinds": kinds})
    save_embeddings(folder, embeddings, kind_embeddings)


def save_embeddings(folder: Path, embeddings: torch.Tensor, kinds: torch.Tensor) -> None:
    """Keeps the embeddings of the texts and kinds that captions.json has: [2, N, dim] and [2, K, dim]."""
    save_file({"points": embeddings.half().contiguous(), "kinds": kinds.half().contiguous()}, folder / "captions.safetensors")
