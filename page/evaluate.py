"""Fills the slots of a Drawing on the server. page/drawing.js does the same in the visitor's browser."""

import threading
from collections import OrderedDict
from typing import Any

import numpy as np
import torch

from models.controls import Choice, Picture
from models.loaded import Asked, Model
from models.seeds import noise, slerp
from page.drawing import SHARED, Drawing, Node
from page.drawn import Drawn
from page.evaluate_board import BoardOperations
from page.evaluate_numbers import NumberOperations
from page.evaluate_painting import PaintingOperations
from page.evaluate_pieces import PieceOperations
from page.evaluate_plane import PlaneOperations
from page.evaluate_text import TextOperations
from page.language import say
from page.site import shown_model
from page.slots import Slots, animation, bars

KEPT = 64        # sheets and rows of images that are remembered: while a finger moves, most of a plate stays


class Evaluator:
    """Evaluates one Drawing, for any number of states. Safe to use from several threads."""

    def __init__(self, drawing: Drawing):
        self.drawing = drawing
        self._kept: OrderedDict[tuple, Drawn] = OrderedDict()
        self._lock = threading.Lock()

    def slots(self, phase: str, values: dict[str, Any]) -> Slots:
        """What the slots of a phase show for checked values."""
        state = _State(self, values)
        return {slot: str(state.value(node)) for slot, node in getattr(self.drawing, phase).items()}

    def recite(self, values: dict[str, Any]) -> tuple[str, int, dict[str, Any]]:
        """Model, seed and controls of the first image of the drawing's recipe."""
        state, recipe = _State(self, values), self.drawing.recipe
        if recipe.op == "painted":
            model, seeds, controls = state.told(recipe)
        else:
            model, seeds, _, controls, _ = state.asked(recipe)
        return model.card.name, seeds[0], {name: given[0] for name, given in controls.items()}

    def kept(self, key: tuple) -> Drawn | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: tuple, drawn: Drawn) -> None:
        with self._lock:
            self._kept[key] = drawn
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


