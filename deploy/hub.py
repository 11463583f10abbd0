"""Pushes every folder of weights/ to the Hub as a model repository of its own, with its networks as ONNX: `make hub USER=name`."""

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from huggingface_hub import HfApi, ModelCard, hf_hub_download

import models
from deploy import ROOT, asking_the_hub, check_ours, make_repository, to_publish
from models import exported
from models.arguments import command
from models.checkpoint import WEIGHTS, read_card, sha256_of, unfinished
from models.errors import BadInput, DamagedWeights

ADDRESS = r"https://[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*\.[a-z]{2,}(/[\w.~-]+)+/?"      # public: no name, no number and no port before it
WITHOUT_US = """Or without that code, as ONNX:
```python
import onnxruntime
from huggingface_hub import hf_hub_download

network = onnxruntime.InferenceSession(hf_hub_download("{repository}", "onnx/{file}"))
print([(one.name, one.shape, one.type) for one in network.get_inputs()])      # what network.run(None, {{...}}) takes
```
{others}
"""


@dataclass(frozen=True)
class Settings:
    user: str                        # user or organisation
    names: tuple[str, ...] = ()      # weights to push; if none is named, all but those of data of one's own that git does not list
    weights: Path = WEIGHTS
    own: bool = False                # those as well
    private: bool = False
    code: str = ""                   # where this code is to be had, for the cards; else that of git's origin, if it is a public one


def main(cfg: Settings) -> None:
    if not re.fullmatch(r"\w[\w.-]{0,95}", cfg.user):
        raise BadInput(f"USER is a name on the Hub, not {cfg.user[:60]!r}.")
    if cfg.code and not re.fullmatch(ADDRESS, cfg.code, re.IGNORECASE):
        raise BadInput(f"--code takes a public address, as in https://example.org/gan-atlas, not {cfg.code[:60]!r}.")
    folders = [cfg.weights / name for name in cfg.names] or sorted(path.parent for path in cfg.weights.glob("*/config.json"))
    if not folders:
        raise BadInput(f"There are no weights in {cfg.weights}.")
    gone = next((folder.name for folder in folders if not folder.is_dir()), "")
    if gone:
        raise BadInput(f"There are no weights called {gone[:60]} in {cfg.weights}.")
    folders = to_publish(folders, cfg.own or bool(cfg.names))
    for folder in folders:
        card = read_card(folder)
        if not (folder / "model.safetensors").is_file() or sha256_of(folder / "model.safetensors") != card.sha256:
            raise DamagedWeights(f"{folder.name}/model.safetensors is missing or not the file its config.json names; nothing was pushed.")
    lacking = exported.missing()
    if lacking:
        print(f"The networks are pushed without their ONNX files, for which {', '.join(lacking)} would have to be installed.")
    code = cfg.code or _origin()
    if not code:
        print("The cards will not say where this code is to be had, for git knows no public https address; CODE=https://... names one.")
    api = HfApi()
    for folder in folders:
        repository, card = f"{cfg.user}/{folder.name}", read_card(folder)
        with tempfile.TemporaryDirectory() as temporary:
            staged = stage(folder, Path(temporary) / folder.name, repository, code, bool(lacking))       # first, for it may fail
            with asking_the_hub(repository):
                ModelCard.load(staged / "README.md").validate()
                check_ours(api, repository, "model", partial(_ours, repository, card.name))
                make_repository(api, repository, "model", cfg.private)
                api.upload_folder(repo_id=repository, folder_path=staged, commit_message=f"GAN Atlas: {folder.name}", delete_patterns=["*"])
        print(f"https://huggingface.co/{repository}")


def stage(folder: Path, staged: Path, repository: str, code: str, without_onnx: bool) -> Path:
    """Writes what becomes a repository: the weights folder with its card for readers there, the licences that the card names, the networks
    as ONNX."""
    shutil.copytree(folder, staged, ignore=lambda _, names: [name for name in names if unfinished(Path(name))])
    if not without_onnx:
        exported.export(models.load(folder, "cpu"), staged / "onnx")
    card = (folder / "README.md").read_text(encoding="utf-8")
    for name in sorted({*re.findall(r"licences/[\w.-]+", card)}):
        (staged / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, staged / name)
    networks = sorted(path.name for path in (staged / "onnx").glob("*.onnx"))
    (staged / "README.md").write_text(for_the_hub(card, folder.name, repository, code, networks), encoding="utf-8")
    return staged


def for_the_hub(card: str, name: str, repository: str, code: str, networks: list[str]) -> str:
    """A model card for those who have no checkout: where the code is, the repository's own name, and how its ONNX files are opened."""
    where = f"the code of [GAN Atlas]({code})" if code else "the code of GAN Atlas"
    card = card.replace(f'models.load("{name}")', f'models.load("{repository}")').replace("](../../licences/", "](licences/")
    card = card.replace("## Use\n", f"## Use\nIn a folder with {where}, after its `make app` and `. .venv/bin/activate`:\n", 1)
    if networks:
        file = next((one for one in networks if one.startswith("generator")), networks[0])
        others = f"`onnx/` holds {', '.join(f'`{one}`' for one in networks)}."
        lines = WITHOUT_US.format(repository=repository, file=file, others=others)
        card = card.replace("\n## Training\n", f"\n{lines}\n## Training\n", 1) if "\n## Training\n" in card else f"{card}\n{lines}"
    return card


def _origin() -> str:
    """Where git fetches this code from, if that is a public address; else empty."""
    try:
        told = subprocess.run(["git", "remote", "get-url", "origin"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
    return told.removesuffix(".git") if re.fullmatch(ADDRESS, told, re.IGNORECASE) else ""


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
