"""What the plates share: the loaded models, the tabs of the page, and where to find what."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

import gradio as gr

import models
import tabs as package
from tabs.instrument import png
from tabs.plate import Plate

THUMBNAIL_SEEDS = {"gan": 3, "dcgan": 5, "cgan": 8, "infogan": 11}   # chosen by eye; any other model shows seed 0


class House:
    """One page: its plates in order, and the gr.Tabs that holds them once the page is being built."""

    def __init__(self):
        found = [importlib.import_module(f"tabs.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
        self.rooms: list[ModuleType] = sorted((m for m in found if hasattr(m, "PLATE")), key=lambda m: m.PLATE.order)
        self.tabs: gr.Tabs | None = None

    def plate_of(self, model: str) -> Plate | None:
        """The plate that shows a model (the name of its module in models/), if there is one."""
        return next((room.PLATE for room in self.rooms if model in room.PLATE.models), None)

    def names(self, model: str) -> list[str]:
        """The weights there are of a model: "infogan" -> ["infogan-mnist", "infogan-fashion"], MNIST first."""
        return sorted((card.name for card in models.cards() if card.model == model), key=lambda name: "mnist" not in name)

    @cache  # noqa: B019 - one House lives as long as the page
    def thumbnails(self, model: str) -> list[tuple[str, str]]:
        """(name of the weights, a picture as PNG data URI) for each of a model's weights that loads."""
        found = []
        for name in self.names(model):
            try:
                found.append((name, png(models.load(name).generate(THUMBNAIL_SEEDS.get(model, 0))[0])))
            except models.BadInput:
                continue
        return found
