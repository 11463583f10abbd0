"""The control of plates whose generator is given a class: a button for each of the first classes, with the same noise drawn as each."""

from page.drawing import Expression, Node, at, either, less, png
from page.language import say
from page.markup import picture
from page.slots import EMPTY

MOST_SHOWN = 24     # classes that have a button and a row; more are asked for by number or name


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


def label_slots(classes: Node, count: Node, each: Node) -> dict[str, Expression]:
    """What the buttons show: the names of the first `count` classes, and the images `each` drawn for them."""
    slots: dict[str, Expression] = {}
    for i in range(MOST_SHOWN):
        here = less(i, count)
        slots |= {f"choice{i}": either(here, png(each, i, signed=True), EMPTY), f"choice{i}-name": either(here, at(classes, i, ""), "")}
    return slots
