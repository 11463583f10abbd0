"""What drawings (page/drawing.py) of a picture on a board (page/board.py) are made of. page/evaluate_board.py and page/drawing_board.js
evaluate it.

    x = given(model, field("drawing"))
    z = outputs(x, "encoder")["z"][0]
    Drawing(..., draw={"again": either(blank(field("drawing")), EMPTY, png(images(model, z)))})
"""

from page.drawing import Expression, Node, either, less


def blank(drawing: Node) -> Node:
    """Whether a board is empty."""
    return Node("blank", (drawing,))


def given(model: Node, drawing: Node) -> Node:
    """What is on a board as one image that a model's networks read, as `images` gives it; a digit is brought to where MNIST's stand."""
    return Node("given", (model, drawing))


def outputs(drawn: Node, part: str, z: Expression = 0) -> Node:
    """All that a network gives for images: outputs(x, "encoder")["z"] is a list with one item for each. `z`: for a D that takes it too."""
    return Node("outputs", (drawn, part, z))


def nats(drawn: Node, z: Expression) -> Node:
    """-log p(x | z) of the first image, as a VAE's decoder has it."""
    return Node("nats", (drawn, z))


def slope(drawn: Node, z: Expression, latent: Expression) -> Node:
    """The derivative of `nats` by one latent."""
    return Node("slope", (drawn, z, latent))


def squared_error(a: Node, b: Node) -> Node:
    """The mean square of what lies between two images, 0 to 1 a pixel."""
    return Node("squared_error", (a, b))


def tried(expression: Expression, otherwise: Expression) -> Node:
    """`otherwise` where weights are not here, or damaged."""
    return Node("tried", (expression, otherwise))


def stored(model: Node, pixels: Expression, count: int) -> Node:
    """Images that nobody draws here, such as photographs whose licence allows showing them, for D to judge: uint8 values as base64."""
    return Node("stored", (model, pixels, count))


def gathered(a: Node, b: Node, places: Expression) -> Node:
    """The images of a and b, one after the other, at these places."""
    return Node("gathered", (a, b, places))


# --- numbers ----------------------------------------------------------------------------------------------------------------

def exp(value: Expression) -> Node:
    """Of a number, or of each of a list."""
    return Node("exp", (value,))


def log(value: Expression) -> Node:
    return Node("log", (value,))


def below(value: Expression) -> Node:
    """The share of a standard normal distribution that lies below a number."""
    return Node("below", (value,))


def total(values: Expression) -> Node:
    """The sum of a list."""
    return Node("total", (values,))


def repeated(count: Expression, expression: Expression) -> Node:
    """A list: the expression for INDEX 0, 1, ... count - 1."""
    return Node("repeated", (count, expression))


def replaced(values: Expression, index: Expression, value: Expression) -> Node:
    """A list with another number at `index`."""
    return Node("replaced", (values, index, value))


def counted(count: Expression, condition: Expression) -> Node:
    """For how many INDEX, 0 to count - 1, a condition holds."""
    return total(repeated(count, either(condition, 1, 0)))


def most(a: Expression, b: Expression) -> Node:
    """The larger of two numbers."""
    return either(less(a, b), b, a)




def normals(seed: Expression, count: int) -> Node:
    """At least 16 independent standard normal numbers, the same for the same seed."""
    return Node("normals", (seed, count))


def part(values: Expression, start: int, stop: int) -> Node:
    return Node("part", (values, start, stop))


def ordered(values: Expression) -> Node:
    """The places of numbers in their order, the place of the smallest first."""
    return Node("ordered", (values,))
