"""The sentence encoder in training: embeddings with gradients, and how it is kept. Its language model is all-MiniLM-L6-v2 (Apache-2.0)."""

import copy
from collections.abc import Sequence
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer

from models.text.sentence import FOLDER

WORDS = 64    # tokens read; the longest caption has fewer


def save_model(model: SentenceTransformer, folder: Path) -> None:
    """Writes the model, in fp16, to folder/sentence."""
    copy.deepcopy(model).half().save_pretrained(str(folder / FOLDER), safe_serialization=True, create_model_card=False)


def embeddings_of(model: SentenceTransformer, sentences: Sequence[str]) -> torch.Tensor:
    """Embeddings of the sentences by the model, float32 [N, dim] of length 1, with gradients if its weights take them."""
    read = model.tokenizer(list(sentences), padding=True, truncation=True, max_length=WORDS, return_tensors="pt").to(model.device)
    return model(dict(read))["sentence_embedding"].float()
