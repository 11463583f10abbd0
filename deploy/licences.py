"""The licences of what others made, which go wherever it goes: their texts by the names that they have there."""

import importlib.metadata
import json
from collections.abc import Iterable
from pathlib import Path

from deploy import ROOT

MODULES = ROOT / "node_modules"
TEXTS = [ROOT / "LICENSE", *sorted((ROOT / "licences").iterdir()), ROOT / "page" / "fonts" / "OFL.txt", ROOT / "tabs" / "guess.LICENSE.txt"]


def of_packages(files: Iterable[Path]) -> list[Path]:
    """The licence files of the packages that files of node_modules/ come from, and of those that are bundled in them."""
    packages = {path.relative_to(MODULES).parts[0] for path in files if path.is_relative_to(MODULES)}
    for package in sorted(packages):
        if (told := MODULES / package / "package.json").is_file():
            packages |= {*json.loads(told.read_text(encoding="utf-8")).get("dependencies", {})}
    return [path for package in sorted(packages) for path in sorted((MODULES / package).glob("LICENSE*"))]


def texts(files: Iterable[Path]) -> dict[str, bytes]:
    """All texts for one folder, by name, where it holds these files of node_modules/."""
    found = {path.name: path for path in TEXTS}
    found |= {f"{path.parent.name}-{path.name}": path for path in of_packages(files)}
    brought_by = importlib.metadata.packages_distributions().get("onnxruntime", ())         # onnxruntime, or onnxruntime-gpu
    notices = [path for name in brought_by for path in importlib.metadata.files(name) or () if path.name == "ThirdPartyNotices.txt"]
    found |= {f"onnxruntime-{path.name}": Path(path.locate()) for path in notices}
    return {name: path.read_bytes() for name, path in found.items() if path.is_file()}
