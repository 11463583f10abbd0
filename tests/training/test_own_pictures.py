"""From a folder of pictures to weights with one command, at any size; and what is refused before the first step."""

import dataclasses
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT, in_process, is_one_sentence
from huggingface_hub import ModelCard
from PIL import Image

import models
from models import classifier, gan_cls
from models.checkpoint import WEIGHTS
from models.errors import BadInput
from tests.training.runs import SCRIPTS
from training import dcgan, evaluate, infogan, stackgan
from training import gan_cls as gan_cls_training
from training.kit import folders
from training.kit.init_from import initial_weights
from training.kit.ranges import check_settings
from training.kit.run import Run
from training.kit.settings import GameSettings, RunSettings

SIZES = [16, 17, 28, 33, 50, 64, 100, 255, 256]


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    """40 pictures of two classes, of several sizes, each with a sentence."""
    folder, rng = tmp_path_factory.mktemp("pictures") / "my photos", np.random.default_rng(0)
    for name, colour in (("cats", (200, 90, 20)), ("dogs", (30, 60, 190))):
        (folder / name).mkdir(parents=True)
        for i in range(20):
            noise = rng.integers(0, 40, (30 + i, 44, 3), dtype=np.uint8)
            Image.fromarray(noise + np.array(colour, np.uint8)).save(folder / name / f"{i}.jpg")
            (folder / name / f"{i}.txt").write_text(f"a picture of {name}, number {i}")
    return folder


def shell(*words, cwd: Path = WEIGHTS.parent) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", *map(str, words)], capture_output=True, text=True, cwd=cwd, check=False, timeout=300)


def settings(script, folder: Path, photos: Path, **changes) -> RunSettings:
    preset = script.PRESETS["smoke"]
    small = {"steps": 2, "batch": 8, "limit": 0, "size": 20, "data": str(photos), "out": str(folder / "run"), "weights": str(folder / "w"),
             "name": preset.name.rpartition("-")[0] + "-my_photos"}
    return dataclasses.replace(preset, **small | ({"cluster_steps": 1} if script is infogan else {}) | changes)


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_trains_on_a_folder_of_pictures(name, photos, tmp_path):
    SCRIPTS[name].main(settings(SCRIPTS[name], tmp_path, photos))
    model = models.load(tmp_path / "w")
    data = model.card.dataset
    assert (data.key, data.title, data.own, model.card.image_size) == ("my_photos", "my photos", True, (20, 20, 3))
    assert data.classes == ("cats", "dogs")
    if "generate" in model.tasks:
        assert model.generate(3).shape == (1, 20, 20, 3)
    if name == "cgan":
        assert model.generate(0, label="dogs").shape == (1, 20, 20, 3)
    written = ModelCard.load(tmp_path / "w" / "README.md")
    assert written.data.license == "other" and "Licence: that of whoever trained them (weights); trained on my photos" in written.text


def test_sentences_of_ones_own_drive_gan_cls(photos, tmp_path):
    gan_cls_training.main(settings(gan_cls_training, tmp_path, photos, text="text-flowers", size=32))
    model = models.load(tmp_path / "w")
    assert model.generate(0, text="a picture of cats").shape == (1, 32, 32, 3) and model.card.training.notes["text"] == "text-flowers"


def test_one_command_and_the_name_follows_the_data(photos, tmp_path):
    done = shell("training.gan", "--data", photos, "--steps", "2", "--batch", "8", "--width", "16", "--out", tmp_path / "run", "--weights",
                 tmp_path / "weights")
    assert done.returncode == 0, done.stderr
    card = json.loads((tmp_path / "weights" / "config.json").read_text())
    assert (card["name"], card["data"]["size"]) == ("gan-my_photos", 64) and "--data 'my photos'" in card["training"]["command"]


