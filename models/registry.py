"""Which trained models there are, and how to get one. The registry is the folder `weights/`: nothing is listed by hand.

Weights of one's own may lie elsewhere: GAN_ATLAS_WEIGHTS names weights folders, or folders of such, separated as in PATH. They come after
weights/, and none of them hides a shipped name.
"""

import difflib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from models import hub
from models.card import Card
from models.checkpoint import WEIGHTS, load_networks, module_of, read_card
from models.errors import BadInput, DamagedWeights, shown
from models.loaded import Model
from models.runtime import TORCH, pick_device

VARIABLE = "GAN_ATLAS_WEIGHTS"
MOST_NAMED = 6      # weights that a message names

left_out: set[str] = set()       # names of weights that are listed nowhere: those that no published page shows (deploy/static.py)
_loaded: dict[tuple[Path, Path, str], tuple[tuple[int, ...], Model]] = {}     # with the state of the config.json it was loaded by
_loading = threading.Lock()


def cards(folder: Path | None = None) -> list[Card]:
    """The cards of all weights folders that can be read, by the year of their paper: of weights/ and of GAN_ATLAS_WEIGHTS, or those in
    one folder."""
    found = [card for _, card in (_all() if folder is None else _in(folder))]
    return sorted(found, key=lambda card: (card.paper.year, card.name))


def load(name: str | Path, device: str = "auto") -> Model:
    """A model by the name of its weights ("infogan-mnist"), by folder, or by Hub id ("user/infogan-mnist").

    Models stay loaded: asking twice gives the same object, until the weights have been trained again. A folder of weights/ without its
    large files is filled from the Hub if a user is named there (models/hub.py). Raises BadInput for an unknown name, DamagedWeights for
    a folder whose files are missing or altered.
    """
    try:
        folder = _folder(str(name))
        files = hub.filled(folder)         # before the turn is taken: it may take minutes
        with TORCH:
            return _load(folder, files, device)
    except OSError as error:
        raise BadInput("The weights {name} cannot be read ({reason}).", name=shown(str(name), 60),
                       reason=error.strerror or type(error).__name__) from error


def folder_of(name: str) -> Path | None:
    """The weights folder of that name in weights/ or GAN_ATLAS_WEIGHTS; None if there is none. A path is no name."""
    if Path(name).name != name or name in ("", ".."):
        return None
    try:
        if (WEIGHTS / name).is_dir():
            return WEIGHTS / name
    except OSError:          # longer than a file may be called
        return None
    found = next((folder for folder, card in _all() if card.name == name), None) if _own_places() else None
    return found or next((folder for place in _own_places() for folder in (place / name, place)
                          if folder.name == name and _is_damaged(folder)), None)


def _is_damaged(folder: Path) -> bool:
    """Whether there are weights that cannot be read; loading them says why."""
    if not os.path.isfile(folder / "config.json"):
        return False
    try:
        read_card(folder)
    except (BadInput, OSError):
        return True
    return False


def made_by(sha256: str) -> Path | None:
    """The weights folder whose model.safetensors has this sha256, of weights/ and GAN_ATLAS_WEIGHTS; None if there is none."""
    return next((folder for place in (WEIGHTS, *_own_places()) for folder, card in _in(place) if card.sha256 == sha256), None)


def _load(folder: Path, files: Path, device: str) -> Model:
    state = _state(folder)             # before the weights are read: a training may end meanwhile
    with _loading:
        known = _loaded.get((folder, files, device))
    if known is not None and known[0] == state:
        return known[1]
    card, networks = load_networks(folder, files)
    build = getattr(module_of(card.model), "LOADED", Model)     # text encoders and text-to-image models answer to more
    try:
        model = build(card, networks, pick_device(device), files)
    except BadInput:
        raise
    except Exception as error:         # of whatever kind: the networks fit their file, but not what such a model is
        raise DamagedWeights("{name}/config.json describes networks that are no such model ({reason}).", name=card.name,
                             reason=f"{error!s:.100}") from error
    with _loading:
        _loaded[folder, files, device] = state, model
    return model


def state_of(name: str) -> tuple[int, ...]:
    """Changes when weights of that name have been trained again; () where there are none."""
    folder = folder_of(name)
    return _state(folder) if folder else ()


def _state(folder: Path) -> tuple[int, ...]:
    """Changes when config.json is written anew, as by every training that is done."""
    try:
        status = (folder / "config.json").stat()
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _all() -> Iterator[tuple[Path, Card]]:
    """All weights folders with their cards; a name counts once, weights/ first."""
    known = set()
    for place in (WEIGHTS, *_own_places()):
        for folder, card in _in(place):
            if card.name not in known | left_out and (place == WEIGHTS or not (WEIGHTS / card.name).exists()):
                known.add(card.name)
                yield folder, card


def _in(place: Path) -> Iterator[tuple[Path, Card]]:
    for folder in _folders(place):
        try:
            yield folder, read_card(folder)
        except (BadInput, OSError):
            continue   # one damaged folder must not hide the others; loading it by name says what is wrong


def _folders(place: Path) -> list[Path]:
    """The weights folders that a place is or holds."""
    try:
        return [path.parent for path in sorted([*place.glob("config.json"), *place.glob("*/config.json")])]
    except OSError:            # a circle of links, a folder that may not be entered
        return []


def note_places() -> None:
    """Says on the error stream what of GAN_ATLAS_WEIGHTS is no folder of weights, and which weights there cannot be read; all others
    count."""
    for place in _own_places():
        if not os.path.isdir(place):              # unlike Path.is_dir, for any name
            print(f"note: {VARIABLE} takes folders of weights, with {os.pathsep!r} between them, and {shown(str(place), 80)} is none.",
                  file=sys.stderr)
        elif not (found := _folders(place)):
            print(f"note: {shown(str(place), 80)}, which {VARIABLE} names, holds no weights, nor do the folders in it.", file=sys.stderr)
        else:
            for folder in found:
                try:
                    read_card(folder)
                except (BadInput, OSError) as error:
                    print(f"note: left out: {error}", file=sys.stderr)


def _own_places() -> list[Path]:
    return [Path(os.path.realpath(os.path.expanduser(part))) for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part.strip()]


def for_another_place() -> dict[str, str]:
    """What a process that runs in another folder needs in its environment to find the same weights."""
    return {VARIABLE: os.pathsep.join(map(str, _own_places()))} if VARIABLE in os.environ else {}


def _folder(name: str) -> Path:
    if any(len(part.encode(errors="replace")) > 200 for part in Path(name).parts):
        raise BadInput("There are no weights called {name}.", name=shown(name, 60))
    found = folder_of(name)
    if found is not None:
        return found
    if Path(name).is_dir():
        return Path(name).resolve()
    if name.count("/") == 1 and not name.startswith((".", "/")):
        return hub.fetch(name)
    known = sorted(card.name for _, card in _all())
    close = difflib.get_close_matches(name, known, 1)
    if close:
        raise BadInput("There are no weights called {name}; did you mean {close}?", name=shown(name, 60), close=close[0])
    if len(known) > MOST_NAMED:
        known = [*known[:MOST_NAMED], "…"]
    raise BadInput("There are no weights called {name}; there are {known} (python -m models list).", name=shown(name, 60),
                   known=", ".join(known) or "none yet")
