"""What a new row gets wrong or leaves out is named: its plate, its papers and branches, names of weights, and the lists kept by hand."""

import importlib
import json
import re
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
from conftest import ROOT, own

import models
from benchmarks.page import BOARDS
from benchmarks.training import SCRIPTS
from models import cgan, vae_map
from models.checkpoint import module_of
from page.branch import Branch
from page.language import say, speaking
from page.site import Site
from tabs import cgan as plate
from tabs import plates


@pytest.fixture(scope="module")
def instruments() -> dict[str, list[str]]:
    """The plates' modules by the elem_id of what they place: as many of one as place it."""
    site, found = Site(plates()), {}
    for module in site.plates:
        with gr.Blocks() as page:
            module.build(site)
        for block in page.blocks.values():
            if block.elem_id:
                found.setdefault(block.elem_id, []).append(module.__name__)
    return found


@pytest.mark.parametrize(("name", "value", "says"), [
    ("PLATE", replace(plate.PLATE, id="gan"), r"tabs\.cgan and tabs\.gan have plates of one id, 'gan'"),
    ("PLATE", replace(plate.PLATE, models=("wgangp",)), r"tabs\.cgan .*There is no model called 'wgangp' in models/\."),
    ("BRANCHES", (Branch("cgna", "gan", tip=(1, 1)),), r"tabs\.cgan .*'cgna'"),
])
def test_a_plate_that_cannot_be_shown_is_named(monkeypatch, name, value, says):
    monkeypatch.setattr(plate, name, value)
    with pytest.raises(ValueError, match=says):
        plates()


def test_a_paper_whose_own_import_fails_is_not_called_missing(monkeypatch, tmp_path):
    (tmp_path / "half_a_row.py").write_text("import no_such_library\n")
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        module_of("half_a_row")


def test_every_paper_of_a_plate_has_a_branch():
    papers = {module_of(branch.model).PAPER.link for module in plates() for branch in getattr(module, "BRANCHES", ())}
    bare = [f"{module.__name__}: {model}" for module in plates() for model in module.PLATE.models
            if module_of(model).PAPER.link not in papers]
    assert not bare, f"not on the family tree, for lack of BRANCHES: {bare}"


def test_no_two_instruments_have_one_elem_id(instruments):
    twice = {name: modules for name, modules in instruments.items() if len(modules) > 1}
    assert not twice, f"elem_id and the modules that give it: {twice}"


def renamed(folder, name: str) -> None:
    told = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(told | {"name": name}))
    folder.rename(folder.with_name(name))


def test_weights_with_the_name_of_a_module_are_left_out_with_a_note(tmp_path, monkeypatch, capsys):
    """`vae_map-mine`, where dashes are asked for; weights that somebody calls otherwise, to keep them from the page, need none."""
    renamed(own(tmp_path, vae_map, "mine"), "vae_map-mine")
    renamed(own(tmp_path, cgan, "mine"), "cgan-mine-2")
    renamed(own(tmp_path, cgan, "yours"), "cgan-another")
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(Site, "_first", lambda *_: np.zeros((28, 28, 1), np.uint8))
    site = Site(plates())
    shown = {name for model in ("vae_map", "vae", "cgan") for name in site.weights(model)}
    assert not shown & {"vae_map-mine", "cgan-mine-2", "cgan-another"} and {"vae-map-mnist", "cgan-mnist"} <= shown
    told = capsys.readouterr().err.splitlines()
    assert told == ["note: left out: vae_map-mine is to be called vae-map-mine, its folder and the name in its config.json."]
    assert {"vae_map-mine", "cgan-mine-2"} <= {card.name for card in models.cards()}       # elsewhere they count


# --- lists that are kept by hand ------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("script", "preset"), [row[:2] for row in SCRIPTS])
def test_scripts_that_are_timed_are_there(script, preset):
    assert (ROOT / "training" / f"{script}.py").is_file(), "benchmarks/training.py"
    assert preset in [*importlib.import_module(f"training.{script}").PRESETS], "benchmarks/training.py"


@pytest.mark.parametrize("board", BOARDS)
def test_boards_that_are_timed_are_there(board, instruments):
    home = {module.PLATE.id: module.__name__ for module in plates()}
    assert instruments.get(BOARDS[board][0]) == [home.get(board)], "benchmarks/page.py"


@pytest.mark.parametrize(("name", "language", "comma"), [("README.md", "en", ", "), ("README.zh-CN.md", "zh", "、")])
def test_both_readmes_say_what_of_each_plate_needs_python(name, language, comma):
    section = re.search(r"make static OUT=static.*?(?=^##)", (ROOT / name).read_text(encoding="utf-8"), re.S | re.M)[0]
    told = {one for cell in re.findall(r"^\| (.+?) \|", section, re.M) for one in cell.split(comma)}
    with speaking(language):
        lacking = [say(module.PLATE.tab) for module in plates() if not told & {say(module.PLATE.tab), say(module.PLATE.title)}]
    assert not lacking, f"the table of {name} does not name {lacking}"