@pytest.mark.parametrize(("words", "says"), [
    (("training.dcgan", "--data", "{photos}", "--name", "cgan-cats"), "--name is dcgan-<data set>"),
    (("training.dcgan", "--data", "{photos}", "--name", "dcgan-My Cats"), "small letters"),
    (("training.dcgan", "--data", "{photos}", "--name", "dcgan-mnist"), "take another, such as --name dcgan-my_photos."),
    (("training.dcgan", "--data", "{folder}/flowers"), "would pass for Oxford-102 Flowers"),
    (("training.dcgan", "--data", "{folder}/nothing"), "there is no folder"),
    (("training.dcgan", "--data", "{photos}", "--size", "8"), "--size takes a whole number from 16 to 256"),
    (("training.gan", "--data", "{photos}", "--size", "256", "--batch", "8"), "--size 128 or less"),
    (("training.dcgan", "--data", "{photos}", "--batch", "64"), "A batch of 64 takes"),
    (("training.infogan", "--data", "{photos}", "--batch", "1"), "--batch takes at least 2"),
    (("training.stackgan", "--data", "{photos}", "--size", "100"), "--size takes 64, 128, 192 or 256"),
    (("training.segmenter", "--preset", "facades", "--data", "{photos}", "--size", "100"), "--size takes a multiple of 32"),
    (("training.infogan", "--data", "{photos}", "--steps", "300"), "--steps must be more than the 400 of --cluster-steps"),
    (("training.stackgan", "--data", "{photos}", "--grid-every", "0"), "--grid-every takes a whole number from 1"),
    (("training.stackgan", "--data", "{photos}", "--convolutions", "3"), "--convolutions"),
    (("training.pix2pix", "--data", "{photos}", "--g-most", "0"), "--g-most takes a whole number from 1"),
    (("training.text_encoder", "--data", "{photos}", "--features", "lite9"), "--features"),
    (("training.text_encoder", "--data", "{photos}", "--bare", "1.5"), "--bare takes a number from 0 to 1"),
    (("training.dcgan", "--data", "{photos}", "--seed", "-1"), "--seed takes a whole number from 0"),
])
def test_what_cannot_be_is_refused_before_the_first_step(words, says, photos, tmp_path):
    (tmp_path / "flowers").mkdir()
    (tmp_path / "flowers" / "train.parquet").write_bytes(b"")
    words = [word.format(photos=photos, folder=tmp_path) for word in words]
    done = in_process(*words, "--out", tmp_path / "run", "--weights", tmp_path / "weights")
    said = done.stderr.strip().removeprefix("error: ")
    assert done.returncode == 1 and says in said and is_one_sentence(said), done.stderr
    assert not (tmp_path / "weights").exists()


@pytest.mark.parametrize("changes", [
    {"steps": -1}, {"batch": 0}, {"batch": -5}, {"batch": 10**9}, {"seed": -1}, {"seed": 2**32}, {"lr_g": 0.0}, {"lr_d": -1e-3},
    {"lr_g": float("nan")}, {"lr_d": float("inf")}, {"lr_g": 2.0}, {"k": 0}, {"ema": 1.0}, {"ema": -0.1}, {"beta1": 1.5}, {"anneal": 2.0},
    {"limit": -1}, {"r1": -1.0}, {"r1_every": 0}, {"size": -64}, {"size": 15}, {"size": 257}, {"save_every": -1.0},
], ids=str)
def test_settings_out_of_range_are_one_sentence(changes):
    with pytest.raises(BadInput) as caught:
        check_settings(GameSettings(**changes))
    assert is_one_sentence(str(caught.value)) and f"--{next(iter(changes)).replace('_', '-')}" in str(caught.value)


def test_every_preset_is_in_range():
    for script in (*SCRIPTS.values(), gan_cls_training, stackgan):
        for preset in script.PRESETS.values():
            check_settings(preset)


# --- any size -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", SIZES)
def test_readers_of_any_size(size):
    x = torch.randn(2, 3, size, size)
    with torch.inference_mode():
        assert classifier.Classifier(classifier.Config(width=4, size=size, channels=3)).eval()(x).shape == (2, 10)
        net = gan_cls.Config(g_width=4, d_width=4, size=size)
        text = torch.nn.functional.normalize(torch.randn(2, net.text_dim), dim=1)
        assert gan_cls.Generator(net).eval()(torch.randn(2, net.z_dim), text).shape == x.shape
        assert gan_cls.NETWORKS["discriminator"](net).eval()(x, text).shape == (2,)


# --- nothing is lost ------------------------------------------------------------------------------------------------------

