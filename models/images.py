"""Images as uint8 and as tensors, PNG, tiles, and the conversion of any image file into what a network takes.

Outside networks an image is uint8 [H, W, C], C = 1 (grey) or 3 (RGB); inside it is float [C, H, W] in [-1, 1].
"""

import base64
import io
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from models.errors import BadInput, shown

MOST_BYTES, MOST_PIXELS = 4_000_000, 16_000_000        # of an encoded image that comes from outside, and of it once decoded
OWN_BYTES, OWN_PIXELS = 100_000_000, 80_000_000        # of a file of one's own
warnings.filterwarnings("ignore", module=r"PIL\.")      # of large or odd files: what cannot be taken is told below, in one sentence
FORMATS = ("PNG", "JPEG", "WEBP")
OWN_FORMATS = (*FORMATS, "GIF", "BMP", "TIFF")         # of files of one's own


def given_images(images) -> np.ndarray:
    """Images that a caller gave as an array that torch can share; none where they are no array, as rows of different lengths."""
    try:
        return np.require(np.asarray(images), requirements="CW")      # torch shares memory with writable arrays only
    except ValueError:
        return np.empty(0)


def to_uint8(images: torch.Tensor) -> torch.Tensor:
    """[-1, 1] float [N, C, H, W] -> uint8 [N, H, W, C]."""
    return images.float().add(1).mul(127.5).round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def from_uint8(images: torch.Tensor) -> torch.Tensor:
    """uint8 [N, H, W, C] -> float32 [N, C, H, W] in [-1, 1]."""
    return to_float(images.permute(0, 3, 1, 2))


def to_float(images: torch.Tensor) -> torch.Tensor:
    """uint8 of any shape -> float32 of that shape in [-1, 1]."""
    return images.float().div_(127.5).sub_(1)


def tile(images: np.ndarray, columns: int) -> np.ndarray:
    """Images uint8 [N, H, W, C] -> one image [rows * H, columns * W, C]; what the last row lacks stays black."""
    n, h, w, c = images.shape
    rows = -(-n // columns)
    sheet = np.zeros((rows * columns, h, w, c), np.uint8)
    sheet[:n] = images
    return sheet.reshape(rows, columns, h, w, c).swapaxes(1, 2).reshape(rows * h, columns * w, c)


def sharpness(images: np.ndarray) -> float:
    """How hard the edges of images uint8 [N, H, W, C] are: the sum of absolute Laplacians of the grey values over that of the gradients, so
    that neither the contrast counts nor how many edges there are."""
    grey = images.mean(3) / 255
    inner = grey[:, 1:-1, 1:-1]
    laplacian = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:] - 4 * inner
    gradient = np.hypot(grey[:, 2:, 1:-1] - grey[:, :-2, 1:-1], grey[:, 1:-1, 2:] - grey[:, 1:-1, :-2])
    return float(np.abs(laplacian).sum() / max(gradient.sum(), 1e-9))


def to_pil(image: np.ndarray) -> Image.Image:
    """uint8 [H, W, C] -> a Pillow image, mode L or RGB."""
    return Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)


def png_bytes(image: np.ndarray, info: PngInfo | None = None) -> bytes:
    """uint8 [H, W, C] as a PNG file, exact to the bit. `info`: its text chunks (models/provenance.py)."""
    buffer = io.BytesIO()
    to_pil(image).save(buffer, "PNG", pnginfo=info, compress_level=6 if image.size < 40_000 else 1)    # large ones: speed before size
    return buffer.getvalue()


def png_uri(image: np.ndarray, info: PngInfo | None = None) -> str:
    """As png_bytes, as a data URI."""
    return data_uri("image/png", png_bytes(image, info))


def webp_uri(image: np.ndarray, side: int) -> str:
    """uint8 [H, W, C] shrunk to `side` pixels a side, as a lossy WebP data URI: a tenth of the size of a PNG, for small previews."""
    buffer = io.BytesIO()
    to_pil(image).resize((side, side), Image.Resampling.LANCZOS).save(buffer, "WEBP", quality=85)
    return data_uri("image/webp", buffer.getvalue())


