"""Draws forty sentences by several weights, side by side, as one picture: `python -m training.sentences runs/before/stackgan-flowers
weights/stackgan-flowers --out docs/sentences.webp`. The sentences and their seeds stand in sentences.json; ten of them are names.

Every weights folder has a column for each of its stages.
"""

import json
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from PIL import Image, ImageDraw, ImageFont

import models
from models.arguments import command
from models.errors import BadInput
from models.images import to_pil
from models.text_to_image import TextToImage
from training.kit.folders import check_writable
from training.kit.ranges import check_whole

SENTENCES = Path(__file__).with_name("sentences.json")
PAPER, INK = "#FAF7F0", "#1F2A2E"
SOFTWARE, MADE = 0x0131, "python -m training.sentences"      # the field of a picture's EXIF data that says what made it
ENDINGS = (".webp", ".png", ".jpg", ".jpeg")
LONGEST = 65_500             # pixels a side of a file; of a WebP one fewer
LONGEST_WEBP = 16_383
WORDS, HEAD = 190, 26        # pixels: of the column with the sentences, of the row with the names


@dataclass(frozen=True)
class Settings:
    names: Annotated[tuple[str, ...], tyro.conf.Positional]   # weights: names or folders
    out: Path = Path("samples/sentences.webp")
    encoder: str = ""          # empty: the one that each card names
    side: int = 96             # pixels of a picture
    halves: int = 2            # blocks of rows, side by side


def main(cfg: Settings) -> None:
    if not cfg.names:
        raise BadInput("Name the weights to draw by, as in: python -m training.sentences weights/stackgan-flowers.")
    check_whole({"side": 1024, "halves": 40}, cfg)
    if cfg.out.suffix.lower() not in ENDINGS:
        raise BadInput(f"--out takes a picture file that ends in {', '.join(ENDINGS)}, not {cfg.out.name!r:.40}.")
    check_writable("--out", cfg.out.parent)
    check_ours(cfg.out)
    sentences = [tuple(row) for row in json.loads(SENTENCES.read_text(encoding="utf-8"))]
    readers = [reader_of_sentences(name) for name in cfg.names]
    rows = -(-len(sentences) // cfg.halves)
    width = WORDS + cfg.side * sum(len(stages(model)) for model in readers)
    size = width * cfg.halves, HEAD + rows * cfg.side
    longest = LONGEST_WEBP if cfg.out.suffix.lower() == ".webp" else LONGEST
    if max(size) > longest:
        raise BadInput(f"The sheet would have {size[0]:,} by {size[1]:,} pixels, and such a file takes at most {longest:,} a side; --side "
                       "or --halves takes another number.")
    columns = [column for model in readers for column in drawn(model, sentences, cfg)]
    sheet = Image.new("RGB", size, PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for i, (text, _) in enumerate(sentences):
        x, y = i // rows * width, HEAD + i % rows * cfg.side
        pen.multiline_text((x + 6, y + 10), textwrap.fill(text, 26), INK, font)
        for j, (title, images) in enumerate(columns):
            place = x + WORDS + j * cfg.side
            sheet.paste(to_pil(images[i]).resize((cfg.side, cfg.side), Image.Resampling.LANCZOS), (place, y))
            if i % rows == 0:
                pen.text((place + 4, 6), title, INK, ImageFont.load_default(11))
    cfg.out.parent.mkdir(parents=True, exist_ok=True)
    told = Image.Exif()
    told[SOFTWARE] = MADE
    sheet.save(cfg.out, quality=85, exif=told)
    print(f"{len(sentences)} sentences by {len(columns)} networks: {cfg.out}")


def check_ours(path: Path) -> None:
    """Raises BadInput where something stands that this command did not make."""
    if not path.exists():
        return
    try:
        with Image.open(path) as picture:
            ours = picture.getexif().get(SOFTWARE) == MADE
    except OSError:
        ours = False
    if not ours:
        raise BadInput(f"{path} is there already and was not made by this command; --out takes another name.")


def reader_of_sentences(name: str) -> TextToImage:
    """Raises BadInput for weights that read no sentence."""
    model = models.load(name)
    if not isinstance(model, TextToImage):
        raise BadInput(f"{model.card.name} draws nothing from sentences.")
    return model


def stages(model: TextToImage) -> tuple[int, ...]:
    return (1,) if model.generator2 is None else (1, 2)


def drawn(model: TextToImage, sentences: list[tuple[str, int]], cfg: Settings) -> list[tuple[str, np.ndarray]]:
    """For each stage of a model its title and its images, uint8 [N, H, W, 3]."""
    embeddings = model.embed([text for text, _ in sentences], cfg.encoder or model.card.control("encoder").default)
    z, name = model.latents([seed for _, seed in sentences]), model.card.paper.name
    earlier = "before, " if "before" in str(model.folder) else ""
    titles = (name,) if model.generator2 is None else ("Stage-I", "Stage-II")
    return [(earlier + title, model.draw(z, embeddings, stage=stage)) for title, stage in zip(titles, stages(model), strict=True)]


if __name__ == "__main__":
    command(main, Settings, __doc__)
