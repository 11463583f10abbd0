"""What the ways to the Hub share."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from huggingface_hub import HfApi, SpaceCard
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError

from models.errors import BadInput


@contextmanager
def asking_the_hub(repository: str) -> Iterator[None]:
    """Whatever goes wrong with the Hub meanwhile ends as BadInput, in one sentence."""
    try:
        yield
    except BadInput:
        raise
    except httpx.TransportError as error:
        raise BadInput(f"The Hub cannot be reached for {repository} ({' '.join(str(error).split())[:160].rstrip('.')}).") from error
    except (HfHubHTTPError, HFValidationError, LocalTokenNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"The Hub refused {repository} ({' '.join(str(error).split())[:160].rstrip('.')}); is a token with write access "
                       "set, by hf auth login or HF_TOKEN?") from error


def check_space(name: str) -> None:
    """Raises BadInput for what is no name of a Space."""
    if not re.fullmatch(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", name):
        raise BadInput(f"SPACE is user/name, as in SPACE=flora/gan-atlas, not {name[:60]!r}.")


def upload_space(name: str, folder: Path, sdk: str, **settings) -> None:
    """Makes a Space of a folder, whose README.md is its card; what an earlier version had and this one lacks goes. `settings` are those of
    HfApi.create_repo. Raises BadInput."""
    api = HfApi()
    with asking_the_hub(name):
        SpaceCard.load(folder / "README.md").validate(repo_type="space")
        api.create_repo(name, repo_type="space", space_sdk=sdk, exist_ok=True, **settings)
        api.upload_folder(repo_id=name, repo_type="space", folder_path=folder, commit_message="GAN Atlas", delete_patterns=["*"])
    print(f"https://huggingface.co/spaces/{name}")
