"""Weights from the Hub: whole models by id ("user/infogan-mnist"), and what is left out of a folder of weights/ (a "light" copy).

A light folder keeps config.json, which names the sha256 of what belongs beside it; so what comes from the Hub is held to the same
promise as a local file, and a swapped one is refused when it is loaded.
"""

import os
import threading
from pathlib import Path

from models.errors import BadInput
from models.proxies import check_proxies, is_of_the_line

LARGE = ("model.safetensors", "captions.*", "places.*", "sentence/*")       # what a light folder lacks
WHOLE = ("config.json", "metrics.json", "*.safetensors", *LARGE)

_here: dict[tuple[Path, str], Path] = {}      # by light folder and whose repository: what of it was fetched; the Hub is asked once
_told: dict[Path, BadInput] = {}     # by light folder: why its weights are not here, while they are being fetched and after that failed


def user() -> str:
    """Whose repositories fill light folders: GAN_ATLAS_HUB, or else the owner of the Space that this runs on; "" for nobody's."""
    return os.environ.get("GAN_ATLAS_HUB", os.environ.get("SPACE_ID", "").partition("/")[0]).strip()


def fetch(repository: str, patterns: tuple[str, ...] = WHOLE) -> Path:
    """The folder in the Hub's cache with these files of a model repository, fetched if need be; its progress goes to stderr.

    Raises BadInput if the Hub does not give them, or there is no room for them.
    """
    from huggingface_hub import snapshot_download  # imported late: the page starts without it
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    check_proxies()
    try:
        return Path(snapshot_download(repository, allow_patterns=list(patterns)))
    except HFValidationError as error:
        raise BadInput("{repository} is neither a folder nor a name that the Hub would take.", repository=f"{repository!r:.60}") from error
    except Exception as error:
        if isinstance(error, LocalEntryNotFoundError) or is_of_the_line(error):
            raise BadInput("{repository} is no folder, and the Hub cannot be reached to ask for a model of that name.",
                           repository=repository) from error
        if not isinstance(error, OSError):        # the Hub's own refusals are OSErrors, too
            raise
        if error.strerror:                        # this machine's, such as a full disk
            raise BadInput("{repository} could not be kept on this machine ({reason}).",
                           repository=repository, reason=error.strerror[:80].lower()) from error
        raise BadInput("{repository} is neither a folder nor a model that the Hub would give ({reason}).",
                       repository=repository, reason=type(error).__name__) from error


def filled(folder: Path) -> Path:
    """Where the large files of a weights folder lie: in it, or for a light one in the Hub's cache, fetched if need be.

    Raises BadInput while a light folder is being fetched by `fill`, and if that failed.
    """
    if not light(folder):
        return folder
    if told := _told.get(folder):
        raise BadInput(told.message, **told.values)
    return _fetched(folder)


def light(folder: Path) -> bool:
    return bool(user()) and (folder / "config.json").is_file() and not os.path.lexists(folder / "model.safetensors")


def fill(weights: Path) -> threading.Thread | None:
    """Begins to fetch what the light folders of `weights` lack, one after the other; None if nothing is to be done.

    Until a folder's turn is over `filled` refuses it in a sentence instead of waiting, so that a page can open meanwhile.
    """
    folders = [path.parent for path in sorted(weights.glob("*/config.json")) if light(path.parent)]
    for folder in folders:
        _told[folder] = BadInput("The weights {name} are being fetched from {user} on the Hub; please reload this page in a minute.",
                                 name=folder.name, user=user())

    def work() -> None:
        for folder in folders:
            try:
                _fetched(folder)
                del _told[folder]
            except Exception as error:       # of any kind: the folders that follow wait for this thread
                reason = error if isinstance(error, BadInput) else f"{type(error).__name__}."
                _told[folder] = BadInput("The weights {name} could not be fetched: {error}", name=folder.name, error=reason)
                print(_told[folder], flush=True)

    thread = threading.Thread(target=work, name="weights from the Hub", daemon=True)
    if folders:
        thread.start()
    return thread if folders else None


def _fetched(folder: Path) -> Path:
    known = folder, user()
    if known not in _here or not _here[known].is_dir():
        print(f"Fetching the weights {folder.name} from {user()}/{folder.name} on the Hub…", flush=True)
        _here[known] = fetch(f"{user()}/{folder.name}", LARGE)
    return _here[known]
