"""The page's programming interface: the same pictures for `gradio_client` and curl, at /gradio_api/call/<name>.

Pictures travel as PNG data URIs; but for walks they say of themselves how they were made (models/provenance.py). At most MOST a call.
"""

import base64
import binascii
import functools
import io
from collections.abc import Callable
from typing import Any

import gradio as gr
import numpy as np
import torch
from PIL import Image

import models
from models.card import Choice, Range
from models.errors import BadInput, shown
from models.provenance import png_info
from models.runtime import parse_seeds
from tabs import zero
from tabs.gan import slerp
from tabs.house import exhibit
from tabs.instrument import png, whole
from tabs.turns import CALLS

MOST = 64               # pictures a call
MOST_LETTERS = 400_000  # of one picture sent to `score`
Pictures = list[str]


def place() -> None:
    """Adds the endpoints to the page being built; their calls take turns."""
    for function in (list_models, sample, traverse, interpolate, text_to_image, score):
        call = _in_one_sentence(function)
        gr.api(zero.borrows(call) if function is text_to_image else call, api_name=function.__name__, concurrency_id="torch",
               concurrency_limit=1)


def _in_one_sentence(function: Callable) -> Callable:
    """What the function raises as BadInput reaches the caller as its one sentence."""

    @functools.wraps(function)
    def call(*arguments, **named):
        try:
            return CALLS.take(function, *arguments, **named)
        except BadInput as error:
            raise gr.Error(str(error), print_exception=False) from error

    return call


def list_models() -> list[dict[str, Any]]:
    """Lists the models that draw.

    Returns:
        For each its name, paper, year, data set, picture size and controls.
    """
    return [{"name": card.name, "paper": card.paper.title, "year": card.paper.year, "link": card.paper.link, "dataset": card.dataset,
             "image_size": list(card.image_size), "controls": [_described(control) for control in card.controls]}
            for card in models.cards() if card.model not in ("classifier", "text")]


def sample(model: str, seeds: str = "0-15", controls: dict[str, Any] | None = None) -> Pictures:
    """Draws one picture per seed.

    Args:
        model: The name of the weights, for example "infogan-mnist".
        seeds: For example "7", "0-15" or "3,7,20-22"; at most 64.
        controls: For example {"label": 7}; what is left out takes its default.

    Returns:
        PNG pictures as data URIs, in the order of the seeds.
    """
    return _sample(model, seeds, controls)


def _sample(model: str, seeds: str, controls: dict[str, Any] | None, device: str = "auto") -> Pictures:
    chosen, controls, drawing = _few(parse_seeds(seeds)), _object(controls), _drawing(model, device)
    return [png(picture, png_info(drawing.card, seed, controls))
            for seed, picture in zip(chosen, drawing.generate(chosen, **controls), strict=True)]


def traverse(model: str, control: str, seed: str = "0", steps: int = 11, low: float | None = None, high: float | None = None,
             controls: dict[str, Any] | None = None) -> Pictures:
    """Draws the same noise while one control moves: a number from `low` to `high`, or each option of a choice.

    Args:
        model: The name of the weights, for example "infogan-mnist".
        control: The control that moves, for example "c1" or "category".
        seed: The noise.
        steps: How many pictures, 2 to 64; a choice gives one per option.
        low: Where a number begins; its least value if left out.
        high: Where a number ends; its greatest value if left out.
        controls: The others, which stay.

    Returns:
        PNG pictures as data URIs, from low to high.
    """
    drawing, still = _drawing(model), _object(controls)
    moving = drawing.card.control(control)
    if isinstance(moving, Choice):
        values: list[Any] = list(moving.options)
    elif isinstance(moving, Range):
        ends = [moving.parse(given).item() if given is not None else end for given, end in ((low, moving.low), (high, moving.high))]
        values = np.linspace(*ends, whole(steps, "steps", 2, MOST)).tolist()
    else:
        raise BadInput(f"{control} is a text; interpolate goes from one picture to another.")
    first = parse_seeds([seed])[0]
    asked = [still | {control: value} for value in values]
    return [png(drawing.generate(first, **controls)[0], png_info(drawing.card, first, controls)) for controls in asked]


