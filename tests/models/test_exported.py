"""Networks as ONNX: each role of each kind of model, for any number of images, with the card's facts, and checked before it is kept."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import models
from models import exported
from models.errors import BadInput
from models.images import to_uint8
from models.seeds import noise


def session(path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize(("name", "files"), [
    ("gan", {"generator", "discriminator"}), ("cgan", {"generator", "discriminator"}), ("infogan", {"generator", "discriminator"}),
    ("dcgan", {"generator", "discriminator"}), ("classifier", {"classifier"}),
])
def test_every_network_of_a_model_is_written_with_its_facts(tiny, tmp_path, name, files):
    model = models.load(tiny[name])
    written = exported.export(model, tmp_path / "onnx")
    assert {path.stem for path in written} == files
    for path in written:
        told = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
        assert (told["name"], told["sha256"], json.loads(told["image_size"])) == (model.card.name, model.card.sha256, [28, 28, 1])


def test_a_seed_gives_the_same_picture_in_onnx(tmp_path):
    model = models.load("infogan-mnist")
    exported.export(model, tmp_path)
    seeds = list(range(7))
    code = np.full((7, 1), 0.5, np.float32)
    image, = session(tmp_path / "generator.onnx").run(None, {
        "z": noise(seeds, model.z_dim).numpy(), "category": np.eye(10, dtype=np.float32)[[7] * 7], "c1": code, "c2": code})
    wanted = model.generate(seeds, category=7, c1=0.5, c2=0.5).astype(int)
    steps = np.abs(to_uint8(torch.from_numpy(image)).numpy().astype(int) - wanted)
    assert steps.mean() < 0.5 and np.mean(steps > 6) < 0.01       # torch may draw in bf16 here
    outputs = session(tmp_path / "discriminator.onnx").run(None, {"image": image})
    assert [part.shape for part in outputs] == [(7,), (7, 10), (7, 2)]


def test_large_tensors_are_stored_in_half(tmp_path):
    path = exported.export(models.load("gan-mnist"), tmp_path)[0]
    kinds = {tensor.data_type for tensor in onnx.load(path).graph.initializer if np.prod(tensor.dims) >= exported.HALVED}
    assert kinds == {onnx.TensorProto.FLOAT16} and path.stat().st_size < 2_000_000


@pytest.mark.parametrize("name", ["gan-cls-flowers", "text-flowers"])
def test_sentences_reach_the_networks_as_embeddings(tmp_path, name):
    model = models.load(name)
    written = {path.stem: session(path) for path in exported.export(model, tmp_path)}
    if name == "text-flowers":
        from models.text.char_cnn_rnn import letters

        texts = ["a red rose", "a sunflower", "a blue iris"]
        found, = written["char-cnn-rnn"].run(None, {"letters": letters(texts).numpy()})
        torch.testing.assert_close(torch.from_numpy(found), model.embed(texts), atol=5e-3, rtol=0)
        return
    image, = written["generator"].run(None, {"z": model.latents([1, 2]).numpy(), "embedding": model.embed(["a red rose"] * 2).numpy()})
    assert image.shape == (2, 3, 64, 64) and written["discriminator"].run(None, {"image": image, "embedding": np.zeros(
        (2, model.text_dim), np.float32)})[0].shape == (2,)


def test_a_network_that_differs_is_not_kept(tiny, tmp_path, monkeypatch):
    def spoilt(proto):
        for tensor in proto.graph.initializer:
            if np.prod(tensor.dims) >= exported.HALVED:
                tensor.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor) * 1.5, tensor.name))
        return proto

    monkeypatch.setattr(exported, "halved", spoilt)
    with pytest.raises(BadInput, match="nothing of it was kept"):
        exported.export(models.load(tiny["dcgan"]), tmp_path / "onnx")
    assert not list(tmp_path.glob("onnx/*"))


def test_missing_packages_and_places_are_one_sentence(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        exported.export(models.load(tiny["classifier"]), tmp_path / "file" / "onnx")
    monkeypatch.setattr(exported, "NEEDED", ("no_such_package",))
    with pytest.raises(BadInput, match=r"requirements\.txt"):
        exported.export(models.load(tiny["classifier"]), tmp_path)
