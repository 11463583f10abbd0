"""Text encoders: sentences and images embedded in one space, near each other where they match.

Reed, Akata, Lee, Schiele 2016, "Learning Deep Representations of Fine-grained Visual Descriptions",
https://arxiv.org/abs/1605.05395

Three encoders share one joint space, in which the cosine says how well an image and a sentence match: of letters (char_cnn_rnn.py, the
paper's), of whole sentences (sentence.py, a head on a pretrained language model) and of images (image.py). Differs: see PAPER.
"""

from dataclasses import dataclass

from torch import nn

from models.card import Paper
from models.controls import Control
from models.figures import Figure
from models.text.char_cnn_rnn import CharCnnRnn
from models.text.encoders import ENCODERS, TextEncoders
from models.text.image import ImageEncoder, PretrainedImageEncoder

LOADED = TextEncoders


@dataclass(frozen=True)
class Config:
    dim: int = 256           # numbers of an embedding in the joint space
    text_width: int = 256    # channels after the last convolution over letters, and the recurrent layer's
    image_width: int = 64    # channels of the image encoder at 32x32; four times as many at the end
    size: int = 128          # pixels a side that the image encoder takes
    channels: int = 3
    pretrained: str = ""     # "lite0", "lite2": the image encoder stands on this frozen ImageNet network; empty: a network of our own


def _text(cfg: Config) -> nn.Module:
    return CharCnnRnn(cfg.dim, cfg.text_width)


def _image(cfg: Config) -> nn.Module:
    return PretrainedImageEncoder(cfg.dim, cfg.pretrained) if cfg.pretrained else ImageEncoder(cfg.dim, cfg.image_width, cfg.channels)


NETWORKS = {"text": _text, "image": _image}


def controls(cfg: Config, classes: tuple[str, ...]) -> tuple[Control, ...]:
    return ()


FIGURES = tuple(Figure(f"{encoder}.{key}", f"{encoder}: {label} ({of})", short=f"{encoder} {label}")
                for encoder in ENCODERS
                for key, label, of in (("ap50", "AP@50", "unseen classes"), ("zero_shot_accuracy", "zero-shot", "unseen classes"),
                                       ("recall_at_10", "R@10", "unseen classes"), ("names_found", "names found", "known classes")))
INSTRUMENT = "image encoder"
TRAINED_BY = "text_encoder"
PAPER = Paper(
    name="Text encoders",
    title="Learning Deep Representations of Fine-grained Visual Descriptions",
    authors="Reed, Akata, Lee, Schiele",
    year=2016,
    link="https://arxiv.org/abs/1605.05395",
    idea="Read a sentence letter by letter into a point, a picture into another, and move the two together if they belong together.",
    objective=r"\min \; -\log \frac{e^{\varphi(x) \cdot \psi(t) / \tau}}{\sum_{t'} e^{\varphi(x) \cdot \psi(t') / \tau}} "
              r"\;-\; \log \frac{e^{\varphi(x) \cdot \psi(t) / \tau}}{\sum_{x'} e^{\varphi(x') \cdot \psi(t) / \tau}}",
    differs="The image encoder stands on EfficientNet-Lite0's ImageNet features where the paper has GoogLeNet's; InfoNCE (2018) instead of "
            "the hinge over all pairs; a second text encoder stands on a sentence model (MiniLM) that others trained, and we further; the "
            "names of the 82 classes are learned beside the captions, and misspelt words; the split of the classes is ours.",
)
