"""What a PNG says of itself: the model, seed and controls that made it, so that it can be made again."""

import json
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from models.card import Card
from models.errors import BadInput, shown

KEY = "gan-atlas"        # of the text chunk; its value is JSON
MOST = 20_000            # characters of it


def png_info(card: Card, seed: int, controls: dict) -> PngInfo:
    """Text chunks for `Image.save(..., pnginfo=...)`."""
    info = PngInfo()
    info.add_text("Software", "GAN Atlas")
    info.add_itxt(KEY, json.dumps({"model": card.name, "seed": seed, "controls": controls, "commit": card.training.get("commit", ""),
                                   "sha256": card.sha256}, ensure_ascii=False))
    return info


def read_png(path: Path) -> tuple[str, int, dict]:
    """The model's name, the seed and the controls written in a PNG. Raises BadInput if it is none of ours."""
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            text = picture.info.get(KEY, "")
        record = json.loads(str(text)[:MOST])
        model, seed, controls = record["model"], record["seed"], record["controls"]
    except FileNotFoundError:
        raise BadInput(f"There is no picture {shown(str(path))}.") from None
    except (OSError, UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(f"{path.name[:60]} is no PNG that can be read ({type(error).__name__}).") from error
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput(f"{path.name[:60]} does not say which model made it; pictures saved by GAN Atlas do.") from None
    if not isinstance(model, str) or "/" in model or not isinstance(controls, dict) or type(seed) is not int:
        raise BadInput(f"{path.name[:60]} does not say which model made it; pictures saved by GAN Atlas do.")
    return model, seed, controls
