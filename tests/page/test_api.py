"""The page's programming interface, over HTTP as gradio_client speaks it, and its refusals."""

import base64
import io
import json
import re
import shutil
import subprocess

import gradio as gr
import numpy as np
import pytest
import torch
from conftest import ROOT, client_of, is_one_sentence
from PIL import Image

from app import build, launch
from models.errors import BadInput
from models.images import png_uri
from models.provenance import read_png
from page import api
from page.site import shown_model
from tests.visitor import pixels


@pytest.fixture(scope="module")
def client():
    page = build()
    yield client_of(launch(page, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1"))
    page.close()


def test_a_client_gets_the_pictures_that_generate_draws(client):
    found = client.predict("cgan-mnist", "3,5", {"label": 7}, api_name="/sample")
    expected = shown_model("cgan-mnist").generate([3, 5], label=7)[..., 0]
    for uri, picture in zip(found, expected, strict=True):
        shown = pixels(uri)
        assert np.abs(shown.astype(int) - picture).mean() < 0.5


def test_a_client_is_told_what_was_wrong(client):
    with pytest.raises(Exception, match="label takes a whole number from 0 to 9"):
        client.predict("cgan-mnist", "3", {"label": 12}, api_name="/sample")


def test_every_endpoint_is_described(client):
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert {"/list_models", "/sample", "/traverse", "/interpolate", "/text_to_image", "/score", "/classify", "/encode",
            "/decode"} <= set(described)
    assert "seed" in {parameter["parameter_name"] for parameter in described["/traverse"]["parameters"]}


def test_models_are_listed_with_their_controls(client):
    found = {model["name"]: model for model in client.predict(api_name="/list_models")}
    assert "classifier-mnist" not in found and "text-flowers" not in found
    assert found["infogan-mnist"]["controls"][1] | {"help": ""} == {"name": "c1", "help": "", "default": 0.0, "low": -2.0, "high": 2.0}
    assert found["cgan-fashion"]["controls"][0]["options"][9] == "Ankle boot"


def test_traverse_moves_one_control(client):
    found = client.predict("infogan-mnist", "c1", "11", 3, None, 1.0, {"category": 4}, api_name="/traverse")
    for uri, value in zip(found, (-2.0, -0.5, 1.0), strict=True):
        expected = shown_model("infogan-mnist").generate(11, category=4, c1=value)[0, ..., 0]
        assert np.abs(pixels(uri).astype(int) - expected).mean() < 0.5
    assert len(api.traverse("cgan-mnist", "label")) == 10


def test_a_choice_of_more_options_than_a_call_draws_is_refused(monkeypatch):
    monkeypatch.setattr(api, "MOST", 9)
    with pytest.raises(BadInput, match="label has 10 options, and a call draws at most 9") as caught:
        api.traverse("cgan-mnist", "label")
    assert is_one_sentence(str(caught.value))


def test_interpolate_begins_and_ends_at_its_seeds(client):
    found = client.predict("dcgan-mnist", "5", "9", 4, None, api_name="/interpolate")
    for uri, seed in ((found[0], 5), (found[3], 9)):
        assert np.abs(pixels(uri).astype(int) - shown_model("dcgan-mnist").generate(seed)[0, ..., 0]).mean() < 0.5
    assert len(found) == 4


def test_a_sentence_becomes_a_picture(client):
    found = client.predict("a deep red rose", "3", "char-cnn-rnn", 2, "stackgan-flowers", api_name="/text_to_image")
    assert pixels(found[0]).shape == (256, 256, 3)
    assert pixels(api.text_to_image("a deep red rose", "3", model="gan-cls-flowers")[0]).shape == (64, 64, 3)


def test_the_discriminator_can_be_asked(client):
    pictures = api.sample("cgan-mnist", "0-3", {"label": 7})
    right, wrong = (client.predict("cgan-mnist", pictures, {"label": label}, api_name="/score") for label in (7, 1))
    assert all(0 <= belief <= 1 for belief in right + wrong) and sum(right) > sum(wrong)
    flowers = api.text_to_image("a deep red rose", "0-1")
    assert len(api.score("stackgan-flowers", flowers, {"text": "a deep red rose"})) == 2


def test_pictures_of_any_size_are_classified(client):
    sevens = api.sample("cgan-mnist", "0-3", {"label": 7})
    large = png_uri(np.asarray(Image.fromarray(pixels(sevens[0])).resize((280, 280)))[..., None])
    found = np.array(client.predict("classifier-mnist", [*sevens, large], api_name="/classify"))
    assert found.shape == (5, 10) and np.allclose(found.sum(1), 1, atol=1e-4) and (found.argmax(1) == 7).all()


def test_what_a_picture_is_encoded_as_is_what_the_model_makes_of_it(client):
    fours, encoder = shown_model("cgan-mnist").generate(range(3), label=4), shown_model("bigan-mnist")
    photograph = io.BytesIO()
    Image.fromarray(fours[0, ..., 0]).save(photograph, "JPEG", quality=95)
    as_jpeg = np.asarray(Image.open(photograph))[None, ..., None]
    sent = [*map(png_uri, fours), f"data:image/jpeg;base64,{base64.b64encode(photograph.getvalue()).decode()}"]
    z = client.predict("bigan-mnist", sent, api_name="/encode")
    assert np.allclose(z, encoder.encode(np.concatenate([fours, as_jpeg])), atol=1e-5)
    drawn = client.predict("bigan-mnist", z, None, api_name="/decode")
    expected = encoder.decode(torch.tensor(z))[..., 0].astype(int)
    assert len(drawn) == 4
    assert all(np.abs(pixels(uri) - picture).max() <= 1 for uri, picture in zip(drawn, expected, strict=True))


def test_noise_is_drawn_as_its_seed_is(client):
    z = shown_model("dcgan-mnist").latents([5]).tolist()
    assert client.predict("dcgan-mnist", z, None, api_name="/decode") == [png_uri(shown_model("dcgan-mnist").generate(5)[0])]


def test_a_picture_says_how_it_was_made(tmp_path):
    (tmp_path / "seven.png").write_bytes(base64.b64decode(api.sample("cgan-mnist", "3", {"label": 7})[0].split(",")[1]))
    recipe = read_png(tmp_path / "seven.png")
    assert (recipe.model, recipe.seed, recipe.controls) == ("cgan-mnist", 3, {"label": 7})
    assert recipe.sha256 == shown_model("cgan-mnist").card.sha256


def readme_block(language: str, word: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return next(block for block in blocks if word in block)


def test_the_readmes_python_runs_as_written(client):
    found = {}
    exec(readme_block("python", "gradio_client").replace("http://127.0.0.1:7860", client.src), found)
    assert len(found["sevens"]) == 4 and len(found["walk"]) == 5 and len(found["lilies"]) == 2
    assert len(found["beliefs"]) == 4 and all(0 <= belief <= 1 for belief in found["beliefs"])


def test_the_readmes_python_runs_as_written_without_a_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)               # it saves a picture
    found = {}
    exec(readme_block("python", "import models"), found)
    assert found["pictures"].shape == (16, 28, 28, 1) and found["again"].shape == found["fours"].shape
    assert (found["shares"].argmax(1) == 4).all() and found["large"].shape == (1024, 1024, 3)
    assert found["house"].shape == (1, 256, 256, 3) and (tmp_path / "plan.png").is_file()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_readmes_curl_runs_as_written(client):
    first, second = readme_block("sh", "curl").replace("http://127.0.0.1:7860", client.src.rstrip("/")).split("curl -s -N")
    event = json.loads(subprocess.run(first, shell=True, capture_output=True, text=True, check=True, timeout=300).stdout)["event_id"]
    answer = subprocess.run("curl -s -N" + second.replace("EVENT_ID", event), shell=True, capture_output=True, text=True, check=True,
                            timeout=300).stdout
    assert "event: complete" in answer and answer.count("data:image/png;base64,") == 4


def test_half_a_character_is_left_out_of_a_sentence_and_of_its_recipe(tmp_path):
    odd, plain = (api.sample("gan-cls-flowers", "1", {"text": text}) for text in ("a \ud83d rose", "a rose"))
    assert odd == plain


ONE = api.sample("gan-mnist", "1")
BAD = [
    (api.sample, "nothing-here", "1", {}), (api.sample, "../cgan-mnist", "1", {}), (api.sample, "cgan-mnist", "-1", {}),
    (api.sample, "cgan-mnist", "0-64", {}), (api.sample, "cgan-mnist", "1", {"c1": 0}), (api.sample, "cgan-mnist", "1", ["label", 1]),
    (api.sample, "cgan-mnist", "1", {"label": [1]}), (api.traverse, "infogan-mnist", "c9"), (api.traverse, "infogan-mnist", "c1", "x"),
    (api.traverse, "infogan-mnist", "c1", "1", 65), (api.traverse, "infogan-mnist", "c1", "1", 1e9),
    (api.traverse, "stackgan-flowers", "text"),
    (api.traverse, "infogan-mnist", "c1", "1", 5, float("nan")), (api.interpolate, "gan-mnist", "1", "2", float("inf")),
    (api.interpolate, "classifier-mnist"), (api.text_to_image, ""), (api.text_to_image, "a rose", "0-64"),
    (api.text_to_image, "a rose", "1", "bert"), (api.text_to_image, "a rose", "1", "sentence", 3),
    (api.text_to_image, "a rose", "1", "sentence", 1, "gan-mnist"),
    (api.score, "gan-mnist", []), (api.score, "gan-mnist", "abc"), (api.score, "gan-mnist", ["data:image/png;base64,AAAA"]),
    (api.score, "gan-mnist", ["/etc/passwd"]), (api.score, "cgan-mnist", ONE, {"label": 11}), (api.score, "stackgan-flowers", ONE),
    (api.classify, "classifier-mnist", []), (api.classify, "gan-mnist", ONE), (api.classify, "classifier-mnist", ["x"]),
    (api.encode, "gan-mnist", ONE), (api.decode, "gan-mnist", []), (api.decode, "gan-mnist", [[0.0]]), (api.decode, "gan-mnist", "abc"),
    (api.decode, "gan-mnist", [[float("nan")] * 100]), (api.decode, "classifier-mnist", [[0.0]]),
    (api.score, "gan-mnist", ONE * 65), (api.classify, "classifier-mnist", ONE * 65), (api.encode, "bigan-mnist", ONE * 65),
    (api.decode, "gan-mnist", [[0.0] * 100] * 65), (api.score, "gan-mnist", [None]),
    (api.classify, "attributes-celeba", ONE), (api.text_to_image, "a rose", "1", "sentence", True), (api.sample, "text-flowers", "1"),
    (api.encode, "text-flowers", ONE), (api.classify, "text-flowers", ONE), (api.sample, "gan-mnist", True),
    (api.traverse, "infogan-mnist", "c1", "1", 5.5), (api.traverse, "infogan-mnist", "category", "1", 5, 0.0),
]


@pytest.mark.parametrize(("call", "asked"), [(call, asked) for call, *asked in BAD], ids=[str(asked)[:40] for _, *asked in BAD])
def test_bad_calls_get_one_sentence(call, asked):
    with pytest.raises(gr.Error) as caught:
        api._in_one_sentence(call)(*asked)
    assert caught.value.message.endswith(".") and "\n" not in caught.value.message
