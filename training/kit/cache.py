"""What takes minutes to compute and is the same in every run, kept in a folder."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from models.errors import BadInput
from models.places import try_writing

CACHE = Path("runs/cache")


def cache_beside(folder: Path) -> Path:
    """The folder beside a run's that such tensors are kept in. Raises BadInput where that cannot be written, before they are computed."""
    cache = folder.parent / CACHE.name
    if os.path.lexists(cache) and not cache.is_dir():
        raise BadInput(f"{cache} is a file, and what takes minutes to compute is kept in a folder of that name beside the run's; give "
                       "--out another place.")
    try:
        try_writing(cache)
    except OSError as error:
        raise BadInput(f"What takes minutes to compute is kept in {cache}, which cannot be written to ({error.strerror}); give --out "
                       "another place.") from error
    return cache


def kept(path: Path, make: Callable[[], torch.Tensor]) -> torch.Tensor:
    """The tensor that the file `path` holds; if there is none, or a damaged one, what `make` gives, which is kept there for the next call
    where that can be. The file's name has to tell what the tensor was made from."""
    with contextlib.suppress(OSError, SafetensorError, StopIteration):
        return next(iter(load_file(path).values()))
    found, new = make(), path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError, SafetensorError):              # no room, or the folder of another user: it is made again
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            save_file({"kept": found.contiguous()}, new)
            os.replace(new, path)            # whole, or not there
        finally:
            new.unlink(missing_ok=True)
    return found
