"""The plates: one module for each paper, or pair of papers. Each has PLATE and build(site), and BRANCHES for the family tree."""

import importlib
import pkgutil
from types import ModuleType

from models.checkpoint import module_of
from models.errors import BadInput


def plates() -> list[ModuleType]:
    """The modules of this package that have a PLATE, in the order of the tabs, group by group. Raises ValueError, which names the module,
    for a plate whose id another one has, and for a paper that models/ has not."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [module for module in modules if hasattr(module, "PLATE")]
    known: dict[str, ModuleType] = {}
    for module in found:
        if (other := known.setdefault(module.PLATE.id, module)) is not module:
            raise ValueError(f"{other.__name__} and {module.__name__} have plates of one id, {module.PLATE.id!r}; links need one for each.")
        try:
            for model in (*module.PLATE.models, *(branch.model for branch in getattr(module, "BRANCHES", ()))):
                module_of(model)
        except BadInput as error:
            raise ValueError(f"{module.__name__} shows what is no paper: {error}") from error
    return sorted(found, key=lambda module: module.PLATE.place)
