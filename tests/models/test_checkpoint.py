"""Weights folders: what is saved comes back, and what is damaged is refused in one sentence."""

import json
import os
import pickle
import shutil
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from conftest import FACTS, TINY, change, is_one_sentence, refused, tiny_weights
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import models
from models import checkpoint
from models.checkpoint import load_networks, read_card, save, sha256_of
from models.datasets import DATASETS
from models.images import from_uint8, to_uint8
from models.training_record import TrainingRecord


def again(folder: Path, networks: dict, name: str = "cgan") -> Path:
    _, dataset, config = TINY[name]
    save(folder, name=f"{name}-{dataset}", model=name, dataset=DATASETS[dataset], config=config, networks=networks,
         training=TrainingRecord.of(FACTS))
    return folder


def test_a_module_that_is_no_whole_model_is_told_what_it_lacks(monkeypatch):
    module = ModuleType("models.half")
    module.NETWORKS = {}
    monkeypatch.setitem(sys.modules, "models.half", module)
    with pytest.raises(models.BadInput, match=r"^models.half is no model, for it lacks Config, PAPER, controls\.$"):
        checkpoint.module_of("half")


# --- what is saved comes back ---------------------------------------------------------------------------------------------

def test_saved_networks_come_back_rounded_to_fp16(tmp_path):
    _, _, config = TINY["gan"]
    network = TINY["gan"][0].Generator(config)
    again(tmp_path, {"generator": network, "discriminator": TINY["gan"][0].Discriminator(config)}, "gan")
    _, networks = load_networks(tmp_path)
    for name, weight in network.state_dict().items():
        assert torch.equal(networks["generator"].state_dict()[name], weight.half().float()), name


@pytest.mark.parametrize("name", ["gan", "dcgan", "cgan", "infogan"])
def test_saving_the_loaded_weights_again_changes_no_bit(tiny, tmp_path, name):
    second = again(tmp_path, load_networks(tiny[name])[1], name)
    assert sha256_of(second / "model.safetensors") == sha256_of(tiny[name] / "model.safetensors")


def test_measures_of_other_weights_go_before_new_weights_come(tiny, tmp_path, monkeypatch):
    networks = load_networks(tiny["gan"])[1]
    (again(tmp_path, networks, "gan") / "metrics.json").write_text("{}")
    again(tmp_path, networks, "gan")
    assert (tmp_path / "metrics.json").is_file()               # the same weights once more
    next(networks["generator"].parameters()).data += 1
    monkeypatch.setattr(checkpoint, "write_json", lambda *words: 1 / 0)        # killed
    with pytest.raises(ZeroDivisionError):
        again(tmp_path, networks, "gan")
    assert not (tmp_path / "metrics.json").exists()


def test_pictures_after_saving_again_are_the_same(tiny, tmp_path):
    second = again(tmp_path, load_networks(tiny["cgan"])[1])
    later, first = (models.load(folder).generate(range(4), label=3).astype(int) for folder in (second, tiny["cgan"]))
    assert np.array_equal(later, first)


def test_loaded_networks_are_fp32_and_no_longer_learn(tiny):
    for network in load_networks(tiny["dcgan"])[1].values():
        assert not network.training
        assert all(p.dtype == torch.float32 and not p.requires_grad for p in network.parameters())


def test_file_holds_fp16_and_whole_numbers_only(tiny):
    with safe_open(tiny["dcgan"] / "model.safetensors", "pt") as file:
        assert {file.get_tensor(key).dtype for key in file.keys()} == {torch.float16, torch.int64}


def test_card_is_read_without_the_weights(folder):
    (folder / "model.safetensors").unlink()
    card = read_card(folder)
    assert (card.name, card.model, card.dataset.key, card.image_size) == ("cgan-fashion", "cgan", "fashion", (28, 28, 1))


def test_folder_list_leaves_damaged_ones_out(tmp_path):
    for name in ("gan", "cgan"):
        tiny_weights(tmp_path / name, name)
    (tmp_path / "gan" / "config.json").write_text("{")
    assert [card.name for card in models.cards(tmp_path)] == ["cgan-fashion"]