def test_a_run_does_not_go_on_with_other_pictures(photos, tmp_path):
    cfg = settings(dcgan, tmp_path, photos, restart=False)
    dcgan.main(cfg)
    with pytest.raises(BadInput, match="other pictures or labels"):
        dcgan.main(dataclasses.replace(cfg, data=str(photos / "cats"), steps=3))
    dcgan.main(dataclasses.replace(cfg, steps=3))


def test_weights_of_other_pictures_that_are_called_the_same_stay(photos, tmp_path):
    first = settings(dcgan, tmp_path, photos, restart=False)
    dcgan.main(first)
    before = models.load(tmp_path / "w").card.sha256
    other = dataclasses.replace(first, data=str(photos / "cats"), out=str(tmp_path / "other"))
    with pytest.raises(BadInput, match="called the same") as caught:
        dcgan.main(other)
    assert is_one_sentence(str(caught.value)) and models.load(tmp_path / "w").card.sha256 == before
    del caught
    dcgan.main(dataclasses.replace(other, name="dcgan-other", weights=str(tmp_path / "w2")))     # as it was told, in the same run folder
    dcgan.main(dataclasses.replace(first, out=str(tmp_path / "again"), seed=1))           # the same pictures once more
    dcgan.main(dataclasses.replace(other, out=str(tmp_path / "third"), restart=True))    # who says so replaces them
    assert "--restart" not in models.load(tmp_path / "w").card.training.command


def test_a_refused_restart_leaves_what_the_run_began_from(photos, tmp_path):
    cfg = settings(dcgan, tmp_path, photos, restart=False)
    dcgan.main(cfg)
    run, began = tmp_path / "run", tmp_path / "run" / "init" / "config.json"
    began.parent.mkdir()
    began.write_text("what the first run began from")
    for _ in range(2):
        refused = Run(dataclasses.replace(cfg, restart=True))               # and then its data are not to be had
        assert initial_weights(run, tmp_path / "w") == run / "init" and "first" not in began.read_text()
        refused._lock.release()
    Run(cfg)._lock.release()
    assert "first" in began.read_text() and {path.name for path in run.glob("init*")} == {"init"}
    dcgan.main(dataclasses.replace(cfg, restart=True))
    assert list(run.glob("init*")) == []


def test_two_runs_do_not_share_a_folder(photos, tmp_path):
    first = Run(settings(dcgan, tmp_path, photos))
    with pytest.raises(BadInput, match="Another training"):
        Run(settings(dcgan, tmp_path, photos))
    del first


def test_a_damaged_checkpoint_falls_back_to_the_one_before(photos, tmp_path, capsys):
    cfg = settings(dcgan, tmp_path, photos, restart=False, save_every=0.0)
    dcgan.main(dataclasses.replace(cfg, steps=4))
    (tmp_path / "run" / "checkpoint.safetensors").write_bytes(b"cut")
    dcgan.main(dataclasses.replace(cfg, steps=5))
    assert "damaged" in capsys.readouterr().out
    assert models.load(tmp_path / "w").card.training.steps == 5
    for name in ("checkpoint.safetensors", "previous.safetensors"):
        (tmp_path / "run" / name).write_bytes(b"cut")
    with pytest.raises(BadInput, match="--restart"):
        dcgan.main(cfg)


def test_a_place_that_cannot_be_written_or_has_no_room_is_told_at_once(photos, tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="--weights takes a folder that can be written to"):
        dcgan.main(settings(dcgan, tmp_path, photos, weights="/proc/none/weights"))
    monkeypatch.setattr("training.kit.folders.shutil.disk_usage", lambda path: type("Usage", (), {"free": 1_000_000})())
    with pytest.raises(BadInput, match="MB of disk"):
        dcgan.main(settings(dcgan, tmp_path / "full", photos))


