"""Which weights there are: folders trained again, and folders of one's own."""

import os
import shutil

import numpy as np
import pytest
from conftest import in_process, is_one_sentence, tiny_weights

import models
from models import registry
from models.checkpoint import WEIGHTS


def test_weights_that_were_trained_again_are_loaded_again(folder):
    first = models.load(folder)
    assert models.load(folder) is first
    before = first.generate(range(3))
    tiny_weights(folder, "cgan", seed=1)
    second = models.load(folder)
    assert second.card.sha256 != first.card.sha256 and models.load(folder) is second
    assert not np.array_equal(second.generate(range(3)), before)
    assert np.array_equal(first.generate(range(3)), before)          # whoever still holds the old ones goes on with them


def test_of_weights_that_were_trained_again_the_old_ones_are_forgotten(folder):
    models.load(folder)
    count = len(registry._loaded)
    for seed in (1, 2):
        tiny_weights(folder, "cgan", seed=seed)
        models.load(folder)
    assert len(registry._loaded) == count


def test_weights_that_were_damaged_after_loading_are_refused_again_and_again(folder):
    models.load(folder)
    (folder / "config.json").write_text("{")
    for _ in range(2):
        with pytest.raises(models.DamagedWeights):
            models.load(folder)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Two folders of one's own, one of them with a shipped name, in a folder that GAN_ATLAS_WEIGHTS names."""
    for name in ("cgan", "gan"):
        tiny_weights(tmp_path / "own" / f"{name}-mine", name)
    shutil.move(tmp_path / "own" / "gan-mine", tmp_path / "own" / "gan-mnist")
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", os.pathsep.join(["", "/nowhere", str(tmp_path / "own"), str(tmp_path / "own" / "cgan-mine")]))
    config = tmp_path / "own" / "cgan-mine" / "config.json"
    config.write_text(config.read_text().replace('"name": "cgan-fashion"', '"name": "cgan-mine"'))
    return tmp_path / "own"


def test_folders_of_ones_own_are_listed_and_loaded_by_name(own):
    names = [card.name for card in models.cards()]
    assert names.count("cgan-mine") == 1 and len(names) == len(set(names))
    assert models.load("cgan-mine") is models.load(own / "cgan-mine")
    with pytest.raises(models.BadInput, match="did you mean cgan-mine") as caught:
        models.load("cgan-mime")
    assert is_one_sentence(str(caught.value))


def test_a_shipped_name_is_never_hidden(own):
    shipped = models.checkpoint.read_card(WEIGHTS / "gan-mnist")
    assert models.load("gan-mnist").card.sha256 == shipped.sha256
    assert [card.sha256 for card in models.cards() if card.name == "gan-mnist"] == [shipped.sha256]
    mine = models.checkpoint.read_card(own / "gan-mnist")
    assert registry.made_by(mine.sha256) == own / "gan-mnist" and registry.made_by("0" * 64) is None


def test_without_the_variable_there_is_only_what_is_shipped(own, monkeypatch):
    before = {card.name for card in models.cards()}
    monkeypatch.delenv("GAN_ATLAS_WEIGHTS")
    names = {card.name for card in models.cards()}
    assert before - names == {"cgan-mine"} and {models.folder_of(name).parent for name in names} == {WEIGHTS}
    assert {"gan-mnist", "infogan-mnist", "stackgan-flowers", "srgan-photos", "text-flowers"} <= names


def test_a_damaged_folder_of_ones_own_says_what_is_wrong(own):
    (own / "cgan-mine" / "config.json").write_text("{}")
    with pytest.raises(models.DamagedWeights) as caught:
        models.load("cgan-mine")
    assert "cgan-mine/config.json" in str(caught.value) and is_one_sentence(str(caught.value))


@pytest.mark.parametrize(("name", "said"), [("nothing/here", "takes folders of weights"), ("afile", "takes folders of weights"),
                                            ("empty", "holds no weights"), ("damaged", "config.json"), ("odd", "config.json")])
def test_a_place_without_weights_and_weights_that_cannot_be_read_are_told(tmp_path, monkeypatch, name, said):
    (tmp_path / "afile").write_text("mine")
    (tmp_path / "empty").mkdir()
    tiny_weights(tmp_path / "good" / "gan-mine", "gan")
    for folder, text in (("damaged", "{"), ("odd", '{"name": "dcgan-odd", "model": "dcgan", "config": {"directions": [1]}}')):
        tiny_weights(tmp_path / folder / "cgan-mine", "cgan")
        (tmp_path / folder / "cgan-mine" / "config.json").write_text(text)
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", os.pathsep.join([str(tmp_path / "good"), str(tmp_path / name)]))
    done = in_process("models", "list")
    assert done.returncode == 0 and "gan-mnist" in done.stdout
    assert done.stderr.startswith("note: ") and said in done.stderr and done.stderr.count("\n") == 1