class _State(BoardOperations, NumberOperations, PaintingOperations, PieceOperations, PlaneOperations, TextOperations):
    """One evaluation: shared nodes are computed once."""

    def __init__(self, evaluator: Evaluator, values: dict[str, Any]):
        self.evaluator, self.values = evaluator, values
        self.known: dict[Node, Any] = {}
        self.index, self.z_dim = np.arange(1), 0     # of the images that are being asked for

    def value(self, node: Any) -> Any:
        if not isinstance(node, Node):
            return node
        if node in self.known:
            return self.known[node]
        found = getattr(self, f"_{NAMES.get(node.op, node.op)}")(*([node] if node.op in SHARED else node.args))
        if node.op in (*SHARED, "about"):
            self.known[node] = found
        return found

    # --- scalars and words ---

    def _field(self, name): return self.values[name]
    def _index(self): return self.index
    def _model(self, name, _): return shown_model(self.value(name))
    def _add(self, a, b): return self.value(a) + self.value(b)
    def _sub(self, a, b): return self.value(a) - self.value(b)
    def _mul(self, a, b): return self.value(a) * self.value(b)
    def _div(self, a, b): return self.value(a) / self.value(b)
    def _floordiv(self, a, b): return self.value(a) // self.value(b)
    def _mod(self, a, b): return self.value(a) % self.value(b)
    def _equal(self, a, b): return self.value(a) == self.value(b)
    def _less(self, a, b): return self.value(a) < self.value(b)
    def _if(self, condition, yes, no): return self.value(yes if self.value(condition) else no)
    def _list(self, *items): return [self.value(item) for item in items]
    def _length(self, values): return len(self.value(values))
    def _about(self, model, tell): return tell(self.value(model))
    def _shown(self, value, spec): return format(float(self.value(value)), spec)
    def _join(self, values): return "".join(map(str, self.value(values)))
    def _argmax(self, values): return int(np.argmax(np.asarray(self.value(values))))

    def _item(self, values, index, default=None):
        values, index = self.value(values), self.value(index)
        if isinstance(index, np.ndarray):
            return torch.stack([values[i] for i in index]) if isinstance(values[0], torch.Tensor) else np.asarray(values)[index]
        if default is not None and not 0 <= index < len(values):
            return self.value(default)
        found = values[index]
        return found.item() if isinstance(found, torch.Tensor) and not found.ndim else found

    def _text(self, template, values): return template.format(**{name: self.value(value) for name, value in values.items()})
    def _say(self, message, values): return say(message, **{name: self.value(value) for name, value in values.items()})

    def _softmax(self, values):
        found = np.asarray(self.value(values), np.float64)
        powers = np.exp(found - found.max())
        return powers / powers.sum()

    def _sigmoid(self, values): return 1 / (1 + np.exp(-np.asarray(self.value(values), np.float64)))

    # --- noise and images ---

    def _noise(self, seed):
        seeds = np.asarray(self.value(seed))
        found = noise(seeds.reshape(-1).tolist(), self.z_dim)
        return found if seeds.ndim else found[0]

    def _slerp(self, a, b, share):
        a, b, share = self.value(a), self.value(b), self.value(share)
        return torch.stack([slerp(a, b, float(one)) for one in share]) if isinstance(share, np.ndarray) else slerp(a, b, float(share))

    def _usual_length(self, vector):
        found = self.value(vector)
        return found * (self.z_dim ** 0.5 / found.norm(dim=-1, keepdim=True))

    def asked(self, node: Node) -> tuple[Model, list[int], torch.Tensor | None, dict[str, list], dict[str, torch.Tensor]]:
        """Of an images node: model, seeds, z where it has no seeds, recorded controls, what the generator takes of all controls."""
        model, z, count, controls = node.args
        model, count = self.value(model), int(self.value(count))
        before = self.index, self.z_dim
        self.index, self.z_dim = np.arange(count), model.z_dim
        try:
            seeded = z.op == "noise"
            seeds = np.broadcast_to(np.asarray(self.value(z.args[0])), (count,)).tolist() if seeded else []
            latents = None if seeded else torch.broadcast_to(self.value(z), (count, model.z_dim))
            inputs, records = self._inputs(model, controls, count)
            return model, seeds, latents, records, inputs
        finally:
            self.index, self.z_dim = before

    def _inputs(self, model: Model, given: dict, count: int, judged: bool = False) -> tuple[dict[str, torch.Tensor], dict[str, list]]:
        """What a network takes of each control, and what a recipe says of those that are given."""
        inputs, record = {}, {}
        for control in model.card.controls:
            if judged and not control.judged:
                continue
            if control.name not in given:
                inputs[control.name] = control.batch(control.default, count)
            elif isinstance(control, Choice):
                inputs[control.name], record[control.name] = self._chosen(given[control.name], control, count)
            elif isinstance(control, Picture):
                image = self.value(given[control.name]).pixels[0]
                inputs[control.name], record[control.name] = control.batch(image, count), [control.uri(image)] * count
            else:
                values = np.broadcast_to(np.asarray(self.value(given[control.name]), np.float32), (count,))
                inputs[control.name] = torch.from_numpy(values.copy())[:, None]
                record[control.name] = [round(float(one), 6) + 0.0 for one in values]
        return inputs, record

    def _chosen(self, node: Any, control: Choice, count: int) -> tuple[torch.Tensor, list]:
        options = len(control.options)
        if isinstance(node, Node) and node.op == "mix":
            first, second, share = map(self.value, node.args)
            weights = torch.zeros(options, dtype=torch.float64)
            parts = {first: round(1 - share, 6), second: round(share, 6)} if first != second else {first: 1}
            parts = {option: weight for option, weight in parts.items() if weight}
            for option, weight in parts.items():
                weights[option] = weight
            named = {control.named(option): weight for option, weight in parts.items()}
            record = {str(name): weight for name, weight in named.items()} if len(named) > 1 else next(iter(named))
            return (weights / weights.sum()).float().expand(count, options), [record] * count
        chosen = np.broadcast_to(np.asarray(self.value(node), np.int64), (count,))
        return torch.eye(options)[torch.from_numpy(chosen.copy())], [control.named(option) for option in chosen.tolist()]

    def _images(self, node: Node) -> Drawn:
        model, seeds, z, records, inputs = self.asked(node)
        count = len(seeds) or len(z)
        key = (id(model), tuple(seeds), b"" if z is None else z.numpy().tobytes(), *(value.numpy().tobytes() for value in inputs.values()))
        known = self.evaluator.kept(key) if count > 1 else None
        if known is None:
            known = Drawn(model, seeds, records, model.generate(Asked(seeds, {}, inputs, z)))
            if count > 1:
                self.evaluator.keep(key, known)
        return known

    def _judge(self, node: Node) -> dict[str, np.ndarray]:
        drawn, count, judged = node.args
        drawn, count = self.value(drawn), int(self.value(count))
        pixels = drawn.pixels[:1] if count else drawn.pixels
        before, self.index = self.index, np.arange(count or len(pixels))
        try:
            inputs, _ = self._inputs(drawn.model, judged, count or len(pixels), judged=True)
        finally:
            self.index = before
        return drawn.model.judge(pixels, **inputs)

    # --- slots ---

    def _png(self, drawn, index, signed): return self.value(drawn).png(self.value(index), signed)
    def _sheet(self, drawn, columns, left, right): return self.value(drawn).sheet(int(self.value(columns)), left, right)

    def _animation(self, drawn, kind, scale, milliseconds) -> str:
        return animation(self.value(drawn).pixels, self.value(kind), scale, milliseconds)

    def _bars(self, caption, names, shares, chosen, most) -> str:
        return bars(self.value(caption), self.value(names), np.asarray(self.value(shares)), self.value(chosen), most)


NAMES = {"+": "add", "-": "sub", "*": "mul", "/": "div", "//": "floordiv", "%": "mod"}

