"""The page's programming interface: the same pictures for `gradio_client` and curl, at /gradio_api/call/<name>.

Pictures travel as PNG data URIs; those of `sample`, `traverse` and `text_to_image` say of themselves how they were made
(models/provenance.py). At most MOST a call.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import numpy as np
import torch
from PIL import Image

import models
from models.card import Card
from models.controls import Choice, Picture, Range, Text
from models.errors import BadInput, shown
from models.images import fit, png_uri, read_image
from models.loaded import cannot
from models.provenance import png_info
from models.seeds import parse_seeds, slerp
from page import zerogpu
from page.queue import CALLS
from page.site import shown_model
from page.values import whole

MOST = 64               # pictures a call
Pictures = list[str]


def place() -> None:
    """Adds the endpoints to the page being built; their calls take turns."""
    for function in endpoints():
        call = _in_one_sentence(function)
        gr.api(zerogpu.borrows(call) if function is text_to_image else call, api_name=function.__name__, concurrency_id="torch",
               concurrency_limit=1)


def endpoints() -> tuple[Callable, ...]:
    """The functions that can be called."""
    return list_models, sample, traverse, interpolate, text_to_image, score, classify, encode, decode


def _in_one_sentence(function: Callable) -> Callable:
    """What the function raises as BadInput reaches the caller as its one sentence."""

    @functools.wraps(function)
    def call(*arguments, **named):
        try:
            return CALLS.run(function, *arguments, **named)
        except BadInput as error:
            raise gr.Error(str(error), print_exception=False) from error

    return call


def list_models() -> list[dict[str, Any]]:
    """Lists the models that draw.

    Returns:
        For each its name, paper, year, data set, classes, picture size, controls and tasks.
    """
    return [{"name": card.name, "paper": card.paper.title, "year": card.paper.year, "link": card.paper.link, "dataset": card.dataset.key,
             "classes": list(card.dataset.classes), "image_size": list(card.image_size),
             "controls": [_described(control) for control in card.controls], "tasks": list(shown_model(card.name).tasks)}
            for card in _drawing_cards()]


def sample(model: str, seeds: str = "0-15", controls: dict[str, Any] | None = None) -> Pictures:
    """Draws one picture per seed.

    Args:
        model: The name of the weights, for example "infogan-mnist".
        seeds: For example "7", "0-15" or "3,7,20-22"; at most 64.
        controls: For example {"label": 7}; what is left out takes its default. A picture is a data URI.

    Returns:
        PNG pictures as data URIs, in the order of the seeds.
    """
    return _sample(model, seeds, controls)


def _sample(model: str, seeds: str, controls: dict[str, Any] | None, device: str = "auto") -> Pictures:
    chosen, controls, drawing = _few(parse_seeds(seeds)), _object(controls), _drawing(model, device)
    return [png_uri(picture, png_info(drawing.card, seed, controls))
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
        if low is not None or high is not None:
            raise BadInput("{control} is a choice, of which every option is drawn; low and high are for numbers.", control=control)
        values: list[Any] = list(moving.options)
        if len(values) > MOST:
            raise BadInput("{control} has {count} options, and a call draws at most {most} pictures; ask sample for single ones.",
                           control=control, count=len(values), most=MOST)
    elif isinstance(moving, Range):
        ends = [moving.parse(given).item() if given is not None else end for given, end in ((low, moving.low), (high, moving.high))]
        values = np.linspace(*ends, whole(steps, "steps", 2, MOST)).tolist()
    else:
        raise BadInput("{control} neither is a number nor has options; interpolate goes from one picture to another.", control=control)
    first = parse_seeds([seed])[0]
    asked = [still | {control: value} for value in values]
    return [png_uri(drawing.generate(first, **controls)[0], png_info(drawing.card, first, controls)) for controls in asked]


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
    return [png_uri(picture) for picture in drawing.decode(z, **_object(controls))]


def text_to_image(text: str, seeds: str = "0-3", encoder: str = "char-cnn-rnn", stage: int = 2,
                  model: str = "stackgan-flowers") -> Pictures:
    """Draws a sentence.

    Args:
        text: The sentence, in English, for example "a pale yellow lily with orange stamens".
        seeds: For example "7" or "0-15"; at most 64.
        encoder: "char-cnn-rnn" or "sentence".
        stage: 1 for the sketch (64x64), 2 for the picture (256x256); GAN-CLS has one stage only.
        model: Weights that draw from a sentence, for example "gan-cls-flowers".

    Returns:
        PNG pictures as data URIs, in the order of the seeds.
    """
    card = _drawing(model).card
    if not any(isinstance(control, Text) for control in card.controls):
        known = [other.name for other in _drawing_cards() if any(isinstance(control, Text) for control in other.controls)]
        raise BadInput("{model} draws without a sentence; text_to_image takes {known}.", model=model, known=" or ".join(known))
    named = {control.name for control in card.controls}
    if stage not in (1, 2):
        raise BadInput("stage is 1 or 2, not {stage}.", stage=shown(stage))
    return _sample(model, seeds, {"text": text, "encoder": encoder} | ({"stage": stage} if "stage" in named else {}), zerogpu.DEVICE)


def score(model: str, pictures: list[str], controls: dict[str, Any] | None = None) -> list[float]:
    """Asks the discriminator for its opinion of pictures.

    Args:
        model: The name of the weights, for example "cgan-mnist".
        pictures: PNG, JPEG or WebP pictures as data URIs, of the model's size; at most 64.
        controls: What they are said to show, for example {"label": 7} or {"text": "a red rose"}.

    Returns:
        For each picture the probability, 0 to 1, that it is real and fits.
    """
    drawing, stack = _drawing(model), []
    most, _, channels = drawing.card.image_size
    for image in _read(pictures):
        side = len(stack[0]) if stack else image.width
        if image.size != (side, side) or side > most:
            raise BadInput("The pictures of one call are square, all of one size, and at most {most} pixels a side here.", most=most)
        stack.append(fit(image, side, channels))
    return [float(probability) for probability in drawing.score(np.stack(stack), **_object(controls))]


def classify(model: str, pictures: list[str]) -> list[list[float]]:
    """Asks which class pictures belong to.

    Args:
        model: The name of weights that classify, for example "classifier-mnist".
        pictures: PNG, JPEG or WebP pictures as data URIs; the centre square counts; at most 64.

    Returns:
        For each picture the probability, 0 to 1, of each class, in the order of the data set.
    """
    reading = _reading(model, "classify")
    return reading.classify(_fitted(reading, pictures)).astype(float).tolist()


def encode(model: str, pictures: list[str]) -> list[list[float]]:
    """Finds the noise z that stands for pictures, where a model has learned the way back.

    Args:
        model: The name of weights with an encoder; list_models names the tasks of each.
        pictures: PNG, JPEG or WebP pictures as data URIs; the centre square counts; at most 64.

    Returns:
        For each picture its z; decode draws it again.
    """
    reading = _reading(model, "encode")
    return reading.encode(_fitted(reading, pictures)).tolist()


def decode(model: str, z: list[list[float]], controls: dict[str, Any] | None = None) -> Pictures:
    """Draws noise that is given directly, not by seed.

    Args:
        model: The name of the weights, for example "dcgan-mnist".
        z: A list of numbers for each picture, as encode returns them; at most 64.
        controls: For example {"label": 7}.

    Returns:
        PNG pictures as data URIs.
    """
    if not isinstance(z, list) or not 1 <= len(z) <= MOST:
        raise BadInput("z is a list of 1 to {most} lists of numbers.", most=MOST)
    return [png_uri(picture) for picture in _drawing(model).decode(z, **_object(controls))]


# --- inside ---------------------------------------------------------------------------------------------------------------

def _drawing(name: str, device: str = "auto") -> models.Model:
    found = shown_model(name, device)
    if "generate" not in found.tasks:
        raise BadInput("{name} draws nothing; list_models names those that do.", name=name)
    return found


def _reading(name: str, task: str) -> models.Model:
    found = shown_model(name)
    if task not in found.tasks:
        raise cannot(found, task)
    return found


def _drawing_cards() -> list[Card]:
    """The cards of weights that load and draw."""
    found = []
    for card in models.cards():
        try:
            found += [card] if "generate" in shown_model(card.name).tasks else []
        except BadInput:
            continue             # damaged, or still being fetched
    return found


def _read(pictures: Any) -> Iterator[Image.Image]:
    """One after the other: each may have 16 megapixels."""
    if not isinstance(pictures, list) or not 1 <= len(pictures) <= MOST:
        raise BadInput("pictures is a list of 1 to {most} data URIs.", most=MOST)
    for uri in pictures:
        if not isinstance(uri, str):
            raise BadInput("pictures is a list of 1 to {most} data URIs.", most=MOST)
        yield read_image(uri, "A picture")


def _fitted(model: models.Model, pictures: Any) -> np.ndarray:
    """uint8 [N, H, W, C] of the size that a model looks at."""
    size, _, channels = model.card.image_size
    return np.stack([fit(image, size, channels) for image in _read(pictures)])


def _few(seeds: list[int]) -> list[int]:
    if len(seeds) > MOST:
        raise BadInput("At most {most} pictures a call, not {count}.", most=MOST, count=len(seeds))
    return seeds


def _object(controls: Any) -> dict[str, Any]:
    if controls is None:
        return {}
    if not isinstance(controls, dict) or any(isinstance(value, list | tuple) for value in controls.values()):
        raise BadInput('The controls are an object with one value each, for example {"label": 7}.')
    return controls


def _described(control: Any) -> dict[str, Any]:
    found = {"name": control.name, "help": control.help, "default": control.default}
    if isinstance(control, Picture):
        return found | {"default": None, "picture": [control.size, control.size, control.channels]}     # its default is a file of ours
    if isinstance(control, Choice):
        return found | {"options": list(control.options)}
    return found | ({"low": control.low, "high": control.high} if isinstance(control, Range) else {})
