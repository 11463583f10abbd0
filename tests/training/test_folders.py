"""A run deletes and overwrites nothing but what a run made."""

import atexit
import dataclasses
import json
from pathlib import Path

import pytest
from conftest import is_one_sentence

from models.errors import BadInput
from training import dcgan, gan
from training.kit.folders import clear_run_folder, leave_nothing_of


def smoke(folder: Path, parquet: Path, **changed) -> gan.GanSettings:
    return dataclasses.replace(gan.PRESETS["smoke"], out=str(folder / "run"), weights=str(folder / "weights"), data=str(parquet), steps=2,
                               batch=20, limit=0, width=16, **changed)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


FOREIGN = {     # what a person may have in a folder: none of it is a run's
    "a checkout": {".git/HEAD": "ref", "README.md": "mine"}, "photos": {"history/000001.png": "holiday"},
    "settings of an editor": {"settings.json": '{"editor.fontSize": 14}'}, "no JSON": {"settings.json": "{"},
    "a list": {"settings.json": '["name", "seed", "batch", "ema"]'}, "a hidden file": {".profile": "x"},
}


@pytest.mark.parametrize("files", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("restart", [True, False])
@pytest.mark.parametrize("option", ["out", "weights"])
def test_a_folder_of_others_is_refused_and_stays_as_it_is(tmp_path, parquet, files, restart, option):
    for name, text in files.items():
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text(text)
    before = contents(tmp_path / "mine")
    with pytest.raises(BadInput) as caught:
        gan.main(dataclasses.replace(smoke(tmp_path, parquet, restart=restart), **{option: str(tmp_path / "mine")}))
    assert is_one_sentence(str(caught.value)) and f"--{option}" in str(caught.value)
    assert contents(tmp_path / "mine") == before


@pytest.mark.parametrize("option", ["out", "weights"])
def test_a_file_is_no_folder(tmp_path, parquet, option):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput, match=f"--{option} takes a folder"):
        gan.main(dataclasses.replace(smoke(tmp_path, parquet), **{option: str(tmp_path / "file")}))


def test_a_new_beginning_keeps_what_a_person_put_there(tmp_path, parquet):
    gan.main(smoke(tmp_path, parquet))
    (tmp_path / "run" / "notes.txt").write_text("mine")
    (tmp_path / "run" / "history" / "best of all.png").write_text("mine")
    gan.main(smoke(tmp_path, parquet, restart=True))
    assert (tmp_path / "run" / "notes.txt").read_text() == (tmp_path / "run" / "history" / "best of all.png").read_text() == "mine"


@pytest.mark.parametrize("data", ["nowhere/at all", "README.md", ""])
def test_a_new_beginning_that_is_refused_loses_no_checkpoint(tmp_path, parquet, data):
    gan.main(smoke(tmp_path, parquet, restart=False))
    before = (tmp_path / "run" / "checkpoint.safetensors").read_bytes()
    with pytest.raises(BadInput):
        gan.main(dataclasses.replace(smoke(tmp_path, parquet, restart=True), data=data or str(tmp_path)))
    assert (tmp_path / "run" / "checkpoint.safetensors").read_bytes() == before


def test_a_new_beginning_begins_anew(tmp_path, parquet):
    gan.main(smoke(tmp_path, parquet, restart=False))
    gan.main(smoke(tmp_path, parquet, restart=True, seed=5))       # other settings: nothing of the old run is in the way
    assert json.loads((tmp_path / "run" / "settings.json").read_text())["seed"] == 5
    assert [json.loads(line)["step"] for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()] == [1, 2]


def test_a_new_beginning_that_is_killed_while_it_clears_can_be_begun_again(tmp_path, parquet):
    gan.main(smoke(tmp_path, parquet, restart=False))
    clear_run_folder(tmp_path / "run")
    assert not (tmp_path / "run" / "checkpoint.safetensors").exists()
    gan.main(smoke(tmp_path, parquet, restart=False, seed=6))
    assert json.loads((tmp_path / "run" / "settings.json").read_text())["seed"] == 6


def test_a_folder_that_nobody_vouches_for_is_not_cleared(tmp_path):
    (tmp_path / "checkpoint.safetensors").write_text("mine")
    clear_run_folder(tmp_path)
    assert (tmp_path / "checkpoint.safetensors").read_text() == "mine"


def test_home_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    cfg = dcgan.DcganSettings(out="~/run", weights="~/weights", data="~")
    assert (cfg.out, cfg.weights, cfg.data) == (str(tmp_path / "run"), str(tmp_path / "weights"), str(tmp_path))


@pytest.mark.parametrize("theirs", [None, "notes.txt"])
def test_a_command_that_is_refused_leaves_no_folder_behind(tmp_path, monkeypatch, theirs):
    at_exit = []
    monkeypatch.setattr(atexit, "register", lambda work, *words: at_exit.append((work, words)))
    folder = tmp_path / "run" / "inside" / "another"
    with pytest.raises(BadInput):
        gan.main(dataclasses.replace(smoke(tmp_path, tmp_path / "nowhere"), out=str(folder)))
    if theirs:
        (folder.parent / theirs).write_text("mine")
    for work, words in at_exit:
        if work is leave_nothing_of:
            work(*words)
    assert [path.name for path in tmp_path.rglob("*")] == (["run", "inside", theirs] if theirs else [])


def test_a_folder_that_was_there_before_stays(tmp_path, monkeypatch):
    at_exit = []
    monkeypatch.setattr(atexit, "register", lambda work, *words: at_exit.append(work))
    (tmp_path / "run").mkdir()
    with pytest.raises(BadInput):
        gan.main(smoke(tmp_path, tmp_path / "nowhere"))
    assert leave_nothing_of not in at_exit
