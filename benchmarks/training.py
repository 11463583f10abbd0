"""How quickly each script trains on this machine: `python -m benchmarks.training`. Needs requirements-dev.txt, but no data set.

Each script runs its shipped preset's networks for some steps on noise in place of pictures, which costs the same; the time is the
run's own, without start-up. Prints a Markdown table.
"""

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from safetensors import safe_open

from models.arguments import command

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = (   # script, preset, steps, further settings
    ("gan", "mnist", 400, ()),
    ("dcgan", "mnist", 150, ()),
    ("cgan", "mnist", 200, ()),
    ("infogan", "mnist", 200, ("--cluster-steps", "0")),
    ("classifier", "mnist", 100, ()),
)


def main(only: tuple[str, ...] = ()) -> None:
    """Args: only: names of the scripts to run; all if none is given."""
    if unknown := set(only) - {script for script, *_ in SCRIPTS}:
        sys.exit(f"error: --only takes some of {', '.join(dict.fromkeys(script for script, *_ in SCRIPTS))}, not {min(unknown):.40}.")
    print("| script | pictures/s | steps | pictures a step |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        data = noise(Path(folder) / "data")
        for script, preset, steps, further in SCRIPTS:
            if only and script not in only:
                continue
            out = Path(folder) / script
            subprocess.run([sys.executable, "-m", f"training.{script}", "--preset", preset, "--data", str(data), "--out", str(out),
                            "--weights", str(out / "weights"), "--steps", str(steps), "--save-every", "3600", *further],
                           cwd=ROOT, check=True, capture_output=True)
            with safe_open(out / "checkpoint.safetensors", "pt") as file:
                done, seconds = int(file.metadata()["step"]), float(file.metadata()["seconds"])
            size = step_of(out)
            print(f"| training.{script} --preset {preset} | {done * size / seconds:,.0f} | {done} | {size} |", flush=True)


def step_of(out: Path) -> int:
    """How many real images a step of the run in a folder takes, all of D's steps together."""
    settings = json.loads((out / "settings.json").read_text(encoding="utf-8"))
    return settings["batch"] * settings.get("k", 1)


def noise(folder: Path, rows: int = 4_000) -> Path:
    """A data set in the form of MNIST's, of random pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(0)
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    for split in ("train", "test"):
        cells = []
        for picture in chance.integers(0, 256, (rows, 28, 28), dtype=np.uint8):
            buffer = io.BytesIO()
            Image.fromarray(picture).save(buffer, "PNG")
            cells.append({"bytes": buffer.getvalue(), "path": None})
        table = pa.table({"image": pa.array(cells, kind), "label": pa.array(np.arange(rows) % 10)})
        pq.write_table(table, folder / f"{split}-00000-of-00001.parquet")
    return folder


if __name__ == "__main__":
    command(main, description=__doc__)
