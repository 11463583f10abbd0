"""Picture files that are made by hand: of every kind that Pillow writes, and PNGs that say what they please."""

import io
import struct
import zlib

from conftest import photo
from PIL import Image

from models.images import data_uri


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int, size: int = 10_000) -> bytes:
    """A PNG in colour that says it has this size, with so many bytes in it, packed."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(size))) + chunk(b"IEND", b"")


def sent(image: Image.Image, kind: str = "PNG", **options) -> str:
    """The file as a page sends it, a data URI."""
    return data_uri(f"image/{kind.lower()}", encoded(image, kind, **options))


def sideways() -> str:
    exif = Image.Exif()
    exif[0x0112] = 6
    return sent(Image.fromarray(photo(20, 40)), "JPEG", exif=exif)


def animated() -> str:
    frames = [Image.new("RGB", (16, 12), colour) for colour in ("red", "blue")]
    return sent(frames[0], "WEBP", save_all=True, append_images=frames[1:])


KINDS = {          # by name: what is sent, and the height and width of the picture as it is looked at
    "grey": (sent(Image.new("L", (9, 12), 7)), (12, 9)), "alpha": (sent(Image.new("RGBA", (10, 8))), (8, 10)),
    "palette": (sent(Image.new("P", (8, 8))), (8, 8)), "16 bit": (sent(Image.new("I;16", (8, 9))), (9, 8)),
    "cmyk": (sent(Image.new("CMYK", (11, 8)), "JPEG"), (8, 11)), "rotated": (sideways(), (40, 20)), "animated": (animated(), (12, 16)),
}
