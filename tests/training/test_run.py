"""Training runs with tiny networks: what they leave behind, and what happens when they are stopped, resumed or go wrong."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT, is_one_sentence, until
from huggingface_hub import ModelCard
from PIL import Image
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import models
from models.checkpoint import sha256_of
from models.errors import BadInput
from tests.training.runs import SCRIPTS, checkpoint, command, same, train
from training.kit import data

# --- what a run leaves behind ---------------------------------------------------------------------------------------------

@pytest.fixture(scope="module", params=SCRIPTS)
def trained(request, parquet, tmp_path_factory) -> Path:
    """The weights folder of a run of six steps of each script."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [f"/somewhere/training/{request.param}.py", "--preset", "smoke", "--data", "/secret", "--out=/there"])
        return train(request.param, tmp_path_factory.mktemp(request.param), parquet, steps=6, seed=5)


def test_weights_can_be_loaded_and_used(trained):
    model = models.load(trained)
    if model.generator is not None:
        assert model.generate(range(3)).shape == (3, 28, 28, 1)
    else:
        assert model.classify(np.zeros((3, 28, 28, 1), np.uint8)).shape == (3, 10)


def test_config_names_the_sum_of_the_weights_and_how_they_came_about(trained):
    config = json.loads((trained / "config.json").read_text())
    name = trained.name.split("-")[0]
    assert config["sha256"] == sha256_of(trained / "model.safetensors")
    assert config["training"]["command"] == f"python -m training.{name} --preset smoke"      # no paths of this machine
    facts = config["training"]
    assert (facts["seed"], facts["steps"], facts["pictures"]) == (5, 6, 6 * 20 * facts["k"])


def test_model_card_names_command_seed_hardware_and_minutes(trained):
    card = ModelCard.load(trained / "README.md")
    facts = json.loads((trained / "config.json").read_text())["training"]
    assert card.data.license == "mit" and card.data.datasets == ["ylecun/mnist"]
    for key in ("command", "seed", "hardware", "minutes"):
        assert f"| {key} | {facts[key]} |" in card.text.replace("`", ""), key


def test_samples_are_a_grid_of_a_hundred_pictures(trained):
    path = trained / "samples.png"
    if "classifier" in trained.name:
        assert not path.exists() and "samples.png" not in (trained / "README.md").read_text()
    else:
        assert np.asarray(Image.open(path)).shape == (280, 280)


def test_a_run_writes_its_losses_for_tensorboard(trained):
    found = EventAccumulator(str(next((trained.parent / "run" / "tensorboard").rglob("events.out.tfevents.*"))))
    found.Reload()
    losses = json.loads((trained / "history" / "history.json").read_text())["losses"]
    for name in losses.keys() - {"step"}:
        told = [(event.step, event.value) for event in found.Scalars(name)]
        assert told == [(step, pytest.approx(value, rel=1e-3)) for step, value in zip(losses["step"], losses[name], strict=True)], name


def test_history_holds_grids_from_the_first_step_to_the_last_and_the_losses(trained):
    history = json.loads((trained / "history" / "history.json").read_text())
    grids = sorted(int(path.stem) for path in (trained / "history").glob("*.png"))
    assert history["grids"] == grids
    assert grids == [] if "classifier" in trained.name else (grids[0], grids[-1]) == (0, 6)
    assert history["losses"]["step"] == [1, 2, 3, 4, 5, 6]
    assert all(len(values) == 6 and np.isfinite(values).all() for values in history["losses"].values())


def test_classifier_is_measured_on_the_test_set(parquet, tmp_path):
    folder = train("classifier", tmp_path, parquet, steps=60)
    found = json.loads((folder / "metrics.json").read_text())
    assert found["test_pictures"] == 200
    assert found["test_accuracy"] > 0.5                              # ten bars in ten places are soon told apart
    assert found["test_accuracy"] == pytest.approx(np.mean(list(found["accuracy_per_class"].values())))


# --- stopped and resumed --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "small"), [("gan", ["--width", "16"]), ("dcgan", ["--g-width", "8", "--d-width", "4"])])
def test_killed_run_goes_on_as_if_nothing_had_happened(parquet, tmp_path, name, small):
    """SIGKILL in the middle, then the same command: every bit of the checkpoint and the weights is the uninterrupted run's."""
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen(command(name, killed, parquet, *small, "--steps", "100000", "--save-every", "0", "--anneal", "0"), cwd=ROOT,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())})
    try:
        until(lambda: (killed / "run" / "previous.safetensors").exists() or process.poll() is not None)     # the second is under way
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    step, _ = checkpoint(killed)
    assert 1 <= step < 100000
    resumed = train(name, killed, parquet, steps=step + 5, anneal=0.0)
    uninterrupted = train(name, whole, parquet, steps=step + 5, anneal=0.0)
    assert same(checkpoint(killed)[1], checkpoint(whole)[1])
    assert same(load_file(resumed / "model.safetensors"), load_file(uninterrupted / "model.safetensors"))


