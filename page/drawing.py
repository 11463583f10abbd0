"""What an instrument shows, declared as data: which model, seeds and controls each picture slot has, what D and Q read in it, the words.

A plate writes a `Drawing` in Python. It has two evaluators: page/evaluate.py, on the server, and page/drawing.js, in the visitor's browser,
which gets it as JSON. So a plate needs no JavaScript, and what it shows is written once. An expression is a `Node`:

    here = images(field("model"), noise(field("seed")), category=field("category"))
    Drawing(fields={"model": Weights(names), "seed": Seed(), "category": Control("category")},
            draw={"picture": png(here, signed=True), "words": said("D takes it for real with {share}", share=shown(..., ".0%"))})

`fields` (page/fields.py) check a state, once for both evaluators. More operations stand in
page/drawing_*.py; what networks read in any pictures (`outputs`) in drawing_board.py.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from models.controls import Choice, Picture, Range
from models.seeds import SEED_LIMIT
from models.srgan import KINDS
from page.fields import Weights, naming
from page.language import say
from page.site import shown_model

PARTS = {"images": ("generator",), "judge": ("discriminator",), "embedding": ("char-cnn-rnn",), "match": ("image",),
         "doubts": ("discriminator2",), "nearest": ("captions",), "unseen": ("captions",),
         "nats": ("generator",), "slope": ("slope",),      # which networks an operation runs
         "enlarged": KINDS, "closeness": KINDS, "tile": KINDS}
SHARED = (*PARTS, "painted", "given", "coloured", "outputs", "stored", "gathered", "seen_by")      # what is computed once for all slots
PHASES = ("draw", "follow", "others", "finish", "save", "piece")


@dataclass(frozen=True, eq=False)
class Node:
    """An operation on expressions: nodes, numbers, texts, and dicts of these."""

    op: str
    args: tuple = ()

    def __add__(self, other): return Node("+", (self, other))
    def __sub__(self, other): return Node("-", (self, other))
    def __mul__(self, other): return Node("*", (self, other))
    def __floordiv__(self, other): return Node("//", (self, other))
    def __truediv__(self, other): return Node("/", (self, other))
    def __rtruediv__(self, other): return Node("/", (other, self))
    def __mod__(self, other): return Node("%", (self, other))
    def __rsub__(self, other): return Node("-", (other, self))
    def __getitem__(self, at): return Node("item", (self, at))      # of a list; of what D gives, by its name


Expression = Node | float | str
INDEX = Node("index")            # inside `images` and `judge`: the number of the image, from 0


# --- scalars and words ------------------------------------------------------------------------------------------------------

def field(name: str) -> Node:
    """A value of the state, as its field has checked it."""
    return Node("field", (name,))


def equal(a: Expression, b: Expression) -> Node:
    return Node("equal", (a, b))


def less(a: Expression, b: Expression) -> Node:
    return Node("less", (a, b))


def either(condition: Expression, yes: Expression, no: Expression) -> Node:
    """One of two expressions; the other is not computed."""
    return Node("if", (condition, yes, no))


def listed(*items: Expression) -> Node:
    return Node("list", items)


def at(values: Expression, index: Expression, default: Expression) -> Node:
    """values[index], `default` beyond its end."""
    return Node("item", (values, index, default))


def length(values: Expression) -> Node:
    return Node("length", (values,))


def about(model: Node, tell: Callable[[Any], Any]) -> Node:
    """`tell(model)`, anything that JSON can hold, in the language being spoken: the browser gets a table of it for all weights on offer."""
    return Node("about", (model, tell))


def model_named(name: Expression, *names: str) -> Node:
    """Weights that no field chooses. `names`: those that it may be, where the name is computed."""
    return Node("model", (name, names or (name,)))


def shown(value: Expression, spec: str) -> Node:
    """A number as Python's format has it; specs are such as ".0%", "+.2f"."""
    return Node("shown", (value, spec))


def text(template: str, **values: Expression) -> Node:
    """Expressions put into a template with {names}."""
    return Node("text", (template, values))


