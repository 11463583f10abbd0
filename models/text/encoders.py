"""The loaded text encoders: what `models.load("text-flowers")` returns."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from models.card import Card
from models.controls import Text
from models.errors import BadInput, shown
from models.images import from_uint8, given_images
from models.loaded import Part
from models.runtime import TORCH
from models.text.captions import EXAMPLES, Captions
from models.text.char_cnn_rnn import letters
from models.text.sentence import FOLDER, SentenceEncoder

ENCODERS = ("char-cnn-rnn", "sentence")
CHUNK = 256          # sentences or images at a time
RECENT = 64          # sentences whose embeddings are remembered
__all__ = ["ENCODERS", "EXAMPLES", "TextEncoders"]


class TextEncoders:
    """Embeds sentences by either encoder, and images: all in one joint space, where the cosine is the match."""

    generator = discriminator = None     # it draws nothing
    tasks = ("embed", "embed_images", "features")
    names = ENCODERS                     # of its text encoders

    def __init__(self, card: Card, networks: dict[str, nn.Module], device: torch.device, folder: Path):
        self.card, self.device, self.folder = card, device, folder
        self.text, self.image = networks["text"].to(device), networks["image"].to(device, memory_format=torch.channels_last)
        self.size, self.dim = card.image_size[0], self.text.out.out_features
        self.sentence = SentenceEncoder(folder / FOLDER, card)
        self.dtype = torch.float32
        self.captions = Captions(folder, self.dim, card)
        self._recent: dict[tuple[str, str], torch.Tensor] = {}     # by sentence and encoder, the oldest first

    def embed(self, texts: Iterable[str], encoder: str = "char-cnn-rnn") -> torch.Tensor:
        """Embeddings of sentences, float32 [N, dim] of length 1 on the CPU. Raises BadInput for anything but sentences.

        The last few sentences are remembered, so that what is asked several times is computed once.
        """
        if encoder not in ENCODERS:
            raise BadInput("encoder takes one of {known}, not {encoder}.", known=', '.join(ENCODERS), encoder=shown(encoder))
        if isinstance(texts, str):
            raise BadInput("texts takes a list of sentences, not one text alone: write [{text}].", text=shown(texts))
        if not isinstance(texts, Iterable):
            raise BadInput("texts takes a list of sentences, not {texts}.", texts=shown(texts))
        texts = [Text("text", "").parse(text) for text in texts]
        if not texts:
            return torch.empty(0, self.dim)
        known = {text: self.captions.embedding(text, ENCODERS.index(encoder)) for text in texts}
        known |= {text: found for text in texts if (found := self._recent.get((text, encoder))) is not None}
        new = [text for text, embedding in known.items() if embedding is None]
        if new and encoder == "sentence":
            self.sentence.load()         # takes seconds the first time; others may draw meanwhile
        if new:
            with TORCH, torch.inference_mode():
                known |= zip(new, self._computed(new, encoder), strict=True)
                if len(texts) <= RECENT:
                    self._recent |= {(text, encoder): known[text] for text in texts}
                    for old in list(self._recent)[:-RECENT]:
                        del self._recent[old]
        return torch.stack([known[text] for text in texts])

    def _computed(self, texts: list[str], encoder: str) -> torch.Tensor:
        if encoder == "sentence":
            return torch.from_numpy(self.sentence.encode(texts))
        return torch.cat([self.text(part.to(self.device)).cpu() for part in letters(texts).split(CHUNK)])

    def embed_images(self, images: np.ndarray) -> torch.Tensor:
        """Embeddings of images uint8 [N, H, W, 3] of any one size, float32 [N, dim] of length 1 on the CPU."""
        with TORCH, torch.inference_mode():
            return torch.cat([self.image(part).cpu() for part in self._images(images)])

    def features(self, images: np.ndarray) -> np.ndarray:
        """The image encoder's last features before the joint space, float32 [N, F]: for distances between sets of images."""
        with TORCH, torch.inference_mode():
            return torch.cat([self.image.features(part).cpu() for part in self._images(images)]).numpy()

    def parts(self) -> list[Part]:
        """The encoders of letters and of images. The sentence model is not exported; its makers' ONNX files are of other weights."""
        image = torch.rand(2, 3, self.size, self.size, generator=torch.Generator().manual_seed(0)) * 2 - 1
        return [Part("char-cnn-rnn", self.text, {"letters": letters(["a red rose", "a sunflower"])}, ("embedding",)),
                Part("image", self.image, {"image": image}, ("embedding",))]

    def _images(self, images: np.ndarray) -> Iterator[torch.Tensor]:
        images = given_images(images)
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3 or min(images.shape) < 1:
            raise BadInput("The image encoder looks at uint8 pictures of shape [N, H, W, 3], not {dtype} {shape}.",
                           dtype=images.dtype, shape=list(images.shape))
        for part in torch.from_numpy(images).split(CHUNK):
            x = from_uint8(part).to(self.device)
            if x.shape[2:] != (self.size, self.size):
                x = F.interpolate(x, size=(self.size, self.size), mode="bilinear", antialias=True, align_corners=False)
            yield x.contiguous(memory_format=torch.channels_last)
