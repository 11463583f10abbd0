"""Which folders a run may write to, and what of a run folder it may delete: nothing but what a run made."""

import contextlib
import json
import os
import re
import shutil
from pathlib import Path

import torch
from torch import nn

from models.checkpoint import unfinished, write_whole
from models.errors import BadInput
from models.places import standing, try_writing

SETTINGS = "settings.json"                     # vouches for a run folder
VOUCHING = {"name", "seed", "batch", "ema", "anneal", "limit", "precision"}      # of its entries, those that every run has
CHECKPOINT, PREVIOUS, LOCK = "checkpoint.safetensors", "previous.safetensors", "lock"
LOG = "log.jsonl"
INIT, ASIDE = "init", "init.before"            # what the run began from (init_from.py), and what the run before it began from
DIRECTORIES = ("history", "tensorboard", INIT, ASIDE)          # that a run makes
MADE = (SETTINGS, CHECKPOINT, PREVIOUS, "checkpoint.new", LOG)        # by a run, beside the lock and the folders below
MARGIN = 50_000_000                            # bytes of log, grids and TensorBoard
GRID = re.compile(r"\d{6,}\.png")


def check_run_folder(folder: Path, name: str) -> None:
    """Raises BadInput for a folder that holds something and is none of a run of this name's paper, so that no run writes or deletes among
    others' files."""
    _check_is_folder("--out", folder)
    _check_no_links("--out", folder)
    begun = {"history", LOCK}                  # a run that was killed as it began has no settings yet
    entries = {path.name for path in folder.iterdir() if not unfinished(path)} if folder.is_dir() else set()
    if SETTINGS in entries and not _vouched(folder):
        raise BadInput(f"{folder} holds a {SETTINGS} that is damaged, or no run's; --out takes a new folder, or the folder of an earlier "
                       "run.")
    theirs = str(_object(folder / SETTINGS).get("name", name))
    if _vouched(folder) and entries & {CHECKPOINT, PREVIOUS} and theirs.rpartition("-")[0] != name.rpartition("-")[0]:
        raise BadInput(f"{folder} holds a run of {theirs:.60}, and this one trains {name}; give another --out.")
    if entries - begun and not _vouched(folder):
        raise BadInput(f"{folder} holds other files than a run's; --out takes a new folder, or the folder of an earlier run.")
    if LOCK in entries and (folder / LOCK).is_file() and (folder / LOCK).stat().st_size:
        raise BadInput(f"{folder} holds a file {LOCK} that no run made; --out takes a new folder, or the folder of an earlier run.")
    if "history" in entries and not (folder / "history").is_dir():
        raise BadInput(f"{folder} holds a file history that no run made; --out takes a new folder, or the folder of an earlier run.")
    if "history" in entries <= begun and any((folder / "history").iterdir()):
        raise BadInput(f"{folder} holds a folder history that no run made; --out takes a new folder, or the folder of an earlier run.")


def check_weights_folder(folder: Path, name: str, run_folder: Path) -> None:
    """Raises BadInput for a folder that holds something else than weights of this name, which would be overwritten, and for one that is
    the run's own or holds it."""
    _check_is_folder("--weights", folder)
    _check_no_links("--weights", folder)
    if folder.resolve().is_relative_to(run_folder.resolve()) and folder.resolve() != run_folder.resolve():
        own = folder.resolve().relative_to(run_folder.resolve()).parts[0]
        if own in (*DIRECTORIES, *MADE, LOCK):
            raise BadInput(f"--weights is {folder}, and a run keeps a {own} of its own in its folder; give another, such as "
                           f"{run_folder / 'weights'}.")
    if folder.resolve() in (run_folder.resolve(), *run_folder.resolve().parents):
        raise BadInput(f"--out is {run_folder}, inside the folder of --weights, {folder}; give each a folder, such as --weights "
                       f"{run_folder / 'weights'}.")
    if not folder.is_dir() or all(map(unfinished, folder.iterdir())):
        return
    there = _object(folder / "config.json")
    if not {"name", "model", "config", "sha256", "training"} <= set(there):
        raise BadInput(f"{folder} holds other files than weights; --weights takes a new folder, or the folder of earlier weights.")
    if there["name"] != name:
        raise BadInput(f"{folder} holds the weights of {there['name']!s:.60}, and this run trains {name}; give another --weights.")


def check_same_pictures(folder: Path, digest: str, source: str) -> None:
    """Raises BadInput for a folder with weights that were trained on other pictures, or other labels, under the same name. `digest` tells
    the pictures as they were taken, all that older weights know; `source` the files that they were read from."""
    training = _object(folder / "config.json").get("training")
    theirs = training if isinstance(training, dict) else {}
    if theirs.get("source_sha256", source) != source or ("source_sha256" not in theirs and theirs.get("data_sha256", digest) != digest):
        raise BadInput(f"{folder} holds weights of other pictures that are called the same; give another --name, or --restart to replace "
                       "them.")


def _check_is_folder(setting: str, folder: Path) -> None:
    """Raises BadInput where a file is in the way, a link that leads nowhere or in a circle, or a name that no folder can have."""
    try:
        there = os.path.lexists(folder) and not folder.is_dir()
        if not there:
            os.stat(standing(folder))
            os.fsencode(folder).decode("utf-8")         # it is written down, in TensorBoard's files for one
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is no text in UTF-8"
        raise BadInput(f"{setting} takes a folder, and {str(folder)[:100]} can be none ({reason}).") from error
    if there:
        raise BadInput(f"{setting} takes a folder, and {folder} is {'a link that leads to none' if folder.is_symlink() else 'a file'}.")


