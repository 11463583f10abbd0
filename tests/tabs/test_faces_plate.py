"""Faces: what the sliders and the sums draw, and what stands beside them."""

import json
import re
import shutil

import gradio as gr
import numpy as np
import pytest
from conftest import change
from playwright.sync_api import expect

import models
from models.checkpoint import WEIGHTS
from models.dcgan import KINDS
from page import model_facts
from page.language import I18N
from page.site import Site, shown_model
from tabs import faces, guess, plates, vae
from tests.visitor import drawn_by, open_tab, pixels, same_picture

NAME = "dcgan-celeba"
MOVED, SUMS = faces.moved([NAME]), faces.sums([NAME])
STILL = {"model": NAME, "seed": "5", **dict.fromkeys(faces.WORDS, 0.0), "others": 0}
SUM = {"model": NAME, "sum": "smile", "set": 1}


def reads(slots: dict) -> dict[str, tuple[int, int]]:
    """What the reader sees before and after, in percent."""
    rows = re.findall(r'<th scope="row">(.*?)</th><td class="mono">(\d+)%</td><td class="mono"><b>(\d+)%</b>', slots["reads"])
    return {name: (int(before), int(after)) for name, before, after in rows}


def test_what_is_lacking_is_named_with_the_reason(damage, monkeypatch):
    told = []
    monkeypatch.setattr(Site, "_first", lambda *_: None)
    monkeypatch.setattr(model_facts.gr, "Markdown", lambda words: told.append(I18N.translations["en"][words.key]))
    for module, damaged, command in ((faces, ["attributes-celeba"], "training.attributes --preset celeba`"),
                                     (faces, [NAME], "training.dcgan --preset celeba`"),
                                     (guess, ["dcgan-fashion"], "training.dcgan --preset fashion`"),
                                     (vae, ["vae-map-mnist"], "training.vae --preset map`")):
        told.clear()
        damage(*damaged)
        with gr.Blocks():
            module.build(Site(plates()))
        assert command in told[0] and told[1:] == ([f"*{damaged[0]} is damaged.*"] if module is not vae else [])


def test_faces_that_were_not_measured_are_not_trained_again(monkeypatch):
    told = []
    monkeypatch.setattr(faces, "is_complete", lambda model: False)
    monkeypatch.setattr(Site, "_first", lambda *_: None)
    monkeypatch.setattr(faces.gr, "Markdown", lambda words: told.append(I18N.translations["en"][words.key]))
    with gr.Blocks():
        faces.build(Site(plates()))
    assert len(told) == 1 and "`python -m training.evaluate dcgan-celeba --data FOLDER`" in told[0]


def test_a_face_that_is_not_moved_is_the_face_of_its_seed():
    slots = drawn_by(MOVED, STILL)
    assert (pixels(slots["face"]) == pixels(slots["before"])).all()
    assert (pixels(slots["face"]) == shown_model(NAME).generate(5)[0]).all()
    assert reads(slots).keys() == {*faces.WORDS.values()} and all(before == after for before, after in reads(slots).values())


@pytest.mark.parametrize("name", faces.WORDS)
@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_a_slider_moves_the_face_and_what_the_reader_sees(name, kind):
    """On average over some faces: one face may have what the slider stands for already."""
    far = {1: [], -1: []}
    for seed in range(6):
        for sign, found in far.items():
            slots = drawn_by(MOVED, STILL | {"seed": str(seed), name: 3.0 * sign, "others": kind})
            expected = shown_model(NAME).generate(seed, **{name: 3.0 * sign, "others": kind})[0]
            assert same_picture(pixels(slots["face"]), expected)
            assert (pixels(slots["before"]) == shown_model(NAME).generate(seed)[0]).all()
            found.append(reads(slots)[faces.WORDS[name]][1])
    assert np.mean(far[1]) > np.mean(far[-1]) + 5


def test_directions_held_still_move_the_others_less():
    told = shown_model(NAME).card.metrics["directions"]
    rest = {kind: np.mean([abs(move) for name, moves in told[kind].items() for other, move in moves.items() if other != name])
            for kind in KINDS}
    assert rest["held"] < rest["free"]
    assert all(told["held"][name][name] > 0.5 for name in faces.WORDS)
    moves = drawn_by(MOVED, STILL)["moves"]
    assert f'{told["held"]["smiling"]["smiling"]:+.2f}' in moves and f'{told["free"]["male"]["male"]:+.2f}' in moves