def test_every_grey_value_survives_the_way_to_the_networks_and_back():
    greys = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16, 1)
    assert torch.equal(to_uint8(from_uint8(greys)), greys)


# --- what is damaged is refused -------------------------------------------------------------------------------------------

def test_missing_weights(folder):
    (folder / "model.safetensors").unlink()
    assert "model.safetensors" in refused(folder)


@pytest.mark.parametrize("bytes_left", [0, 7, 1000])
def test_truncated_weights(folder, bytes_left):
    os.truncate(folder / "model.safetensors", bytes_left)
    assert "model.safetensors" in refused(folder)


def test_one_altered_byte(folder):
    path = folder / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert "altered" in refused(folder)


@pytest.mark.parametrize("bytes_left", [0, 7, 1000])
def test_truncated_weights_whose_sum_is_right(folder, bytes_left):
    os.truncate(folder / "model.safetensors", bytes_left)
    change(folder, sha256=sha256_of(folder / "model.safetensors"))
    assert "model.safetensors" in refused(folder)


def test_missing_config(folder):
    (folder / "config.json").unlink()
    assert "config.json" in refused(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", "{}", '"cgan"', "\udcff"], ids=repr)
def test_broken_config(folder, text):
    (folder / "config.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    assert "config.json" in refused(folder)


@pytest.mark.parametrize("entry", ["model", "dataset", "config", "sha256", "training"])
def test_config_that_lacks_an_entry(folder, entry):
    path = folder / "config.json"
    path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != entry}))
    assert "config.json" in refused(folder)


@pytest.mark.parametrize("entries", [{"model": "perceptron"}, {"model": "../cgan"}, {"model": "card"}, {"model": 7},
                                     {"dataset": "imagenet"}, {"dataset": []}, {"config": 7}, {"config": {"wings": 2}}], ids=repr)
def test_config_that_names_what_there_is_not(folder, entries):
    change(folder, **entries)
    with pytest.raises(models.BadInput) as caught:
        models.load(folder)
    assert is_one_sentence(str(caught.value)), str(caught.value)


@pytest.mark.parametrize("config", [{"g_width": 8}, {"size": 32}, {"channels": 3}, {"z_dim": 17}], ids=repr)
def test_weights_that_do_not_fit_the_config(folder, config):
    change(folder, config=json.loads((folder / "config.json").read_text())["config"] | config)
    assert "does not fit" in refused(folder)


@pytest.mark.parametrize("config", [{"size": -4}, {"size": "28"}, {"size": 28.5}, {"g_width": None}, {"g_width": [8]},
                                    {"z_dim": 0}, {"classes": 9}], ids=repr)
def test_config_with_impossible_values(folder, config):
    change(folder, config=json.loads((folder / "config.json").read_text())["config"] | config)
    refused(folder)


@pytest.mark.parametrize("spoil", [lambda t: t.popitem(), lambda t: t.update({"generator.more": torch.zeros(1)})],
                         ids=["one less", "one more"])
def test_weights_with_another_set_of_tensors(folder, spoil):
    tensors = load_file(folder / "model.safetensors")
    spoil(tensors)
    save_file(tensors, folder / "model.safetensors")
    change(folder, sha256=sha256_of(folder / "model.safetensors"))
    assert "does not fit" in refused(folder)


def test_weights_of_another_model(folder, tiny):
    shutil.copy(tiny["gan"] / "model.safetensors", folder / "model.safetensors")
    change(folder, sha256=sha256_of(folder / "model.safetensors"))
    assert "does not fit" in refused(folder)


def test_broken_metrics(folder):
    (folder / "metrics.json").write_text("{")
    assert "metrics.json" in refused(folder)


class Payload:
    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("write", [lambda value, path: path.write_bytes(pickle.dumps(value)), torch.save],
                         ids=["pickle", "torch.save"])
def test_nothing_is_unpickled(folder, tmp_path, write):
    """Even where config.json vouches for the file, a pickle is refused and what it carries is not run."""
    write(Payload(tmp_path / "executed"), folder / "model.safetensors")
    change(folder, sha256=sha256_of(folder / "model.safetensors"))
    refused(folder)
    assert not (tmp_path / "executed").exists()
