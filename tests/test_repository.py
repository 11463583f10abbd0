"""What is shipped: weights that are what they say, a page that fetches nothing, and no file that can run on loading."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, need_git
from huggingface_hub import ModelCard, metadata_load
from safetensors import safe_open

import models
from deploy.space import PARTS
from harness.python import NEWEST, OLDEST, refusal
from models.checkpoint import WEIGHTS, read_card, sha256_of
from training import report

SHIPPED = sorted(path.parent for path in (ROOT / "weights").glob("*/config.json") if not read_card(path.parent).dataset.own)
LARGEST = 50_000_000     # bytes; the sentence encoder's language model needs 45 MB
shipped = pytest.mark.parametrize("folder", SHIPPED, ids=lambda path: path.name)


def tracked() -> list[str]:
    need_git()
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def sources(*patterns: str) -> list[Path]:
    found = [path for pattern in patterns for path in ROOT.glob(pattern)]
    assert found, patterns
    return found


# --- weights --------------------------------------------------------------------------------------------------------------

def test_every_promised_model_is_shipped():
    promised = re.findall(r"^\| \[[\w-]+\]\(weights/([\w-]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(promised) > 20 and {folder.name for folder in SHIPPED} >= {*promised}


@shipped
def test_weights_are_the_file_that_config_names(folder):
    card = read_card(folder)
    assert card.sha256 == sha256_of(folder / "model.safetensors")
    assert card.name == folder.name


@shipped
def test_model_card_is_one_for_the_hub(folder):
    card = ModelCard.load(folder / "README.md")
    assert card.data.license == "mit" and card.data.library_name == "pytorch"
    assert card.data.datasets or not read_card(folder).dataset.hub
    assert json.loads((folder / "config.json").read_text())["sha256"] in card.text


@shipped
def test_weights_have_been_measured(folder):
    assert json.loads((folder / "metrics.json").read_text())


@shipped
def test_weights_are_fp16_but_for_counters(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        for key in file.keys():
            tensor = file.get_tensor(key)
            assert str(tensor.dtype) == "torch.float16" or not tensor.is_floating_point(), key


@shipped
def test_weights_are_finite(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        assert all(file.get_tensor(key).isfinite().all() for key in file.keys())


@shipped
def test_no_shipped_file_is_large(folder):
    assert all(path.stat().st_size <= LARGEST for path in folder.rglob("*"))


# --- what git holds -------------------------------------------------------------------------------------------------------

def test_git_holds_neither_pickles_nor_data():
    unwanted = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".parquet", ".npy", ".npz")
    assert [name for name in tracked() if name.endswith(unwanted)] == []


def test_git_holds_no_large_file():
    assert [name for name in tracked() if (ROOT / name).is_file() and (ROOT / name).stat().st_size > LARGEST] == []


# --- the Space's README ---------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def front_matter() -> dict:
    found = metadata_load(ROOT / "README.md")
    assert found, "README.md has no front matter"
    return found


def test_space_runs_gradio_in_the_pinned_version(front_matter):
    pin = re.search(r"^gradio==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert front_matter["sdk"] == "gradio"
    assert pin and str(front_matter["sdk_version"]) == pin[1]


def test_space_starts_a_file_that_exists(front_matter):
    assert (ROOT / front_matter["app_file"]).is_file()


def test_space_names_a_python_that_the_project_supports(front_matter):
    version = tuple(map(int, str(front_matter["python_version"]).split(".")))
    assert OLDEST <= version[:2] <= NEWEST


def test_space_has_a_title_and_a_short_description(front_matter):
    assert front_matter["title"]
    assert 10 <= len(front_matter["short_description"]) <= 60


# --- sources --------------------------------------------------------------------------------------------------------------

def without_names_of_standards(text: str) -> str:
    """xmlns="http://www.w3.org/2000/svg" is a name, not an address that a browser would fetch."""
    return re.sub(r"https?://www\.w3\.org/\S*?(?=['\")\s])", "", text)


@pytest.mark.parametrize("path", sources("page/**/*.js", "tabs/**/*.js", "deploy/**/*.js"), ids=lambda path: path.name)
def test_scripts_name_nothing_elsewhere(path):
    text = without_names_of_standards(path.read_text(encoding="utf-8"))
    assert not re.search(r"https?:|['\"`]//\w", text)
    assert not re.search(r"\b(XMLHttpRequest|WebSocket|EventSource|importScripts|sendBeacon)\b", text)


@pytest.mark.parametrize("path", sources("page/**/*.js", "tabs/**/*.js"), ids=lambda path: path.name)
def test_scripts_fetch_nothing_from_elsewhere(path):
    text = path.read_text(encoding="utf-8")
    imports = re.findall(r"^\s*import\s.*", text, re.MULTILINE)
    assert all(re.search(r"(?:from|import) './[\w.]+';$", line) for line in imports)        # files beside it
    if path.name != "drawer.js":        # it fetches what stands beside itself
        assert not re.search(r"\bfetch\s*\(", text)
    assert all(re.match(r"`\$\{location\.origin\}|'\./[\w.]+'\)", found) for found in re.findall(r"\bimport\s*\((.{19})", text))


@pytest.mark.parametrize("path", sources("page/**/*.css"), ids=lambda path: path.name)
def test_styles_fetch_nothing(path):
    text = without_names_of_standards(path.read_text(encoding="utf-8"))
    assert "@import" not in text
    assert not re.search(r"url\(\s*['\"]?(https?:)?//|https?:", text)


@pytest.mark.parametrize("path", sources("page/**/*.py", "tabs/**/*.py", "app.py"), ids=lambda path: path.name)
def test_page_loads_nothing_from_elsewhere(path):
    """Links that a person may click are fine; scripts, styles, fonts and pictures from other machines are not."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"""(\bsrc|<link[^>]*\bhref)\s*=\s*\\?["']?https?:""", text)
    assert not re.search(r"""GoogleFont|@import|url\(\s*['"]?https?:|\bfetch\(\s*['"`]https?:""", text)


