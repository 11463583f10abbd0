"""Weights that come from the Hub: whole models by id, and light folders of weights/, which lack their large files."""

import errno
import os
import shutil
import subprocess
import urllib.request

import huggingface_hub
import numpy as np
import pytest
from conftest import ROOT, client_of, is_one_sentence, need_git, tiny_weights, until
from stub_hub import environment

import models
from deploy import space
from harness.server import running
from tests.apart import run_apart

pytest_plugins = ("stub_hub",)
LOAD = """
import sys, models
try:
    print(models.load(sys.argv[1], "cpu").generate(range(4), label=3).tobytes().hex())
except models.BadInput as error:
    sys.exit(f"error: {error}")
"""


@pytest.fixture
def light(tmp_path, stub):
    """A weights folder without its large file, which the stand-in has as flora/cgan-fashion."""
    folder = tiny_weights(tmp_path / "cgan-fashion", "cgan")
    stub.models["flora/cgan-fashion"] = {path.name: path.read_bytes() for path in folder.iterdir()}
    stub.drawn = models.load(folder).generate(range(4), label=3)
    (folder / "model.safetensors").unlink()
    return folder


def load(stub, name, tmp_path, **more: str) -> subprocess.CompletedProcess:
    return run_apart(LOAD, name, folder=ROOT, environment=environment(stub, HF_HOME=str(tmp_path / "home"), **more))


def drew(done: subprocess.CompletedProcess, pictures: np.ndarray) -> bool:
    """Whether LOAD printed these pictures: as far as rounding goes, since each process chooses the number format that is quicker for it."""
    assert done.returncode == 0, done.stderr
    printed = np.frombuffer(bytes.fromhex(done.stdout.split()[-1]), np.uint8).reshape(pictures.shape)
    return np.abs(printed.astype(int) - pictures).mean() < 1


def refused(done: subprocess.CompletedProcess) -> str:
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert is_one_sentence(last), last
    return last


def test_a_model_is_loaded_by_its_id(stub, light, tmp_path):
    assert drew(load(stub, "flora/cgan-fashion", tmp_path), stub.drawn)


@pytest.mark.parametrize("settings", [{"GAN_ATLAS_HUB": "flora"}, {"SPACE_ID": "flora/anything"}], ids=lambda s: next(iter(s)))
def test_a_light_folder_is_filled_once(stub, light, tmp_path, settings):
    done = load(stub, light, tmp_path, **settings)
    assert drew(done, stub.drawn)
    assert "Fetching the weights cgan-fashion from flora/cgan-fashion" in done.stdout
    fetched = [path for path in stub.asked if "/resolve/" in path]
    assert fetched and not any("config.json" in path for path in fetched)
    assert drew(load(stub, light, tmp_path, HF_HUB_OFFLINE="1", **settings), stub.drawn)


AGAIN = """
import sys, models
model = models.load(sys.argv[1], "cpu")
print("once:", all(models.load(sys.argv[1], "cpu") is model for _ in range(5)))
"""


def test_the_hub_is_asked_once_and_not_at_every_drag(stub, light, tmp_path):
    told = environment(stub, HF_HOME=str(tmp_path / "home"), GAN_ATLAS_HUB="flora")
    once = run_apart(LOAD, light, folder=ROOT, environment=told), len(stub.asked)
    done = run_apart(AGAIN, light, folder=ROOT, environment=told | {"HF_HOME": str(tmp_path / "other")})
    assert "once: True" in done.stdout and done.stdout.count("Fetching") == 1 and len(stub.asked) == 2 * once[1], done.stderr


@pytest.mark.parametrize("settings", [{}, {"GAN_ATLAS_HUB": "", "SPACE_ID": "flora/anything"}], ids=["plain", "forbidden on a Space"])
def test_a_light_folder_and_nobody_named(stub, light, tmp_path, settings):
    assert "GAN_ATLAS_HUB" in refused(load(stub, light, tmp_path, **settings)) and stub.asked == []


def test_swapped_weights_of_the_hub_are_refused(stub, light, tmp_path):
    other = tiny_weights(tmp_path / "other", "cgan", seed=1)
    stub.models["flora/cgan-fashion"]["model.safetensors"] = (other / "model.safetensors").read_bytes()
    assert "is not the file its config.json names" in refused(load(stub, light, tmp_path, GAN_ATLAS_HUB="flora"))


@pytest.mark.parametrize("name", ["nobody", "no/body", "..", "ä"])
def test_a_hub_without_these_weights(stub, light, tmp_path, name):
    refused(load(stub, light, tmp_path, GAN_ATLAS_HUB=name))


def test_no_network(stub, light, tmp_path):
    assert "cannot be reached" in refused(load(stub, light, tmp_path, GAN_ATLAS_HUB="flora", HF_ENDPOINT="http://127.0.0.1:9"))


def test_a_full_disk(monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/private/model.safetensors")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", full)
    with pytest.raises(models.BadInput) as caught:
        models.load("flora/cgan-fashion")
    assert is_one_sentence(str(caught.value)) and "no space left" in str(caught.value) and "private" not in str(caught.value)


# --- the page -------------------------------------------------------------------------------------------------------------

@pytest.fixture
def staged(tmp_path, stub):
    """A light Space with three models; the stand-in has two of them."""
    need_git()
    folder = space.stage(tmp_path / "space", light=True)
    kept = [path.name for path in (folder / "weights").rglob("*") if path.name in ("model.safetensors", "captions.json")]
    assert kept == []
    for weights in (folder / "weights").iterdir():
        if weights.name not in ("gan-mnist", "infogan-mnist", "cgan-mnist"):
            shutil.rmtree(weights)
    for name in ("gan-mnist", "infogan-mnist"):
        stub.models[f"flora/{name}"] = {path.name: path.read_bytes() for path in (ROOT / "weights" / name).iterdir() if path.is_file()}
    return folder


def html(url: str) -> str:
    return urllib.request.urlopen(url, timeout=60).read().decode()


def test_a_light_page_opens_at_once_and_fills_itself(stub, staged, tmp_path):
    stub.held.clear()
    log = tmp_path / "log.txt"
    told = environment(stub, SPACE_ID="flora/gan-atlas", HF_HOME=str(tmp_path / "home"), PYTHONUNBUFFERED="1")
    with running(staged, log=log, **told) as server:
        assert "The weights gan-mnist are being fetched from flora on the Hub" in html(server.url)
        with pytest.raises(Exception, match="are being fetched"):
            client_of(server.url).predict("gan-mnist", "0", api_name="/sample")
        stub.held.set()
        until(lambda: log.read_text().count("Running on local URL") == 2)         # the page has opened anew
        page = html(server.url)
        assert "The weights cgan-mnist could not be fetched: flora/cgan-mnist" in page and "could not be fetched: flora/gan" not in page
        client = client_of(server.url)
        assert len(client.predict("infogan-mnist", "0-2", api_name="/sample")) == 3
        with pytest.raises(Exception, match="could not be fetched"):
            client.predict("cgan-mnist", "0", api_name="/sample")
