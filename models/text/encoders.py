"""The loaded text encoders: what `models.load("text-flowers")` returns."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from models.card import Card, Text
from models.checkpoint import from_uint8
from models.errors import BadInput, shown
from models.runtime import CHUNK, TORCH
from models.text.captions import EXAMPLES, Captions
from models.text.char_cnn_rnn import letters
from models.text.sentence import FOLDER, SentenceEncoder

ENCODERS = ("char-cnn-rnn", "sentence")
__all__ = ["ENCODERS", "EXAMPLES", "TextEncoders"]


class TextEncoders:
    """`encode` sentences by either encoder, and `see` pictures: all land in one space, where the cosine is the match."""

    generator = discriminator = None     # it draws nothing

    def __init__(self, card: Card, networks: dict[str, nn.Module], device: torch.device, folder: Path):
        self.card, self.device, self.folder = card, device, folder
        self.text, self.image = networks["text"].to(device), networks["image"].to(device, memory_format=torch.channels_last)
        self.size, self.dim = card.image_size[0], self.text.out.out_features
        self.sentence = SentenceEncoder(folder / FOLDER, card)
        self.dtype = torch.float32
        self.captions = Captions(folder, self.dim, card)

    def encode(self, texts: list[str], encoder: str = "char-cnn-rnn") -> torch.Tensor:
        """Points of the sentences, float32 [N, dim] of length 1 on the CPU. Raises BadInput for anything but sentences."""
        if encoder not in ENCODERS:
            raise BadInput(f"encoder takes one of {', '.join(ENCODERS)}, not {shown(encoder)}.")
        texts = [Text("text", "").parse(text) for text in texts]
        known = [self.captions.point(text, ENCODERS.index(encoder)) for text in texts]
        if all(point is not None for point in known):
            return torch.stack(known) if known else torch.empty(0, self.dim)
        if encoder == "sentence":
            self.sentence.load()         # takes seconds the first time; others may draw meanwhile
        with TORCH, torch.inference_mode():
            if encoder == "sentence":
                return torch.from_numpy(self.sentence.encode(texts))
            return torch.cat([self.text(part.to(self.device)).cpu() for part in letters(texts).split(CHUNK)])

    def see(self, pictures: np.ndarray) -> torch.Tensor:
        """Points of pictures uint8 [N, H, W, 3] of any one size, float32 [N, dim] of length 1 on the CPU."""
        with TORCH, torch.inference_mode():
            return torch.cat([self.image(part).cpu() for part in self._pictures(pictures)])

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """The image encoder's last features before the joint space, float32 [N, F]: for distances between sets of pictures."""
        with TORCH, torch.inference_mode():
            return torch.cat([self.image.features(part).cpu() for part in self._pictures(pictures)]).numpy()

    def _pictures(self, pictures: np.ndarray):
        pictures = np.asarray(pictures)
        if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] != 3 or min(pictures.shape) < 1:
            raise BadInput(f"The image encoder looks at uint8 pictures of shape [N, H, W, 3], not {pictures.dtype} {list(pictures.shape)}.")
        for part in torch.from_numpy(pictures).split(CHUNK):
            x = from_uint8(part).to(self.device)
            if x.shape[2:] != (self.size, self.size):
                x = F.interpolate(x, size=(self.size, self.size), mode="bilinear", antialias=True, align_corners=False)
            yield x.contiguous(memory_format=torch.channels_last)
