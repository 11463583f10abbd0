"""The replay: a stop for each grid that was kept; of a damaged history what cannot be shown is left out, and the plate stands."""

import re

import pytest
from conftest import own
from PIL import Image
from playwright.sync_api import expect

from models import gan
from models.checkpoint import write_json
from page import model_facts, replay
from page.instrument import _Parsed
from tests.visitor import settled

WHOLE = model_facts._kept("gan-mnist")


@pytest.mark.parametrize("damage", [
    {"grids": 5}, {"grids": ["a"]}, {"grids": [True]}, {"grids": [-1]}, {"losses": [1]}, {"losses": {}}, {"losses": {"step": [1, 2]}},
    {"losses": {"step": [1, 2], "d": [1]}}, {"losses": {"step": [1, 2], "d": [None, None]}}, {"losses": {"step": [None, 2], "d": [1, 2]}},
    {"losses": {"step": [0, 0], "d": [1, 2]}}, {"losses": {"step": [1, 2], "d": ["x", 2]}},
])
def test_a_damaged_history_shows_no_curves(monkeypatch, damage):
    monkeypatch.setattr(model_facts, "_kept", lambda name: WHOLE | damage)
    steps, losses = model_facts.history("gan-mnist")
    assert steps == ([] if damage.keys() == {"grids"} or damage == {"losses": [1]} else WHOLE["grids"])
    assert replay.curves(losses, 100, {}) == ""


def test_a_whole_one_shows_them():
    steps, losses = model_facts.history("gan-mnist")
    assert steps == WHOLE["grids"] and replay.curves(losses, steps[-1], {}).count("<polyline") == len(losses) - 1


def test_d_and_g_look_alike_on_all_plates_and_the_legend_looks_as_the_curves_do():
    look = re.compile(r'stroke="([^"]+)" stroke-width="[^"]+"(?: opacity="[^"]+")? stroke-dasharray="([^"]+)"')
    for names in (["d", "g"], ["category", "code", "d", "g", "real"], ["anchor", "d", "g", "kl"], ["kl", "reconstruction"]):
        drawn = replay.curves({name: [1.0, 2.0] for name in names} | {"step": [1, 2]}, 1, replay.LOSSES)
        chart, legend = drawn.split("</svg>", 1)
        looks = dict(zip(names, look.findall(chart), strict=True))
        assert list(looks.values()) == look.findall(legend)
        assert len({colour for colour, _ in looks.values()}) == len({dashes for _, dashes in looks.values()}) == len(names)
        for name in {"d", "g"} & {*names}:
            assert looks[name] == (replay.LOOKS[name][0], replay.LOOKS[name][1] or "none")
        assert {"d", "g"} <= {*names} or not {*looks.values()} & {(colour, dash or "none") for colour, dash in replay.LOOKS.values()}


@pytest.mark.parametrize("name", ["dcgan-mnist", "cgan-mnist", "stackgan-flowers", "srgan-photos"])
def test_every_stop_is_another_grid_and_links_of_before_end_at_the_last(name):
    grids = model_facts.history(name)[0]
    found = [replay.parse({"model": name, "moment": moment}).step for moment in range(replay.LAST + 1)]
    assert found[:len(grids)] == grids and {*found[len(grids):]} == {grids[-1]}


def test_weights_trained_again_show_their_new_grids(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path))
    shown, parsed = [], _Parsed(replay.parse, {"model": "gan-mnist", "moment": 0})
    for z_dim in (8, 9):
        folder = own(tmp_path, gan, "mine", z_dim=z_dim)
        (folder / "history").mkdir(exist_ok=True)
        write_json(folder / "history" / "history.json", {"grids": [1], "losses": {}})
        Image.new("L", (80, 80), 20 * z_dim).save(folder / "history" / "000001.png")
        shown.append(replay.draw({}, parsed({"model": folder.name, "moment": 0}))["grid"])
    assert shown[0] != shown[1]


def test_the_replay_of_two_stages_says_whose_it_is():
    words = replay.draw(replay.LOSSES, replay.parse({"model": "stackgan-flowers", "moment": replay.LAST}))["words"]
    assert "of 2,719 steps of Stage-I, about 58.5 of its 63.3 minutes" in words


def test_what_was_there_from_the_first_grid_on_is_not_told(monkeypatch):
    monkeypatch.setattr(model_facts, "_kept", lambda name: WHOLE | {"moments": {"shapes": 0, "things": 24000}})
    told = replay.draw(replay.LOSSES, replay.parse({"model": "gan-mnist", "moment": 3}))["moments"]
    assert "first shapes" not in told and ">8,754–24,000</span>" in told


def test_the_slider_goes_from_grid_to_grid_and_names_their_steps(newcomer, address):
    newcomer.goto(f"{address}?tab=cgan&at=cgan-replay&model=cgan-mnist&moment=16")
    found = newcomer.locator("#cgan-replay .instrument[data-ready]")
    slider, step = found.locator('[name="moment"]'), found.locator('[data-slot="step"]')
    expect(step).to_have_text(f"{replay.parse({'model': 'cgan-mnist', 'moment': 16}).step:,}")
    for name in ("cgan-mnist", "cgan-fashion"):
        found.locator(f'[data-set*="{name}"]').click()
        grids = model_facts.history(name)[0]
        expect(slider).to_have_attribute("max", str(len(grids) - 1))
        settled(found)
        slider.press("End")
        for grid in grids[::-1]:
            expect(step).to_have_text(f"{grid:,}")
            expect(slider).to_have_attribute("aria-valuetext", f"{grid:,}")
            slider.press("ArrowLeft")


@pytest.mark.parametrize(("name", "slot", "other"), [("srgan-photos", "beneath", "curves"), ("gan-mnist", "curves", "beneath")])
def test_figures_stand_where_a_grid_leaves_room(name, slot, other):
    drawn = replay.draw(replay.LOSSES, replay.parse({"model": name, "moment": 0}))
    assert "Measured at the end" in drawn[slot] and "Measured at the end" not in drawn[other]
