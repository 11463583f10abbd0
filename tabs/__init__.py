"""The plates: one module for each paper, or pair of papers. Each has PLATE and build(site), and BRANCHES for the family tree."""

import importlib
import pkgutil
from types import ModuleType

import models


def plates(every: bool = False) -> list[ModuleType]:
    """The modules of this package that have a PLATE, in the order of the tabs, group by group. `every`: also those that wait for weights
    of their models (Plate.when_trained)."""
    found = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    trained = {card.model for card in models.cards()}
    return sorted((module for module in found if hasattr(module, "PLATE")
                   and (every or not module.PLATE.when_trained or trained & {*module.PLATE.models})), key=lambda module: module.PLATE.place)
