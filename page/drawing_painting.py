"""What drawings (page/drawing.py) of a picture on a colour-coded board (page/painting.py) are made of. page/evaluate_painting.py and
page/drawing_painting.js evaluate it.

    given = coloured(model, field("drawing"), about(model, lambda model: {"colours": COLOURS.tolist()}))
    here = images(model, noise(field("seed")), input=given)
    Drawing(..., draw={"picture": png(here), "map": mapped(here, sigmoid(judge(here, input=given)["patches"][0]))})
"""

from page.drawing import Expression, Node

BELIEVED, DOUBTED = (47, 107, 79), (194, 71, 107)      # colours of D's map: leaf and petal


def coloured(model: Node, drawing: Node, how: Node) -> Node:
    """What is on a board as one image that a model's networks are fed, larger if they take more pixels. `how` is a table: "colours", a
    colour for each value; and of lines on white "ink", half of a Gaussian kernel from its middle outwards, and "gain": how pens of that
    softness draw."""
    return Node("coloured", (model, drawing, how))


def mapped(drawn: Node, belief: Expression) -> Node:
    """The first of images as a PNG in grey under what D believes of its patches, a list of probabilities row by row: green where it
    believes them, red where it does not."""
    return Node("mapped", (drawn, belief, BELIEVED, DOUBTED))
