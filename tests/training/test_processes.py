"""Two processes that share one run, started by `accelerate launch`.

On a machine without GPUs several processes need --multi_gpu and ACCELERATE_USE_CPU: `accelerate launch --cpu --num_processes 2`
starts a single one and says nothing.
"""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from conftest import ROOT

import models
from harness.server import free_port
from training import gan

WATCHED = '''
"""Runs training.gan and writes down, from each process, a sum over every weight it ends with."""
import hashlib
import runpy
import sys
from pathlib import Path

from training.kit.run import Run

save = Run._save

def watched(self):
    save(self)
    weights = [p.detach().numpy().tobytes() for name in ("g", "d") for p in self._tracked[name].parameters()]
    Path(self.folder, f"process-{self.rank}-of-{self.world}.txt").write_text(hashlib.sha256(b"".join(weights)).hexdigest())

Run._save = watched
runpy.run_module("training.gan", run_name="__main__", alter_sys=True)
'''


def launch(*words: str) -> subprocess.CompletedProcess:
    port = free_port()
    words = ["--multi_gpu", "--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no",
             "--main_process_port", str(port), *words]
    environment = os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "accelerate.commands.launch", *words], cwd=ROOT, capture_output=True, text=True,
                          timeout=600, check=False, env=environment)


def common(folder: Path, parquet: Path) -> list[str]:
    return ["--preset", "smoke", "--data", str(parquet), "--out", str(folder / "run"), "--weights", str(folder / "weights"),
            "--batch", "40", "--limit", "0"]


def losses(run: Path, last: int) -> dict[str, float]:
    entries = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()][-last:]
    return {key: np.mean([entry[key] for entry in entries]) for key in ("d", "g")}


def test_two_processes_train_as_one_does_and_end_with_the_same_weights(parquet, tmp_path):
    """The same losses at the end, within noise, and weights that load."""
    script = tmp_path / "watched.py"
    script.write_text(WATCHED)
    done = launch(str(script), *common(tmp_path, parquet), "--steps", "60", "--width", "32")
    assert done.returncode == 0, done.stderr[-2000:]
    assert models.load(tmp_path / "weights").generate(range(2)).shape == (2, 28, 28, 1)
    sums = {path.name: path.read_text() for path in (tmp_path / "run").glob("process-*.txt")}
    assert sorted(sums) == ["process-0-of-2.txt", "process-1-of-2.txt"]
    assert len(set(sums.values())) == 1

    single = tmp_path / "single"
    gan.main(dataclasses.replace(gan.PRESETS["smoke"], data=str(parquet), out=str(single / "run"), weights=str(single / "weights"),
                                 batch=40, limit=0, steps=60, width=32))
    both, one = losses(tmp_path / "run", 20), losses(single / "run", 20)
    assert abs(both["d"] - one["d"]) < 0.2 and abs(both["g"] - one["g"]) < 0.4, (both, one)
    assert (tmp_path / "weights" / "config.json").read_text().count('"pictures": 2400') == 1
