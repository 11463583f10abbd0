"""What a full disk does to a run: nothing but one sentence. The disk is played by the greatest size a file may have."""

import os
import resource
import subprocess

import pytest
import torch
from conftest import ROOT, is_one_sentence
from safetensors.torch import load_file

from models.checkpoint import write_whole
from tests.training.runs import checkpoint, command, same, train

SMALL = ["--g-width", "8", "--d-width", "4", "--anneal", "0"]


@pytest.mark.parametrize("most", [0, 100_000], ids=["settings", "checkpoint"])   # bytes: what no longer fits
def test_a_full_disk_ends_a_run_in_one_sentence_and_its_last_checkpoint_goes_on(parquet, tmp_path, most):
    full, whole = tmp_path / "full", tmp_path / "whole"
    train("dcgan", full, parquet, steps=4, anneal=0.0)
    before = checkpoint(full)
    done = subprocess.run(command("dcgan", full, parquet, *SMALL, "--steps", "40", "--save-every", "0"), cwd=ROOT, capture_output=True,
                          text=True, timeout=300, check=False, env=os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())},
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    said = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert is_one_sentence(said) and "File too large" in said and "the same command goes on" in said
    assert checkpoint(full)[0] == before[0] and same(checkpoint(full)[1], before[1])
    assert not list((full / "run").glob("*.new"))
    resumed = train("dcgan", full, parquet, steps=6, anneal=0.0)
    uninterrupted = train("dcgan", whole, parquet, steps=6, anneal=0.0)
    assert same(load_file(resumed / "model.safetensors"), load_file(uninterrupted / "model.safetensors"))


def test_a_text_file_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    write_whole(tmp_path / "a.json", "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "a.json", "new \ud800")
    assert (tmp_path / "a.json").read_text() == "old" and [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_what_a_run_exports_is_the_same_when_it_is_killed_after_its_last_step(parquet, tmp_path):
    """D's batch norm is settled on fresh noise after the last step: as fresh after a resumption there."""
    once, twice = tmp_path / "once", tmp_path / "twice"
    expected = load_file(train("dcgan", once, parquet, steps=4) / "model.safetensors")
    train("dcgan", twice, parquet, steps=4)
    assert same(load_file(train("dcgan", twice, parquet, steps=4) / "model.safetensors"), expected)


def test_a_resumed_run_keeps_the_number_format_it_was_begun_with(parquet, tmp_path, monkeypatch):
    """Which one pays depends on the processor, and the run may go on on another machine."""
    for pays in (True, False):
        monkeypatch.setattr("training.kit.run.bf16_pays", lambda device_type, pays=pays: pays)
        folder = train("dcgan", tmp_path, parquet, steps=2 if pays else 4, precision="auto")
    assert "bf16" in (folder / "config.json").read_text()
