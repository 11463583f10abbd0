"""Pairs of pictures from every source, and trainings of pix2pix and of its instrument with tiny networks."""

import dataclasses
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from conftest import is_one_sentence, png
from PIL import Image

import models
from models import facades, outlines
from models.efficientnet import EfficientNetLite
from models.errors import BadInput
from models.pix2pix import LABELS
from training import evaluate, pix2pix, segmenter
from training.kit import pairs as pairing
from training.kit.feature_heads import FeatureHeads
from training.kit.pictures import own_dataset
from training.kit.real import Real
from training.kit.settings import RunSettings

SIDE, COUNT = 34, 12


def photo(seed: int) -> np.ndarray:
    """A "photograph" of the facade of that seed: its labels in other colours, with noise."""
    labels = facades.labels_of(facades.facade(seed, SIDE)[None])[0]
    rng = np.random.default_rng(seed)
    return (np.linspace(40, 220, 12)[labels][..., None] + rng.integers(0, 20, (SIDE, SIDE, 3))).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Parquet files with two picture columns, called facades."""
    home = tmp_path_factory.mktemp("data") / "facades"
    home.mkdir()
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    for split, first, count in (("train", 0, COUNT), ("validation", 50, 6)):
        columns = {"image": photo, "label_map": lambda seed: facades.facade(seed, SIDE)}
        pq.write_table(pa.table({name: pa.array([{"bytes": png(draw(seed)), "path": None} for seed in range(first, first + count)], kind)
                                 for name, draw in columns.items()}), home / f"{split}-00000-of-00001.parquet")
    return home


@pytest.fixture
def halves(tmp_path):
    """A folder of files with input and result side by side."""
    home = tmp_path / "own_pairs"
    home.mkdir()
    for seed in range(COUNT):
        Image.fromarray(np.concatenate([facades.facade(seed, SIDE), photo(seed)], 1)).save(home / f"{seed:02d}.png")
    return home


def pairs_of(source, inputs: str, cache, data: str = "own", split: str = "train") -> pairing.Pairs:
    known = models.datasets.DATASETS.get(data) or own_dataset(data)
    return pairing.load_pairs(RunSettings(data=str(source)), known, inputs, SIDE, cache, split)


def settings(tmp_path, folder, **changed):
    return dataclasses.replace(pix2pix.PRESETS["smoke"], **{"data": str(folder), "out": str(tmp_path / "run"), "restart": False, "limit": 0,
                                                            "weights": str(tmp_path / "pix2pix-facades"), "precision": "fp32", **changed})


# --- pairs ----------------------------------------------------------------------------------------------------------------

def test_two_columns_are_pairs_and_label_maps_become_plain(folder, tmp_path):
    pairs = pairs_of(folder, LABELS, tmp_path, "facades")
    assert len(pairs) == COUNT and pairs.images.shape == pairs.inputs.shape == (COUNT, 3, SIDE, SIDE)
    assert (pairs.inputs_at()[3] == facades.plain(facades.facade(3, SIDE)[None])[0]).all()
    assert {tuple(c) for c in pairs.inputs_at().reshape(-1, 3).tolist()} <= {tuple(c) for c in facades.COLOURS.tolist()}
    assert (pairs.images[3].permute(1, 2, 0).numpy() == photo(3)).all()


@pytest.mark.parametrize("side", ["left", "right"])
def test_halves_of_a_picture_are_pairs(halves, tmp_path, side):
    pairs = pairs_of(halves, side, tmp_path)
    left, right = (pairs.inputs, pairs.images) if side == "left" else (pairs.images, pairs.inputs)
    assert (left[5].permute(1, 2, 0).numpy() == facades.facade(5, SIDE)).all() and (right[5].permute(1, 2, 0).numpy() == photo(5)).all()


@pytest.mark.parametrize("kind", outlines.COLOURS)
def test_edges_are_computed_once(folder, tmp_path, monkeypatch, kind):
    first = pairs_of(folder, kind, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(pairing, "edges", lambda *given: pytest.fail("computed again"))
        again = pairs_of(folder, kind, tmp_path)
    assert torch.equal(first.lines, again.lines)
    images = first.images.permute(0, 2, 3, 1).numpy()
    for detail in outlines.DETAILS:
        assert (first.inputs_at(detail) == outlines.outlines(images, detail, kind)).all()


@pytest.mark.parametrize("inputs", [LABELS, "edges"])
def test_crop_and_flip_are_the_same_on_both_sides(folder, tmp_path, inputs):
    pairs = pairs_of(folder, inputs, tmp_path, "facades")
    across = torch.arange(SIDE)[None, None, None].expand(COUNT, 3, SIDE, SIDE).to(torch.uint8)
    pairs = dataclasses.replace(pairs, images=across)
    if inputs == LABELS:
        pairs = dataclasses.replace(pairs, inputs=across)
        given, images = pairs.batch(torch.arange(COUNT), 32)
        assert torch.equal(given, images)
    else:
        torch.manual_seed(1)
        given, images = pairs.batch(torch.arange(COUNT), 32)
        assert given.shape == images.shape == (COUNT, 3, 32, 32)
        lines = {detail: torch.from_numpy(pairs.inputs_at(detail)).permute(0, 3, 1, 2) for detail in outlines.DETAILS}
        for i in range(COUNT):      # the column that each pixel came from says where the ink must be
            columns = images[i, 0, 0].long()
            dark = given[i, 0] < 100
            assert any(((found[i, 0, top:top + 32][:, columns] < 140) | ~dark).all() for found in lines.values() for top in range(3))


@pytest.mark.parametrize(("inputs", "words"), [("nothing", "has no column nothing"), ("image", "second picture"), ("left", "side by side")])
def test_what_lacks_a_second_picture_is_told_so_in_one_sentence(folder, tmp_path, inputs, words):
    with pytest.raises(BadInput, match=words) as caught:
        pairs_of(folder, inputs, tmp_path)
    assert is_one_sentence(str(caught.value))


def test_a_folder_has_no_columns(halves, tmp_path):
    with pytest.raises(BadInput, match="takes edges, pencils, left or right") as caught:
        pairs_of(halves, LABELS, tmp_path)
    assert is_one_sentence(str(caught.value))


# --- trainings ------------------------------------------------------------------------------------------------------------

def test_a_training_leaves_a_model_that_draws_and_scores(folder, tmp_path):
    cfg = settings(tmp_path, folder, steps=4)
    pix2pix.main(cfg)
    model = models.load(tmp_path / "pix2pix-facades")
    assert model.tasks == ("generate", "decode", "score") and model.inputs == LABELS and model.generate([1]).shape == (1, 32, 32, 3)
    grids = sorted((tmp_path / "pix2pix-facades" / "history").glob("*.png"))
    assert Image.open(grids[-1]).size == (10 * 32, 32)
    assert set(json.loads((tmp_path / "run/log.jsonl").read_text().splitlines()[-1])) == {"step", "d", "g", "l1"}


def test_a_stopped_training_goes_on_as_if_it_had_not_stopped(folder, tmp_path):
    found = []
    for name, stops in (("whole", (4,)), ("stopped", (2, 4))):
        for steps in stops:
            pix2pix.main(settings(tmp_path / name, folder, steps=steps, anneal=0.0))
        found.append(models.load(tmp_path / name / "pix2pix-facades").generate([1, 2]))
    assert (found[0] == found[1]).all()


def test_without_a_discriminator_it_learns_from_the_error_alone(folder, tmp_path):
    pix2pix.main(settings(tmp_path, folder, steps=100, adversarial=0.0, batch=4))
    assert "score" not in models.load(tmp_path / "pix2pix-facades").tasks
    errors = [json.loads(line)["l1"] for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    assert np.mean(errors[-10:]) < 0.7 * np.mean(errors[:5])


def test_own_pictures_take_part_by_their_edges(halves, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pix2pix.main(settings(tmp_path, halves, name="pix2pix-own_pairs", inputs="right", steps=2, weights=str(tmp_path / "pix2pix-own_pairs")))
    model = models.load(tmp_path / "pix2pix-own_pairs")
    assert model.card.dataset.own and model.inputs == "right" and model.card.control("input").default is None


def test_other_sizes_are_refused_before_anything_is_written(folder, tmp_path):
    with pytest.raises(BadInput):
        pix2pix.main(settings(tmp_path, folder, size=48))
    assert not (tmp_path / "run").exists()


def test_colours_of_input_and_photograph_are_not_mixed(folder, tmp_path):
    with pytest.raises(BadInput, match="--augment color") as caught:
        pix2pix.main(settings(tmp_path, folder, augment="translation, color"))
    assert is_one_sentence(str(caught.value)) and not (tmp_path / "run").exists()


def test_measures_stand_beside_those_of_the_error_alone_and_of_photographs(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert pix2pix.label_reader((32, 32, 3)) is None                # the shipped one reads larger pictures
    monkeypatch.setattr(pix2pix, "label_reader", lambda size: models.load(tmp_path / "weights/segmenter-facades"))
    monkeypatch.setattr(pix2pix, "imagenet", lambda *given, **named: None)
    monkeypatch.setattr(pix2pix, "perceptual_distance", lambda network, a, b: (a - b).square().mean((1, 2, 3)))
    segmenter.main(dataclasses.replace(segmenter.PRESETS["smoke"], data=str(folder), out="runs/s", weights="weights/segmenter-facades",
                                       restart=False, limit=0, precision="fp32"))
    pix2pix.main(settings(tmp_path, folder, weights="weights/pix2pix-facades"))
    pix2pix.main(settings(tmp_path, folder, adversarial=0.0, out="runs/l1", weights="runs/pix2pix-facades-l1/weights"))
    found = evaluate.main(evaluate.Settings(name=str(tmp_path / "weights/pix2pix-facades"), data=str(folder)))
    assert found["samples"] == 6
    for one in (found, found["l1_alone"]):
        assert 0 <= one["l1"] <= 1 and -1 <= one["ssim"] <= 1 and one["feature_distance"] >= 0 and 0 <= one["label_accuracy"] <= 1
    assert 0 <= found["label_accuracy_of_photographs"] <= 1 and "remark" not in found
    monkeypatch.setattr(Real, "apart", False)
    assert "training pairs" in evaluate.main(evaluate.Settings(name=str(tmp_path / "weights/pix2pix-facades"), data=str(folder),
                                                               store=False))["remark"]
    card = (tmp_path / "weights/pix2pix-facades/README.md").read_text(encoding="utf-8")
    assert "SSIM (of the network trained on L1 alone)" in card and "labels read back, per pixel (from photographs)" in card
    read = json.loads((tmp_path / "weights/segmenter-facades/metrics.json").read_text())
    assert 0 <= read["pixel_accuracy"] <= 1 and read["test_pictures"] == 6 and set(read["accuracy_per_label"]) <= set(facades.NAMES)


def test_pictures_are_closest_to_themselves(monkeypatch):
    monkeypatch.setattr(pix2pix, "imagenet", lambda *given, **named: None)
    monkeypatch.setattr(pix2pix, "perceptual_distance", lambda network, a, b: (a - b).square().mean((1, 2, 3)))
    images = np.stack([photo(seed) for seed in range(3)])
    assert pix2pix.closeness(images, images) == {"l1": 0, "ssim": pytest.approx(1), "feature_distance": 0}
    assert pix2pix.closeness(images, images[::-1].copy())["ssim"] < 0.9


def test_of_a_pair_that_lacks_one_picture_the_other_is_left_out(tmp_path):
    kind, home = pa.struct([("bytes", pa.binary()), ("path", pa.string())]), tmp_path / "own"
    home.mkdir()
    rows = {name: [png(np.full((SIDE, SIDE, 3), 10 * i + more, np.uint8)) for i in range(6)] for name, more in (("image", 0), ("input", 5))}
    rows["image"][2] = rows["input"][5] = b"no picture"
    pq.write_table(pa.table({name: pa.array([{"bytes": data, "path": None} for data in column], kind) for name, column in rows.items()}),
                   home / "train-00000-of-00001.parquet")
    found = pairing.load_pairs(RunSettings(data=str(home), skip_bad=True), own_dataset("own"), "input", SIDE, tmp_path)
    assert [(int(a[0, 0, 0]), int(b[0, 0, 0])) for a, b in zip(found.images, found.inputs, strict=True)] == [
        (0, 5), (10, 15), (30, 35), (40, 45)]


def test_flowers_play_against_features_as_well_but_not_from_the_start(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(pix2pix, "imagenet", lambda *given, **named: EfficientNetLite("lite0", pooled=False).requires_grad_(False))
    flowers = pix2pix.FLOWERS
    playing = {name: getattr(flowers, name) for name in ("adversarial", "shrunk", "features", "projected", "augment", "inputs")}
    for folders, stops in (("whole", (4,)), ("stopped", (3, 4))):
        for steps in stops:
            pix2pix.main(settings(tmp_path / folders, folder, steps=steps, anneal=0.0, alone=2, **playing))
    log = [json.loads(line) for line in (tmp_path / "whole/run/log.jsonl").read_text().splitlines()]
    assert [set(line) for line in log if line["step"] < 2] == [{"step", "l1"}] and set(log[-1]) == {"step", "l1", "d", "g"}
    drawn = [models.load(tmp_path / name / "pix2pix-facades").generate([1, 2]) for name in ("whole", "stopped")]
    assert (drawn[0] == drawn[1]).all()


def test_heads_on_features_learn_and_the_features_do_not():
    maps = [torch.randn(3, channels, 16 // 2 ** i, 16 // 2 ** i) for i, channels in enumerate((24, 40, 112, 320))]
    heads = FeatureHeads((24, 40, 112, 320), 64)
    logits = heads(maps)
    assert logits.shape == (4, 3) and logits.dtype == torch.float32
    logits.sum().backward()
    assert all(p.grad is not None for p in heads.heads.parameters()) and all(p.grad is None for p in heads.projection.parameters())


def test_a_run_in_which_d_would_learn_nothing_is_refused(folder, tmp_path):
    cfg = dataclasses.replace(pix2pix.PRESETS["smoke"], data=str(folder), out=str(tmp_path / "run"), weights=str(tmp_path / "w"), alone=3)
    with pytest.raises(BadInput, match="--alone") as caught:
        pix2pix.main(cfg)
    assert is_one_sentence(str(caught.value)) and not (tmp_path / "run").exists()