def test_figures_are_of_the_pictures_that_the_weights_were_trained_on(photos, tmp_path):
    dcgan.main(settings(dcgan, tmp_path, photos, name="dcgan-cats"))          # called otherwise than the folder of its pictures
    shutil.copytree(photos, tmp_path / "others")
    with pytest.raises(BadInput, match="called others add --no-store") as caught:
        evaluate.main(evaluate.Settings(str(tmp_path / "w"), data=str(tmp_path / "others"), samples=10))
    assert is_one_sentence(str(caught.value)) and not (tmp_path / "w" / "metrics.json").exists()
    evaluate.main(evaluate.Settings(str(tmp_path / "w"), data=str(photos), samples=10))
    assert "precision" in json.loads((tmp_path / "w" / "metrics.json").read_text())


def test_a_new_beginning_that_is_refused_takes_nothing_away(photos, tmp_path, monkeypatch):
    cfg = settings(dcgan, tmp_path, photos)
    dcgan.main(cfg)
    before = {path: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.is_file()}
    monkeypatch.setattr("training.kit.folders.shutil.disk_usage", lambda path: type("Usage", (), {"free": 1_000_000})())
    with pytest.raises(BadInput, match="MB of disk"):
        dcgan.main(dataclasses.replace(cfg, restart=True))
    assert {path: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.is_file()} == before


def test_checkpoints_that_are_replaced_make_room_wherever_they_lie_on_the_same_disk(tmp_path, monkeypatch):
    run, weights, networks = tmp_path / "run", tmp_path / "weights", {"g": torch.nn.Linear(1000, 1000)}
    run.mkdir()
    needed = 3 * 2 * 4 * 1001 * 1000 + folders.MARGIN
    monkeypatch.setattr("training.kit.folders.shutil.disk_usage", lambda path: type("Usage", (), {"free": needed - 1000})())
    with pytest.raises(BadInput, match="MB of disk"):
        folders.check_room(run, weights, networks)
    (run / folders.CHECKPOINT).write_bytes(bytes(1000))
    folders.check_room(run, weights, networks)


def test_the_commands_of_the_readme_run(photos, tmp_path):
    text = (WEIGHTS.parent / "README.md").read_text(encoding="utf-8")
    commands = [line.split("#")[0] for line in text.splitlines() if "python -m training." in line and "data/my_photos" in line]
    assert len(commands) == 3
    (tmp_path / "my_photos").symlink_to(photos)
    for i, command in enumerate(commands):
        words = shlex.split(command)[2:]
        words[words.index("data/my_photos")] = str(tmp_path / "my_photos")
        done = in_process(*words, "--steps", "1", "--batch", "8", "--out", tmp_path / f"run{i}", "--weights", tmp_path / f"weights{i}")
        assert done.returncode == 0, (command, done.stderr)
        assert models.load(tmp_path / f"weights{i}").card.dataset.own


def test_the_example_of_the_readme_runs_on_pictures_that_ship(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [line.split("#")[0] for line in text.splitlines() if "--data docs/drawn_flowers" in line]
    assert len(commands) == 2
    for i, command in enumerate(commands):
        done = in_process(*shlex.split(command)[2:], "--steps", "1", "--out", tmp_path / f"run{i}", "--weights", tmp_path / f"weights{i}")
        assert done.returncode == 0, (command, done.stderr)
        data = models.load(tmp_path / f"weights{i}").card.dataset
        command = f"`python -m training.evaluate {models.load(tmp_path / f'weights{i}').card.name} --data FOLDER"
        assert command in (tmp_path / f"weights{i}" / "README.md").read_text(encoding="utf-8")
        assert data.title == "Flowers drawn by our StackGAN" and data.licence == "MIT" and data.own
        assert i or data.classes == ("irises", "roses", "sunflowers")


def test_what_a_refused_run_began_from_does_not_stay(photos, tmp_path):
    cfg = stackgan.PRESETS["smoke"]
    cfg = dataclasses.replace(cfg, data=str(photos), out=str(tmp_path / "run"), weights=str(tmp_path / "w"), restart=False)
    for name, kept in (("first", "first"), ("second", "second"), ("run/init", "second")):
        if name != "run/init":
            (tmp_path / name).mkdir()
            (tmp_path / name / "config.json").write_text(name)
        run = Run(dataclasses.replace(cfg, init_from=str(tmp_path / name)))
        run._lock.release()
        assert (initial_weights(tmp_path / "run", tmp_path / name) / "config.json").read_text() == kept
