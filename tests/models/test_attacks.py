"""Weights folders that somebody has prepared: each is refused in one sentence, nothing of it runs, and the others go on working."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
import torch
from conftest import ROOT, change, is_one_sentence, refused, tiny_weights
from safetensors.torch import load_file, save_file

import models
from models.checkpoint import MOST_JSON, WEIGHTS, sha256_of
from models.figures import printed
from models.text.captions import Captions
from models.text.sentence import FOLDER, SentenceEncoder

SHIPPED = ROOT / "weights" / "text-flowers"


# --- tensors --------------------------------------------------------------------------------------------------------------

def rewrite(folder: Path, tensors: dict) -> None:
    save_file(tensors, folder / "model.safetensors")
    change(folder, sha256=sha256_of(folder / "model.safetensors"))


def test_the_roles_exchange_their_tensors(folder):
    other = {"generator": "discriminator", "discriminator": "generator"}
    tensors = load_file(folder / "model.safetensors")
    rewrite(folder, {f"{other[role]}.{name}": value for (role, name), value in
                     ((key.split(".", 1), value) for key, value in tensors.items())})
    assert "does not fit" in refused(folder)


def test_a_tensor_of_another_shape(folder):
    tensors = load_file(folder / "model.safetensors")
    name = max(tensors, key=lambda key: tensors[key].numel())
    rewrite(folder, tensors | {name: torch.zeros(1, *tensors[name].shape)})
    assert "does not fit" in refused(folder)


def test_another_file_under_the_same_name(folder, tmp_path):
    shutil.copy(tiny_weights(tmp_path / "other", "cgan", seed=1) / "model.safetensors", folder / "model.safetensors")
    assert "is not the file" in refused(folder)


@pytest.mark.parametrize("width", [50_000, 10**12, 10**30])
def test_sizes_that_no_file_bears_out_take_no_memory(folder, width):
    change(folder, config=json.loads((folder / "config.json").read_text())["config"] | {"g_width": width})
    refused(folder)


# --- links ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "metrics.json"])
def test_a_link_out_of_the_folder(folder, tmp_path, file):
    change(folder, "metrics.json", samples=1)
    shutil.move(folder / file, tmp_path / "elsewhere")
    (folder / file).symlink_to(tmp_path / "elsewhere")
    assert "link that leads out of its folder" in refused(folder)


@pytest.mark.parametrize("target", ["/dev/zero", "model.safetensors", "nowhere"])
def test_a_link_to_no_file(folder, target):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(target)
    assert "model.safetensors" in refused(folder)


def test_a_folder_in_the_hubs_cache_and_a_folder_that_is_a_link_are_in_order(folder, tmp_path):
    snapshot, blobs = tmp_path / "models--u--x" / "snapshots" / "1", tmp_path / "models--u--x" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for path in folder.iterdir():
        shutil.copy(path, blobs / path.name)
        (snapshot / path.name).symlink_to(f"../../blobs/{path.name}")
    (tmp_path / "linked").symlink_to(folder)
    assert models.load(snapshot).card.name == models.load(tmp_path / "linked").card.name == "cgan-fashion"


# --- config.json and metrics.json -----------------------------------------------------------------------------------------

HOSTILE = {"huge": " " * MOST_JSON + "{}", "deep": "[" * 100_000, "deep objects": '{"a":' * 100_000, "NaN": '{"frechet_distance": NaN}',
           "Infinity": '{"precision": -Infinity}', "1e999": '{"frechet_distance": 1e999}', "many digits": "9" * 5000,
           "list": "[1]", "number": "7", "null": "null",
           "text in place of a number": '{"frechet_distance": "<b>0</b>"}', "stage": '{"stage2": 3}',
           "true": '{"precision": true}'}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_metrics(folder, text):
    (folder / "metrics.json").write_text(text)
    assert "metrics.json" in refused(folder)


@pytest.mark.parametrize(("model", "told"), [
    ("infogan", {"category_meaning": 3}), ("infogan", {"category_meaning": ["a"]}), ("infogan", {"code_meaning": [[], {}]}),
    ("cgan", {"recall_within_class": 3}), ("gan", {"samples": "many"}), ("gan", {"compared": [1]})], ids=str)
def test_hostile_metrics_of_one_paper(tmp_path, model, told):
    """What only InfoGAN measures is checked where InfoGAN's weights are read."""
    folder = tiny_weights(tmp_path / f"{model}-mnist", model)
    (folder / "metrics.json").write_text(json.dumps(told))
    assert "metrics.json" in refused(folder)


@pytest.mark.parametrize("text", [HOSTILE[name] for name in ("huge", "deep", "deep objects", "many digits", "list", "null")], ids=len)
def test_hostile_config(folder, text):
    (folder / "config.json").write_text(text)
    assert "config.json" in refused(folder)


@pytest.mark.parametrize("entry", [
    {"training": []}, {"training": {"minutes": "many"}}, {"training": {"minutes": float("inf")}}, {"model": ["cgan"]}, {"dataset": {}},
    {"config": 3}, {"files": 3}, {"sha256": None}, {"name": "../../x"}, {"model": "os"}, {"model": "errors"}], ids=str)
def test_hostile_entries_of_config(folder, entry):
    change(folder, **entry)
    with pytest.raises(models.BadInput) as caught:
        models.load(folder)
    assert is_one_sentence(str(caught.value))


