"""Where a run begins that goes on from earlier weights."""

import contextlib
import os
import shutil
from pathlib import Path


def begun_from(run_folder: Path, weights: Path) -> Path:
    """A copy of a weights folder inside the run folder, made once: the run may end by replacing what it began from, and its last command
    may be given twice. The folder itself if it is not there to be copied, and was not before."""
    kept = run_folder / "begin"
    if weights.is_dir() and not kept.is_dir():
        shutil.copytree(weights, half := kept.with_name(f"begin.{os.getpid()}"))
        with contextlib.suppress(OSError):        # another process of this run was quicker
            half.rename(kept)
        shutil.rmtree(half, ignore_errors=True)
    return kept if kept.is_dir() else weights
