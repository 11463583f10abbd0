"""What the text encoders remember of their training: some captions with their embeddings, and every word that occurred."""

import itertools
import re
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from models.card import Card
from models.checkpoint import check_file, read_json, write_json
from models.errors import BadInput

WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")


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


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


class Captions:
    """Read from captions.json and captions.safetensors of the weights folder; empty if they are not there, or others than `card` names."""

    def __init__(self, folder: Path, dim: int, card: Card):
        self.texts: list[str] = []
        self.vocabulary: dict[str, int] = {}         # word -> how often it occurred
        self.embeddings = torch.empty(2, 0, dim)         # of the texts, by each encoder
        try:
            record = read_json(check_file(folder, "captions.json", card))
            embeddings = load_file(check_file(folder, "captions.safetensors", card))["points"].float()
            if embeddings.shape == (2, len(record["texts"]), dim):
                self.texts, self.vocabulary, self.embeddings = record["texts"], record["vocabulary"], embeddings
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

    def unseen(self, text: str) -> list[str]:
        """The words of a text that occurred in no caption."""
        return [word for word in dict.fromkeys(words(text)) if self.vocabulary and word not in self.vocabulary]


def save_captions(folder: Path, texts: list[str], embeddings: torch.Tensor, everything: list[str]) -> None:
    """Keeps `texts` with their embeddings [2, N, dim], and the words of all captions."""
    counts: dict[str, int] = {}
    for caption in everything:
        for word in words(caption):
            counts[word] = counts.get(word, 0) + 1
    write_json(folder / "captions.json", {"texts": texts, "vocabulary": dict(sorted(counts.items()))})
    save_embeddings(folder, embeddings)


def save_embeddings(folder: Path, embeddings: torch.Tensor) -> None:
    """Keeps the embeddings [2, N, dim] of the texts that captions.json has."""
    save_file({"points": embeddings.half().contiguous()}, folder / "captions.safetensors")
