"""What config.json says of a training (models/training_record.py): of one run, and of a run that continued earlier weights."""

import dataclasses
import itertools
import os
import platform
import shlex
import sys
from pathlib import Path

import torch

from models.checkpoint import WEIGHTS
from models.errors import one_line
from models.training_record import TrainingRecord
from training.kit.run import Run


def record_of(run: Run, earlier: TrainingRecord | None = None, **notes) -> TrainingRecord:
    """The record of a run; with `earlier`, of the training of the weights it started from and of the run together (`then`). `notes` are
    further entries for config.json."""
    k = getattr(run.cfg, "k", 1)
    source = run.cfg.data if run.dataset.hub else Path(run.cfg.data).name         # a folder's path means something on one machine only
    data = f" --data {one_line(shlex.quote(source))}" if run.dataset.own and run.cfg.data else ""
    own = TrainingRecord(command=command() + data, commit=run.commit, hardware=hardware(run), minutes=round(run.seconds / 60, 1),
                         steps=run.step, pictures=run.step * run.cfg.batch * k, seed=run.cfg.seed, data=run.dataset.hub, k=k,
                         notes=run.own_data | notes)
    return earlier.then(own) if earlier else own


def staged(run: Run, stage: int, earlier: TrainingRecord | None, continued: bool, **notes) -> TrainingRecord:
    """The record of a model trained in two stages, after a run of `stage`: each stage's record as stage1 and stage2, the sums over both at
    the top. `earlier` is the record of the weights in whose place these go; with `continued` the run started from that stage's weights,
    otherwise it trained the stage anew."""
    stages = dict(earlier.stages) if earlier else {}
    if earlier and not stages and earlier.notes.get("stage", 1) == 1:
        stages["stage1"] = earlier
    own, this = record_of(run), f"stage{stage}"
    stages[this] = record_of(run, stages.get(this) if continued else None)
    stages = {key: stages[key] for key in sorted(stages)}
    first, *second = stages.values()
    remark = "; ".join(f"{name}: {stages[key].steps:,} steps in {stages[key].minutes:g} minutes"
                       for key, name in (("stage1", "Stage-I"), ("stage2", "Stage-II")) if key in stages)
    remark += "" if "stage2" in stages else "; Stage-II is not trained yet (--stage 2)"
    whole = {"stages": stages, "remark": remark, "notes": run.own_data | notes | {"stage": len(stages)}, "commit": own.commit,
             "hardware": own.hardware, "seed": own.seed, "k": own.k}
    return dataclasses.replace(first.then(*second) if second else first, **whole)


def command() -> str:
    """The command that started this run, without paths that mean something on one machine only."""
    words, skip = [], False
    for word, following in itertools.zip_longest(sys.argv[1:], sys.argv[2:], fillvalue=""):
        option, equals, value = word.partition("=")
        if skip or (equals and _of_one_machine(option, value)):
            skip = False
        elif _of_one_machine(word, following):
            skip = True
        elif word != "--restart":
            words.append(word)
    return one_line(f"python -m training.{Path(sys.argv[0]).stem} {shlex.join(words)}".rstrip())


def _of_one_machine(option: str, value: str) -> bool:
    """Whether an option's value is a path of this machine; names of weights and folders of weights/ mean the same on any."""
    return (option in ("--data", "--out") or (option == "--weights" and not value.startswith(f"{WEIGHTS.name}/"))
            or (option in ("--text", "--init-from", "--begin", "--reader") and value.startswith("/")))


def hardware(run: Run) -> str:
    """E.g. "2 CPU cores (Intel Xeon), fp32" or "1 x NVIDIA A100, bf16"."""
    if run.device.type == "cuda":
        return f"{run.world} x {torch.cuda.get_device_name(run.device)}, {run.precision}"
    name = platform.processor() or platform.machine()
    if run.device.type == "mps":
        return f"Apple GPU ({name}), {run.precision}"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        name = names[0] if names else name
    return f"{os.cpu_count()} CPU cores ({name}), {run.precision}"
