"""What drawings (page/drawing.py) on a plane of two latents are made of. page/evaluate_plane.py and page/drawing_plane.js evaluate it.

A place is two shares, 0 to 1: from the left and from the bottom, the distribution function of a normal latent.
"""

from page.drawing import COMMA, Expression, Node


def on_plane(x: Expression, y: Expression) -> Node:
    """The two latents at a place, a vector."""
    return Node("on_plane", (x, y))


def around(points: Expression, x: Expression, y: Expression, count: int, names: Expression) -> Node:
    """The kinds of the `count` points nearest to a place, as words: "9 × 3, 6 × 5". points: a list of [x, y, number of the kind]."""
    return Node("around", (points, x, y, count, names, COMMA))