def interrupt(name: str, folder: Path, parquet: Path, sign: int = signal.SIGINT, **changed) -> str:
    """Trains, sends this process the signal while it is at step 5, and gives what the run says."""

    class Interrupted(data.Batches):
        def __getitem__(self, i):
            if i == 5:
                os.kill(os.getpid(), sign)
            return super().__getitem__(i)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as caught:
        patch.setattr(data, "Batches", Interrupted)
        train(name, folder, parquet, **changed)
    return str(caught.value)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_saves_at_once_and_says_so(parquet, tmp_path, sign):
    usual = signal.getsignal(signal.SIGINT)       # ignored, where a shell started all this in the background
    said = interrupt("gan", tmp_path, parquet, sign, steps=12)
    assert is_one_sentence(said) and "step 6 of 12" in said
    assert checkpoint(tmp_path)[0] == 6
    assert signal.getsignal(signal.SIGINT) is usual       # and the next Ctrl-C stops at once again


@pytest.mark.parametrize("name", SCRIPTS)        # dcgan's learning rates fall at the end
def test_interrupted_run_goes_on_as_if_nothing_had_happened(parquet, tmp_path, name):
    interrupt(name, tmp_path / "stopped", parquet, steps=12)
    resumed = train(name, tmp_path / "stopped", parquet, steps=12)
    uninterrupted = train(name, tmp_path / "whole", parquet, steps=12)
    assert same(load_file(resumed / "model.safetensors"), load_file(uninterrupted / "model.safetensors"))


def test_a_finished_run_once_more_leaves_what_is_known_of_its_weights(parquet, tmp_path):
    folder = train("gan", tmp_path, parquet, steps=3)
    known = json.loads((folder / "config.json").read_text())
    known["training"]["commit"] = "measured-here"
    (folder / "config.json").write_text(json.dumps(known))
    (folder / "metrics.json").write_text('{"samples": 5}')
    train("gan", tmp_path, parquet, steps=3)
    card = models.load(folder).card
    assert card.metrics == {"samples": 5} and card.training.commit == "measured-here"
    train("gan", tmp_path, parquet, steps=4)
    assert models.checkpoint.read_card(folder).metrics == {}


@pytest.mark.parametrize("after", ['{"step": 5, "d": 9.0, "g": 9.0}\n', '{"step": 5, "d"'], ids=["whole", "cut short"])
def test_log_of_a_resumed_run_has_each_step_once(parquet, tmp_path, after):
    train("gan", tmp_path, parquet, steps=4)
    log = tmp_path / "run" / "log.jsonl"
    log.write_text(log.read_text() + after)            # done after the checkpoint, then killed
    train("gan", tmp_path, parquet, steps=8)
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [entry["step"] for entry in entries] == list(range(1, 9))
    assert entries[4]["d"] != 9


def test_restart_begins_anew(parquet, tmp_path):
    train("gan", tmp_path, parquet, steps=4)
    train("gan", tmp_path, parquet, steps=2, restart=True)
    assert checkpoint(tmp_path)[0] == 2


# --- what goes wrong ------------------------------------------------------------------------------------------------------

def refused(name: str, folder: Path, parquet: Path, **changed) -> str:
    with pytest.raises(BadInput) as caught:
        train(name, folder, parquet, **changed)
    message = str(caught.value).replace(str(folder), "")        # pytest's own folders have long names
    assert is_one_sentence(message), message
    return message


@pytest.mark.parametrize("name", ["gan", "dcgan", "infogan"])
def test_run_that_breaks_up_stops_and_its_last_checkpoint_is_sound(parquet, tmp_path, name):
    assert "Training stopped at step" in refused(name, tmp_path, parquet, steps=30, lr_g=1e30, save_every=0.0)
    assert all(value.isfinite().all() for value in checkpoint(tmp_path)[1].values())
    assert not (tmp_path / f"{name}-mnist").exists()             # nothing is exported


@pytest.mark.parametrize("changed", [{"seed": 1}, {"width": 32}, {"lr_g": 1e-3}, {"k": 2}, {"batch": 30}], ids=repr)
def test_resuming_with_other_settings_is_refused(parquet, tmp_path, changed):
    train("gan", tmp_path, parquet, steps=2)
    assert next(iter(changed)) in refused("gan", tmp_path, parquet, steps=4, **changed)


def test_fewer_steps_than_were_done_are_refused(parquet, tmp_path):
    train("gan", tmp_path, parquet, steps=4)
    assert "--steps" in refused("gan", tmp_path, parquet, steps=2)


def test_batch_larger_than_the_data_is_refused(parquet, tmp_path):
    assert "600" in refused("gan", tmp_path, parquet, batch=601)


def test_shell_answers_bad_input_in_one_sentence(tmp_path):
    done = subprocess.run(command("gan", tmp_path, Path("/no/such/folder")), cwd=ROOT, capture_output=True, text=True, timeout=300,
                          check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert is_one_sentence(done.stderr.strip().splitlines()[-1])


@pytest.mark.parametrize("name", ["gan", "dcgan", "cgan", "infogan", "bigan"])
def test_two_steps_of_d_take_twice_the_data(parquet, tmp_path, monkeypatch, name):
    asked = []

    class Watched(data.Batches):
        def __getitem__(self, i):
            asked.append(i)
            return super().__getitem__(i)

    monkeypatch.setattr(data, "Batches", Watched)
    folder = train(name, tmp_path, parquet, steps=3, k=2)
    assert asked[:6] == [0, 1, 2, 3, 4, 5]      # afterwards D's batch norm is settled on some of them again
    assert json.loads((folder / "config.json").read_text())["training"]["pictures"] == 3 * 20 * 2
