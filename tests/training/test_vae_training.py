"""The training of the VAE: a weights folder that loads, latents in order, places on a map, figures with the plain VAE's beside them."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import in_process, random_weights

import models
from models import vae
from models.checkpoint import build_networks
from models.losses import kl_to_normal
from training import evaluate
from training import vae as script
from training.kit.real import Real


def trained(tmp_path, parquet, preset: str, **settings):
    folder = tmp_path / preset
    script.main(replace(script.PRESETS[preset], data=str(parquet), out=str(tmp_path / f"run-{preset}"), weights=str(folder), limit=300,
                        steps=6, batch=50, **settings))
    return folder


def test_smoke_trains_weights_that_load_and_are_measured(tmp_path, parquet, monkeypatch):
    monkeypatch.setitem(script.PRESETS, "plain", replace(script.PRESETS["plain"], weights=str(tmp_path / "nowhere")))
    folder = trained(tmp_path, parquet, "smoke")
    model = models.load(folder)
    assert set(model.tasks) == {"generate", "decode", "encode"} and model.z_dim == 8
    found = evaluate.main(evaluate.Settings(str(folder), str(parquet), samples=60, instrument=""))
    assert found["bound"] == pytest.approx(-found["reconstruction_nats"] - found["kl_nats"])
    assert found["latents"] == 8 and found["sharpness_real"] > 0 and "bound_plain" not in found
    assert "bound on log p(x)" in (folder / "README.md").read_text()


def test_a_map_keeps_the_places_of_test_images(tmp_path, parquet):
    folder = trained(tmp_path, parquet, "smoke-map")
    places = models.load(folder).places
    assert len(places.labels) == 200 and places.labels.unique().tolist() == list(range(10))
    assert set(json.loads((folder / "config.json").read_text())["files"]) == {"places.safetensors"}


def test_sorting_latents_leaves_the_images_as_they_are():
    torch.manual_seed(0)
    config = vae.Config(z_dim=6, g_width=8, e_width=4)
    networks = {role: network.eval() for role, network in build_networks(vae, config).items()}
    x = torch.rand(9, 1, 28, 28) * 2 - 1
    before, drawn = kl_to_normal(*networks["encoder"](x)).mean(0), networks["generator"](networks["encoder"](x)[0])
    script.sort_latents(networks["generator"], networks["encoder"], [x])
    after = kl_to_normal(*networks["encoder"](x)).mean(0)
    torch.testing.assert_close(after, before.sort(descending=True).values)
    torch.testing.assert_close(networks["generator"](networks["encoder"](x)[0]), drawn)


def test_figures_of_the_plain_vae_stand_beside(tmp_path, parquet, monkeypatch):
    plain = random_weights(tmp_path / "plain-mnist", vae, "mnist", vae.Config(z_dim=5, hidden=12))
    monkeypatch.setitem(script.PRESETS, "plain", replace(script.PRESETS["plain"], weights=str(plain)))
    model = models.load(random_weights(tmp_path / "vae-mnist", vae, "mnist", vae.Config(z_dim=6, g_width=8, e_width=4)))
    real = Real(str(parquet), 100, None, model.card.dataset)
    found = script.measure(model, real, model.generate(range(100)), {})
    assert found["latents_plain"] == 5 and found["bound_plain"] < 0
    model.card.metrics["bound_plain"] = -105.0
    smaller = random_weights(tmp_path / "smaller-mnist", vae, "mnist", vae.Config(z_dim=5, hidden=12, size=16))
    for none in (tmp_path / "nowhere", smaller):
        monkeypatch.setitem(script.PRESETS, "plain", replace(script.PRESETS["plain"], weights=str(none)))
        assert script.measure(model, real, model.generate(range(100)), {})["bound_plain"] == -105.0       # as it stood
    del model.card.metrics["bound_plain"]


def test_the_map_s_sheet_runs_from_low_left_to_high_right():
    z = script.grid(3, 5)
    assert z.shape == (15, 2) and z[0, 0] < 0 < z[0, 1] and z[14, 0] > 0 > z[14, 1]
    torch.testing.assert_close(z[7], torch.zeros(2))
    torch.testing.assert_close(script.grid(3).reshape(3, 10, 2)[0], script.grid(3).reshape(3, 10, 2)[2] * torch.tensor([1, -1]))


@pytest.mark.parametrize(("labels", "count"), [(np.repeat(np.arange(3), 100), 180), (np.full(900, -1), 600), (np.full(5, -1), 5)])
def test_places_are_taken_of_each_class(labels, count):
    assert len(script.some_of_each(labels)) == count


@pytest.mark.parametrize(("words", "sentence"), [
    (["--batch", "1"], "--batch takes at least 2"), (["--lr", "0"], "--lr takes a number above 0"),
    (["--z-dim", "0"], "--z-dim takes a whole number from 1"), (["--preset", "cats"], "--preset takes one of"),
])
def test_bad_settings_get_one_sentence(words, sentence):
    done = in_process("training.vae", *words)
    assert done.returncode == 1 and done.stderr.startswith("error: ") and sentence in done.stderr and done.stderr.count("\n") == 1
