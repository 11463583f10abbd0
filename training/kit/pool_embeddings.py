"""Embeddings of a TextPool by both text encoders, from which the text-to-image scripts draw their batches."""

import hashlib
from pathlib import Path

import torch
import torch.nn.functional as F

from models.precision import bf16_pays
from models.text.captions import with_article
from models.text.char_cnn_rnn import letters
from models.text.encoders import ENCODERS, TextEncoders
from training.kit import text_pool
from training.kit.cache import kept
from training.kit.captions import Captioned
from training.kit.sentences import of_another_class

SHARES = (0.05, 0.15, 0.35)       # of misspelt texts, of captions with a name in them, of names alone
READ = (4, 1, 1)                 # for each image the captions, misspelt and named captions that the slower character encoder reads
SHOWN = ("a sunflower", "a rose", "a water lily", "a daffodil", "a purple crocus", "a common dandelion", "orange marigolds",
         "a passion flower", "a red hibiscus", "a white lotus")       # flowers of a sample grid, beside captions


class PoolEmbeddings:
    """Texts for the images of a Captioned set, as embeddings of length 1, by either encoder with equal chance."""

    def __init__(self, data: Captioned, encoders: TextEncoders, cache: Path):
        self.labels, self.encoders = data.labels, encoders
        self.shown = SHOWN if data.flowers else tuple(with_article(names[0]) for names in data.names.values())[:len(SHOWN)]
        language = encoders.sentence.model
        self.pool = text_pool.build(data, text_pool.vocabulary_of(language))
        meant = text_pool.pooled_embeddings(language, self.pool.texts, cache)
        with torch.no_grad():
            self.sentence = F.normalize(language[2].linear(meant.float()), dim=1).half()
        captions, misspelt, named = READ
        self.read = text_pool.TextPool(self.pool.texts, [own[:captions] for own in self.pool.captions],
                                       [own[:misspelt] for own in self.pool.misspelt], [own[:named] for own in self.pool.named],
                                       self.pool.bare, self.pool.pairs)
        numbers = [n for part in (self.read.captions, self.read.misspelt, self.read.named, self.read.bare.values()) for own in part
                   for n in own]
        self.place = torch.full((len(self.pool.texts),), -1)
        self.place[torch.tensor(numbers)] = torch.arange(len(numbers))
        self.characters = self._characters([self.pool.texts[n] for n in numbers], cache)

    def right(self, chosen: torch.Tensor) -> torch.Tensor:
        """For each of the chosen images the embedding of one of its texts: float [N, dim]."""
        labels = self.labels[chosen]
        sentence, characters = (pool.draw(chosen, labels, SHARES) for pool in (self.pool, self.read))
        return torch.where(torch.rand(len(chosen), 1) < 0.5, self.sentence[sentence], self.characters[self.place[characters]]).float()

    def wrong(self, chosen: torch.Tensor) -> torch.Tensor:
        """For each of the chosen images the embedding of a text about another class: float [N, dim]."""
        return self.right(of_another_class(self.labels, chosen))

    def grid(self, *dims: int, images: int = 30) -> list[torch.Tensor]:
        """What a sample grid is drawn from, the same at every start: embeddings of captions and of up to ten names, together `images`, then
        noise, [N, dim] each."""
        chance = torch.Generator().manual_seed(0)
        shown = torch.randperm(len(self.labels), generator=chance)[:images - len(self.shown)].tolist()
        captions = self.sentence[torch.tensor([self.pool.captions[i][0] for i in shown])].float()
        text = torch.cat([captions, self.encoders.embed(list(self.shown), ENCODERS[1])]) if self.shown else captions
        return [text, *(torch.randn(len(text), dim, generator=chance) for dim in dims)]

    def _characters(self, texts: list[str], cache: Path) -> torch.Tensor:
        told = hashlib.sha256("\n".join([self.encoders.card.sha256, *texts]).encode()).hexdigest()

        def embeddings() -> torch.Tensor:
            device = self.encoders.device
            with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=bf16_pays(device.type)):
                found = [self.encoders.text(letters(texts[i:i + 128]).to(device)).half().cpu() for i in range(0, len(texts), 128)]
            return torch.cat(found)

        return kept(cache / f"characters-{told[:16]}.safetensors", embeddings)
