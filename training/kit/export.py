"""From a finished run to a weights folder that is a Hub model repository: weights, config, card, samples, history."""

import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from models.checkpoint import beside, model_of, read_json, save, write_json
from models.images import save_grid
from models.training_record import TrainingRecord
from training.kit.card import write_model_card
from training.kit.folders import grids_in, log_of
from training.kit.record import record_of
from training.kit.run import Run

CURVE = 200   # points kept of each loss curve


def export(run: Run, config, networks: dict[str, nn.Module], samples: np.ndarray | None = None, keep_history: bool = False,
           before: Path | None = None, record: TrainingRecord | None = None) -> Path:
    """Writes the weights folder of a finished run and returns it. Only the main process writes.

    `config` is the model's Config, `networks` the roles of its NETWORKS, `samples` uint8 [N, H, W, C]. `record` is what config.json says of
    the training, record_of(run) if none is given. `keep_history` leaves the history of an earlier stage as it is; `before` is the history
    folder of the run that this one continued.
    """
    folder = run.target
    if not run.main:
        return folder
    known = read_json(folder / "config.json") if (folder / "config.json").is_file() else {}
    save(folder, name=run.cfg.name, model=model_of(run.cfg.name), dataset=run.dataset, config=config,
         networks=networks, training=record or record_of(run))
    if (told := read_json(folder / "config.json"))["sha256"] == known.get("sha256"):
        # A finished run once more: how its weights were trained stays; what the data are called may be new.
        write_json(folder / "config.json", told | {key: known[key] for key in ("training", "files") if key in known})
    if samples is not None:
        save_grid(samples, folder / "samples.png")
    if not keep_history:
        _write_history(run, folder, before)
    write_model_card(folder)
    print("written to", folder)
    return folder


def later(folder: Path, note: str) -> object:
    """What the weights in a folder, if it has any, remember of their training under `note`; None without."""
    return read_json(folder / "config.json").get("training", {}).get(note) if (folder / "config.json").is_file() else None


def holds(run: Run, networks: dict[str, nn.Module]) -> bool:
    """Whether the run's weights folder has these networks already, as a finished run of a first stage finds them where the second was
    trained on them: `networks` by the beginning of their tensors' names, such as "generator.srresnet". Says so; there is nothing to write.
    """
    try:
        known = load_file(run.target / "model.safetensors")
    except (OSError, SafetensorError):
        return False
    made = {f"{name}.{key}": value.half().cpu() if value.is_floating_point() else value.cpu()
            for name, network in networks.items() for key, value in network.state_dict().items()}
    same = all(key in known and torch.equal(known[key], value) for key, value in made.items())
    if same and run.main:
        print(f"{run.target} holds this already, and what was trained after it, which stays.")
    return same


def _write_history(run: Run, folder: Path, before: Path | None) -> None:
    grids = {int(path.stem): path for path in grids_in(run.folder / "history")}
    losses = _curves(log_of(run.folder))
    if before:
        grids, losses = _following(before, grids, losses)
    fresh = beside(folder / "history")
    fresh.mkdir()
    for step, path in grids.items():
        shutil.copyfile(path, fresh / f"{step:06d}.png")
    write_json(fresh / "history.json", {"grids": sorted(grids), "losses": losses})
    for path in [*grids_in(folder / "history"), folder / "history" / "history.json"]:
        path.unlink(missing_ok=True)
    (folder / "history").mkdir(exist_ok=True)
    for path in fresh.iterdir():
        path.replace(folder / "history" / path.name)
    fresh.rmdir()


def _following(before: Path, grids: dict[int, Path], losses: dict[str, list]) -> tuple[dict[int, Path], dict[str, list]]:
    """The grids by step and the curves of an earlier run (history folder `before`) and of the one that continued it, as one run."""
    told = read_json(before / "history.json")
    last, earlier = max([*told["grids"], *told["losses"].get("step", [])], default=0), told["losses"]
    losses = losses | {"step": [last + step for step in losses["step"]]}
    grids = {last + step: path for step, path in grids.items() if step > last // 10}     # before that nothing has changed yet

    def whole(curves: dict[str, list], key: str) -> list:
        return curves.get(key, [None] * len(curves.get("step", [])))

    return ({int(path.stem): path for path in grids_in(before)} | grids,
            {key: whole(earlier, key) + whole(losses, key) for key in sorted({*earlier, *losses})})


def _curves(entries: list[dict]) -> dict[str, list[float | None]]:
    """The loss curves of a log, each thinned to about CURVE points; "step" says which."""
    thinned = entries[::max(1, len(entries) // CURVE)]
    return {key: [entry.get(key) for entry in thinned] for key in sorted({"step", *(key for entry in thinned for key in entry)})}