# What a file says meets the code of its model: each of these once ended the whole page, or went on for minutes.
ODD = [("dcgan", {"directions": [1, 2]}), ("dcgan", {"d_norm": 1}), ("pix2pix", {"size": 10**9}), ("infogan", {"categories": 10**9}),
       ("gan", {"channels": True}), ("gan", {"dropout": float("nan")}), ("gan", {"width": 1.5}), ("gan", {"z_dim": -1}),
       ("segmenter", {"halvings": 0}), ("segmenter", {"halvings": 10**9}), ("text", {"pretrained": "lite7"}), ("text", {"pretrained": 1}),
       ("srgan", {"blocks": 10**9}), ("stackgan", {"enlarge": ["nearest"]}), ("cgan", {"classes": 10**400})]


@pytest.mark.parametrize(("model", "config"), ODD, ids=str)
def test_odd_settings_of_a_model(tmp_path, model, config):
    shipped = next(path for path in WEIGHTS.glob("*/config.json") if json.loads(path.read_text())["model"] == model).parent
    folder = tmp_path / shipped.name
    shutil.copytree(shipped, folder)
    told = json.loads((folder / "config.json").read_text())
    change(folder, config=told["config"] | config)
    start = time.process_time()
    with pytest.raises(models.DamagedWeights) as caught:
        models.load(folder)
    assert is_one_sentence(str(caught.value)) and time.process_time() - start < 20
    assert models.cards(tmp_path) == [] or "does not fit" in str(caught.value)


def test_the_others_go_on_working(folder, tmp_path):
    (tiny_weights(tmp_path / "gan", "gan") / "metrics.json").write_text("[" * 100_000)
    change(folder, training={})
    (folder / "metrics.json").write_text('{"diversity": NaN, "recall": 0.5}')
    assert [card.name for card in models.cards(tmp_path)] == ["cgan-fashion"]
    assert models.load(folder).generate(range(2)).shape == (2, 28, 28, 1)
    card, = models.cards(tmp_path)
    assert (card.training.minutes, card.training.commit) == (0, "unknown")
    assert [text for *_, text in printed(card.figures, card.metrics)] == ["50.0%"]


# --- the sentence encoder's folder ----------------------------------------------------------------------------------------

@pytest.fixture
def encoders(tmp_path) -> Path:
    """The shipped text encoders, as far as the sentence encoder needs them; large files are hard links until a test replaces them."""
    copied = tmp_path / "text-flowers"
    shutil.copytree(SHIPPED, copied, ignore=shutil.ignore_patterns("history"),
                    copy_function=lambda a, b: os.link(a, b) if os.stat(a).st_dev == tmp_path.stat().st_dev else shutil.copy(a, b))
    return copied


def unread(folder: Path) -> str:
    with pytest.raises(models.DamagedWeights) as caught:
        SentenceEncoder(folder / FOLDER, models.checkpoint.read_card(folder)).load()
    assert is_one_sentence(str(caught.value)), str(caught.value)
    return str(caught.value)


def replace(path: Path, content: bytes) -> None:
    path.unlink()                    # never written through: it may be the shipped file itself
    path.write_bytes(content)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "modules.json", "2_Dense/model.safetensors", "config.json"])
@pytest.mark.parametrize("damage", ["altered", "cut short", "missing", "link"])
def test_every_file_of_the_sentence_encoder_is_vouched_for(encoders, tmp_path, file, damage):
    path = encoders / FOLDER / file
    content = path.read_bytes()
    if damage == "altered":
        replace(path, content[:-2] + bytes([content[-2] ^ 1, content[-1]]))
    elif damage == "cut short":
        replace(path, content[:len(content) // 2])
    else:
        path.unlink()
        if damage == "link":
            (tmp_path / "elsewhere").write_bytes(content)
            path.symlink_to(tmp_path / "elsewhere")
    assert file in unread(encoders) or file == "modules.json"


@pytest.mark.parametrize("vouched", [True, False], ids=["vouched", "of before files were vouched for"])
def test_code_beside_the_sentence_encoder_is_not_run(encoders, tmp_path, vouched):
    """sentence-transformers trusts a local folder: it would import a class that modules.json names."""
    modules = json.loads((encoders / FOLDER / "modules.json").read_text())
    (encoders / FOLDER / "evil.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w')\nclass Thing: pass\n")
    replace(encoders / FOLDER / "modules.json", json.dumps([{**modules[0], "type": "evil.Thing"}, *modules[1:]]).encode())
    if not vouched:
        settings = json.loads((encoders / "config.json").read_text())
        replace(encoders / "config.json", json.dumps({k: v for k, v in settings.items() if k != "files"}).encode())
    unread(encoders)
    (encoders / FOLDER / "evil.py").unlink()
    unread(encoders)
    assert not (tmp_path / "executed").exists()


def test_as_the_hubs_cache_keeps_it_it_reads(encoders, tmp_path):
    blobs, snapshot = tmp_path / "models--u--x" / "blobs", tmp_path / "models--u--x" / "snapshots" / "1"
    shutil.move(encoders, snapshot)
    blobs.mkdir()
    for i, path in enumerate(path for path in snapshot.rglob("*") if path.is_file()):
        shutil.move(path, blobs / str(i))
        path.symlink_to(blobs / str(i))
    assert SentenceEncoder(snapshot / FOLDER, models.checkpoint.read_card(snapshot)).encode(["a red rose"]).shape == (1, 256)


def test_a_pickle_in_place_of_its_weights(encoders):
    torch.save({"a": torch.zeros(1)}, encoders / FOLDER / "pytorch_model.bin")
    assert "pytorch_model.bin does not belong there" in unread(encoders)


def test_altered_captions_are_not_remembered(encoders):
    card = models.checkpoint.read_card(encoders)
    assert Captions(encoders, 256, card).texts
    replace(encoders / "captions.json", (encoders / "captions.json").read_bytes() + b" ")
    assert Captions(encoders, 256, card).texts == []
