"""Turns the original archives of Oxford-102 Flowers and its captions into Parquet files that the training scripts read.

    python -m training.prepare_flowers --photos data/102flowers.tgz --labels data/imagelabels.mat --captions data/text_c10 \\
        --out data/flowers

Where the originals come from:
- 102flowers.tgz and imagelabels.mat: https://www.robots.ox.ac.uk/~vgg/data/flowers/102/ (Nilsback and Zisserman 2008)
- text_c10, one folder class_00001 ... for each class with one text file for each photo: the captions that Reed, Akata, Lee and
  Schiele (CVPR 2016) collected, from https://github.com/reedscot/cvpr2016

The split is by class and ours, not Reed's: 82 classes to train on, 10 to validate on, 10 kept for later.
"""

import io
import json
import random
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from scipy.io import loadmat

from models.arguments import command
from models.datasets import FLOWERS
from models.errors import BadInput
from training.kit.folders import check_writable
from training.kit.ranges import check_whole

VALIDATION = frozenset((7, 18, 31, 33, 39, 43, 67, 86, 87, 94))    # labels 0 to 101
KEPT = frozenset((10, 17, 20, 25, 40, 48, 56, 58, 63, 72))         # in neither split


@dataclass(frozen=True)
class Settings:
    photos: Path              # 102flowers.tgz, or the folder jpg that it holds
    labels: Path              # imagelabels.mat
    captions: Path            # the folder text_c10
    out: Path                 # folder for the Parquet files, made if missing
    size: int = 272           # pixels a side: the centre square of each photo, resized
    shards: int = 4           # files of the training split
    quality: int = 85         # of the WebP pictures


def main(cfg: Settings) -> None:
    check_whole({"size": 4096, "shards": 1000, "quality": 100}, cfg)
    if any(cfg.out.glob("*.parquet")):       # with other numbers of shards both would be read
        raise BadInput(f"{cfg.out} holds Parquet files already; --out takes a new folder.")
    check_writable("--out", cfg.out)         # before the minutes in which the photos are read
    labels, captions = read_labels(cfg.labels), read_captions(cfg.captions)
    rows: dict[str, list[dict]] = {"train": [], "validation": []}
    for number, data in photos(cfg.photos):
        if not 1 <= number <= len(labels):
            raise BadInput(f"{cfg.photos} holds image_{number:05d}.jpg, but {cfg.labels.name} has labels for {len(labels)} photos only.")
        label = labels[number - 1]
        split = "validation" if label in VALIDATION else "train"
        sentences = captions.get(number, [])
        if label in KEPT or not sentences:
            continue
        rows[split].append({"image": {"bytes": _square(data, cfg.size, cfg.quality, number), "path": f"image_{number:05d}.webp"},
                            "captions": sentences, "label": label, "image_id": f"image_{number:05d}"})
    check(rows)
    random.Random(0).shuffle(rows["train"])
    try:
        cfg.out.mkdir(parents=True, exist_ok=True)
        for split, shards in (("train", cfg.shards), ("validation", 1)):
            for i in range(shards):
                part = rows[split][i::shards]
                pq.write_table(pa.Table.from_pylist(part, schema=SCHEMA), cfg.out / f"{split}-{i:05d}-of-{shards:05d}.parquet")
    except OSError as error:
        raise BadInput(f"The Parquet files cannot be written to {cfg.out} ({error.strerror or error}).") from error
    print(f"{len(rows['train']):,} training and {len(rows['validation']):,} validation pictures in {cfg.out}/")


def photos(source: Path) -> Iterator[tuple[int, bytes]]:
    """The number and the JPEG bytes of each photo, from the archive or from its unpacked folder."""
    try:
        if source.is_dir():
            for path in sorted(source.glob("image_*.jpg")):
                yield _number(path.stem), path.read_bytes()
            return
        with tarfile.open(source) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".jpg"):
                    yield _number(Path(member.name).stem), archive.extractfile(member).read()
    except FileNotFoundError:
        raise BadInput(f"There is no {source}; 102flowers.tgz comes from https://www.robots.ox.ac.uk/~vgg/data/flowers/102/.") from None
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise BadInput(f"{source} is damaged ({' '.join(str(error).split())[:80]}); fetch it again.") from error


def read_labels(path: Path) -> list[int]:
    """Labels 0 to 101 of photos 1, 2, ..."""
    try:
        found = [int(value) - 1 for value in loadmat(str(path), appendmat=False)["labels"].ravel()]
    except FileNotFoundError:
        raise BadInput(f"There is no {path}; imagelabels.mat lies beside 102flowers.tgz at "
                       "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/.") from None
    except Exception as error:    # scipy raises many kinds for a file that is none of its own
        raise BadInput(f"{path} is damaged or has no labels ({' '.join(str(error).split())[:80]}); fetch it again.") from error
    if not found or not all(0 <= label < len(FLOWERS) for label in found):
        raise BadInput(f"{path} has labels outside 1 to {len(FLOWERS)}; it is not the file of the 102 flowers.")
    return found


def read_captions(folder: Path) -> dict[int, list[str]]:
    """The sentences of each photo, by its number; lines without a letter are left out."""
    files = sorted(folder.glob("class_*/image_*.txt"))
    if not files:
        raise BadInput(f"There are no class_*/image_*.txt in {folder}; the captions come from https://github.com/reedscot/cvpr2016.")
    found = {}
    for path in files:
        lines = (" ".join(line.split()) for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
        found[_number(path.stem)] = [line for line in lines if any(c.isalpha() for c in line)]
    return found


def check(rows: dict[str, list[dict]]) -> None:
    """The two splits share no class and no photo, and neither is empty."""
    empty = [split for split, found in rows.items() if not found]
    if empty:
        raise BadInput(f"No photo with captions is left for the {empty[0]} split; are photos, labels and captions of the same set?")
    for key in ("label", "image_id"):
        shared = {row[key] for row in rows["train"]} & {row[key] for row in rows["validation"]}
        if shared:
            raise BadInput(f"The splits share the {key} {sorted(shared)[0]}; the archive holds a photo twice.")


def _square(data: bytes, size: int, quality: int, number: int) -> bytes:
    try:
        picture = Image.open(io.BytesIO(data)).convert("RGB")
    except OSError as error:
        raise BadInput(f"image_{number:05d}.jpg is damaged ({' '.join(str(error).split())[:60]}); fetch the archive again.") from error
    side, buffer = min(picture.size), io.BytesIO()
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    picture.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.LANCZOS).save(buffer, "WEBP", quality=quality)
    return buffer.getvalue()


def _number(stem: str) -> int:
    try:
        return int(stem.removeprefix("image_"))
    except ValueError:
        raise BadInput(f"{stem} is not named as the photos are, image_00001 and so on.") from None


_FEATURES = {"image": {"_type": "Image"}, "captions": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"},
             "label": {"names": list(FLOWERS), "_type": "ClassLabel"}, "image_id": {"dtype": "string", "_type": "Value"}}
SCHEMA = pa.schema(
    [("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])), ("captions", pa.list_(pa.string())), ("label", pa.int64()),
     ("image_id", pa.string())],
    metadata={"huggingface": json.dumps({"info": {"features": _FEATURES}})})   # so that the Hub's tools know the columns


if __name__ == "__main__":
    command(main, Settings, __doc__)
