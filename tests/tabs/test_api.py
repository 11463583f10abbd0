"""The page's programming interface, over HTTP as gradio_client speaks it, and its refusals."""

import base64
import io

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client
from PIL import Image

from app import build
from tabs.api import sample
from tabs.house import exhibit


@pytest.fixture(scope="module")
def client():
    page = build()
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    yield Client(url, verbose=False)
    page.close()


def test_a_client_gets_the_pictures_that_generate_draws(client):
    found = client.predict("cgan-mnist", "3,5", {"label": 7}, api_name="/sample")
    expected = exhibit("cgan-mnist").generate([3, 5], label=7)[..., 0]
    for uri, picture in zip(found, expected, strict=True):
        shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))))
        assert np.abs(shown.astype(int) - picture).mean() < 0.5


def test_a_client_is_told_what_was_wrong(client):
    with pytest.raises(Exception, match="label takes a whole number from 0 to 9"):
        client.predict("cgan-mnist", "3", {"label": 12}, api_name="/sample")


@pytest.mark.parametrize("asked", [
    ("nothing-here", "1", {}), ("../cgan-mnist", "1", {}), ("cgan-mnist", "-1", {}), ("cgan-mnist", "0-64", {}),
    ("cgan-mnist", "1", {"c1": 0}), ("cgan-mnist", "1", ["label", 1]),
])
def test_bad_calls_get_one_sentence(asked):
    with pytest.raises(gr.Error) as caught:
        sample(*asked)
    assert caught.value.message.endswith(".") and "\n" not in caught.value.message