def data_uri(kind: str, data: bytes) -> str:
    """Bytes of a media type, such as "image/png", as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def save_grid(images: np.ndarray, path: Path, columns: int = 10) -> None:
    """Images uint8 [N, H, W, C] -> one PNG file, up to `columns` to a row, without gaps."""
    to_pil(tile(images, min(columns, len(images)))).save(path, optimize=True)


def read_image(source: np.ndarray | str | bytes | Path, what: str = "The image", own: bool | None = None) -> Image.Image:
    """An image from outside as a Pillow image in mode L or RGB, upright, over white where it was transparent.

    `source`: uint8 [H, W], [H, W, 1 or 3 or 4]; a data URI; the bytes of a file; or a Path. A plain string is never taken for a path,
    since it may come from a browser. Any mode is converted: palette, 1 bit, 16 bit, alpha, CMYK, EXIF rotation; of an animation the
    first frame counts. `own`: whether the file is of this machine's owner and may have OWN_BYTES, OWN_PIXELS and OWN_FORMATS instead of
    MOST_BYTES, MOST_PIXELS and FORMATS; if None, a Path is and the rest is not. Raises BadInput, with `what` as its subject, for anything
    else.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, what)
    own = isinstance(source, Path) if own is None else own
    most = OWN_PIXELS if own else MOST_PIXELS
    try:
        data = _bytes_of(source, what, OWN_BYTES if own else MOST_BYTES)
        with Image.open(io.BytesIO(data), formats=OWN_FORMATS if own else FORMATS) as image:
            if image.width * image.height > most:
                raise BadInput("{what} takes at most {most} megapixels, not {width}x{height}.", what=what, most=most // 1_000_000,
                               width=image.width, height=image.height)
            image.load()
            return _plain(_upright(image))
    except BadInput:
        raise
    except Exception as error:          # Pillow's decoders raise many kinds; all mean the same to whoever sent the file
        if reason := getattr(error, "strerror", None):
            raise BadInput("{what} cannot be read ({reason}).", what=what, reason=reason) from error
        if isinstance(error, Image.DecompressionBombError):
            raise BadInput("{what} takes at most {most} megapixels, and has more.", what=what, most=most // 1_000_000) from error
        if own:
            raise BadInput("{what} is no PNG, JPEG, WebP, GIF, BMP or TIFF image that can be read.", what=what) from error
        raise BadInput("{what} is no PNG, JPEG or WebP image that can be read.", what=what) from error


def read_size(source: bytes | Path) -> tuple[int, int]:
    """Width and height of an image of one's own, from its first bytes. Raises BadInput for what is none."""
    if isinstance(source, Path) and not source.is_file():         # a pipe would be waited for
        raise BadInput("The image cannot be read ({reason}).", reason="it is no file")
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=OWN_FORMATS) as image:
            return image.size
    except Exception as error:          # of many kinds, as above
        raise BadInput("The image cannot be read ({reason}).", reason=getattr(error, "strerror", None) or "it is no picture") from error


def fit(image: Image.Image, size: int, channels: int) -> np.ndarray:
    """The centre square of a Pillow image, resized to `size` pixels a side: uint8 [size, size, channels]."""
    image = image.convert("L" if channels == 1 else "RGB")
    if image.size != (size, size):
        image = ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)
    array = np.asarray(image)
    return array[..., None] if channels == 1 else array


def _bytes_of(source: str | bytes | Path, what: str, most: int) -> bytes:
    """The bytes of an encoded image, at most `most`."""
    if isinstance(source, Path):
        if not source.is_file():        # a pipe or a device would never end
            raise BadInput("{what} takes a file with a picture, and {path} is none.", what=what, path=shown(str(source)))
        if source.stat().st_size > most:
            raise _too_large(source.stat().st_size, what, most)
        return source.read_bytes()
    if isinstance(source, bytes):
        if len(source) > most:
            raise _too_large(len(source), what, most)
        return source
    head, comma, data = source.partition(",") if isinstance(source, str) else ("", "", "")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise _no_image(source, what)
    if len(data) * 3 // 4 > most:
        raise _too_large(len(data) * 3 // 4, what, most)
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:                  # binascii.Error, or letters beyond ASCII
        raise _no_image(source, what) from None


def _no_image(source, what: str) -> BadInput:
    return BadInput("{what} takes a PNG, JPEG or WebP image as a data URI (in Python a Path or a uint8 array as well), not {value}.",
                    what=what, value=shown(source))


def _too_large(count: int, what: str, most: int) -> BadInput:
    return BadInput("{what} takes a file of at most {most} MB, not {size} MB.", what=what, most=most // 1_000_000,
                    size=f"{count / 1e6:.1f}")


def _from_array(array: np.ndarray, what: str) -> Image.Image:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or channels not in (1, 3, 4) or not 0 < array.size <= MOST_PIXELS * channels:
        raise BadInput("{what} takes a uint8 array [H, W], [H, W, 1], [H, W, 3] or [H, W, 4], not {dtype} {shape}.", what=what,
                       dtype=array.dtype, shape=list(array.shape))
    return _plain(Image.fromarray(array[..., 0] if array.ndim == 3 and channels == 1 else array))


def _upright(image: Image.Image) -> Image.Image:
    """Rotated as its EXIF orientation says; as it is where that is damaged."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:                   # of many kinds, as above
        return image


def _plain(image: Image.Image) -> Image.Image:
    """Mode L or RGB. 16-bit grey is scaled, not cut off; what is transparent is laid over white."""
    if image.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(image, np.float32), nan=0, posinf=0, neginf=0)
        most = values.max(initial=0)
        shares = image.mode == "F" and most < 2          # white is 1; sharpened pictures go a little beyond it
        top = 65535.0 if image.mode.startswith("I;16") or most > 255 else 1.0 if shares else 255.0
        clear = image.info.get("transparency")           # of 16-bit grey: the one value that is transparent
        if isinstance(clear, int):
            values = np.where(values == clear, top, values)
        return Image.fromarray((values.clip(0, top) * (255 / top)).round().astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white.convert("RGB")
        r, g, b = image.split()
        return r if r.tobytes() == g.tobytes() == b.tobytes() else image
    return image.convert("L") if image.mode in ("1", "L") else image.convert("RGB")
