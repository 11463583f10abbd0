"""What drawings (page/drawing.py) of sentences are made of. page/evaluate_text.py and page/drawing_text.js evaluate it.

    asked = embedding(model, field("text"), field("encoder"))
    large = painted(model, 2, seed + INDEX, asked, count=4, truncation=field("truncation"), said={"text": field("text")})
"""

import base64
import json
from typing import Any

from models.seeds import SEED_LIMIT
from models.text.captions import EXAMPLES
from models.text.char_cnn_rnn import INDEX, LENGTH, UNKNOWN
from models.text.encoders import ENCODERS, TextEncoders
from models.text_to_image import TextToImage
from page.drawing import Expression, Node

NAMED = "char-cnn-rnn"      # the encoder that browsers have


def embedding(model: Node, text: Expression, encoder: Expression) -> Node:
    """The embedding of a sentence, a vector of length 1. The sentence encoder is the server's alone."""
    return Node("embedding", (model, text, encoder))


def painted(model: Node, stage: int, seed: Expression, embedding: Expression, *, count: Expression = 1, augment: Expression = 1,
            truncation: Expression | None = None, said: dict[str, Expression] | None = None) -> Node:
    """`count` images of a stage, 1 or 2; seed, embedding and `said` may depend on INDEX. Each image is remembered, so that it is drawn once
    for all phases. `truncation` None: the model's own. `said`: what a recipe names as its controls; what is None there is left out."""
    return Node("painted", (model, stage, Node("%", (seed, SEED_LIMIT)), embedding, count, augment, truncation, said or {}))


def match(drawn: Node, embedding: Node) -> Node:
    """How near each image comes to an embedding: a list of cosines."""
    return Node("match", (drawn, embedding))


def doubts(drawn: Node, *embeddings: Expression) -> Node:
    """D's belief in the first image beside each embedding: a list of probabilities."""
    return Node("doubts", (drawn, Node("list", embeddings)))


def nearest(model: Node, embedding: Node, encoder: Expression, what: str) -> Node:
    """The three remembered "texts" or "kinds" nearest to an embedding: a list of [text, cosine], shorter where fewer are remembered."""
    return Node("nearest", (model, embedding, encoder, what))


def unseen(model: Node, text: Expression) -> Node:
    """The words of a text that occurred in no caption: a list."""
    return Node("unseen", (model, text))


# --- small ones -------------------------------------------------------------------------------------------------------------

def lerp(a: Expression, b: Expression, share: Expression) -> Node:
    """A vector on the straight way from a to b."""
    return Node("lerp", (a, b, share))


def dot(a: Expression, b: Expression) -> Node:
    return Node("dot", (a, b))


def most(values: Expression) -> Node:
    """The largest of a list."""
    return Node("most", (values,))


def escaped(value: Expression, letters: int = 0) -> Node:
    """A text as HTML; with `letters`, no more of it than that."""
    return Node("escaped", (value, letters))


def each(template: str, values: Expression, between: Expression) -> Node:
    """Every text of a list, as HTML, put into a template with {it}, with `between` between them."""
    return Node("each", (template, values, between))


# --- what a browser has to know ---------------------------------------------------------------------------------------------

def facts(model: Any) -> dict[str, Any] | None:
    """As page.drawing.facts, of models of sentences and of text encoders; None of others."""
    if isinstance(model, TextEncoders):
        return {"model": model.card.name, "sha256": model.card.sha256, "side": model.size,
                "letters": {"places": INDEX, "unknown": UNKNOWN, "count": LENGTH}}
    if isinstance(model, TextToImage):
        known = {control.name: control.default for control in model.card.controls}
        return {"model": model.card.name, "sha256": model.card.sha256, "commit": model.card.training.commit,
                "z": model.z_dim, "split": [model.z_only, model.c_dim], "sides": list(model.sides),
                "truncation": known.get("truncation", 1.0), "controls": list(known), "reads": model.encoders.card.name,
                "own": model.card.dataset.own}
    return None


def parts(model: Any) -> tuple[str, ...]:
    """The networks of a model of sentences that a browser runs; empty: all of any other."""
    if not isinstance(model, TextToImage):
        return ()
    return ("generator",) if model.generator2 is None else ("generator", "generator2", "discriminator2")


def captions(model: TextEncoders) -> bytes:
    """What text encoders remember, for a browser: JSON with the embeddings of browsers' encoder in fp16."""
    memory, at = model.captions, ENCODERS.index(NAMED)
    told = [i for i, text in enumerate(memory.texts) if text not in EXAMPLES]

    def packed(embeddings) -> str:
        return base64.b64encode(embeddings.half().numpy().tobytes()).decode()

    return json.dumps({"texts": [memory.texts[i] for i in told], "text_embeddings": packed(memory.embeddings[at, told]),
                       "kinds": memory.kinds, "kind_embeddings": packed(memory.kind_embeddings[at]),
                       "vocabulary": list(memory.vocabulary)}, ensure_ascii=False).encode()