def said(message: str, **values: Expression) -> Node:
    """As text, of a message of the page (page/language.py)."""
    return Node("say", (message, values))


COMMA = said("{first}, {second}", first="", second="")     # what stands between the items of a list


def joined(values: Expression) -> Node:
    """The items of a list, one after the other."""
    return Node("join", (values,))


def argmax(values: Expression) -> Node:
    return Node("argmax", (values,))


def softmax(values: Expression) -> Node:
    return Node("softmax", (values,))


def sigmoid(values: Expression) -> Node:
    """Of a number, or of each of a list."""
    return Node("sigmoid", (values,))


# --- noise and images -------------------------------------------------------------------------------------------------------

def noise(seed: Expression) -> Node:
    """The noise of a seed, a vector; the sum of seeds goes on at 0 after 2**32 - 1."""
    return Node("noise", (Node("%", (seed, SEED_LIMIT)),))


def slerp(a: Node, b: Node, share: Expression) -> Node:
    """A vector on the way from a to b (models/seeds.py)."""
    return Node("slerp", (a, b, share))


def usual_length(vector: Node) -> Node:
    """The vector at the length that noise has in training, sqrt(z_dim)."""
    return Node("usual_length", (vector,))


def mix(first: Expression, second: Expression, share: Expression) -> Node:
    """Of a Choice: `share` (0 to 1) of the second option, the rest of the first."""
    return Node("mix", (first, second, share))


def images(model: Node, z: Node, count: Expression = 1, **controls: Expression) -> Node:
    """`count` generated images; z and controls may depend on INDEX. A Choice takes the number of an option, or a `mix`; a Picture an
    image, such as `coloured` gives."""
    return Node("images", (model, z, count, controls))


def judge(drawn: Node, count: Expression = 0, **judged: Expression) -> Node:
    """All that D gives for images: judge(here)["logits"] is a list with one item for each image. With `count`, the first image that
    many times, with controls that depend on INDEX."""
    return Node("judge", (drawn, count, judged))


# --- slots ------------------------------------------------------------------------------------------------------------------

def png(drawn: Node, index: int = 0, signed: bool = False) -> Node:
    """One image of several as a PNG. `signed`: it says how it was made (models/provenance.py)."""
    return Node("png", (drawn, index, signed))


def sheet(drawn: Node, columns: Expression, left: int = 0, right: int = 0) -> Node:
    """All images in one PNG, row by row; of each, `left` and `right` columns of pixels are cut off."""
    return Node("sheet", (drawn, columns, left, right))


def animation(drawn: Node, kind: Expression, scale: int, milliseconds: int) -> Node:
    """All images one after the other, there and back (page.slots.animation); browsers write the kind "gif" only."""
    return Node("animation", (drawn, kind, scale, milliseconds))


def bars(caption: Expression, names: Expression, shares: Expression, chosen: Expression, most: int) -> Node:
    """A table of shares (page.slots.bars)."""
    return Node("bars", (caption, names, shares, chosen, most))


# --- the whole --------------------------------------------------------------------------------------------------------------

Phase = dict[str, Expression]      # slots, and what they are filled with


