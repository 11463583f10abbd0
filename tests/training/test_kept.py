"""What training commands leave as it is, and what they say before anything is lost: weights of another name, runs, figures."""

import contextlib
import dataclasses
import importlib
import json
import os
import shutil

import pytest
import torch
from conftest import TINY, in_process, is_one_sentence
from PIL import Image
from torch.optim.lr_scheduler import OneCycleLR

import models
from models import cgan
from models.checkpoint import WEIGHTS, build_networks, save
from models.datasets import Dataset
from models.errors import BadInput
from models.training_record import TrainingRecord
from training import classifier, evaluate, gan
from training.kit.folders import check_run_folder, check_weights_folder, leave_nothing_of
from training.kit.init_from import initial_weights
from training.kit.ranges import check_batch, check_settings
from training.kit.run import Run
from training.kit.settings import _named
from training.kit.sources import _of_file

SMALL = ["--steps", "2", "--batch", "8", "--width", "16"]


def said(*words) -> str:
    """The sentence in which a command is refused."""
    done = in_process(*words)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and last.startswith("error: ") and is_one_sentence(last), done.stderr
    return last


@pytest.mark.parametrize(("words", "name"), [
    ({"--data"}, None), ({"--data", "--preset"}, "gan-mnist"), ({"--data", "--weights"}, "gan-mnist"), ({"--data", "--name"}, "gan-mnist")])
def test_a_folder_that_is_called_like_a_shipped_data_set_takes_no_shipped_name_by_itself(parquet, words, name):
    settings = dataclasses.replace(gan.PRESETS["mnist"], data=str(parquet), weights="w" if "--weights" in words else "")
    if name is None:
        with pytest.raises(BadInput, match="give --name, such as gan-my_mnist, or gan-mnist if they are these"):
            _named(settings, gan.PRESETS["mnist"], words)
    else:
        assert _named(settings, gan.PRESETS["mnist"], words).name == name


@pytest.mark.parametrize("option", ["--init-from", "--begin"])
def test_weights_to_begin_from_give_other_data_no_shipped_name(tmp_path, parquet, option):
    (tmp_path / "cats").mkdir()
    for data, name in ((tmp_path / "cats", "gan-cats"), (parquet, "gan-mnist"), ("", "gan-mnist")):
        settings = dataclasses.replace(gan.PRESETS["mnist"], data=str(data))
        assert _named(settings, gan.PRESETS["mnist"], {"--data", option}).name == name


def test_image_files_are_no_shipped_data_set_however_their_folder_is_called(tmp_path):
    (tmp_path / "MNIST").mkdir()
    Image.new("L", (28, 28)).save(tmp_path / "MNIST" / "0.png")
    settings = dataclasses.replace(gan.PRESETS["mnist"], data=str(tmp_path / "MNIST"))
    assert _named(settings, gan.PRESETS["mnist"], {"--data", "--preset"}).name == "gan-my_mnist"


def test_a_preset_gives_other_data_their_own_name(tmp_path):
    (tmp_path / "cats").mkdir()
    settings = dataclasses.replace(gan.PRESETS["mnist"], data=str(tmp_path / "cats"))
    assert _named(settings, gan.PRESETS["mnist"], {"--data", "--preset"}).name == "gan-cats"


