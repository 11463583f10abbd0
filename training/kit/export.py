"""From a finished run to a weights folder that is a Hub model repository: weights, config, card, samples, history."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.checkpoint import WEIGHTS, read_json, save, write_json
from models.datasets import DATASETS
from training.kit.card import write_model_card
from training.kit.run import Run, save_grid

CURVE = 200   # points kept of each loss curve


def export(run: Run, config, networks: dict[str, nn.Module], samples: np.ndarray | None = None, keep_history: bool = False,
           before: Path | None = None, **notes) -> Path:
    """Writes weights/<name>. `networks` holds the roles of the model's NETWORKS; `samples` are uint8 [N, H, W, C].

    `notes` are further facts for config.json, beside the command, hardware and so on, or in their place. `keep_history` leaves the
    history of an earlier stage where it is; `before` is the history folder of the run that this one went on from.
    """
    cfg = run.cfg
    model, dataset = cfg.name.rsplit("-", 1)
    folder = Path(cfg.weights) if cfg.weights else WEIGHTS / cfg.name
    if not run.main:
        return folder
    save(folder, name=cfg.name, model=model.replace("-", "_"), dataset=dataset, config=config, networks=networks, training={
        **facts(run), "seed": cfg.seed, "data": DATASETS[dataset].hub, "k": cfg.k,
    } | notes)
    if samples is not None:
        save_grid(samples, folder / "samples.png")
    if not keep_history:
        _write_history(run, folder, before)
    (folder / "metrics.json").unlink(missing_ok=True)   # measured on other weights: training.evaluate writes it anew
    write_model_card(folder)
    return folder


def _write_history(run: Run, folder: Path, before: Path | None) -> None:
    log = run.folder / "log.jsonl"
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.is_file() else []
    grids = {int(path.stem): path for path in (run.folder / "history").glob("*.png")}
    losses = _curves(entries)
    if before:
        grids, losses = _following(before, grids, losses)
    fresh = folder / "history.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for step, path in grids.items():
        shutil.copyfile(path, fresh / f"{step:06d}.png")
    write_json(fresh / "history.json", {"grids": sorted(grids), "losses": losses})
    shutil.rmtree(folder / "history", ignore_errors=True)
    fresh.rename(folder / "history")


def _following(before: Path, grids: dict[int, Path], losses: dict[str, list]) -> tuple[dict[int, Path], dict[str, list]]:
    """The grids and curves of an earlier run and of the one that went on from it, whose steps follow on."""
    told = read_json(before / "history.json")
    last, earlier = max(told["grids"]), told["losses"]
    losses = losses | {"step": [last + step for step in losses["step"]]}
    grids = {last + step: path for step, path in grids.items() if step > last // 10}     # before that nothing has changed yet

    def whole(curves: dict[str, list], key: str) -> list:
        return curves.get(key, [None] * len(curves.get("step", [])))

    return ({int(path.stem): path for path in before.glob("*.png")} | grids,
            {key: whole(earlier, key) + whole(losses, key) for key in sorted({*earlier, *losses})})


def _curves(entries: list[dict]) -> dict[str, list[float | None]]:
    """The loss curves of a log, each thinned to about CURVE points; "step" says which."""
    thinned = entries[::max(1, len(entries) // CURVE)]
    return {key: [entry.get(key) for entry in thinned] for key in sorted({"step", *(key for entry in thinned for key in entry)})}


def facts(run: Run) -> dict:
    """What the card says of a run, whatever it trains."""
    return {"command": command(), "commit": commit(), "hardware": hardware(run), "minutes": round(run.seconds / 60, 1), "steps": run.step,
            "pictures": run.step * run.cfg.batch * run.cfg.k}


def command() -> str:
    """The command that made this run, without paths that mean something on one machine only."""
    words, skip = [], False
    for word in sys.argv[1:]:
        if skip or word.startswith(("--data=", "--out=", "--weights=")):
            skip = False
        elif word in ("--data", "--out", "--weights"):
            skip = True
        elif word != "--restart":
            words.append(word)
    return " ".join([f"python -m training.{Path(sys.argv[0]).stem}", *words])


def commit() -> str:
    """The commit of the code, marked -dirty where models/ or training/ differ from it."""
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], capture_output=True, text=True, cwd=WEIGHTS.parent, check=False).stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("-dirty" if git("status", "--short", "models", "training") else "")


def hardware(run: Run) -> str:
    """E.g. "2 CPU cores (Intel Xeon), fp32" or "1 x NVIDIA A100, bf16"."""
    if run.device.type == "cuda":
        return f"{run.world} x {torch.cuda.get_device_name(run.device)}, {run.precision}"
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        name = names[0] if names else name
    return f"{os.cpu_count()} CPU cores ({name}), {run.precision}"