@dataclass(frozen=True, eq=False)
class Drawing:
    """What an instrument shows. `fields`: the names of its state, in an order in which weights come before their controls."""

    fields: dict[str, Any]
    draw: Phase                                    # the phases of page.instrument
    follow: Phase = attribute(default_factory=dict)
    others: Phase = attribute(default_factory=dict)
    finish: Phase = attribute(default_factory=dict)
    save: Phase = attribute(default_factory=dict)  # "name" and "uri" of what is downloaded
    piece: Phase = attribute(default_factory=dict)  # one piece of what is too large for one answer (page.instrument)
    recipe: Node | None = None                     # the images whose first one command and JSON name

    def parse(self, state: dict[str, Any]) -> dict[str, Any]:
        """The checked values of a state. Raises BadInput, which names the field."""
        found: dict[str, Any] = {}
        for name, one in self.fields.items():
            with naming(name):
                found[name] = one.parse(state.get(name), found)
        return found

    @property
    def names(self) -> list[str]:
        """The weights on offer, and those that no field chooses."""
        offered = [name for one in self.fields.values() if isinstance(one, Weights) for name in one.names]
        fixed = [name for phase in self.phases.values() for name in needs(phase)["fixed"]]
        return list(dict.fromkeys([*offered, *fixed]))

    def _names_of(self, model: Node) -> list[str]:
        """The weights that a model may be."""
        fixed, field = model.op == "model", self.fields.get(model.args[0]) if model.op == "field" else None
        return list(model.args[1] if fixed else field.names if isinstance(field, Weights) else self.names)

    @property
    def phases(self) -> dict[str, Phase]:
        """Those that it has, by name."""
        return {name: getattr(self, name) for name in PHASES if getattr(self, name)}

    def told(self) -> str:
        """As JSON for the browser, its words in the language being spoken."""
        shared: list[list] = []
        tables: list[dict] = []
        places: dict[Node, int] = {}

        def tell(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: tell(one) for name, one in value.items()}
            if not isinstance(value, Node):
                return value
            if value.op in SHARED:
                if value not in places:
                    written = [value.op, *map(tell, value.args)]
                    places[value] = len(shared)
                    shared.append(written)
                return ["shared", places[value]]
            if value.op == "about":
                model, found = value.args
                if value not in places:
                    places[value] = len(tables)
                    tables.append({name: found(shown_model(name)) for name in self._names_of(model)})
                return ["about", places[value], tell(model)]
            if value.op == "say":
                return ["text", say(value.args[0]), tell(value.args[1])]
            return [value.op, *map(tell, value.args)]

        phases = {name: tell(phase) for name, phase in self.phases.items()}
        fields = {name: one.told() for name, one in self.fields.items()}
        recipe = tell(self.recipe) if self.recipe else None
        whole = {"fields": fields, "phases": phases, "recipe": recipe, "shared": shared, "tables": tables,
                 "needs": {name: needs(phase) for name, phase in self.phases.items()}}
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def needs(phase: Phase) -> dict[str, list[str]]:
    """What a browser needs for a phase: "parts", the networks of each model, and "fixed", the weights that no field chooses."""
    parts: dict[str, None] = {}
    fixed: dict[str, None] = {}
    seen: set[Node] = set()

    def look(value: Any) -> None:
        if isinstance(value, Node):
            if value in seen:
                return
            seen.add(value)
            if value.op == "model":
                fixed.update(dict.fromkeys(value.args[1]))
            parts.update(dict.fromkeys(value.args[1:2] if value.op == "outputs" else
                                       ("generator", "generator2")[:value.args[1]] if value.op == "painted" else PARTS.get(value.op, ())))
        for one in value.values() if isinstance(value, dict) else value.args if isinstance(value, Node) else ():
            look(one)

    look(phase)
    return {"parts": list(parts), "fixed": list(fixed)}


def facts(model: Any) -> dict[str, Any]:
    """What the browser has to know of a model, beside its networks: sizes, controls, and what a PNG says of it."""
    controls = []
    for control in model.card.controls:
        if isinstance(control, Choice):
            controls.append({"name": control.name, "options": [control.named(i) for i in range(len(control.options))],
                             "names": list(control.options), "default": control.parse(control.default).tolist()})
        elif isinstance(control, Range):
            controls.append({"name": control.name, "low": control.low, "high": control.high,
                             "default": control.parse(control.default).tolist()})
        elif isinstance(control, Picture):
            controls.append({"name": control.name, "picture": True})
        else:
            raise ValueError(f"only the server can draw with its {control.name}")
    return {"model": model.card.name, "z": getattr(model, "z_dim", 0), "size": list(model.card.image_size), "controls": controls,
            "mnist": model.card.dataset.key == "mnist", "judged": [control.name for control in model.card.controls if control.judged],
            "commit": model.card.training.commit, "sha256": model.card.sha256}
