"""Places for results: whether something can be written there, asked before the work begins."""

import tempfile
from pathlib import Path


def standing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists already."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def try_writing(folder: Path) -> None:
    """Raises OSError where nothing can be written into the folder, or into the one that it is to be made in."""
    with tempfile.TemporaryFile(dir=standing(folder)):
        pass
