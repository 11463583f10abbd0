"""The store of pictures that visitors send: every kind of file, what is none, and how long it keeps them."""

import numpy as np
import pytest
from conftest import photo

from models import srgan
from models.errors import BadInput
from models.images import data_uri, png_bytes, png_uri
from page.uploads import Uploads
from tests.odd_pictures import KINDS, bomb


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_every_kind_are_kept_upright_and_in_colour(kind):
    uri, size = KINDS[kind]
    store = Uploads(srgan.check_size)
    assert store.get(store.keep(uri)).shape == (*size, 3)
    if kind == "alpha":
        assert (store.get(store.keep(uri)) == 255).all()


PNG = png_bytes(photo(40, 40))
HOSTILE = {
    "bomb": bomb(40_000, 40_000), "past the pixels": bomb(5_000, 4_000),
    "past two megapixels": png_bytes(np.zeros((1500, 1500, 3), np.uint8)),
    "a line": png_bytes(np.zeros((1, 100_000, 3), np.uint8)), "tiny": png_bytes(photo(7, 7)), "cut short": PNG[:len(PNG) // 2],
    "html": b"<html><script>alert(1)</script></html>", "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>',
    "empty": b"", "heavy": PNG + bytes(4_000_000), "tiff": b"II*\x00" + bytes(100),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_picture_to_enlarge_is_refused_in_one_sentence(kind):
    store = Uploads(srgan.check_size)
    with pytest.raises(BadInput) as caught:
        store.keep(data_uri("image/png", HOSTILE[kind]))
    assert str(caught.value).count(". ") == 0 and len(str(caught.value)) < 200
    assert not store._kept


@pytest.mark.parametrize("sent", [None, 7, [], {}, "", "x", "data:text/html,<b>", "/etc/passwd", "data:image/png;base64,é"])
def test_what_is_no_data_uri_is_refused(sent):
    with pytest.raises(BadInput):
        Uploads(srgan.check_size).keep(sent)


def test_the_store_is_bounded_and_forgets_what_was_looked_at_longest_ago():
    store = Uploads(lambda *_: None, most=3 * 300)
    keys = [store.keep(png_uri(np.full((10, 10, 3), value, np.uint8))) for value in range(3)]
    store.get(keys[0])
    keys.append(store.keep(png_uri(np.full((10, 10, 3), 9, np.uint8))))
    with pytest.raises(BadInput, match="choose it again"):
        store.get(keys[1])
    assert [int(store.get(keys[i])[0, 0, 0]) for i in (0, 2, 3)] == [0, 2, 9]


def test_a_picture_that_is_sent_again_is_kept_for_longer():
    store, uris = Uploads(lambda *_: None, most=2 * 300), [png_uri(np.full((10, 10, 3), value, np.uint8)) for value in range(3)]
    keys = [store.keep(uris[i]) for i in (0, 1, 0, 2)]
    assert int(store.get(keys[0])[0, 0, 0]) == 0
    with pytest.raises(BadInput, match="choose it again"):
        store.get(keys[1])


def test_a_key_tells_the_same_picture_again_and_nothing_to_another_server():
    one, other, uri = Uploads(srgan.check_size), Uploads(srgan.check_size), png_uri(photo(8, 8))
    assert one.keep(uri) == one.keep(uri) != other.keep(uri)
    assert one.keep(png_uri(np.zeros((8, 16, 3), np.uint8))) != one.keep(png_uri(np.zeros((16, 8, 3), np.uint8)))
