"""The control of plates whose generator is given a class: a button for each of the first classes, with the same noise drawn as each."""

import numpy as np

from models.images import png_uri
from models.loaded import Model
from page.instrument import picture
from page.language import say
from page.slots import EMPTY, Slots

MOST_SHOWN = 24     # classes that have a button and a row; more are asked for by number or name


def label_of(model: Model, asked: int | float | str | bool) -> int:
    """The number of the class asked for, by its control "label". Where other weights with more classes were shown before, the last one
    there is. Raises BadInput."""
    most = len(model.card.dataset.classes) - 1
    if isinstance(asked, int) and not isinstance(asked, bool) and asked > most:
        asked = most
    return int(model.card.control("label").parse(asked).argmax())


def label_buttons(most: int) -> str:
    """Markup for weights of at most `most` classes: it sets "label" in a state and has the slots of `label_slots`."""
    count = min(most, MOST_SHOWN)
    buttons = "".join(
        f'<button type="button" class="category" data-set=\'{{"label": {i}}}\'>{picture(f"choice{i}", "")}'
        f'<span data-slot="choice{i}-name"></span></button>' for i in range(count))
    field = (f'<label class="field"><span>{say("label, by number or name")}</span>'
             f'<input type="text" name="label" maxlength="80" autocomplete="off" data-pause="300"></label>' if most > count else "")
    return (f'<div class="field" role="group" aria-label="{say("Label")}"><span>{say("Choose a label (y): the same noise, drawn as each")}'
            f'</span><div class="categories">{buttons}</div></div>{field}')


def label_slots(classes: list[str], images: np.ndarray) -> Slots:
    """What the buttons show: the names of the classes, and images uint8 [min(classes, MOST_SHOWN), H, W, C]."""
    slots = {}
    for i in range(MOST_SHOWN):
        name = classes[i] if i < len(classes) else ""
        slots |= {f"choice{i}": png_uri(images[i]) if name else EMPTY, f"choice{i}-alt": name, f"choice{i}-name": name}
    return slots
