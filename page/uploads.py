"""Pictures that visitors give, kept in memory for a while: an instrument's state holds only their keys.

A key says nothing of the picture and cannot be guessed; the same picture has the same key until the server starts anew. Nothing is written
to a disk. When the store is full, what was looked at longest ago is forgotten.
"""

import hashlib
import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from html import escape

import numpy as np

from models.errors import BadInput
from models.images import MOST_BYTES, read_image
from page.language import say

MOST_KEPT = 150_000_000      # bytes of all pictures together


class Uploads:
    """`check(height, width)` raises BadInput for a picture that the instrument has no use for."""

    def __init__(self, check: Callable[[int, int], None], most: int = MOST_KEPT):
        self._check, self._most, self._secret = check, most, secrets.token_bytes(32)
        self._kept: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, uri: object) -> str:
        """The key of the picture in a data URI, read as models.images does. Raises BadInput."""
        if not isinstance(uri, str):
            raise BadInput("The page and the server do not fit together; please reload the page.")
        image = np.asarray(read_image(uri, say("The picture"), own=False).convert("RGB"))
        self._check(*image.shape[:2])
        told = hashlib.blake2b(image.tobytes(), key=self._secret, digest_size=12)
        told.update(repr(image.shape).encode())
        key = told.hexdigest()
        with self._lock:
            self._kept[key] = image
            self._kept.move_to_end(key)
            while sum(kept.nbytes for kept in self._kept.values()) > self._most and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return key

    def get(self, key: str) -> np.ndarray:
        """The picture, uint8 [H, W, 3]. Raises BadInput for a key that is unknown or forgotten."""
        with self._lock:
            if key not in self._kept:
                raise BadInput("That picture is not here any more: uploads stay in the server's memory for a while only. Please choose it "
                               "again.")
            self._kept.move_to_end(key)
            return self._kept[key]


def upload_field(name: str, label: str, most: int, also: dict) -> str:
    """Takes a picture from a file, dropped or pasted, and puts its key into the state's `name`, and the values `also` into the state. One
    with more than `most` pixels is cut or shrunk in the browser, as the visitor chooses."""
    question = say("It has {{size}} megapixels; at most {most} can be taken.", most=most // 1_000_000)
    return (f'<div class="field upload"><label><span>{escape(label)}</span>'
            f'<input type="file" accept="image/*" data-upload="{name}" data-most="{most}" '
            f'data-bytes="{MOST_BYTES}" data-also="{escape(json.dumps(also))}"></label>'
            f'<div data-too-large hidden><p class="caption" role="alert" data-said="{escape(question)}"></p><div class="choices small">'
            f'<button type="button" data-fit="crop">{say("Take the middle as it is")}</button>'
            f'<button type="button" data-fit="shrink">{say("Shrink it")}</button></div></div></div>')
