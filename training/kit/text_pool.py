"""Every text that the text encoders train on, and what the frozen language model makes of each, computed once.

Texts are addressed by their number in `TextPool.texts`, so that precomputed embeddings can be drawn in batches. Four kinds: captions,
captions with misspellings, captions in which "flower" has become a name of the class, and bare names. A fifth, `pairs`, has no image:
two texts that must have one embedding (a misspelt phrase and the phrase), or a phrase with any word of the language model's vocabulary,
from which the character encoder learns words that no caption has.
"""

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer

from models.precision import bf16_pays
from models.text.captions import PETALS as COLOURS
from models.text.captions import with_article
from training.kit import flower_names
from training.kit.cache import kept
from training.kit.captions import Captioned
from training.kit.misspellings import misspell

FRAMES = ("a flower with {} petals", "this flower is {}", "{} flower", "petals that are {}", "the petals are {} in color",
          "a {} flower with long petals", "{}")
MISSPELT, NAMED = 3, 2      # texts of these kinds for each image
PHRASES, WORDS = 3_000, 8_000    # pairs without an image, at most: of misspelt colour words, and of words of the vocabulary


@dataclass(frozen=True)
class TextPool:
    texts: list[str]
    captions: list[list[int]]       # for each image the numbers of its captions
    misspelt: list[list[int]]       # the same of captions with misspellings
    named: list[list[int]]          # the same of captions with a name in them
    bare: dict[int, list[int]]      # for each label the numbers of texts that are little more than a name
    pairs: torch.Tensor             # int64 [P, 2]: two texts with one meaning, the first as it should be read

    def draw(self, images: torch.Tensor, labels: torch.Tensor, shares: tuple[float, float, float]) -> torch.Tensor:
        """For each of the images [N] the number of one text, int64 [N]. `shares`: of misspelt, of named and of bare texts; the rest are
        captions. labels [N] are those of the images."""
        misspelt, named, bare = shares
        found = []
        for i, label, kind, pick in zip(images.tolist(), labels.tolist(), torch.rand(len(images)).tolist(),
                                        torch.rand(len(images)).tolist(), strict=True):
            if kind < misspelt:
                choice = self.misspelt[i]
            elif kind < misspelt + named:
                choice = self.named[i]
            elif kind < misspelt + named + bare:
                choice = self.bare[label]
            else:
                choice = self.captions[i]
            found.append(choice[int(pick * len(choice))])
        return torch.tensor(found)


def build(data: Captioned, vocabulary: list[str], seed: int = 0) -> TextPool:
    """All texts for the images, the same for the same seed. `vocabulary`: words for the phrases without an image."""
    chance, texts = random.Random(seed), []

    def add(text: str) -> int:
        texts.append(text)
        return len(texts) - 1

    captions = [[add(caption) for caption in own] for own in data.captions]
    misspelt = [[add(misspell(chance.choice(own), chance)) for _ in range(MISSPELT)] for own in data.captions]
    named = [[add(_named(chance.choice(own), data.names.get(label), data.flowers, chance)) for _ in range(NAMED)]
             for own, label in zip(data.captions, data.labels.tolist(), strict=True)]
    bare: dict[int, list[int]] = {}
    templates = flower_names.TEMPLATES if data.flowers else flower_names.OF_ANYTHING
    pairs: list[tuple[int, int]] = []
    for label in data.labels.unique().tolist():
        names = data.names.get(label)
        if not names:          # a class without a name is asked for by its captions
            bare[label] = [n for own, of in zip(captions, data.labels.tolist(), strict=True) if of == label for n in own]
            continue
        bare[label] = [add(flower_names.fill(template, name)) for name in (names[0], *names) for template in templates]
        for number in bare[label][::2]:
            misspelt_name = add(misspell(texts[number], chance, 1))
            bare[label].append(misspelt_name)
            pairs.append((number, misspelt_name))
    for _ in range(min(PHRASES, 2 * len(captions))):
        number = add(chance.choice(FRAMES).format(chance.choice(COLOURS)))
        pairs.append((number, add(misspell(texts[number], chance, 1))))
    for word in chance.sample(vocabulary, min(WORDS, len(vocabulary), 2 * len(captions))):
        number = add(chance.choice(FRAMES).format(word))
        pairs.append((number, number))
    return TextPool(texts, captions, misspelt, named, bare, torch.tensor(pairs))


def _named(caption: str, names: tuple[str, ...] | None, flowers: bool, chance: random.Random) -> str:
    if not names:
        return caption
    if flowers:
        return flower_names.with_name(caption, names, chance)
    return caption if names[0].lower() in caption.lower() else f"{with_article(names[0])}, {caption}"


def vocabulary_of(model: SentenceTransformer) -> list[str]:
    """The whole words, of more than three letters, that the language model knows."""
    return sorted(word for word in model.tokenizer.get_vocab() if word.isascii() and word.isalpha() and len(word) > 3)


def pooled_embeddings(model: SentenceTransformer, texts: list[str], cache: Path) -> torch.Tensor:
    """What the language model, without the head behind it, makes of each text: fp16 [N, 384]. Kept in the folder `cache`, for it takes
    minutes."""
    digest = hashlib.sha256("\n".join(texts).encode())
    for value in model[0].state_dict().values():
        digest.update(value.flatten()[:64].float().numpy().tobytes())

    def embeddings() -> torch.Tensor:
        body = SentenceTransformer(modules=[model[0], model[1]], device="cpu")
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16_pays("cpu")):
            return body.encode(texts, batch_size=32, show_progress_bar=True, convert_to_tensor=True).half().cpu()

    return kept(cache / f"language-{digest.hexdigest()[:16]}.safetensors", embeddings)
