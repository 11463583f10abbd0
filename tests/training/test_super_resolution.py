"""Super-resolution: MATLAB's bicubic against known values, patches of photographs, and a training of both stages."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

import models
from models.checkpoint import read_card
from models.datasets import DATASETS
from models.errors import BadInput
from training import evaluate
from training import srgan as script
from training.kit import resize
from training.kit.photographs import MOST, photographs
from training.kit.resize import imresize, psnr, ssim
from training.kit.settings import RunSettings
from training.kit.sources import has_split


def test_imresize_is_matlabs():
    """By hand. Enlarged twice, 0 and 100: the weights a quarter of a pixel off are 0.867, 0.227, -0.070 and -0.023, the edges mirrored.
    Shrunk to a quarter, a step from 0 to 200 two pixels away weighs 0.077."""
    assert imresize(np.array([[[0], [100]]], np.uint8), 1, 4)[0, :, 0].tolist() == [0, 20, 80, 109]
    step = np.where(np.arange(16) < 8, 0, 200).astype(np.uint8)[None, :, None].repeat(16, 0)
    assert imresize(step, 4, 4)[2, :, 0].tolist() == [0, 15, 185, 203]


def test_imresize_keeps_what_is_even_and_its_size():
    even = np.full((7, 9, 3), 77, np.uint8)
    assert (imresize(even, 28, 36) == 77).all() and (imresize(even, 2, 3) == 77).all()
    noise = np.random.default_rng(0).integers(0, 256, (12, 12, 3), np.uint8)
    assert (imresize(noise, 12, 12) == noise).all()


def test_imresize_is_pillows_away_from_the_edges():
    noise = np.random.default_rng(1).integers(0, 256, (80, 64, 3), np.uint8)
    theirs = np.asarray(Image.fromarray(noise).resize((16, 20), Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(imresize(noise, 20, 16) - theirs)[3:-3, 3:-3].max() <= 1


def test_psnr_and_ssim_of_the_luminance():
    a = np.random.default_rng(2).integers(20, 230, (40, 40, 3), np.uint8)
    b = a.copy()
    b[:4] = 0                                       # at the edge: not counted
    assert psnr(a, b) == float("inf") and ssim(a, b) == pytest.approx(1)
    assert psnr(a, a + 10) == pytest.approx(20 * np.log10(255 / (10 * 219 / 255)), abs=1e-6)
    assert ssim(a, 255 - a) < 0.2


def picture(height: int, width: int, seed: int = 0) -> bytes:
    rough = np.random.default_rng(seed).integers(0, 256, (max(2, height // 8), max(2, width // 8), 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rough).resize((width, height)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path):
    """Four training photographs of several sizes, and two of Set5."""
    place = tmp_path / "scenes"
    place.mkdir()
    for split, sizes in (("train", [(61, 47), (40, 40), (33, 90), (20, 50)]), ("set5", [(64, 48), (45, 50)])):
        cells = [{"bytes": picture(*size, seed=i), "path": f"{i}.png"} for i, size in enumerate(sizes)]
        pq.write_table(pa.table({"image": cells}), place / f"{split}-00000-of-00001.parquet")
    return place


def test_photographs_of_any_size_with_their_quarters(folder):
    found = photographs(RunSettings(data=str(folder)), DATASETS["photos"], least=32)
    assert [tuple(image.shape[1:]) for image in found.large] == [(60, 44), (40, 40), (32, 88), (32, 48)]
    assert [tuple(image.shape[1:]) for image in found.small] == [(15, 11), (10, 10), (8, 22), (8, 12)]
    torch.manual_seed(0)
    large, small = found.patches(64, 8)
    assert large.shape == (64, 3, 32, 32) and small.shape == (64, 3, 8, 8)
    means = torch.nn.functional.avg_pool2d(large, 4)
    assert (means - small).abs().mean() < 0.05            # turned and mirrored alike
    assert has_split(str(folder), "validation") and not has_split(str(folder), "test")


def test_large_photographs_are_shrunk_and_bad_ones_named(tmp_path):
    Image.new("L", (3000, 2000), 90).save(tmp_path / "a.jpg")
    (tmp_path / "b.png").write_bytes(b"<html>")
    with pytest.raises(BadInput, match=r"b\.png"):
        photographs(RunSettings(data=str(tmp_path)), DATASETS["photos"])
    found = photographs(RunSettings(data=str(tmp_path), skip_bad=True), DATASETS["photos"])
    assert len(found.large) == 1 and found.large[0].shape[0] == 3
    assert 0.98 * MOST < found.large[0].shape[1] * found.large[0].shape[2] <= MOST


def test_a_cell_without_a_photograph_says_what_it_holds(tmp_path):
    pq.write_table(pa.table({"image": [{"bytes": picture(40, 40), "path": "a.png"}, {"bytes": None, "path": "x/y.png"}]}),
                   tmp_path / "a.parquet")
    with pytest.raises(BadInput, match=r"row 2 of a\.parquet holds 'x/y\.png' instead of a picture"):
        photographs(RunSettings(data=str(tmp_path)), DATASETS["photos"])
    assert len(photographs(RunSettings(data=str(tmp_path), skip_bad=True), DATASETS["photos"]).large) == 1


@pytest.fixture
def no_features(monkeypatch):
    """Tests know no ImageNet weights; a convolution stands for them."""
    class Features(torch.nn.Conv2d):
        def maps(self, x):
            return [self(x), self(x)[:, :, ::2, ::2]]

    monkeypatch.setattr(script, "imagenet", lambda *_, **__: Features(3, 4, 3).requires_grad_(False))


def test_both_stages_train_and_are_measured(folder, tmp_path, no_features, monkeypatch):
    monkeypatch.setattr("sys.argv", ["training.srgan", "--preset", "smoke"])
    common = {"name": "srgan-scenes", "data": str(folder), "weights": str(tmp_path / "weights"), "steps": 2, "restart": False, "limit": 0}
    smoke = script.PRESETS["smoke"]
    script.main(script.replace(smoke, **common, out=str(tmp_path / "one")))
    first = models.load(tmp_path / "weights")
    one = first.networks["generator"]
    assert all(torch.equal(a, b) for a, b in zip(one.srresnet.parameters(), one.srgan.parameters(), strict=True))
    script.main(script.replace(smoke, **common, out=str(tmp_path / "two"), stage=2, lr_g=0.01))
    second = models.load(tmp_path / "weights")
    two = second.networks["generator"]
    assert torch.equal(one.srresnet.last.weight, two.srresnet.last.weight)
    assert not torch.equal(two.srresnet.last.weight, two.srgan.last.weight)
    record = second.card.training
    assert record.steps == 4 and record.notes["srresnet"]["steps"] == 2 and "SRResNet: 2 steps" in record.remark
    assert second.card.dataset.own and second.card.dataset.title == "scenes"
    script.main(script.replace(smoke, **common, out=str(tmp_path / "three"), stage=2))      # SRResNet's record is found again
    assert models.load(tmp_path / "weights").card.training.steps == 4
    script.main(script.replace(smoke, **common, out=str(tmp_path / "two"), stage=2, lr_g=0.01))        # finished: nothing is in its way
    script.main(script.replace(smoke, **common, out=str(tmp_path / "one")))            # and takes nothing away
    assert torch.equal(models.load(tmp_path / "weights").networks["generator"].srgan.last.weight, two.srgan.last.weight)
    script.main(script.replace(smoke, **common | {"steps": 3}, out=str(tmp_path / "four")))
    with pytest.raises(BadInput, match="trained anew since"):                     # its own SRResNet is not the one that lies there now
        script.main(script.replace(smoke, **common, out=str(tmp_path / "two"), stage=2, lr_g=0.01))
    script.main(script.replace(smoke, **common | {"restart": True}, out=str(tmp_path / "two"), stage=2, lr_g=0.01))
    found = evaluate.main(evaluate.Settings(str(tmp_path / "weights"), data=str(folder)))
    assert found["photographs"] == 2 and found["srgan_psnr"] > 5 and found["psnr_floor"] > 10
    assert json.loads((tmp_path / "weights" / "metrics.json").read_text()) == found
    assert "PSNR of SRGAN" in (tmp_path / "weights" / "README.md").read_text()

    (tmp_path / "blank" / "scenes").mkdir(parents=True)     # of one colour it comes back as it was, and is too small for the network
    Image.new("RGB", (16, 17), (90, 90, 90)).save(tmp_path / "blank" / "scenes" / "flat.png")
    found = evaluate.main(evaluate.Settings(str(tmp_path / "weights"), data=str(tmp_path / "blank" / "scenes")))
    assert "psnr_floor" not in found and found["ssim_floor"] == pytest.approx(1)
    assert read_card(tmp_path / "weights").metrics == found


def test_a_second_stage_that_is_refused_for_want_of_a_package_clears_nothing(folder, tmp_path, monkeypatch):
    def lacking(*words, **options):
        raise BadInput("The package is not installed.")

    smoke = script.replace(script.PRESETS["smoke"], data=str(folder), name="srgan-scenes", out=str(tmp_path / "run"),
                           weights=str(tmp_path / "weights"), steps=1)
    script.main(smoke)
    before = (tmp_path / "run" / "checkpoint.safetensors").read_bytes()
    monkeypatch.setattr(script, "imagenet", lacking)
    with pytest.raises(BadInput, match="not installed"):
        script.main(script.replace(smoke, stage=2, restart=True))
    assert (tmp_path / "run" / "checkpoint.safetensors").read_bytes() == before


def test_settings_that_cannot_be_are_refused(folder, tmp_path):
    smoke = script.replace(script.PRESETS["smoke"], data=str(folder), out=str(tmp_path / "run"), weights=str(tmp_path / "weights"))
    with pytest.raises(BadInput, match="--patch"):
        script.main(script.replace(smoke, patch=3))
    with pytest.raises(BadInput, match="train --stage 1 first"):
        script.main(script.replace(smoke, stage=2))
    assert resize.luminance(np.full((1, 1, 3), 255, np.uint8))[0, 0] == pytest.approx(235)
