"""Numbers and lists of numbers in drawings (page/drawing.py). page/evaluate_numbers.py and page/drawing_numbers.js evaluate them."""

from page.drawing import Expression, Node, either, less


def least(a: Expression, b: Expression) -> Node:
    """The smaller of two numbers."""
    return Node("least", (a, b))


def most(a: Expression, b: Expression) -> Node:
    """The larger of two numbers."""
    return either(less(a, b), b, a)


def held(value: Expression, low: float, high: float) -> Node:
    """A number, brought between two bounds."""
    return Node("held", (value, low, high))


def linear(low: float, high: float, index: Expression, count: int) -> Node:
    """The number at `index` of `count` numbers from low to high, as torch.linspace has them."""
    return Node("+", (low, Node("*", (index, (high - low) / (count - 1)))))


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


def above(values: Expression, limit: float) -> Node:
    """How many items of a list are above a number."""
    return Node("above", (values, limit))


def counted(count: Expression, condition: Expression) -> Node:
    """For how many INDEX, 0 to count - 1, a condition holds."""
    return total(repeated(count, either(condition, 1, 0)))


def normals(seed: Expression, count: int) -> Node:
    """At least 16 independent standard normal numbers, the same for the same seed."""
    return Node("normals", (seed, count))


def part(values: Expression, start: int, stop: int) -> Node:
    return Node("part", (values, start, stop))


def ordered(values: Expression) -> Node:
    """The places of numbers in their order, the place of the smallest first."""
    return Node("ordered", (values,))
