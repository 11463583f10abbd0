"""A run folder as a kill, a full disk or a stranger may have left it; and what of a command is written down."""

import dataclasses
import json
import sys

import pytest
import torch
from conftest import random_weights
from safetensors.torch import save_file

import models
from models import cgan, gan
from models.checkpoint import build_networks, sha256_of
from models.datasets import Dataset
from models.errors import DamagedWeights
from models.training_record import TrainingRecord
from training import gan as training
from training.kit.folders import check_run_folder, check_weights_folder, cut_log, log_of
from training.kit.record import command


def run(folder, parquet, **changed) -> None:
    training.main(dataclasses.replace(training.PRESETS["smoke"], out=str(folder / "run"), weights=str(folder / "w"), data=str(parquet),
                                      batch=20, limit=0, width=16, restart=False, **changed))


CUT = ['{"step": 1, "d": 0.5}\n{"step": 2, "d"', "{}\n", "abc}\n", "[1]\n", '{"step": "x"}\n', "\udcff}\n", "[" * 50_000 + "}\n"]


@pytest.mark.parametrize("text", CUT, ids=lambda text: repr(text)[:30])
def test_a_log_that_was_cut_short_costs_nothing(tmp_path, text):
    (tmp_path / "log.jsonl").write_bytes(text.encode("utf-8", "surrogateescape"))
    cut_log(tmp_path, 1)
    assert [entry["step"] for entry in log_of(tmp_path)] == ([1] if "step\": 1" in text else [])


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_its_log_anew(tmp_path, parquet):
    run(tmp_path, parquet, steps=2)
    for name in ("checkpoint.safetensors", "previous.safetensors"):
        (tmp_path / "run" / name).unlink(missing_ok=True)
    with open(tmp_path / "run" / "log.jsonl", "a") as log:
        log.write('{"step": 3, "d"')
    run(tmp_path, parquet, steps=2)
    assert [entry["step"] for entry in log_of(tmp_path / "run")] == [1, 2]
    assert json.loads((tmp_path / "w" / "history" / "history.json").read_text())["losses"]["step"] == [1, 2]


def test_checkpoints_of_other_networks_are_passed_over_or_refused(tmp_path, parquet):
    run(tmp_path, parquet, steps=2)
    for name, metadata in (("checkpoint", None), ("previous", {"step": "2", "seconds": "1"})):
        save_file({"g/net.0.weight": torch.zeros(3)}, tmp_path / "run" / f"{name}.safetensors", metadata=metadata)
    with pytest.raises(models.BadInput, match="damaged or of other networks"):
        run(tmp_path, parquet, steps=3)


def test_settings_of_any_depth_vouch_for_nothing(tmp_path):
    (tmp_path / "settings.json").write_text("[" * 100_000)
    with pytest.raises(models.BadInput, match="is damaged"):
        check_run_folder(tmp_path, "gan-cats")


def test_the_command_that_is_kept_is_one_line_of_text(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["training/gan.py", "--dataset-title", "a\nb\udcff"])
    assert command() == "python -m training.gan --dataset-title 'a\\nb\\udcff'"
    assert TrainingRecord.of({"command": "x\n```\n<b>"}).command == "x\\n```\\n<b>"


@pytest.mark.parametrize("classes", [[], ["a", "b"], ["a"] * 11], ids=len)
def test_other_classes_than_the_networks_have_are_damage(tmp_path, classes):
    data = Dataset("mine", "Mine", "", tuple(map(str, range(10))), 28, 1, "CC0", "", "")
    net = cgan.Config(z_dim=8, g_width=8, d_width=4)
    models.checkpoint.save(tmp_path / "w", name="cgan-mine", model="cgan", dataset=data, config=net,
                           networks=build_networks(cgan, net), training=TrainingRecord())
    assert models.load(tmp_path / "w").generate(0).shape == (1, 28, 28, 1)
    told = json.loads((tmp_path / "w" / "config.json").read_text())
    (tmp_path / "w" / "config.json").write_text(json.dumps(told | {"data": told["data"] | {"classes": classes}}))
    with pytest.raises(DamagedWeights, match=f"names {len(classes)} classes"):
        models.load(tmp_path / "w")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_damage(tmp_path, value):
    folder = random_weights(tmp_path / "gan-mnist", gan, "mnist", gan.Config(width=8))
    tensors = models.checkpoint.load_file(folder / "model.safetensors")
    next(tensor for tensor in tensors.values() if tensor.is_floating_point()).view(-1)[0] = value
    save_file(tensors, folder / "model.safetensors")
    told = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(told | {"sha256": sha256_of(folder / "model.safetensors")}))
    with pytest.raises(DamagedWeights, match="is not finite"):
        models.load(folder)


@pytest.mark.parametrize("name", ["broken", "circle", "x" * 300, "\udcff"], ids=lambda name: ascii(name)[:20])
def test_links_to_nowhere_and_names_that_no_folder_can_have_are_told_at_once(tmp_path, name):
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "circle").symlink_to("circle")
    for check, setting in ((check_run_folder, "--out"), (check_weights_folder, "--weights")):
        with pytest.raises(models.BadInput, match=f"{setting} takes a folder"):
            check(tmp_path / name, "gan-cats", *((tmp_path / "run",) if check == check_weights_folder else ()))
