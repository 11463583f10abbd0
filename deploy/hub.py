"""Pushes every folder of weights/ to the Hub as a model repository of its own, with its networks as ONNX: `make hub USER=name`."""

import json
import re
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from huggingface_hub import HfApi, ModelCard, hf_hub_download

import models
from deploy import asking_the_hub, check_ours, make_repository
from models import exported
from models.arguments import command
from models.checkpoint import WEIGHTS, read_card, sha256_of
from models.errors import BadInput, DamagedWeights


@dataclass(frozen=True)
class Settings:
    user: str                        # user or organisation
    names: tuple[str, ...] = ()      # weights to push; all if none is named
    weights: Path = WEIGHTS
    private: bool = False


def main(cfg: Settings) -> None:
    if not re.fullmatch(r"\w[\w.-]{0,95}", cfg.user):
        raise BadInput(f"USER is a name on the Hub, not {cfg.user[:60]!r}.")
    folders = [cfg.weights / name for name in cfg.names] or sorted(path.parent for path in cfg.weights.glob("*/config.json"))
    if not folders:
        raise BadInput(f"There are no weights in {cfg.weights}.")
    for folder in folders:
        card = read_card(folder)
        if not (folder / "model.safetensors").is_file() or sha256_of(folder / "model.safetensors") != card.sha256:
            raise DamagedWeights(f"{folder.name}/model.safetensors is missing or not the file its config.json names; nothing was pushed.")
    lacking = exported.missing()
    if lacking:
        print(f"The networks are pushed without their ONNX files, for which {', '.join(lacking)} would have to be installed.")
    api = HfApi()
    for folder in folders:
        repository, card = f"{cfg.user}/{folder.name}", read_card(folder)
        with tempfile.TemporaryDirectory() as networks:
            if not lacking:
                exported.export(models.load(folder, "cpu"), Path(networks))     # first: what fails here takes nothing away there
            with asking_the_hub(repository):
                ModelCard.load(folder / "README.md").validate()
                check_ours(api, repository, "model", partial(_ours, repository, card.name))
                make_repository(api, repository, "model", cfg.private)
                api.upload_folder(repo_id=repository, folder_path=folder, commit_message=f"GAN Atlas: {folder.name}", delete_patterns=["*"])
                if not lacking:
                    api.upload_folder(repo_id=repository, folder_path=networks, path_in_repo="onnx",
                                      commit_message=f"GAN Atlas: {folder.name} as ONNX")
        print(f"https://huggingface.co/{repository}")


def _ours(repository: str, name: str, files: set[str]) -> bool:
    """Whether the config.json of a repository is one of weights of that name from here."""
    if "config.json" not in files:
        return False
    try:
        found = json.loads(Path(hf_hub_download(repository, "config.json")).read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(found, dict) and {"model", "sha256"} <= set(found) and found.get("name") == name


if __name__ == "__main__":
    command(main, Settings, __doc__)
