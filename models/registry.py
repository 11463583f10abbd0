"""Which trained models there are, and how to get one. The registry is the folder `weights/`: nothing is listed by hand."""

import difflib
import functools
from pathlib import Path

from models import hub
from models.card import Card
from models.checkpoint import WEIGHTS, load_networks, module_of, read_card
from models.errors import BadInput, shown
from models.loaded import Model
from models.runtime import TORCH, pick_device


def cards(folder: Path = WEIGHTS) -> list[Card]:
    """The cards of all weights folders that can be read, by the year of their paper."""
    found = []
    for path in sorted(folder.glob("*/config.json")):
        try:
            found.append(read_card(path.parent))
        except BadInput:
            continue   # one damaged folder must not close the house; loading it by name says what is wrong
    return sorted(found, key=lambda card: (card.paper.year, card.name))


def load(name: str | Path, device: str = "auto") -> Model:
    """A model by the name of its weights ("infogan-mnist"), by folder, or by Hub id ("user/infogan-mnist").

    Models stay loaded: asking twice gives the same object. A folder of weights/ without its large files is filled from the Hub if
    a user is named there (models/hub.py). Raises BadInput for an unknown name, DamagedWeights for a folder whose files are missing
    or altered.
    """
    folder = _folder(str(name))
    files = hub.filled(folder)         # before the turn is taken: it may take minutes
    with TORCH:
        return _load(folder, files, device)


@functools.cache
def _load(folder: Path, files: Path, device: str) -> Model:
    card, networks = load_networks(folder, files)
    build = getattr(module_of(card.model), "LOADED", Model)     # text encoders and text-to-picture models answer to more
    return build(card, networks, pick_device(device), files)


def _folder(name: str) -> Path:
    if any(len(part.encode()) > 200 for part in Path(name).parts):
        raise BadInput(f"There are no weights called {shown(name, 60)}.")
    if (WEIGHTS / name / "config.json").is_file() and Path(name).name == name:
        return WEIGHTS / name
    if Path(name).is_dir():
        return Path(name).resolve()
    if name.count("/") == 1 and not name.startswith((".", "/")):
        return hub.fetch(name)
    known = sorted(path.parent.name for path in WEIGHTS.glob("*/config.json"))
    if (WEIGHTS / name).is_dir() and Path(name).name == name:
        return WEIGHTS / name      # there, but without config.json: loading says so
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known) or 'none yet'}."
    raise BadInput(f"There are no weights called {shown(name, 60)}; {hint}")
