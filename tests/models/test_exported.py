"""Networks as ONNX: each role of each kind of model, for any number of images, with the card's facts, and checked before it is kept."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from conftest import is_one_sentence, random_weights

import models
from models import exported, srgan
from models.errors import BadInput
from models.images import from_uint8, to_uint8
from models.seeds import noise
from models.text.char_cnn_rnn import letters
from page import drawing_pieces, drawing_text, networks


def session(path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def written(name: str) -> dict[str, Path]:
    """The networks of shipped weights, by name: exported once, for this test and for the page of all others."""
    found = networks.prepared(name)
    return {part["name"]: networks.path_of(found, part) for part in found["parts"] if part["ending"] == ".onnx"}


PARTS = {       # of those that have others than G and D, as they are known; a new row may do without, for `of_itself` finds them
    "attributes": {"reader"}, "bigan": {"generator", "encoder", "discriminator"}, "classifier": {"classifier"}, "gan_cls": {"generator"},
    "segmenter": {"segmenter"}, "sgan": {"generator", "discriminator", "twin"}, "srgan": {"srresnet", "srgan"},
    "stackgan": {"generator", "generator2", "discriminator2"}, "text": {"char-cnn-rnn", "image"}, "vae": {"generator", "encoder", "slope"},
    "vae_map": {"generator", "encoder", "slope"},
}


def of_itself(model: models.Model) -> set[str]:
    """The networks that a browser gets, as the model itself has them: a choice of its parts, or all of them, G and D in any case."""
    chosen = drawing_text.parts(model) or drawing_pieces.parts(model)
    game = {role for role in ("generator", "discriminator") if getattr(model, role, None) is not None}
    return {*chosen} or {part.name for part in model.parts()} | game


@pytest.mark.parametrize("name", {card.model: card.name for card in models.cards()}.values())
def test_every_network_of_a_model_is_written_with_its_facts(name):
    model, files = models.load(name), written(name)
    card, wanted = model.card, of_itself(model)
    assert set(files) == wanted == PARTS.get(card.model, wanted)
    for path in files.values():
        told = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
        assert (told["name"], told["sha256"], json.loads(told["image_size"])) == (name, card.sha256, list(card.image_size))


def test_a_classifier_of_ones_own_is_written_too(tiny, tmp_path):
    path, = exported.export(models.load(tiny["classifier"]), tmp_path / "onnx")
    assert path.name == "classifier.onnx" and [given.name for given in onnx.load(path).graph.input] == ["image"]


def test_a_seed_gives_the_same_picture_in_onnx():
    model, files = models.load("infogan-mnist"), written("infogan-mnist")
    seeds = list(range(7))
    code = np.full((7, 1), 0.5, np.float32)
    image, = session(files["generator"]).run(None, {
        "z": noise(seeds, model.z_dim).numpy(), "category": np.eye(10, dtype=np.float32)[[7] * 7], "c1": code, "c2": code})
    wanted = model.generate(seeds, category=7, c1=0.5, c2=0.5).astype(int)
    steps = np.abs(to_uint8(torch.from_numpy(image)).numpy().astype(int) - wanted)
    assert steps.mean() < 0.5 and np.mean(steps > 6) < 0.01       # torch may draw in bf16 here
    outputs = session(files["discriminator"]).run(None, {"image": image})
    assert [part.shape for part in outputs] == [(7,), (7, 10), (7, 2)]


def test_a_network_that_runs_nowhere_else_is_told_of(loaded):
    images = np.zeros((1, 28, 28, 1), np.uint8)
    assert loaded["gan"].outputs("discriminator", images)["logits"].shape == (1,)
    with pytest.raises(ValueError, match="no part critic, only generator, discriminator: ") as caught:
        loaded["gan"].outputs("critic", images)
    assert is_one_sentence(str(caught.value))


def test_large_tensors_are_stored_in_half():
    path = written("gan-mnist")["generator"]
    kinds = {tensor.data_type for tensor in onnx.load(path).graph.initializer if np.prod(tensor.dims) >= exported.HALVED}
    assert kinds == {onnx.TensorProto.FLOAT16} and path.stat().st_size < 2_000_000


def test_letters_reach_the_text_encoder():
    texts = ["a red rose", "a sunflower", "a blue iris"]
    found, = session(written("text-flowers")["char-cnn-rnn"]).run(None, {"letters": letters(texts).numpy()})
    torch.testing.assert_close(torch.from_numpy(found), models.load("text-flowers").embed(texts), atol=5e-3, rtol=0)


def test_sentences_reach_the_networks_as_embeddings(tmp_path):
    model = models.load("gan-cls-flowers")
    generator, discriminator = map(session, exported.export(model, tmp_path))
    image, = generator.run(None, {"z": model.latents([1, 2]).numpy(), "embedding": model.embed(["a red rose"] * 2).numpy()})
    believed = discriminator.run(None, {"image": image, "embedding": np.zeros((2, model.text_dim), np.float32)})[0]
    assert image.shape == (2, 3, 64, 64) and believed.shape == (2,)


def test_what_enlarges_takes_pictures_of_any_size(tmp_path):
    config = srgan.Config(width=8, blocks=2, d_width=4)
    model = models.load(random_weights(tmp_path / "srgan-photos", srgan, "photos", config, loud={"generator": 0.05}))
    assert [part.name for part in model.parts()] == ["generator", "discriminator", "srresnet", "srgan"]
    path, = exported.export(model, tmp_path / "onnx", only=("srresnet",))
    for shape in ((9, 31), (40, 8)):
        picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
        image, = session(path).run(None, {"small": from_uint8(torch.from_numpy(picture)[None]).numpy()})
        steps = np.abs(to_uint8(torch.from_numpy(image))[0].numpy().astype(int) - model.enlarge(picture, "srresnet"))
        assert steps.max() <= 1 and np.mean(steps > 0) <= 0.02


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
