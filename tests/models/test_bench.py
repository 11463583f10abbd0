"""`python -m models bench` takes up whatever draws: by its controls and tasks, not by its name."""

import json
import subprocess
import sys

import pytest
from conftest import ROOT, random_weights, tiny_weights

import models
from models import bench, precision, stackgan, text


@pytest.fixture
def printed(tmp_path, monkeypatch, capsys):
    """What bench prints of a plain model, one fed by sentences, text encoders, and a classifier."""
    tiny_weights(tmp_path / "dcgan-mine", "dcgan")
    tiny_weights(tmp_path / "classifier-mine", "classifier")
    (tiny_weights(tmp_path / "gan-mine", "gan") / "model.safetensors").write_bytes(b"cut short")      # left out, with a note
    random_weights(tmp_path / "text-flowers", text, "flowers", text.Config(dim=16, text_width=16, image_width=4), loud={})
    random_weights(tmp_path / "stackgan-mine", stackgan, "flowers",
                   stackgan.Config(text_dim=16, c_dim=8, z_dim=12, g_width=4, d_width=4, g2_width=4, d2_width=4, size=64))
    cards = models.cards(tmp_path)
    folders = {models.checkpoint.read_card(path.parent).name: path.parent for path in tmp_path.glob("*/config.json")}
    load = models.load
    monkeypatch.setattr(models, "cards", lambda: cards)
    monkeypatch.setattr(models, "load", lambda name: load(folders[name]))
    monkeypatch.setattr(bench.subprocess, "run", lambda command, **named: subprocess.CompletedProcess(
        command, 0, '{"load": 0.1, "memory": 200}', ""))
    monkeypatch.setattr(text.TextEncoders, "names", ("char-cnn-rnn",))     # the other needs a language model
    bench.bench(runs=1)
    return capsys.readouterr().out


def test_the_first_line_says_the_format_and_the_processor(printed):
    first = printed.splitlines()[0]
    assert precision.name_of(precision.dtype_for()) in first and precision.processor() in first


def test_every_model_that_draws_has_its_row(printed):
    rows = [line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("| ")]
    assert rows == ["model", "dcgan-mnist", "from a sentence", "text-flowers: encode by char-cnn-rnn",
                    "stackgan-flowers, encoded by char-cnn-rnn"]
    columns = {line.count("|") for line in printed.splitlines() if line.startswith("|")}
    assert columns == {10, 6}


def test_a_fresh_process_tells_its_load_time_and_memory(tiny):
    done = subprocess.run([sys.executable, "-c", bench._CHILD, str(tiny["gan"])], cwd=ROOT, capture_output=True, text=True, check=True,
                          timeout=300)
    told = json.loads(done.stdout)
    assert 0 < told["load"] < 60 and 100 < told["memory"] < 3000
