"""What drawings (page/drawing.py) of a picture on a board (page/board.py) are made of. page/evaluate_board.py and page/drawing_board.js
evaluate it.

    x = given(model, field("drawing"))
    z = outputs(x, "encoder")["z"][0]
    Drawing(..., draw={"again": either(blank(field("drawing")), EMPTY, png(images(model, z)))})
"""

from page.drawing import Expression, Node


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


def seen_by(model: Node, drawn: Node) -> Node:
    """Images of one model as another one of the same size reads them."""
    return Node("seen_by", (model, drawn))
