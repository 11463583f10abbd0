"""`python -m models`, as a person calls it."""

import json
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT, in_process, is_one_sentence, random_weights, tiny_weights, until
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import models
from models import cgan
from models.__main__ import file_name
from models.errors import BadInput
from models.images import read_size
from models.provenance import Recipe, read_png


def shell(*words, **environment) -> subprocess.CompletedProcess:
    if not environment:
        return in_process("models", *words)
    return subprocess.run([sys.executable, "-m", "models", *map(str, words)], cwd=ROOT, capture_output=True, text=True, timeout=300,
                          check=False, env=os.environ | environment)


def test_list_as_json_tells_what_each_card_knows():
    done = shell("list", "--json")
    assert done.returncode == 0, done.stderr
    assert [card["name"] for card in json.loads(done.stdout)] == [card.name for card in models.cards()]


def test_sample_writes_one_picture_a_seed(tiny, tmp_path):
    """The PNGs hold the pixels that `generate` gives."""
    done = shell("sample", tiny["cgan"], "--seeds", "3,20-21", "--set", "label=7", "--out", tmp_path / "new" / "folder")
    assert done.returncode == 0, done.stderr
    files = {path.name: np.asarray(Image.open(path)) for path in (tmp_path / "new" / "folder").iterdir()}
    assert sorted(files) == [f"cgan-fashion-seed{seed}-label7.png" for seed in (20, 21, 3)]
    for seed in (3, 20, 21):
        expected = models.load(tiny["cgan"]).generate(seed, label=7)[0, :, :, 0]
        difference = np.abs(files[f"cgan-fashion-seed{seed}-label7.png"].astype(int) - expected)
        assert difference.mean() < 0.5 and (difference == 0).mean() > 0.5


@pytest.mark.parametrize("words", [("--set", "label=Hat"), ("--set", "label"), ("--seeds", "9-3")], ids=" ".join)
def test_bad_input_is_answered_in_one_sentence(tiny, tmp_path, words):
    done = shell("sample", tiny["cgan"], *words, "--out", tmp_path)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert is_one_sentence(done.stderr.strip()), done.stderr


def test_folder_that_cannot_be_written_is_named(tiny, tmp_path):
    (tmp_path / "file").write_text("")
    done = shell("sample", tiny["gan"], "--seeds", "1", "--out", tmp_path / "file" / "below")
    assert done.returncode != 0
    assert is_one_sentence(done.stderr.strip()) and "below" in done.stderr, done.stderr


def test_a_seed_that_is_given_twice_is_drawn_once(tiny, tmp_path):
    done = shell("sample", tiny["gan"], "--seeds", "3,3,2-3", "--out", tmp_path)
    assert "2 pictures" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gan-mnist-seed2.png", "gan-mnist-seed3.png"]


SHORT = st.one_of(st.integers(-99, 99), st.floats(-2, 2).map(lambda value: round(value, 2)), st.text("aB7. -=/", max_size=6),
                  st.dictionaries(st.sampled_from("012"), st.integers(1, 3), max_size=2))
CONTROLS = st.dictionaries(st.sampled_from(["label", "c1", "c2", "text"]), SHORT, max_size=4)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 99), CONTROLS), min_size=2, max_size=6))
def test_other_seeds_and_controls_give_other_file_names(recipes):
    """Names are equal only if the recipes read alike, and every name is one that any file system takes."""
    written = {json.dumps([seed, {name: str(value) for name, value in controls.items()}], sort_keys=True) for seed, controls in recipes}
    names = {file_name("cgan-mnist", seed, controls) for seed, controls in recipes}
    assert len(names) >= len(written)
    assert all(re.fullmatch(r"cgan-mnist-seed\d+[A-Za-z0-9._-]*\.png", name) and len(name) < 80 for name in names)


@pytest.mark.parametrize(("controls", "tail"), [
    ({}, ""), ({"label": "7"}, "-label7"), ({"c1": "-0.5", "category": 3}, "-c1_-0.5-category3")], ids=str)
def test_file_names_can_be_read(controls, tail):
    assert file_name("infogan-mnist", 12, controls) == f"infogan-mnist-seed12{tail}.png"


# --- a picture made again from itself -------------------------------------------------------------------------------------

