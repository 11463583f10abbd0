"""`python -m models`, as a person calls it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT, is_one_sentence
from PIL import Image

import models


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