def interpolate(model: str, first: str = "0", last: str = "1", steps: int = 11, controls: dict[str, Any] | None = None) -> Pictures:
    """Walks between the noises of two seeds, along the great circle.

    Args:
        model: The name of the weights, for example "dcgan-mnist".
        first: The seed of the first picture.
        last: The seed of the last picture.
        steps: How many pictures, 2 to 64.
        controls: For example {"label": 7}; they stay.

    Returns:
        PNG pictures as data URIs.
    """
    drawing = _drawing(model)
    a, b = drawing.latents([parse_seeds([seed])[0] for seed in (first, last)])
    z = torch.stack([slerp(a, b, share) for share in np.linspace(0, 1, whole(steps, "steps", 2, MOST)).tolist()])
    return [png(picture) for picture in drawing.decode(z, **_object(controls))]


def text_to_image(text: str, seeds: str = "0-3", encoder: str = "char-cnn-rnn", stage: int = 2,
                  model: str = "stackgan-flowers") -> Pictures:
    """Draws a sentence.

    Args:
        text: The sentence, in English, for example "a pale yellow lily with orange stamens".
        seeds: For example "7" or "0-15"; at most 64.
        encoder: "char-cnn-rnn" or "sentence".
        stage: 1 for the sketch (64x64), 2 for the picture (256x256); GAN-CLS has one stage only.
        model: "stackgan-flowers" or "gan-cls-flowers".

    Returns:
        PNG pictures as data URIs, in the order of the seeds.
    """
    named = {control.name for control in _drawing(model).card.controls}
    if "text" not in named:
        raise BadInput(f"{model} draws without a sentence; text_to_image takes stackgan-flowers or gan-cls-flowers.")
    if stage not in (1, 2):
        raise BadInput(f"stage is 1 or 2, not {shown(stage)}.")
    return _sample(model, seeds, {"text": text, "encoder": encoder} | ({"stage": stage} if "stage" in named else {}), zero.DEVICE)


def score(model: str, pictures: list[str], controls: dict[str, Any] | None = None) -> list[float]:
    """Asks the discriminator for its opinion of pictures.

    Args:
        model: The name of the weights, for example "cgan-mnist".
        pictures: PNG pictures as data URIs, of the model's size; at most 64.
        controls: What they are said to show, for example {"label": 7} or {"text": "a red rose"}.

    Returns:
        For each picture the probability, 0 to 1, that it is real and fits.
    """
    if not isinstance(pictures, list) or not 1 <= len(pictures) <= MOST:
        raise BadInput(f"pictures is a list of 1 to {MOST} PNG data URIs.")
    drawing = _drawing(model)
    try:
        stack = np.stack([_picture(uri, drawing.card.image_size[2]) for uri in pictures])
    except ValueError:
        raise BadInput("The pictures of one call are all of one size.") from None
    return [float(belief) for belief in drawing.score(stack, **_object(controls))]


# --- inside ---------------------------------------------------------------------------------------------------------------

def _drawing(name: str, device: str = "auto") -> models.Model:
    found = exhibit(name, device)
    if not isinstance(found, models.Model) or found.generator is None:
        raise BadInput(f"{name} draws nothing; list_models names those that do.")
    return found


def _picture(uri: Any, channels: int) -> np.ndarray:
    head, _, data = uri.partition(",") if isinstance(uri, str) and len(uri) <= MOST_LETTERS else ("", "", "")
    try:
        if head != "data:image/png;base64":
            raise ValueError
        with Image.open(io.BytesIO(base64.b64decode(data, validate=True)), formats=["PNG"]) as picture:
            if max(picture.size) > 1024:
                raise ValueError
            array = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    except (ValueError, OSError, SyntaxError, binascii.Error, Image.DecompressionBombError):
        raise BadInput('A picture is a PNG of at most 1024 pixels a side as a data URI, "data:image/png;base64,...".') from None
    return array[..., None] if channels == 1 else array


def _few(seeds: list[int]) -> list[int]:
    if len(seeds) > MOST:
        raise BadInput(f"At most {MOST} pictures a call, not {len(seeds)}.")
    return seeds


def _object(controls: Any) -> dict[str, Any]:
    if controls is None:
        return {}
    if not isinstance(controls, dict) or any(isinstance(value, list | tuple) for value in controls.values()):
        raise BadInput('The controls are an object with one value each, for example {"label": 7}.')
    return controls


def _described(control: Any) -> dict[str, Any]:
    found = {"name": control.name, "help": control.help, "default": control.default}
    if isinstance(control, Choice):
        return found | {"options": list(control.options)}
    return found | ({"low": control.low, "high": control.high} if isinstance(control, Range) else {})
