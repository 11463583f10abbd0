"""What the plates share: the loaded models, the tabs of the page, and where to find what."""

import importlib
import pkgutil
import re
from functools import cache
from types import ModuleType

import gradio as gr

import models
import tabs as package
from models.checkpoint import WEIGHTS
from models.errors import shown
from tabs.instrument import png
from tabs.plate import Plate

THUMBNAIL_SEEDS = {"gan": 3, "dcgan": 7, "cgan": 8, "infogan": 11, "gan_cls": 22, "stackgan": 10}   # by eye; any other model shows seed 0


def exhibit(name: object, device: str = "auto") -> models.Model:
    """A model by the name of its weights. Never a path or a Hub id: the name comes from a browser, perhaps a hostile one."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9-]{1,60}", name) or not (WEIGHTS / name).is_dir():
        raise models.BadInput(f"There are no weights called {shown(name, 60)} on this page.")
    return models.load(name, device)


class House:
    """One page: its plates in order, and the gr.Tabs that holds them once the page is being built."""

    def __init__(self):
        found = [importlib.import_module(f"tabs.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
        self.rooms: list[ModuleType] = sorted((m for m in found if hasattr(m, "PLATE")), key=lambda m: m.PLATE.order)
        self.tabs: gr.Tabs | None = None
        self.problems: dict[str, list[str]] = {}   # by model: one sentence for each weights folder that is damaged

    def plate_of(self, model: str) -> Plate | None:
        """The plate that shows a model (the name of its module in models/), if there is one."""
        return next((room.PLATE for room in self.rooms if model in room.PLATE.models), None)

    @cache  # noqa: B019 - one House lives as long as the page
    def names(self, model: str) -> list[str]:
        """The weights of a model that load: "infogan" -> ["infogan-mnist", "infogan-fashion"], MNIST first.

        They stay loaded, so the first picture of a plate does not wait. Why others do not load goes into `problems`.
        """
        found = []
        for card in models.cards():
            if card.name == f"{model.replace('_', '-')}-{card.dataset}":     # other names are for other pages
                try:
                    getattr(models.load(card.name), "encoders", None)    # those that read need their text encoders, too
                    found.append(card.name)
                except models.BadInput as error:
                    self.problems.setdefault(model, []).append(str(error))
        return sorted(found, key=lambda name: "mnist" not in name)

    @cache  # noqa: B019
    def thumbnails(self, model: str) -> list[tuple[str, str]]:
        """(name of the weights, a picture as PNG data URI) for each of a model's weights that loads."""
        seed = THUMBNAIL_SEEDS.get(model, 0)
        return [(name, png(models.load(name).generate(seed)[0])) for name in self.names(model)]
