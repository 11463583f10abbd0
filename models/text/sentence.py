"""The sentence encoder: a small language model, trained by others and further here (training/sentence_encoder.py), with our own head
into the joint space.

Wang et al. 2020, "MiniLM", https://arxiv.org/abs/2002.10957, as https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0).

It is kept as a normal sentence-transformers folder, so `SentenceTransformer(folder)` opens it anywhere, offline.
"""

import threading
from pathlib import Path

import numpy as np

from models.card import Card
from models.checkpoint import check_files, read_json
from models.errors import DamagedWeights

FOLDER = "sentence"   # inside the weights folder of the text encoders


class SentenceEncoder:
    """Opens the folder at the first use: the import takes seconds that the page must not wait for."""

    def __init__(self, folder: Path, card: Card):
        self.folder, self.card = folder, card
        self._model, self._opening = None, threading.Lock()

    def load(self) -> None:
        with self._opening:
            if self._model is None:
                self._model = self._open()

    def _open(self):
        if not (self.folder / "modules.json").is_file():
            raise DamagedWeights("{name} has no folder {folder}; restore it or train again.",
                                 name=self.folder.parent.name, folder=self.folder.name)
        check_files(self.folder.parent, self.folder.name, self.card)
        for module in read_json((self.folder / "modules.json").resolve()):   # the library would import any class from anywhere
            if not str(module.get("type") if isinstance(module, dict) else "").startswith("sentence_transformers."):
                raise DamagedWeights("{name}/{folder}/modules.json names what is no part of sentence-transformers.",
                                     name=self.card.name, folder=self.folder.name)
        from sentence_transformers import SentenceTransformer  # imported late, see above
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()

        try:
            model = SentenceTransformer(str(self.folder), device="cpu", local_files_only=True, model_kwargs={"dtype": "float32"})
        except Exception as error:   # the library raises many kinds; all mean the same to the user
            reason = " ".join(str(error).split())
            raise DamagedWeights("{name}/{folder} cannot be opened ({reason}).",
                                 name=self.folder.parent.name, folder=self.folder.name, reason=f"{reason:.100}") from error
        return model.float().eval()

    @property
    def model(self):
        """The opened SentenceTransformer."""
        self.load()
        return self._model

    def encode(self, texts: list[str]) -> np.ndarray:
        """Sentences -> embeddings in the joint space, float32 [N, dim] of length 1."""
        return self.model.encode(texts, batch_size=64, show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=True)
