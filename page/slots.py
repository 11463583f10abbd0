"""What slots are filled with, beside plain pictures: animations and tables of bars."""

import io

import numpy as np
from PIL import Image

from models.images import data_uri, to_pil

Slots = dict[str, str]         # what is shown: slot names to HTML, or to a data URI where the slot is an <img>
EMPTY = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="   # no picture: one transparent pixel


def animation(frames: np.ndarray, kind: str, scale: int = 8, milliseconds: int = 60) -> str:
    """Frames [N, H, W, C], shown there and back, as a GIF or lossless WebP data URI, enlarged without blur; page/gif.js in browsers."""
    there = [to_pil(f).resize((f.shape[1] * scale, f.shape[0] * scale), Image.NEAREST) for f in frames]
    both, buffer = there + there[-2:0:-1], io.BytesIO()
    both[0].save(buffer, kind, save_all=True, append_images=both[1:], duration=milliseconds, loop=0, lossless=True)
    return data_uri(f"image/{kind}", buffer.getvalue())


def bars(caption: str, names: list[str], shares: np.ndarray, chosen: int, most: int) -> str:
    """A table of shares 0 to 1, one for each name, as bars; the chosen one is marked. Of more than `most` the largest, and the chosen."""
    shown = sorted({chosen, *np.argsort(-shares, kind="stable")[:most].tolist()})
    rows = "".join(f'<tr class="{"asked" if i == chosen else ""}"><th scope="row">{names[i]}</th>'
                   f'<td><i style="width:{shares[i]:.1%}"></i></td><td class="mono">{shares[i]:.0%}</td></tr>' for i in shown)
    return f'<table class="bars"><caption>{caption}</caption><tbody>{rows}</tbody></table>'
