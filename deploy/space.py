"""Creates or updates a Hugging Face Space with the page: `make space SPACE=user/name`.

Only what the page needs goes up: code of the page and of the models, the weights, what browsers draw with from node_modules/, for a Space
has no npm, and requirements without what the platform brings itself (gradio and huggingface_hub come from README.md's sdk_version, torch
from the platform's list).
"""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub import SpaceHardware, metadata_load

from deploy import ROOT, check_space, own_among, say_own, upload_space
from deploy.licences import MODULES, of_packages
from models.arguments import command
from models.errors import BadInput
from models.hub import LARGE
from page import drawing_files

PARTS = ("app.py", "README.md", "README.zh-CN.md", "LICENSE", "licences", "docs", "models", "page", "tabs", "weights", "package-lock.json",
         "training/sentences.json")        # with all that README.md leads to
BROUGHT = ("gradio", "huggingface_hub", "spaces")     # the platform installs these in the version that README.md names
LIMIT = 100_000_000                                   # bytes; the Hub stores files above 10 MB apart, by itself


@dataclass(frozen=True)
class Settings:
    space: str                      # user/name
    hardware: str = ""              # such as cpu-basic; empty: leave it as it is
    private: bool = False
    light: bool = False             # without the large files of weights/: the Space fetches them from its owner's models (make hub)
    only_stage: Path | None = None  # write the folder there and upload nothing


def main(cfg: Settings) -> None:
    check_space(cfg.space)
    known = [hardware.value for hardware in SpaceHardware]
    if cfg.hardware and cfg.hardware not in known:
        raise BadInput(f"--hardware takes one of {', '.join(known)}, not {cfg.hardware[:40]!r}.")
    if cfg.only_stage is not None:
        folder = cfg.only_stage
        try:
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise BadInput(f"--only-stage takes a new or an empty folder, and {folder} is none.")
            stage(folder, cfg.light)
        except OSError as error:
            raise BadInput(f"{folder} cannot be written ({error.strerror or error}).") from error
        print(f"staged in {folder}/")
        return
    with tempfile.TemporaryDirectory() as folder:
        staged = stage(Path(folder) / "space", cfg.light)
        upload_space(cfg.space, staged, "gradio", cfg.hardware, cfg.private)


def stage(folder: Path, light: bool = False) -> Path:
    """Writes exactly what would be uploaded; if `light`, the folders of weights/ without their large files. Prints a line where that lacks
    what browsers draw with.

    Raises BadInput outside a git checkout, if a file is too large, or if README.md is none for a Space.
    """
    try:
        listed = subprocess.run(["git", "ls-files", "-z", *PARTS], cwd=ROOT, capture_output=True, check=True).stdout
    except OSError as error:
        raise BadInput(f"What goes to a Space is what git lists, and git cannot be run ({error.strerror or error}).") from error
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().splitlines()[:1] or ["no reason given"]
        raise BadInput(f"What goes to a Space is what git lists, and git refuses ({reason[0].rstrip('.')[:120]}).") from error
    tracked = listed.decode().split("\0")
    say_own(own_among((ROOT / name).parent for name in tracked if Path(name).match("weights/*/config.json")), "these go along")
    left_out = [f"weights/*/{pattern}" for pattern in LARGE] if light else []
    brought = [path for path in drawing_files.FILES.values() if path.is_relative_to(MODULES)]
    installed = [path.relative_to(ROOT).as_posix() for path in (*brought, *of_packages(brought))]
    if not all((ROOT / name).is_file() for name in installed):
        print("onnxruntime-web is not installed here (python -m harness.node): the Space will draw all pictures itself.")
    for name in filter(None, [*tracked, *installed]):
        if (ROOT / name).is_file() and not any(fnmatch(name, pattern) for pattern in left_out):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
            if (folder / name).stat().st_size > LIMIT:
                raise BadInput(f"{name} is larger than {LIMIT // 1_000_000} MB, too much for a Space.")
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (folder / "requirements.txt").write_text("\n".join(filter(None, map(_for_the_platform, lines))) + "\n", encoding="utf-8")
    facts = metadata_load(folder / "README.md") or {}
    for key in ("title", "sdk", "sdk_version", "app_file", "python_version"):
        if key not in facts:
            raise BadInput(f"README.md has no {key} in its front matter.")
    return folder


def _for_the_platform(line: str) -> str:
    name = re.split(r"[<>=!~\[; ]", line, maxsplit=1)[0]
    return "" if name in BROUGHT or line.startswith("#") else "torch" if name == "torch" else line


if __name__ == "__main__":
    command(main, Settings, __doc__)
