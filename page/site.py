"""What the plates share: which plates and weights there are, and the models behind them."""

import re
import sys
from functools import cache
from types import ModuleType

import gradio as gr
import numpy as np

import models
from models.datasets import DATASETS
from models.errors import DamagedWeights, shown
from models.images import png_uri, webp_uri
from page import family
from page.language import each
from page.plate import Plate, roman

LEAF = 160      # pixels a side, at most, of a picture on the tree


def shown_model(name: object, device: str = "auto") -> models.Model:
    """A model by the name of its weights. Never a path or a Hub id: the name comes from a browser, perhaps a hostile one."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9_-]{1,80}", name) or models.folder_of(name) is None:
        raise models.BadInput("There are no weights called {name} on this page.", name=shown(name, 60))
    return models.load(name, device)


def classifier_of(model: models.Model) -> str:
    """The name of the classifier of a model's data set; empty where there is none that loads."""
    name = model.card.dataset.instrument
    try:
        return name if name and "classify" in shown_model(name).tasks else ""
    except models.BadInput:
        return ""


class Site:
    """One page: its plates in order, and their weights."""

    def __init__(self, plates: list[ModuleType]):
        self._cards = models.cards()
        trained = {card.model for card in self._cards}
        self.plates = [module for module in plates             # modules of tabs/, in order
                       if not module.PLATE.when_trained or trained & {*module.PLATE.models}]
        self.waiting = [module for module in plates if module not in self.plates]      # those that have no weights yet
        self._firsts: dict[str, np.ndarray] = {}               # by weights: the picture that stands for them
        self.problems: dict[str, list[models.BadInput]] = {}   # by model: why weights do not load

    def number(self, plate: Plate) -> int:
        """The plate's number among those of papers, from 1; 0 if it is none of these."""
        numbered = [module.PLATE.id for module in self.plates if module.PLATE.models]
        return numbered.index(plate.id) + 1 if plate.id in numbered else 0

    def numeral(self, plate: Plate) -> str:
        return roman(self.number(plate))

    def head(self, plate: Plate) -> None:
        """Places a plate's heading."""
        gr.HTML(each(lambda: plate.head(self.number(plate), family.place(plate, self.plates, self.waiting))))

    def plate_of(self, model: str) -> Plate | None:
        """The plate that shows a model (the name of its module in models/), if there is one."""
        return next((module.PLATE for module in self.plates if model in module.PLATE.models), None)

    @cache  # noqa: B019 - one Site lives as long as the page
    def weights(self, model: str) -> list[str]:
        """The weights of a model that load: "infogan" -> ["infogan-mnist", "infogan-fashion"], in the order of models.datasets, one's own
        last. A plate may refuse weights that it has no place for, by `check_shown(model)`.

        They stay loaded, so the first picture of a plate does not wait. Why others do not load goes into `problems`.
        """
        found = []
        for card in self._cards:
            name = f"{model.replace('_', '-')}-{card.dataset.key}"
            if card.name == name:     # other names are for other pages
                try:
                    loaded = models.load(card.name)
                    getattr(loaded, "encoders", None)    # those that read need their text encoders, too
                    for plate in self.plates:
                        if model in plate.PLATE.models and hasattr(plate, "check_shown"):
                            plate.check_shown(loaded)
                    if "generate" in loaded.tasks:
                        self._firsts[card.name] = self._first(model, loaded)
                    found.append(card)
                except models.BadInput as error:
                    self.problems.setdefault(model, []).append(error)
                    print(f"note: left out: {error}", file=sys.stderr)
            elif card.model == model and card.name.replace("_", "-") == name.replace("_", "-"):      # as the module is called
                print(f"note: left out: {card.name} is to be called {name}, its folder and the name in its config.json.", file=sys.stderr)
        known = list(DATASETS)
        return [card.name for card in sorted(found, key=lambda card: known.index(card.dataset.key) if not card.dataset.own else len(known))]

    def _first(self, model: str, loaded: models.Model) -> np.ndarray:
        """The picture that stands for weights, uint8 [H, W, C]. Raises DamagedWeights if they cannot draw it."""
        plate = self.plate_of(model)
        try:
            return loaded.generate(plate.seeds.get(model, 0) if plate else 0)[0]
        except models.BadInput:
            raise
        except Exception as error:           # of whatever kind: weights of one's own cost their own place and no other
            raise DamagedWeights("{name} cannot draw ({reason}).", name=loaded.card.name, reason=f"{error!s:.100}") from error

    @cache  # noqa: B019
    def thumbnails(self, model: str) -> list[tuple[str, str]]:
        """(name of the weights, a picture as data URI) for each of a model's weights that loads and draws."""
        images = {name: self._firsts[name] for name in self.weights(model) if name in self._firsts}
        return [(name, png_uri(image) if len(image) < LEAF else webp_uri(image, LEAF)) for name, image in images.items()]
