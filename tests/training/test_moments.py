"""When a training reached what, from grids that are made so."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import draw, tiny_weights
from PIL import Image

from training.kit.moments import keep_moments, moments

SIZE = (28, 28, 1)


def by_its_bar(images: np.ndarray) -> np.ndarray:
    """Probabilities [N, 10] of a bar's place; of none where there is no bar."""
    found = np.full((len(images), 10), 0.1)
    for i, image in enumerate(images[..., 0].astype(float)):
        lines = [image[2 + 5 * k:5 + 5 * k].mean() for k in range(5)] + [image[:, 2 + 5 * k:5 + 5 * k].mean() for k in range(5)]
        if max(lines) - np.median(lines) > 80:
            found[i] = np.eye(10)[int(np.argmax(lines))]
    return found


INSTRUMENT = SimpleNamespace(classify=by_its_bar, card=SimpleNamespace(image_size=SIZE), tasks=("classify",))


def grid(images: np.ndarray) -> np.ndarray:
    return images.reshape(10, 10, 28, 28).swapaxes(1, 2).reshape(280, 280)


def grids() -> dict[int, np.ndarray]:
    rng = np.random.default_rng(0)
    bars, labels = draw(100)
    blurred = np.full((100, 28, 28), 20, np.uint8)
    blurred[:, 10:18, 10:18] = 200                                   # shapes, of which none is a bar
    return {0: grid(rng.integers(100, 110, (100, 28, 28), np.uint8)), 1: grid(rng.integers(0, 256, (100, 28, 28), np.uint8)),
            10: grid(blurred), 100: grid(bars), 1000: grid(bars[np.argsort(labels, kind="stable")])}


def test_noise_is_no_shape_and_each_thing_comes_in_its_time():
    assert moments(grids(), SIZE, INSTRUMENT) == {"shapes": 10, "things": 100, "rows": 1000}


def test_what_never_happened_is_not_told():
    some = {step: picture for step, picture in grids().items() if step <= 10}
    assert moments(some, SIZE, INSTRUMENT) == {"shapes": 10}


def test_a_reader_of_attributes_is_sure_of_some_in_their_time():
    """Its attributes are the bars' places; it has no classes, so that no row keeps to one."""
    reader = SimpleNamespace(read=by_its_bar, card=SimpleNamespace(image_size=SIZE), tasks=("features",))
    assert moments(grids(), SIZE, reader) == {"shapes": 10, "things": 100}


def test_grids_of_another_layout_have_no_moments():
    assert moments({0: np.zeros((100, 280), np.uint8)}, SIZE, INSTRUMENT) == {}


def test_they_are_kept_beside_the_losses(tmp_path):
    folder = tiny_weights(tmp_path / "gan-mnist", "gan")
    assert keep_moments(folder, INSTRUMENT) == {}                  # no history
    (folder / "history").mkdir()
    for step, picture in grids().items():
        Image.fromarray(picture).save(folder / "history" / f"{step:06d}.png")
    path = folder / "history" / "history.json"
    path.write_text(json.dumps({"grids": list(grids()), "losses": {"d": [1.0], "step": [0]}}))
    assert keep_moments(folder, None) == {}                        # nobody to look at them
    found = keep_moments(folder, INSTRUMENT)
    assert json.loads(path.read_text()) == {"grids": list(grids()), "losses": {"d": [1.0], "step": [0]}, "moments": found} and found


@pytest.mark.parametrize("told", ["[]", "{", '{"losses": {}}', '{"grids": [7], "losses": {}}', '{"grids": 3}', '{"grids": []}'])
def test_a_damaged_history_is_passed_over(tmp_path, told):
    folder = tiny_weights(tmp_path / "gan-mnist", "gan")
    (folder / "history").mkdir()
    (folder / "history" / "history.json").write_text(told)
    assert keep_moments(folder, INSTRUMENT) == {}


@pytest.mark.parametrize("told", ["[]", "{", '{"moments": 3}', '{"moments": {"shapes": "soon"}}', '{"moments": null}'])
def test_a_damaged_history_names_none(tmp_path, monkeypatch, told):
    from page import model_facts

    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "history.json").write_text(told)
    monkeypatch.setattr(model_facts.models, "folder_of", lambda name: tmp_path)
    assert model_facts.moments("any") == {}
