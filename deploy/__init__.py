"""What the ways to the Hub share."""

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from huggingface_hub import HfApi, SpaceCard
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, RepositoryNotFoundError

from models.checkpoint import read_card
from models.errors import BadInput
from models.proxies import check_proxies, is_of_the_line

ROOT = Path(__file__).resolve().parent.parent
NEW = {".gitattributes", "README.md"}                           # what the Hub itself puts into a new repository
MARK = "made-by-gan-atlas.txt"        # in a static folder that was written here, and may be written again
MARKS = {"gradio": {"app.py", "page/instrument.js"}, "static": {MARK}}       # by the kind of a Space: files that tell one of ours


def to_publish(folders: Iterable[Path], own: bool) -> list[Path]:
    """Which of these weights folders are for everybody: those of known data, those that git lists here, and all others if `own`. Prints
    what goes along of data of one's own, and what stays."""
    try:
        told = subprocess.run(["git", "ls-files", "-z", ":(glob)weights/*/config.json"], cwd=ROOT, capture_output=True, check=False).stdout
    except OSError:                      # no git here: nothing is listed
        told = b""
    listed, folders = {(ROOT / name).parent for name in told.decode().split("\0") if name}, list(folders)
    mine = own_among(folders)
    staying = [] if own else [folder for folder in mine if folder.resolve() not in listed]
    say_own([folder for folder in mine if folder not in staying], "these go along")
    say_own(staying, "these stay here (OWN=1 or --own takes them along)")
    return [folder for folder in folders if folder not in staying]


def own_among(folders: Iterable[Path]) -> list[Path]:
    """The weights folders of data of one's own."""
    return [folder for folder in folders if read_card(folder).dataset.own]


def say_own(folders: list[Path], says: str) -> None:
    """Prints what becomes of weights of data of one's own, if there are any."""
    if folders:
        print(f"Of data of your own, {says}: {', '.join(folder.name for folder in folders)}.")


@contextmanager
def asking_the_hub(repository: str) -> Iterator[None]:
    """Whatever goes wrong with the Hub meanwhile ends as BadInput, in one sentence."""
    check_proxies()
    try:
        yield
    except BadInput:
        raise
    except (HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"The Hub refused {repository} ({' '.join(str(error).split())[:160].rstrip('.')}); is a token with write access "
                       "set, by hf auth login or HF_TOKEN?") from error
    except Exception as error:
        if not is_of_the_line(error):
            raise
        raise BadInput(f"The Hub cannot be reached for {repository} ({' '.join(str(error).split())[:160].rstrip('.')}).") from error


def check_space(name: str) -> None:
    """Raises BadInput for what is no name of a Space."""
    if not re.fullmatch(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", name):
        raise BadInput(f"SPACE is user/name, as in SPACE=flora/gan-atlas, not {name[:60]!r}.")


def make_repository(api: HfApi, name: str, kind: str, private: bool, **settings) -> None:
    """A repository of the kind "model" or "space"; where there is one of that name, it is taken, and made private if that is asked for.
    `settings` are those of HfApi.create_repo for a new one."""
    api.create_repo(name, repo_type=kind, exist_ok=True, private=private or None, **settings)
    if private:
        api.update_repo_settings(name, repo_type=kind, private=True)


def check_ours(api: HfApi, name: str, kind: str, ours: Callable[[set[str]], bool]) -> None:
    """Raises BadInput where a repository of the kind "model" or "space" holds files, and `ours` does not know them for what was pushed from
    here: they would be overwritten or deleted."""
    try:
        files = set(api.list_repo_files(name, repo_type=kind))
    except RepositoryNotFoundError:
        return
    if files - NEW and not ours(files):
        raise BadInput(f"{name} is on the Hub already and holds what was not pushed from here; take another name, or empty it there.")


def _of_kind(sdk: str, files: set[str]) -> bool:
    """Whether these are the files of a Space of ours of this kind. Raises BadInput for one of the other kind."""
    if MARKS[sdk] <= files:
        return True
    if any(mark <= files for mark in MARKS.values()):
        there = "with Python behind it" if sdk == "static" else "as a static folder"
        raise BadInput(f"That Space holds the page {there}, which this would replace; give the two of them different names, as in "
                       "SPACE=user/gan-atlas and SPACE=user/gan-atlas-static.")
    return False


def upload_space(name: str, folder: Path, sdk: str, hardware: str = "", private: bool = False) -> None:
    """Makes a Space of a folder, whose README.md is its card; what an earlier version had and this one lacks goes. Raises BadInput."""
    api = HfApi()
    with asking_the_hub(name):
        SpaceCard.load(folder / "README.md").validate(repo_type="space")
        check_ours(api, name, "space", partial(_of_kind, sdk))
        make_repository(api, name, "space", private, space_sdk=sdk, space_hardware=hardware or None)
        if hardware:                     # a Space that was there before keeps its own until it is asked
            api.request_space_hardware(name, hardware)
        api.upload_folder(repo_id=name, repo_type="space", folder_path=folder, commit_message="GAN Atlas", delete_patterns=["*"])
    print(f"https://huggingface.co/spaces/{name}")
