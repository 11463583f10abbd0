"""A row is a row: tests/toy_row holds one paper's own files and nothing else. Laid over a copy of the project, it trains, and list, sample,
page, tree, evaluation, model card, README table, bench, programming interface and hostile tests take it up."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from PIL import Image

TOY = ROOT / "tests" / "toy_row"
COPIED = ("app.py", "README.md", "models", "page", "tabs", "training", "harness", "benchmarks")
WEIGHTS = ("classifier-mnist", "gan-mnist")       # its instrument, and another row beside it


@pytest.fixture(scope="module")
def project(tmp_path_factory, parquet) -> Path:
    """A copy of the project with the toy's files, after `python -m training.toy` and `python -m training.evaluate`."""
    folder = tmp_path_factory.mktemp("toy") / "project"
    folder.mkdir()
    for name in COPIED:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, folder / name)
    for name in WEIGHTS:
        shutil.copytree(ROOT / "weights" / name, folder / "weights" / name)
    before = {path: path.read_bytes() for path in folder.rglob("*.py")}
    for part in ("models", "training", "tabs"):
        assert not (folder / part / "toy.py").exists()
        shutil.copy(TOY / part / "toy.py", folder / part / "toy.py")
    python(folder, "-m", "training.toy", "--name", "toy-mnist", "--data", parquet)
    python(folder, "-m", "training.evaluate", "toy-mnist", "--data", parquet, "--samples", 100)
    assert all(path.read_bytes() == text for path, text in before.items())
    return folder


@pytest.fixture(scope="module")
def seen(project) -> dict:
    return json.loads(python(project, TOY / "look.py").splitlines()[-1])


def python(folder: Path, *words) -> str:
    done = subprocess.run([sys.executable, *map(str, words)], cwd=folder, capture_output=True, text=True, timeout=300, check=False,
                          env=os.environ | {"PYTHONPATH": str(folder), "GAN_ATLAS_CACHE": str(folder / "cache")})
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_it_is_listed_and_draws_in_the_shell(project):
    assert "toy-mnist" in python(project, "-m", "models", "list")
    python(project, "-m", "models", "sample", "toy-mnist", "--seeds", "0-2", "--set", "ink=0.5", "--out", "out")
    assert [Image.open(path).size for path in sorted((project / "out").iterdir())] == [(28, 28)] * 3


def test_it_is_measured_with_its_own_figures_and_the_common_ones(project):
    found = json.loads((project / "weights/toy-mnist/metrics.json").read_text())
    assert 0 <= found["toy_share"] <= 1 and found["frechet_distance"] > found["frechet_floor"] >= 0
    assert "classifier-mnist" in found["instrument"]


def test_its_model_card_says_what_it_is(project):
    card = (project / "weights/toy-mnist/README.md").read_text(encoding="utf-8")
    assert "A row that has nothing but its own files." in card and "- `ink`: How much ink there is." in card
    assert "toy share" in card and "python -m training.toy" in card and "classifier-mnist" in card


def test_it_has_a_row_in_the_readmes_table(project):
    python(project, "-m", "training.report")
    line = next(line for line in (project / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| [toy-mnist]"))
    assert "toy share" in line and "Fréchet distance" in line and "(https://example.org/toy)" in line


def test_it_has_a_tab_a_leaf_and_its_facts_on_the_page(seen):
    assert seen["tab"] and seen["leaf"] and seen["facts"]
    assert seen["drawn"]["picture"].startswith("data:image/png;base64,") and "for real with" in seen["drawn"]["words"]
    assert seen["recited"].startswith("python -m models sample toy-mnist") and "ink=0.5" in seen["recited"]


def test_browsers_get_its_networks(seen):
    assert len(seen["parts"]) == 2


def test_the_catalogue_finds_its_words(seen):
    assert {"Toy GAN", "a toy", "A toy", "the toy's ink", "the ink's share", "toy share", "A toy has no secret.", "It is a toy.",
            "D takes this toy for real with {share}.", "Nothing at all."} <= set(seen["words"])


def test_programs_can_ask_for_it(seen):
    assert [control["name"] for control in seen["listed"][0]] == ["ink"]
    assert seen["sampled"] == seen["scored"] == 3


def test_hostile_tests_and_benchmarks_find_it(seen):
    assert {"toy.draw", "toy.recite", "toy-replay.draw"} <= set(seen["functions"])
    assert seen["bad"] is None and "ink takes a number from 0 to 1" in seen["refusal"]
    assert len(seen["bench"]) == 1
