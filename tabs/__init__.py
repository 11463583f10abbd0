"""The plates: one module for each paper, or pair of papers. Each has PLATE and build(site), and BRANCHES for the family tree."""

import importlib
import pkgutil
from types import ModuleType


def plates() -> list[ModuleType]:
    """The modules of this package that have a PLATE, in the order of the tabs, group by group."""
    found = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return sorted((module for module in found if hasattr(module, "PLATE")), key=lambda module: module.PLATE.place)