def run(*words, **environment) -> str:
    """What a command that succeeds prints."""
    done = shell(*words, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def fails(*words, **environment) -> str:
    """The one sentence of a command that fails."""
    done = shell(*words, **environment)
    assert done.returncode != 0 and is_one_sentence(done.stderr.strip()), done.stderr
    return done.stderr


def test_a_picture_can_be_made_again_from_itself(tmp_path):
    run("sample", "cgan-mnist", "--seeds", "12", "--set", "label=4", "--out", tmp_path)
    first = tmp_path / "cgan-mnist-seed12-label4.png"
    assert read_png(first) == Recipe("cgan-mnist", 12, {"label": "4"}, models.load("cgan-mnist").card.sha256)
    run("sample", "--from", first, "--out", tmp_path / "again")
    assert np.array_equal(np.asarray(Image.open(first)), np.asarray(Image.open(tmp_path / "again" / first.name)))
    assert "--seeds" in fails("sample", "--from", first, "--seeds", "3", "--out", tmp_path)


def test_weights_of_ones_own_that_made_a_picture_are_found_or_asked_for(tmp_path):
    """Their name is a shipped one's: what is shipped must not draw in their place."""
    own = random_weights(tmp_path / "own" / "cgan-mnist", cgan, "mnist", cgan.Config(z_dim=16, g_width=16, d_width=8))
    run("sample", own, "--seeds", "3", "--set", "label=2", "--out", tmp_path)
    made = tmp_path / "cgan-mnist-seed3-label2.png"
    sha256 = read_png(made).sha256
    assert sha256[:12] in fails("sample", "--from", made, "--out", tmp_path / "no")
    assert sha256[:12] in fails("sample", "cgan-mnist", "--from", made, "--out", tmp_path / "no")
    ways = [(("sample", own, "--from", made), {}), (("sample", "--from", made), {"GAN_ATLAS_WEIGHTS": f"/nowhere{os.pathsep}{own.parent}"}),
            (("sample", "--from", made), {"GAN_ATLAS_WEIGHTS": str(own)})]
    for i, (words, environment) in enumerate(ways):
        run(*words, "--out", tmp_path / str(i), **environment)
        assert np.array_equal(np.asarray(Image.open(made)), np.asarray(Image.open(tmp_path / str(i) / made.name)))


def test_a_picture_of_others_cannot_be_made_again(tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "plain.png")
    (tmp_path / "text.png").write_text("no picture")
    for words in (("--from", tmp_path / "plain.png"), ("--from", tmp_path / "text.png"), ("--from", tmp_path / "none.png"), ()):
        done = shell("sample", *words, "--out", tmp_path)
        assert done.returncode != 0 and is_one_sentence(done.stderr.strip()), done.stderr


HOSTILE = ["", "{}", "[1]", "{" * 30_000] + [json.dumps(record) for record in (
    {"model": "../x", "seed": 1, "controls": {}}, {"model": "a/b", "seed": 1, "controls": {}}, {"model": 3, "seed": 1, "controls": {}},
    {"model": "gan-mnist", "seed": "1", "controls": {}}, {"model": "gan-mnist", "seed": True, "controls": {}},
    {"model": "gan-mnist", "seed": 1, "controls": [1]}, {"model": "gan-mnist", "seed": 1, "controls": {}, "sha256": 3})]


@pytest.mark.parametrize("record", HOSTILE, ids=lambda text: text[:60])
def test_hostile_text_in_a_picture_is_refused(tmp_path, record):
    info = PngInfo()
    info.add_itxt("gan-atlas", record)
    Image.new("L", (4, 4)).save(tmp_path / "odd.png", pnginfo=info)
    with pytest.raises(BadInput) as caught:
        read_png(tmp_path / "odd.png")
    assert is_one_sentence(str(caught.value))


def test_a_file_of_others_is_not_written_over(tiny, tmp_path):
    theirs = tmp_path / "cgan-fashion-seed3.png"
    Image.new("L", (4, 4)).save(theirs)
    before = theirs.read_bytes()
    assert "was not made here" in fails("sample", tiny["cgan"], "--seeds", "3", "--out", tmp_path)
    assert theirs.read_bytes() == before
    theirs.unlink()
    for _ in range(2):                                  # one of our own is drawn again
        assert "1 picture" in run("sample", tiny["cgan"], "--seeds", "3", "--out", tmp_path)
    other = tiny_weights(tmp_path / "other", "cgan", seed=1)
    before = theirs.read_bytes()
    assert "other weights drew it" in fails("sample", other, "--seeds", "3", "--out", tmp_path) and theirs.read_bytes() == before
    (tmp_path / "generator.onnx").write_bytes(b"theirs")
    assert "is no network of cgan-fashion" in fails("export", tiny["cgan"], "--only", "generator", "--out", tmp_path)
    assert (tmp_path / "generator.onnx").read_bytes() == b"theirs"


def test_no_file_beside_them_is_written_over_or_through(tiny, tmp_path):
    """Whatever is written first under another name has one that nothing else has."""
    for name in ("cgan-fashion-seed3.png", "generator.onnx"):
        (tmp_path / f"{name}.new").write_text("precious")
    (tmp_path / "theirs").write_text("precious")
    (tmp_path / "cgan-fashion-seed4.png.new").symlink_to(tmp_path / "theirs")
    run("sample", tiny["cgan"], "--seeds", "3,4", "--out", tmp_path)
    run("export", tiny["cgan"], "--only", "generator", "--out", tmp_path)
    kept = [path for path in tmp_path.iterdir() if path.suffix == ".new" or path.name == "theirs"]
    assert len(kept) == 4 and all(path.read_text() == "precious" for path in kept)
    assert not (tmp_path / "cgan-fashion-seed4.png").is_symlink()
    (tmp_path / "cgan-fashion-seed5.png").symlink_to("nowhere")
    assert "was not made here" in fails("sample", tiny["cgan"], "--seeds", "5", "--out", tmp_path)


@pytest.mark.parametrize(("name", "task"), [("segmenter-facades", "read_labels"), ("attributes-celeba", "read"),
                                            ("text-flowers", "embed"), ("classifier-mnist", "classify")])
def test_what_draws_nothing_says_what_it_is_for(name, task, tmp_path):
    said = fails("sample", name, "--out", tmp_path / "out")
    assert "draws nothing" in said and task in said and not (tmp_path / "out").exists()


def test_a_pipe_is_no_picture(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "a folder or a pipe" in fails("sample", "--from", tmp_path)
    assert "a folder or a pipe" in fails("sample", "--from", tmp_path / "pipe.png")
    with pytest.raises(BadInput, match="no file"):
        read_size(tmp_path / "pipe.png")


@pytest.mark.parametrize("words", [("sample", "gan-mnist", "--seeds", "3", "--out=~/out"),
                                   ("sample", "gan-mnist", "--seeds", "3", "--out", "~/out"),         # as make quotes it
                                   ("export", "gan-mnist", "--only", "generator", "--out=~/out")], ids=lambda words: " ".join(words[::3]))
def test_home_is_found_where_no_shell_has_looked_for_it(tmp_path, monkeypatch, words):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    run(*words)
    assert len(list((tmp_path / "out").iterdir())) == 1 and not (tmp_path / "~").exists()


@pytest.mark.parametrize("place", ["~nosuchuser/weights", "circle", "circle/deeper"])
def test_a_place_that_cannot_be_looked_into_costs_only_itself(tmp_path, monkeypatch, place):
    (tmp_path / "circle").symlink_to("circle")
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", place if place.startswith("~") else str(tmp_path / place))
    assert "gan-mnist" in run("list")
    assert "1 picture" in run("sample", "gan-mnist", "--seeds", "3", "--out", tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    assert "1 picture" in run("sample", "gan-mnist", "--seeds", "3", "--out", "~nosuchuser/out")


@pytest.mark.skipif(os.name != "posix", reason="pipes and signals are others here")
def test_who_has_read_enough_and_who_presses_ctrl_c_see_no_traceback(tmp_path):
    words = [sys.executable, "-m", "models", "list", "--json"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listing:
        listing.stdout.close()
        assert (listing.stderr.read(), listing.wait(60)) == ("", 141)
    words = [sys.executable, "-m", "models", "sample", "cgan-mnist", "--seeds", "0-999", "--out", str(tmp_path / "out")]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as sampling:
        until(lambda: (tmp_path / "out").is_dir() or sampling.poll() is not None)
        sampling.send_signal(signal.SIGINT)
        said = sampling.stderr.read()
        assert "Traceback" not in said and sampling.wait(60) == 130
