"""The record of a training: of one run, and of runs that went on from one another."""

import dataclasses
import sys
from types import SimpleNamespace

import pytest
import torch

from models.checkpoint import read_card
from models.datasets import DATASETS
from models.training_record import TrainingRecord
from training import gan
from training.kit import record
from training.kit import run as runs
from training.kit.settings import GameSettings


@pytest.fixture
def run(monkeypatch) -> SimpleNamespace:
    monkeypatch.setattr(record, "command", lambda: "python -m training.new")
    monkeypatch.setattr(record, "hardware", lambda run: "here")
    return SimpleNamespace(cfg=GameSettings(seed=3, batch=10, k=2), seconds=90.0, step=5, dataset=DATASETS["mnist"], commit="new",
                           device=torch.device("cpu"), own_data={})


OLD = TrainingRecord(command="python -m training.old", commit="old", hardware="there", minutes=10, steps=100, pictures=1000, notes={"a": 1})


def test_a_run_tells_what_it_did(run):
    found = record.record_of(run, b=2)
    assert found == TrainingRecord("python -m training.new", "new", "here", 1.5, 5, 100, 3, "ylecun/mnist", 2, notes={"b": 2})


def test_a_run_that_went_on_is_told_after_the_earlier_one(run):
    found = record.record_of(run, OLD)
    assert (found.minutes, found.steps, found.pictures) == (11.5, 105, 1100)
    assert (found.command, found.commit, found.hardware) == ("python -m training.old && python -m training.new", "old; new", "there; here")


@pytest.mark.parametrize(("given", "hub", "told"), [("pets/cats", "pets/cats", "pets/cats"), ("home/me/cats", "", "cats")])
def test_data_of_ones_own_is_told_by_its_id_or_by_the_name_of_its_folder(run, given, hub, told):
    run.cfg, run.dataset = dataclasses.replace(run.cfg, data=given), dataclasses.replace(DATASETS["mnist"], key="cats", hub=hub)
    assert record.record_of(run).command.endswith(f" --data {told}")


@pytest.mark.parametrize("continued", [False, True])
def test_stages_are_kept_apart_and_summed(run, continued):
    first = record.staged(run, 1, None, False)
    assert first.steps == 5 and first.notes["stage"] == 1 and first.remark.startswith("Stage-I: 5 steps in 1.5 minutes; ")
    assert "not trained yet" in first.remark
    second = record.staged(run, 2, first, False, text_sha256="abc")
    assert second.steps == 10 and second.notes == {"text_sha256": "abc", "stage": 2} and set(second.stages) == {"stage1", "stage2"}
    assert "not trained yet" not in second.remark
    third = record.staged(run, 1, second, continued)
    assert third.stages["stage1"].steps == (10 if continued else 5) and third.stages["stage2"] == second.stages["stage2"]
    assert third.steps == sum(stage.steps for stage in third.stages.values())
    assert TrainingRecord.of(third.as_dict()) == third


def test_weights_of_before_stages_were_told_apart_count_as_stage_one(run):
    found = record.staged(run, 2, dataclasses.replace(OLD, notes={"stage": 1}), False)
    assert found.stages["stage1"].steps == 100 and found.steps == 105
    assert found.command == "python -m training.old && python -m training.new"


def test_an_apple_gpu_is_told_as_one():
    told = record.hardware(SimpleNamespace(device=torch.device("mps"), precision="fp32"))
    assert told.startswith("Apple GPU") and "CPU cores" not in told


@pytest.mark.parametrize(("given", "told"), [
    ("--stage 2 --data /here/data --text /here/weights --out=/here/run --restart", " --stage 2"),
    ("--text text-flowers --text=/here/weights --weights w --seed 3", " --text text-flowers --seed 3"), ("", ""),
    ("--data weights/x --weights weights/cgan-cats --weights=weights/b", " --weights weights/cgan-cats --weights=weights/b"),
    ("--text", " --text"),
])
def test_the_command_has_no_path_of_this_machine(monkeypatch, given, told):
    monkeypatch.setattr(sys, "argv", ["/here/training/stackgan.py", *given.split()])
    assert record.command() == f"python -m training.stackgan{told}"


def test_the_commit_told_is_that_of_the_run_s_start(tmp_path, parquet, monkeypatch):
    """Whatever is committed while it goes on."""
    told = iter(("before", "meanwhile"))
    monkeypatch.setattr(runs, "commit", lambda: next(told))
    gan.main(dataclasses.replace(gan.PRESETS["smoke"], data=str(parquet), out=str(tmp_path / "run"), weights=str(tmp_path / "w"), steps=1,
                                 limit=0, batch=8))
    assert read_card(tmp_path / "w").training.commit == "before"