@pytest.mark.parametrize("sum", faces.SUMS)
@pytest.mark.parametrize("number", [1, faces.SETS])
def test_a_sum_is_of_the_means_of_three_noises_each(sum, number):
    model = shown_model(NAME)
    slots = drawn_by(SUMS, SUM | {"sum": sum, "set": number})
    terms = [term[3 * (number - 1):3 * number] for term in model.card.metrics["arithmetic"][sum]]
    assert len({seed for term in terms for seed in term}) == 9
    a, b, c = (model.latents(term).mean(0) for term in terms)
    for letter, term, mean in zip("abc", terms, (a, b, c), strict=True):
        assert all(same_picture(pixels(slots[f"{letter}{i}"]), model.generate(seed)[0]) for i, seed in enumerate(term))
        assert same_picture(pixels(slots[f"{letter}-mean"]), model.decode((mean / mean.norm() * 10)[None])[0])
    whole = a - b + c
    middle = pixels(slots["result"])[64:128, 64:128]
    assert same_picture(middle, model.decode((whole / whole.norm() * 10)[None])[0])
    assert [slots[f"{letter}-name"] for letter in "abc"] + [slots["result-name"]] == list(faces.SUMS[sum][:4])


@pytest.mark.parametrize(("sum", "word"), [("smile", "smiling"), ("hair", "black hair")])
def test_what_is_carried_over_is_seen_in_most_sums(sum, word):
    """And the sex of the third term."""
    said = [re.search(rf"{word} (\d+)%, male (\d+)%", drawn_by(SUMS, SUM | {"sum": sum, "set": i + 1})["reads"]) for i in range(faces.SETS)]
    assert np.mean([int(found[1]) > 50 for found in said]) > 0.5
    assert np.mean([int(found[2]) > 50 for found in said]) > 0.5


@pytest.mark.parametrize(("drawing", "state", "words"), [
    (MOVED, STILL | {"smiling": 9}, "smiling takes a number"), (MOVED, STILL | {"seed": "x"}, "seed"),
    (MOVED, STILL | {"others": 7}, "others takes"), (MOVED, STILL | {"model": "dcgan-mnist"}, "no control called 'smiling'"),
    (SUMS, SUM | {"set": 0}, "The set"), (SUMS, SUM | {"set": 99}, "The set"), (SUMS, SUM | {"sum": "hats"}, "The choices here"),
])
def test_bad_states_get_a_sentence(drawing, state, words):
    with pytest.raises(models.BadInput, match=words):
        drawing.parse(state)


def test_other_weights_cannot_be_summed():
    with pytest.raises(models.BadInput, match="dcgan-mnist draws no faces"):
        SUMS.parse(SUM | {"model": "dcgan-mnist"})


@pytest.mark.parametrize("metrics", [{}, {"arithmetic": {"smile": "x"}}, {"directions": {"held": {}}},
                                     {"arithmetic": {"smile": [[1] * 24]}}])
def test_weights_without_these_figures_cost_their_own_place_only(metrics, tmp_path, monkeypatch):
    folder = tmp_path / NAME
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        shutil.copyfile(WEIGHTS / NAME / name, folder / name)
    change(folder, "metrics.json", **metrics)
    assert not faces.is_complete(models.load(folder))
    assert faces.is_complete(shown_model(NAME))


def test_a_visitor_moves_a_face_and_adds_noises(page):
    found = open_tab(page, "Faces", "faces")
    face = found.locator('img[data-slot="face"]')
    before = face.get_attribute("src")
    found.locator('input[name="eyeglasses"]').fill("3")
    expect(face).not_to_have_attribute("src", before)
    expect(found.locator('[data-slot="reads"]')).to_contain_text("glasses")
    below = page.locator("#faces-sum .instrument")
    below.get_by_role("button", name="glasses", exact=True).click()
    expect(below.locator('[data-slot="result-name"]')).to_have_text("wanted: a woman with glasses")
    people = page.locator("#faces-people")
    told = json.loads((WEIGHTS / NAME / "metrics.json").read_text())["shares"]
    expect(people).to_contain_text(f'{told["Male"]["data"]:.1%}')
    expect(people).to_contain_text("Nobody in them was asked")