def test_weights_of_another_name_are_not_written_over(parquet, tiny, tmp_path):
    folder = tmp_path / "weights"
    shutil.copytree(tiny["dcgan"], folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    words = ["training.gan", "--data", parquet, "--out", tmp_path / "run", "--weights", folder, *SMALL]
    assert "holds the weights of dcgan-mnist, and this run trains gan-mnist" in said(*words)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_config_of_others_is_no_weights(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "config.json").write_text(json.dumps({"model": "gpt", "sha256": "0"}))
    with pytest.raises(BadInput, match="holds other files than weights"):
        check_weights_folder(tmp_path / "w", "gan-cats", tmp_path / "run")


def test_a_run_does_not_lie_inside_its_weights(tmp_path):
    for out in (tmp_path, tmp_path / "run"):
        with pytest.raises(BadInput, match="give each a folder") as caught:
            check_weights_folder(tmp_path, "gan-cats", out)
        assert is_one_sentence(str(caught.value))
    check_weights_folder(tmp_path / "run" / "weights", "gan-cats", tmp_path / "run")


@pytest.mark.parametrize("inside", ["history", "tensorboard", "init/w"])
def test_weights_do_not_lie_where_a_run_keeps_its_own(tmp_path, inside):
    with pytest.raises(BadInput, match="of its own"):
        check_weights_folder(tmp_path / "run" / inside, "gan-cats", tmp_path / "run")


@pytest.mark.parametrize("setting", ["--out", "--weights"])
def test_what_a_run_draws_does_not_become_its_data(tmp_path, setting):
    (tmp_path / "0.png").write_bytes(b"")
    places = {"--out": tmp_path.parent / "run", "--weights": tmp_path.parent / "w"} | {setting: tmp_path / "mine"}
    words = [word for pair in places.items() for word in pair]
    assert f"{setting} is" in said("training.gan", "--data", tmp_path, *words, *SMALL) and not (tmp_path / "mine").exists()


@pytest.mark.parametrize("name", ["history", "tensorboard"])
def test_nothing_is_deleted_through_a_link(tmp_path, name):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).symlink_to(tmp_path / "theirs")
    for check, more in ((check_run_folder, ()), (check_weights_folder, (tmp_path / "elsewhere",))):
        with pytest.raises(BadInput, match="is a link"):
            check(tmp_path / "run", "gan-cats", *more)


def test_settings_of_another_program_vouch_for_nothing(tmp_path):
    (tmp_path / "settings.json").write_text('{"name": "my project", "seed": 1, "batch": 2, "ema": 0.9}')
    with pytest.raises(BadInput, match="or no run's"):
        check_run_folder(tmp_path, "gan-cats")


def test_a_restart_deletes_no_run_of_another_paper(parquet, tmp_path):
    words = ["--data", parquet, "--out", tmp_path / "run", "--steps", "2", "--batch", "8"]
    assert in_process("training.gan", *words, "--weights", tmp_path / "w", "--name", "gan-mine").returncode == 0
    assert "holds a run of gan-mine" in said("training.dcgan", *words, "--weights", tmp_path / "v", "--name", "dcgan-mine", "--restart")


def test_a_kill_while_weights_are_written_leaves_a_folder_that_the_run_may_finish(tiny, tmp_path, monkeypatch):
    net = cgan.Config(z_dim=8, g_width=8, d_width=4)
    made = {"name": "cgan-mine", "model": "cgan", "dataset": Dataset("mine", "Mine", "", ("a",) * 10, 28, 1, "CC0", "", ""), "config": net,
            "networks": build_networks(cgan, net), "training": TrainingRecord()}
    real, killed = os.replace, []
    for last in range(3):                    # before config.json, before model.safetensors, and not at all
        def replace(source, target, last=last):
            if len(killed) == last:
                raise KeyboardInterrupt
            killed.append(target)
            real(source, target)

        killed.clear()
        monkeypatch.setattr(os, "replace", replace)
        with contextlib.suppress(KeyboardInterrupt):
            save(tmp_path / "w", **made)
        monkeypatch.setattr(os, "replace", real)
        (tmp_path / "w" / ".model.safetensors.0123456789abcdef.new").write_bytes(b"half")         # as a kill would leave it
        check_weights_folder(tmp_path / "w", "cgan-mine", tmp_path / "run")
    assert models.load(tmp_path / "w").generate(0).shape == (1, 28, 28, 1)


