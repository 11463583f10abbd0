"""`python -m models`, as a person calls it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT, is_one_sentence
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import models
from models.errors import BadInput
from models.provenance import read_png


def shell(*words) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "models", *map(str, words)], cwd=ROOT, capture_output=True, text=True, timeout=120,
                          check=False)


def test_list_as_json_tells_what_each_card_knows():
    done = shell("list", "--json")
    assert done.returncode == 0, done.stderr
    assert [card["name"] for card in json.loads(done.stdout)] == [card.name for card in models.cards()]


def test_sample_writes_one_picture_a_seed(tiny, tmp_path):
    """The PNGs hold the pixels that `generate` gives."""
    done = shell("sample", tiny["cgan"], "--seeds", "3,20-21", "--set", "label=7", "--out", tmp_path / "new" / "folder")
    assert done.returncode == 0, done.stderr
    files = {path.name: np.asarray(Image.open(path)) for path in (tmp_path / "new" / "folder").iterdir()}
    assert sorted(files) == ["cgan-fashion-20.png", "cgan-fashion-21.png", "cgan-fashion-3.png"]
    for seed in (3, 20, 21):
        expected = models.load(tiny["cgan"]).generate(seed, label=7)[0, :, :, 0]
        difference = np.abs(files[f"cgan-fashion-{seed}.png"].astype(int) - expected)
        assert difference.mean() < 0.5 and (difference == 0).mean() > 0.5


@pytest.mark.parametrize("words", [("--set", "label=Hat"), ("--set", "label"), ("--seeds", "9-3")], ids=" ".join)
def test_bad_input_is_answered_in_one_sentence(tiny, tmp_path, words):
    done = shell("sample", tiny["cgan"], *words, "--out", tmp_path)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert is_one_sentence(done.stderr.strip()), done.stderr


def test_folder_that_cannot_be_written_is_named(tiny, tmp_path):
    (tmp_path / "file").write_text("")
    done = shell("sample", tiny["gan"], "--seeds", "1", "--out", tmp_path / "file" / "below")
    assert done.returncode != 0
    assert is_one_sentence(done.stderr.strip()) and "below" in done.stderr, done.stderr


def test_a_picture_can_be_made_again_from_itself(tmp_path):
    done = shell("sample", "cgan-mnist", "--seeds", "12", "--set", "label=4", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    first = tmp_path / "cgan-mnist-12.png"
    assert read_png(first) == ("cgan-mnist", 12, {"label": "4"})
    done = shell("sample", "--from", first, "--out", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    again = tmp_path / "again" / "cgan-mnist-12.png"
    assert np.abs(np.asarray(Image.open(first)).astype(int) - np.asarray(Image.open(again))).mean() < 0.5


def test_a_picture_of_others_cannot_be_made_again(tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "plain.png")
    (tmp_path / "text.png").write_text("no picture")
    for words in (("--from", tmp_path / "plain.png"), ("--from", tmp_path / "text.png"), ("--from", tmp_path / "none.png"), ()):
        done = shell("sample", *words, "--out", tmp_path)
        assert done.returncode != 0 and is_one_sentence(done.stderr.strip()), done.stderr


HOSTILE = ["", "{}", "[1]", "{" * 30_000] + [json.dumps(record) for record in (
    {"model": "../x", "seed": 1, "controls": {}}, {"model": "a/b", "seed": 1, "controls": {}}, {"model": 3, "seed": 1, "controls": {}},
    {"model": "gan-mnist", "seed": "1", "controls": {}}, {"model": "gan-mnist", "seed": True, "controls": {}},
    {"model": "gan-mnist", "seed": 1, "controls": [1]})]


@pytest.mark.parametrize("record", HOSTILE, ids=lambda text: text[:60])
def test_hostile_text_in_a_picture_is_refused(tmp_path, record):
    info = PngInfo()
    info.add_itxt("gan-atlas", record)
    Image.new("L", (4, 4)).save(tmp_path / "odd.png", pnginfo=info)
    with pytest.raises(BadInput) as caught:
        read_png(tmp_path / "odd.png")
    assert is_one_sentence(str(caught.value))
