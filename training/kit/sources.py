"""Where pictures come from: a folder of image files, a folder of Parquet files, or a data set on the Hugging Face Hub.

`items` reads any of them one after the other. Nothing is asked of names: a folder's subfolders are classes, the columns of a Parquet file
are told by what they hold (training/kit/columns.py).
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

from models.errors import BadInput
from training.kit.columns import Columns

SPLITS = {"train": ("train", "training"), "test": ("test", "testing"), "validation": ("validation", "valid", "val", "dev", "set5")}
IMAGES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff")
CONVERTED = "refs/convert/parquet"      # where the Hub keeps Parquet files of data sets that were uploaded as something else


FOUND = Columns()                       # no column named: all are found by what they hold


@dataclass(frozen=True)
class Item:
    """One picture as it was found, not yet decoded."""

    where: str                     # what to call it in a message: its file, or its row
    image: bytes | Path | None
    label: int | str | None        # None: it has none
    captions: tuple[str, ...]      # its sentences


def folder_of(source: str, split: str = "train") -> Path:
    """The local folder of a source: itself, or what the Hub holds of the split. Raises BadInput."""
    if not source:
        raise BadInput("This data set is not on the Hub; give --data a folder (training/prepare_flowers.py makes one of the flowers).")
    folder = Path(source)
    if folder.is_dir():
        return folder
    if folder.exists():
        raise BadInput("--data takes a folder of pictures or of Parquet files, or a data set id on the Hub, and {source} is a file.",
                       source=source)
    if source.startswith((".", "/", "~")) or source.count("/") != 1:
        raise BadInput("--data takes a folder of pictures or of Parquet files, or a data set id on the Hub; there is no folder {source}.",
                       source=source)
    return _fetched(source, split)


@functools.lru_cache(maxsize=16)
def _fetched(source: str, split: str) -> Path:
    """What the Hub holds of a split; asked for once."""
    try:
        patterns = [f"*{word}*.parquet" for word in SPLITS[split]]
        folder = Path(snapshot_download(source, repo_type="dataset", allow_patterns=patterns))
        if split == "train" and not any(folder.rglob("*.parquet")):        # named otherwise, or no Parquet files at all
            folder = Path(snapshot_download(source, repo_type="dataset", allow_patterns="*.parquet"))
        if not any(folder.rglob("*.parquet")):
            folder = Path(snapshot_download(source, repo_type="dataset", revision=CONVERTED, allow_patterns=patterns))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError, OSError) as error:
        raise BadInput("The data set {source} could not be fetched from the Hub ({name}); give --data a local folder instead.",
                       source=source, name=type(error).__name__) from error
    return folder


def has_split(source: str, split: str) -> bool:
    """Whether there are pictures of the split."""
    try:
        folder = folder_of(source, split)
        return bool(_parquet(folder, split, source) if _is_parquet(folder) else _image_files(folder, split))
    except BadInput:
        return False


def items(source: str, split: str, columns: Columns = FOUND, named: bool = True) -> Iterator[Item]:
    """The pictures of a split in order. Labels that a Parquet file gives as numbers with names are told by name if `named`. Raises BadInput
    for a source without any picture, and for damaged Parquet files."""
    folder = folder_of(source, split)
    if not _is_parquet(folder):
        files = _image_files(folder, split)
        if not files:
            raise BadInput("{source} holds no pictures{of} ({accepted}) and no Parquet files.", source=source,
                           of="" if split == "train" else f" of the {split} split", accepted=", ".join(IMAGES))
        yield from (_of_file(path, label) for path, label in files)
        return
    files = _parquet(folder, split, source)
    if not files:
        raise BadInput("{source} holds no Parquet file of the {split} split.", source=source, split=split)
    for file in files:
        try:
            yield from _rows(file, columns, named)
        except (pa.ArrowException, OSError) as error:
            reason = " ".join(str(error).split()).split(".")[0]
            raise BadInput("{name} in {source} is damaged and cannot be read ({reason}).", name=file.name, source=source,
                           reason=f"{reason:.80}") from error


# --- image files ----------------------------------------------------------------------------------------------------------

def _image_files(folder: Path, split: str) -> list[tuple[Path, str | None]]:
    """The image files of a split in order, each with the name of its class. Splits are folders called train, test, validation; without
    a folder train all pictures are training pictures."""
    parts = {path.name.lower(): path for path in folder.iterdir() if path.is_dir()}
    if any(word in parts for word in SPLITS["train"]):
        folder = next((parts[word] for word in SPLITS[split] if word in parts), None)
    elif split != "train":
        folder = None
    if folder is None:
        return []
    paths = sorted((path for path in folder.rglob("*") if path.suffix.lower() in IMAGES), key=lambda path: path.relative_to(folder).parts)
    found = []
    for path in paths:
        inside = path.relative_to(folder).parts
        if not any(part.startswith((".", "__MACOSX")) for part in inside) and path.is_file():
            found.append((path, inside[0] if len(inside) > 1 else None))
    return found


def _of_file(path: Path, label: str | None) -> Item:
    """Sentences stand in a text file of the same name, one in a line."""
    beside = path.with_suffix(".txt")
    try:
        text = beside.read_text(encoding="utf-8", errors="replace") if beside.is_file() else ""
    except OSError as error:
        raise BadInput("{path} cannot be read ({reason}).", path=beside, reason=error.strerror) from error
    return Item(str(path), path, label, tuple(filter(None, (" ".join(line.split()) for line in text.splitlines()))))


# --- Parquet files --------------------------------------------------------------------------------------------------------

def _is_parquet(folder: Path) -> bool:
    return any(folder.rglob("*.parquet"))


def _parquet(folder: Path, split: str, source: str) -> list[Path]:
    """The Parquet files of a split in order. A file's split is the nearest word for one in its name or in its folders'; where no file has
    any, all are of the training split."""
    files = [path for path in sorted(folder.rglob("*.parquet")) if not any(p.startswith(".") for p in path.relative_to(folder).parts)]
    splits = {path: _split_of(path.relative_to(folder)) for path in files}
    if not any(splits.values()):
        splits = dict.fromkeys(files, "train")
    found = [path for path in files if splits[path] == split]
    for of in {match[1] for path in found if (match := re.search(r"-of-(\d+)", path.name))}:
        shards = [path for path in found if f"-of-{of}" in path.name]
        if len(shards) % int(of):
            raise BadInput("{source} holds {count} of the {expected} Parquet files of the {split} split; fetch the others.",
                           source=source, count=len(shards), expected=int(of), split=split)
    homes = {path.parent.parent if _split_of(Path(path.parent.name)) else path.parent for path in found}
    if len(homes) > 1:
        names = ", ".join(sorted(home.relative_to(folder).as_posix() for home in homes))
        raise BadInput("{source} holds several data sets ({names}); give --data the folder of one.", source=source, names=names[:100])
    return found


def _split_of(path: Path) -> str:
    for part in reversed(path.parts):
        words = {*re.split(r"[^a-z]+", part.lower()), *re.split(r"[^a-z0-9]+", part.lower())}      # "train2017" and "set5"
        for split, names in SPLITS.items():
            if any(name in words for name in names):
                return split
    return ""


def _rows(file: Path, columns: Columns, named: bool) -> Iterator[Item]:
    parquet = pq.ParquetFile(file)
    image, label, captions, names = columns.of(parquet.schema_arrow, file.name)
    wanted, row = [name for name in (image, label, captions) if name], 0
    for batch in parquet.iter_batches(batch_size=256, columns=wanted):
        for cells in batch.to_pylist():
            row += 1
            cell = cells[image]
            data = cell.get("bytes") if isinstance(cell, dict) else cell
            kind = cells.get(label)
            if named and names and isinstance(kind, int) and 0 <= kind < len(names):
                kind = names[kind]
            told = cells.get(captions) or ()
            if not isinstance(kind, int | None) or isinstance(kind, bool):
                kind = str(kind)
            sentences = [told] if isinstance(told, str) else told
            yield Item(f"row {row} of {file.name}", data, kind, tuple(str(one) for one in sentences if one and str(one).strip()))