def _check_no_links(setting: str, folder: Path) -> None:
    """Raises BadInput where a folder that a run fills and empties is a link to somebody's."""
    for name in DIRECTORIES:
        if (folder / name).is_symlink():
            raise BadInput(f"{folder / name} is a link, and a run deletes what it finds in its own folders; {setting} takes a folder "
                           "without.")


def check_apart(folder: Path, weights: Path, data: str) -> None:
    """Raises BadInput where the pictures' folder holds the run's or the weights': what these draw would be learned from the next time."""
    for setting, own in (("--out", folder), ("--weights", weights)):
        if data and os.path.isdir(data) and own.resolve().is_relative_to(Path(data).resolve()):
            raise BadInput(f"{setting} is {own}, inside the folder of --data, {data}; give a folder elsewhere.")


def check_writable(setting: str, folder: Path) -> None:
    """Raises BadInput where nothing can be written into the folder, or into the one that it is to be made in."""
    try:
        try_writing(folder)
    except OSError as error:
        raise BadInput(f"{setting} takes a folder that can be written to, and {folder} cannot ({error.strerror}).") from error


def check_room(run_folder: Path, weights: Path, state: dict[str, nn.Module | torch.optim.Optimizer]) -> None:
    """Raises BadInput where the disk has too little room for what a run of these networks writes: three checkpoints at most, with the two
    moments that Adam keeps of each weight, and the weights."""
    parts = [part for part in state.values() if isinstance(part, nn.Module)]
    once = sum(value.numel() * value.element_size() for part in parts for value in part.state_dict().values())
    needed = 3 * 2 * once + MARGIN
    replaced = sum((run_folder / name).stat().st_size for name in (CHECKPOINT, PREVIOUS) if (run_folder / name).is_file())
    disk = standing(run_folder).stat().st_dev
    for folder in (run_folder, weights):
        free = shutil.disk_usage(standing(folder)).free + (replaced if standing(folder).stat().st_dev == disk else 0)
        if free < needed:
            raise BadInput(f"This run needs about {needed / 1e6:,.0f} MB of disk for its checkpoints, and {folder} has "
                           f"{free / 1e6:,.0f} MB left; give --out and --weights on another disk.")


def leave_nothing_of(folder: Path, *made: Path) -> None:
    """Removes a run folder in which no step was made: one that holds no more than the settings, the lock, an empty history/ and the copy of
    the weights to begin from. And those around it, from the inside, that were `made` for it and hold nothing else."""
    with contextlib.suppress(OSError):
        entries = {path.name for path in folder.iterdir() if not unfinished(path)}
        if entries <= {SETTINGS, LOCK, "history", INIT} and not any((folder / "history").iterdir()):
            shutil.rmtree(folder)
            for around in made:
                around.rmdir()


def keep_previous(path: Path, previous: Path) -> None:
    """Keeps a file under a second name before it is replaced, so that there is one of them at any moment. Where the disk knows no second
    names, nothing is kept."""
    if path.is_file():
        previous.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.link(path, previous)


def log_of(folder: Path) -> list[dict]:
    """The entries of a run's log. A kill or a full disk may have cut a line short: such lines are left out."""
    log = folder / LOG
    entries = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []:
        with contextlib.suppress(ValueError, RecursionError):
            entry = json.loads(line)
            if isinstance(entry, dict) and isinstance(entry.get("step"), int):
                entries.append(entry)
    return entries


def cut_log(folder: Path, step: int) -> None:
    """Keeps of a run's log what it says up to `step`: from there the run goes on."""
    if (folder / LOG).is_file():
        write_whole(folder / LOG, "".join(json.dumps(entry) + "\n" for entry in log_of(folder) if entry["step"] <= step))


def clear_run_folder(folder: Path) -> None:
    """Deletes what an earlier run made in its folder, and nothing else. A folder that no run vouches for is left as it is. The settings
    stay, for they vouch for it: whatever is left by a kill meanwhile can be cleared the next time."""
    if not _vouched(folder):
        return
    for path in grids_in(folder / "history"):
        path.unlink()
    for path in (folder / "tensorboard").rglob("events.out.tfevents.*"):
        path.unlink()
    for name in MADE:
        if name != SETTINGS:
            (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / ASIDE, ignore_errors=True)


def grids_in(folder: Path) -> list[Path]:
    """The sample grids that a run drew, 000123.png after step 123, in a history folder."""
    return [path for path in sorted(folder.glob("*.png")) if GRID.fullmatch(path.name)]


def set_init_aside(folder: Path) -> None:
    """Puts a run's copy of the weights that it began from aside, so that a new beginning takes them as they are now; `clear_run_folder`
    deletes it."""
    if _vouched(folder) and (folder / INIT).is_dir():
        if (folder / ASIDE).is_dir():                  # an earlier beginning was refused: what it copied is of no run
            shutil.rmtree(folder / INIT)
        else:
            (folder / INIT).rename(folder / ASIDE)


def bring_init_back(folder: Path) -> None:
    """Puts that copy back where the new beginning was refused."""
    if _vouched(folder) and (folder / ASIDE).is_dir():
        shutil.rmtree(folder / INIT, ignore_errors=True)
        (folder / ASIDE).rename(folder / INIT)


def drop_init(folder: Path, weights: str) -> None:
    """Deletes that copy where a run that was refused or ended before its first checkpoint began from others than the `weights` now."""
    other = _object(folder / SETTINGS).get("init_from", "") != weights
    if _vouched(folder) and other and (folder / INIT).resolve() != Path(weights).resolve():
        shutil.rmtree(folder / INIT, ignore_errors=True)


def _vouched(folder: Path) -> bool:
    return set(_object(folder / SETTINGS)) >= VOUCHING


def _object(path: Path) -> dict:
    """A JSON object; an empty one where there is no such file."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