@pytest.mark.parametrize("name", ["lock", "history"])
def test_files_that_only_look_like_those_of_a_run_stay(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(BadInput, match="that no run made"):
        check_run_folder(tmp_path, "gan-cats")
    assert (tmp_path / name).read_text() == "mine"


def test_a_refused_restart_loses_nothing(parquet, tmp_path):
    words = ["training.gan", "--data", parquet, "--out", tmp_path / "run", "--weights", tmp_path / "w", *SMALL]
    assert in_process(*words).returncode == 0
    before = (tmp_path / "run" / "checkpoint.safetensors").read_bytes()
    assert "--augment takes names from" in said(*words, "--restart", "--augment", "foo")
    assert (tmp_path / "run" / "checkpoint.safetensors").read_bytes() == before


def test_a_restart_that_is_refused_leaves_no_folder_that_nobody_may_use(tmp_path):
    """The copy of the weights to begin from lay in a folder without settings, and the next command was refused."""
    run = Run(dataclasses.replace(gan.PRESETS["smoke"], out=str(tmp_path / "run"), weights=str(tmp_path / "w"), restart=True))
    (tmp_path / "earlier").mkdir()
    initial_weights(run.folder, tmp_path / "earlier")
    check_run_folder(run.folder, "gan-mnist")
    leave_nothing_of(run.folder)
    assert not run.folder.exists()


def test_weights_that_are_no_numbers_are_not_written_over_good_ones(folder):
    card, before = models.load(folder).card, {path: path.read_bytes() for path in folder.iterdir()}
    networks = build_networks(cgan, TINY["cgan"][2])
    next(networks["generator"].parameters()).data.view(-1)[0] = 70_000          # fp16 ends at 65,504
    with pytest.raises(BadInput, match="no finite numbers in fp16") as caught:
        save(folder, name=card.name, model="cgan", dataset=card.dataset, config=TINY["cgan"][2], networks=networks, training=card.training)
    assert is_one_sentence(str(caught.value))
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["classifier-mnist", "weights/classifier-mnist", str(WEIGHTS / "classifier-mnist")])
@pytest.mark.parametrize("data", ["cats", "flowers"])
def test_shipped_figures_are_of_the_data_that_the_weights_were_trained_on(tmp_path, data, name, monkeypatch):
    monkeypatch.chdir(WEIGHTS.parent)
    (tmp_path / data).mkdir()
    before = (WEIGHTS / "classifier-mnist" / "metrics.json").read_bytes()
    with pytest.raises(BadInput, match="add --no-store") as caught:
        evaluate.main(evaluate.Settings(name, data=str(tmp_path / data), samples=50))
    assert is_one_sentence(str(caught.value))
    assert (WEIGHTS / "classifier-mnist" / "metrics.json").read_bytes() == before


@pytest.mark.parametrize("samples", [0, -1, 9])
def test_too_few_samples_are_told_at_once(samples):
    with pytest.raises(BadInput, match="from 10 to"):
        evaluate.main(evaluate.Settings("gan-mnist", samples=samples))


@pytest.mark.parametrize(("preset", "change"), [("gan", {"augment": "foo"}), ("gan", {"width": 1}), ("gan_cls", {"size": 0}),
                                                ("sgan", {"labelled_batch": 0}), ("dcgan", {"g_width": 1})])
def test_settings_that_end_in_the_middle_are_told_at_once(preset, change):
    with pytest.raises(BadInput) as caught:
        check_settings(dataclasses.replace(importlib.import_module(f"training.{preset}").PRESETS["smoke"], **change))
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(("preset", "batch", "world", "told"), [("gan", 10, 3, "3 processes"), ("bigan", 2, 2, "2 processes"),
                                                                ("bigan", 1, 1, "at least 2 for")])
def test_each_process_has_a_batch_that_its_networks_take(preset, batch, world, told):
    cfg = dataclasses.replace(importlib.import_module(f"training.{preset}").PRESETS["smoke"], batch=batch)
    with pytest.raises(BadInput, match=told) as caught:
        check_batch(cfg, world)
    assert is_one_sentence(str(caught.value))
    check_batch(dataclasses.replace(cfg, batch=12), world)


@pytest.mark.parametrize("steps", range(1, 12))
def test_a_classifier_trains_for_any_number_of_steps(steps):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)
    schedule = OneCycleLR(optimizer, 0.1, total_steps=steps + 1, pct_start=classifier.rise(steps))
    for _ in range(steps):
        optimizer.step()
        schedule.step()


def test_a_long_name_beside_a_picture_is_no_trouble(tmp_path):
    path = tmp_path / ("花" * 83 + ".png")
    path.write_bytes(b"x")
    assert _of_file(path, None).image == path
