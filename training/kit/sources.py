"""Where pictures come from: a folder of image files, a folder of Parquet files, or a data set on the Hugging Face Hub.

`items` reads any of them one after the other. Nothing is asked of names: a folder's subfolders are classes, the columns of a Parquet file
are told by what they hold (training/kit/columns.py).
"""

import contextlib
import functools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

from models.datasets import TABLES
from models.errors import BadInput
from models.proxies import check_proxies, is_of_the_line
from training.kit.cells import label_of, picture_of, sentences_of
from training.kit.columns import LABEL, Columns, cell_at, usual_of

SPLITS = {"train": ("train", "training"), "test": ("test", "testing"), "validation": ("validation", "valid", "val", "dev", "set5")}
IMAGES = (".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".gif", ".bmp", ".tif", ".tiff")
UNREAD = (".heic", ".heif", ".avif", ".jxl", ".jp2", ".svg", ".psd", ".dng", ".cr2", ".cr3", ".nef", ".arw")     # named, not passed over
ARCHIVES, OTHERS = (".zip", ".tar", ".gz", ".tgz", ".rar", ".7z"), (".arrow", ".csv", ".npz", ".npy", ".tfrecord")
PARTITION = re.compile(r"([A-Za-z_]\w*)=(.+)")
LONGEST_NAME = 255            # bytes of a file's name
MOST_TEXT = 1_000_000                   # bytes of a text file beside a picture
CONVERTED = "refs/convert/parquet"      # where the Hub keeps Parquet files of data sets that were uploaded as something else


FOUND = Columns()                       # no column named: all are found by what they hold


@dataclass(frozen=True)
class Item:
    """One picture as it was found, not yet decoded."""

    where: str                     # what to call it in a message: its file, or its row
    image: bytes | Path | str | None     # a text: what is there instead of a picture
    label: int | str | None        # None: it has none
    captions: tuple[str, ...]      # its sentences
    fault: str = ""                # why its sentences cannot be read


def folder_of(source: str, split: str = "train") -> Path:
    """The local folder of a source: itself, or what the Hub holds of the split. Raises BadInput."""
    if not source:
        raise BadInput("This data set is not on the Hub; give --data its folder (README.md, Train them again, tells of those that shipped "
                       "weights had).")
    folder = Path(source)
    try:
        if folder.is_dir():
            return folder
        there = folder.exists()
    except (OSError, ValueError) as error:      # a name that is too long, a folder above it that may not be entered
        raise BadInput("--data {source} cannot be opened ({reason}).", source=source[:100],
                       reason=getattr(error, "strerror", None) or error) from error
    if there:
        raise BadInput("--data takes a folder of pictures or of Parquet files, or a data set id on the Hub, and {source} is a file.",
                       source=source)
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", source, re.ASCII):
        raise BadInput("--data takes a folder of pictures or of Parquet files, or a data set id on the Hub; there is no folder {source}.",
                       source=source[:100])
    return _fetched(source, split)


@functools.lru_cache(maxsize=16)
def _fetched(source: str, split: str) -> Path:
    """What the Hub holds of a split; asked for once."""
    check_proxies()
    try:
        patterns = [f"*{word}*.parquet" for word in SPLITS[split]]
        folder = Path(snapshot_download(source, repo_type="dataset", allow_patterns=patterns))
        if split == "train" and not any(folder.rglob("*.parquet")):        # named otherwise, or no Parquet files at all
            folder = Path(snapshot_download(source, repo_type="dataset", allow_patterns="*.parquet"))
        if not any(folder.rglob("*.parquet")):
            folder = Path(snapshot_download(source, repo_type="dataset", revision=CONVERTED, allow_patterns=patterns))
    except Exception as error:
        refused = (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError, OSError)
        if not isinstance(error, refused) and not is_of_the_line(error):
            raise
        raise BadInput("There is no folder {source} here, and no data set of that id could be fetched from the Hub ({name}); give --data a "
                       "folder instead.", source=source, name=type(error).__name__) from error
    return folder


def has_split(source: str, split: str) -> bool:
    """Whether there are pictures of the split. Raises BadInput for a folder that holds only a part of it, and without a network."""
    try:
        folder = folder_of(source, split)
    except BadInput as error:
        if isinstance(error.__cause__, LocalEntryNotFoundError) or (error.__cause__ and is_of_the_line(error.__cause__)):
            raise                     # not known is not "no"
        return False
    return bool(parquet_files(folder, split, source) if _files(folder, TABLES) else _image_files(folder, split))


def passed_over(source: str) -> str:
    """What is said of image files that stand beside Parquet files, or beside the folders of the splits; empty where there are none."""
    folder = Path(source)
    if not folder.is_dir():
        return ""
    pictures, tables = _files(folder, IMAGES), _files(folder, TABLES)
    used = set() if tables else {path for path, _ in _image_files(folder, "")}
    beside = [path for path in pictures if path not in used]
    what = "the Parquet files" if tables else "the folders train, test and validation"
    return f"Left out {len(beside):,} image file{'s' * (len(beside) != 1)} beside {what}, {beside[0].name:.60} first." if beside else ""


def has_tables(source: str, split: str) -> bool:
    """Whether the pictures of a split are rows of Parquet files, which have columns."""
    return bool(_files(folder_of(source, split), TABLES))


def items(source: str, split: str, columns: Columns = FOUND, named: bool = True) -> Iterator[Item]:
    """The pictures of a split in order. Labels that a Parquet file gives as numbers with names are told by name if `named`. Raises BadInput
    for a source without any picture, and for damaged Parquet files."""
    folder = folder_of(source, split)
    if not _files(folder, TABLES):
        files = _image_files(folder, split)
        if not files:
            raise BadInput("{source} holds no pictures{of} and no Parquet files{others}; --data takes {accepted}.", source=source,
                           of=f" of the {split} split" if split != "train" or _image_files(folder, "") else "",
                           others=_others(folder), accepted=", ".join(IMAGES))
        if name := columns.image or columns.label or columns.captions:
            raise BadInput("{source} has no column {name}: it holds image files, and columns with a label, sentences or a second picture "
                           "are of Parquet files.", source=source[:100], name=name[:40])
        yield from (_of_file(path, label) for path, label in files)
        return
    files = parquet_files(folder, split, source)
    if not files:
        raise BadInput("{source} holds no Parquet file of the {split} split.", source=source, split=split)
    for file in files:
        with undamaged(file, source):
            yield from _rows(file, columns, named, _partition(file.relative_to(folder)))


# --- files ----------------------------------------------------------------------------------------------------------------

def _files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files of a folder and of those in it whose names end so, in order, without hidden ones. Links to other folders are followed, but
    never twice and never back up. Raises BadInput for a folder that cannot be read, rather than pass it over."""
    def unread(error: OSError) -> None:
        raise BadInput("{path} cannot be read ({reason}).", path=error.filename, reason=error.strerror) from error

    root, seen, found = os.path.realpath(folder), set(), []
    for here, folders, names in os.walk(folder, followlinks=True, onerror=unread):
        real = os.path.realpath(here)
        linked = real != os.path.normpath(os.path.join(root, os.path.relpath(here, folder)))
        if linked and (real in seen or Path(root).is_relative_to(real)):
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        found += [Path(here, name) for name in names if name.lower().endswith(endings) and not _is_hidden(name)]
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "__MACOSX", "@eaDir"))


def _others(folder: Path) -> str:
    """What a folder without pictures holds that might be taken for some."""
    for endings, what in ((ARCHIVES, "unpacked"), (OTHERS, "converted")):
        if found := _files(folder, endings):
            return f" but {found[0].name:.60}, which must be {what} first"
    return ""


# --- image files ----------------------------------------------------------------------------------------------------------

def _image_files(folder: Path, split: str) -> list[tuple[Path, str | None]]:
    """The image files of a split ("": of all) in order, each with the name of its class: its first folder below the one that holds all.

    Splits are folders called train, test, validation, unless others stand beside them and train has no folders, so that it is a class
    ("train", "bus"). Without splits all pictures are training pictures.
    """
    found = [(path, list(path.relative_to(folder).parts)) for path in _files(folder, IMAGES + UNREAD)]
    tops = {inside[0] for _, inside in found}
    while len(tops) == 1 and not _split_word(min(tops)) and all(len(inside) > 2 for _, inside in found):
        for _, inside in found:          # an archive is often a folder in a folder
            del inside[0]
        tops = {inside[0] for _, inside in found}
    words = [_split_word(inside[0]) if len(inside) > 1 else None for _, inside in found]
    loose, named = None in words, {*words} - {None}
    train_has_folders = any(word == "train" and len(inside) > 2 for word, (_, inside) in zip(words, found, strict=True))
    if ("train" in named or (named and not loose)) and (named <= {*SPLITS} or train_has_folders):
        wanted = [split] if split else [*SPLITS]
        found = [(path, inside[1:]) for word, (path, inside) in zip(words, found, strict=True) if word in wanted]
    elif split not in ("train", ""):
        return []
    return [(path, inside[0] if len(inside) > 1 else None) for path, inside in found]


def _split_word(name: str) -> str:
    return next((split for split, words in SPLITS.items() if name.lower() in words), "")


def _of_file(path: Path, label: str | None) -> Item:
    """Sentences stand in a text file of the same name, one in a line."""
    names = path.with_suffix(".txt"), path.with_suffix(".TXT"), path.with_name(f"{path.name}.txt")
    beside = next((file for file in names if len(os.fsencode(file.name)) <= LONGEST_NAME and file.is_file()), None)
    text, fault = "", ""
    try:
        text = _text_of(beside) if beside else ""
    except OSError as error:
        fault = f"{beside} cannot be read ({error.strerror})."
    except BadInput as error:
        fault = str(error)
    return Item(str(path), path, label_of(label), tuple(filter(None, (" ".join(line.split()) for line in text.splitlines()))), fault)


def _text_of(path: Path) -> str:
    """A text file in UTF-8, in Latin-1 where it is not that, or, where it begins so, in UTF-16, as some editors write it."""
    if path.stat().st_size > MOST_TEXT:
        raise BadInput("{path} takes the sentences of one picture, and is larger than {most} MB.", path=path, most=MOST_TEXT // 1_000_000)
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


# --- Parquet files --------------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def undamaged(file: Path, source: str) -> Iterator[None]:
    """While a Parquet file is read: raises BadInput for one that cannot be."""
    try:
        yield
    except BadInput:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:     # ValueError: texts that are no UTF-8
        reason = " ".join(str(error).split()).split(".")[0]
        raise BadInput("{name} in {source} is damaged and cannot be read ({reason}).", name=file.name, source=source,
                       reason=f"{reason:.80}") from error


def parquet_files(folder: Path, split: str, source: str) -> list[Path]:
    """The Parquet files of a split in order. A file's split is the nearest word for one in its name or in its folders'; where no file has
    any, all are of the training split."""
    files = _files(folder, TABLES)
    splits = {path: _split_of(path.relative_to(folder)) for path in files}
    if not any(splits.values()):
        splits = dict.fromkeys(files, "train")
    found = [path for path in files if splits[path] == split]
    for of in {match[1] for path in found if (match := re.search(r"-of-(\d+)", path.name))}:
        shards = [path for path in found if f"-of-{of}" in path.name]
        if int(of) and len(shards) % int(of):
            raise BadInput("{source} holds {count} of the {expected} Parquet files of the {split} split; fetch the others.",
                           source=source, count=len(shards), expected=int(of), split=split)
    homes = {_home(path, folder) for path in found}
    if len(homes) > 1:
        names = ", ".join(sorted(home.relative_to(folder).as_posix() for home in homes))
        raise BadInput("{source} holds several data sets ({names}); give --data the folder of one.", source=source, names=names[:100])
    return found


def _home(path: Path, folder: Path) -> Path:
    """The folder of the data set that a Parquet file in `folder` is of: above that of its split, above a folder that is called like a file,
    and above those of a partition, but not above `folder`."""
    home = path.parent
    while home != folder and (_split_of(Path(home.name)) or home.suffix.lower() in TABLES or PARTITION.fullmatch(home.name)):
        home = home.parent
    return home


def _split_of(path: Path) -> str:
    for part in reversed(path.parts):
        words = {*re.split(r"[^a-z]+", part.lower()), *re.split(r"[^a-z0-9]+", part.lower())}      # "train2017" and "set5"
        for split, names in SPLITS.items():
            if any(name in words for name in names):
                return split
    return ""


def _partition(path: Path) -> dict[str, str]:
    """What the folders of a file say of all its rows, as Spark and Hive write it: label=cat/part-0.parquet."""
    return {match[1]: unquote(match[2]) for part in path.parts[:-1] if (match := PARTITION.fullmatch(part))}


def _rows(file: Path, columns: Columns, named: bool, partition: dict[str, str]) -> Iterator[Item]:
    parquet = pq.ParquetFile(file)
    own = "" if columns.label in partition else columns.label
    image, label, captions, names = replace(columns, label=own).of(parquet.schema_arrow, file.name)
    of_folder = partition.get(columns.label or next(iter(usual_of([*partition], LABEL)), ""))
    wanted, row = [name for name in (image, label, captions) if name], 0
    for batch in parquet.iter_batches(batch_size=256, columns=wanted):
        for cells in batch.to_pylist():
            row += 1
            kind = of_folder or label_of(cell_at(cells, label), names if named else ())
            yield Item(f"row {row} of {file.name}", picture_of(cell_at(cells, image)), kind, sentences_of(cell_at(cells, captions)))