@pytest.mark.parametrize("path", sources("app.py", "models/**/*.py", "training/**/*.py", "page/**/*.py", "tabs/**/*.py"),
                         ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_unpickles(path):
    text = path.read_text(encoding="utf-8")
    assert all("weights_only=True" in call for call in re.findall(r"torch\.load\([^\n]*", text))     # that reads tensors, and runs nothing
    assert not re.search(r"allow_pickle\s*=\s*True|pickle\.(load|loads|Unpickler)\b", text)
    assert not re.search(r"^\s*(import|from)\s+(dill|joblib|cloudpickle)\b|^\s*from\s+pickle\b", text, re.MULTILINE)


def test_both_readmes_give_the_same_commands():
    def commands(name: str) -> list[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.findall(r"^```\w*\n(.*?)^```", re.sub(r"<!-- (table|bench).*?<!-- end -->", "", text, flags=re.S), re.S | re.M)
        return [line.split("#")[0].rstrip() for block in blocks for line in block.splitlines()]

    def shown(name: str) -> list[str]:    # the tree of folders is explained in words
        return [line for line in commands(name) if not re.match(r"[\w.<>/]+/? {2,}", line)]

    assert shown("README.zh-CN.md") == shown("README.md")


def test_what_the_readme_has_written_and_fetched_is_left_alone_by_git():
    """Pictures of others and weights of one's own must not get into `git add .`; docs/drawn_flowers is part of the project."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S | re.M)
    lines = [line.split("#")[0] for block in blocks for line in block.splitlines()]
    told = re.findall(r"(?:--(?:data|out|photos|labels|captions|directory) |\bOUT=)([\w./-]+)", "\n".join(lines))
    places = {place for place in told if place != "docs/drawn_flowers"} | {"plan.png", "102flowers.tgz"}
    assert tracked()
    assert {"data/flowers", "data/celeba", "data/my_photos", "data/102flowers.tgz", "static"} <= places
    ignored = subprocess.run(["git", "check-ignore", *(f"{place}/x" if "." not in place else place for place in places)], cwd=ROOT,
                             capture_output=True, text=True).stdout.splitlines()
    assert places - {name.removesuffix("/x") for name in ignored} == set()


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readmes_lead_somewhere_on_a_space_too(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = {link.partition("#")[0] for link in re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", text)} - {""}
    lost = [link for link in sorted(links) if not (ROOT / link).exists() or not any(link == part or link.startswith(f"{part}/")
                                                                                    for part in PARTS)]
    assert links and lost == []


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readmes_keep_both_kinds_of_a_space_apart(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    spaces = {kind: set(re.findall(rf"^make {kind} SPACE=(\S+)", text, re.M)) for kind in ("space", "static-space")}
    assert all(spaces.values()) and not spaces["space"] & spaces["static-space"]
    assert "redir /atlas /atlas/\n" in text, "Caddy's /atlas/* is not /atlas"


def test_what_is_imported_is_required():
    """Under the names by which pip knows it."""
    known = {"PIL": "pillow", "skimage": "scikit_image", "markdown_it": "markdown_it_py"} | dict.fromkeys(
        ("anyio", "fastapi", "gradio_client", "httpx", "pydantic", "starlette", "uvicorn"), "gradio")
    asked = {file: {re.split(r"[<>=\s]", line)[0].replace("-", "_") for line in (ROOT / file).read_text().splitlines()}
             for file in ("requirements.txt", "requirements-dev.txt")}
    ours = {path.name.removesuffix(".py") for path in ROOT.iterdir()} | {"spaces"}        # the platform brings that one
    for folder, there in (("models", asked["requirements.txt"]), ("page", asked["requirements.txt"]),
                          ("training", asked["requirements.txt"] | asked["requirements-dev.txt"])):
        for path in (ROOT / folder).rglob("*.py"):
            nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
            found = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
            found |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
            for name in {name.partition(".")[0] for name in found} - {*sys.stdlib_module_names} - ours:
                assert known.get(name, name) in there, f"{path.name} imports {name}"


def test_the_tables_of_the_readme_are_what_the_weights_measure(monkeypatch):
    listed = {name.split("/")[1] for name in tracked() if name.startswith("weights/")}           # others are a visitor's
    monkeypatch.setattr(report, "_shipped", lambda: [card for card in models.cards(WEIGHTS) if card.name in listed])
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        tables = {marker: content for marker, content in (("table", report.weights_table()), ("judges", report.judges()))
                  if f"<!-- {marker}: " in text}
        assert tables or name != "README.md"
        for marker, content in tables.items():
            assert report.fill(text, marker, content) == text, (
                f"{marker} of {name}: python -m training.report writes it anew; weights that git does not list (git add) do not count")


def test_line_ends_of_checksummed_files_are_left_alone():
    """A clone with core.autocrlf=true must hold the very bytes that config.json vouches for."""
    names = [name for name in tracked() if name.startswith("weights/")]
    told = subprocess.run(["git", "check-attr", "text", "--stdin"], cwd=ROOT, input="\n".join(names), capture_output=True, text=True,
                          check=True)
    assert names and [line for line in told.stdout.splitlines() if not line.endswith(": text: unset")] == []


@pytest.mark.parametrize("theirs", [True, False])
def test_clean_leaves_an_environment_that_it_did_not_make(tmp_path, theirs):
    for name in (".venv/.made", ".venv/.theirs" if theirs else ".venv/.app", "runs/mine/checkpoint.safetensors", "runs/.networks/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    subprocess.run(["make", "-f", ROOT / "Makefile", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / ".venv").exists() == theirs
    assert (tmp_path / "runs" / "mine" / "checkpoint.safetensors").exists() and not (tmp_path / "runs" / ".networks").exists()


def other_python(folder: Path, *marks: str) -> None:
    """Lays an environment of Python 3.1 with these marks, and what make needs beside it."""
    (folder / "harness").mkdir()
    shutil.copy(ROOT / "harness" / "python.py", folder / "harness")
    (folder / ".venv" / "bin").mkdir(parents=True)
    python = folder / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\ncase "$2" in "print(1)") echo 1;; *) echo 3.1;; esac\n')
    python.chmod(0o755)
    for mark in marks:
        (folder / ".venv" / mark).touch()


@pytest.mark.parametrize(("marks", "stays"), [((".made",), False), ((".made", ".theirs"), True), ((), True)])
def test_a_python_named_to_make_takes_the_place_of_another_in_an_environment_of_ours(tmp_path, marks, stays):
    other_python(tmp_path, *marks)
    words = ["make", "-f", ROOT / "Makefile", "harness/python.py", f"PYTHON={sys.executable}"]         # a file that is there: nothing to do
    subprocess.run([*words, "-n"], cwd=tmp_path, capture_output=True, check=False)
    assert (tmp_path / ".venv").exists()
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert (tmp_path / ".venv").exists() == stays and ("is made anew" in done.stdout) != stays
    assert not stays or (done.returncode and ".venv holds Python 3.1 and was not made here; move .venv away." in done.stderr)


def test_a_python_that_is_none_is_refused_and_nothing_is_taken_away(tmp_path):
    other_python(tmp_path, ".made")
    done = subprocess.run(["make", "-f", ROOT / "Makefile", "-n", "lint", "PYTHON=python3.99"], cwd=tmp_path, capture_output=True,
                          text=True)
    assert done.returncode and "python3.99 is no Python 3 that starts here" in done.stderr and (tmp_path / ".venv" / ".made").exists()


@pytest.mark.parametrize(("version", "system", "machine", "fits"), [
    ((3, 10), "Linux", "x86_64", False), ((3, 11), "Linux", "x86_64", True), ((3, 14), "Darwin", "arm64", True),
    ((3, 15), "Linux", "x86_64", False), ((4, 0), "Linux", "x86_64", False), ((3, 12), "Darwin", "x86_64", False)])
def test_a_python_without_torch_is_told(version, system, machine, fits):
    said = refusal(version, system, machine)
    assert (not said) == fits and "torch" in (said or "torch")
