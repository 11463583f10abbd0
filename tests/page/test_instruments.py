"""The plates' drawing functions, called as the browser calls them, but without one."""

import base64
import io
import itertools
import json
import re

import numpy as np
import pytest
from PIL import Image

from models.errors import BadInput
from models.images import png_uri, tile
from page import fields, replay
from page.instrument import _checked
from page.model_facts import class_names
from page.site import Site, shown_model
from page.slots import animation
from tabs import acgan, cgan, faces, gan, infogan, plates
from tests.visitor import drawn_by, opened, pixels, same_picture

INFOGAN = {"model": "infogan-mnist", "category": 3, "c1": 0.2, "c2": -1.5, "seed": "11", "vary": "c1"}
CGAN = {"model": "cgan-fashion", "label": 2, "other": 3, "mix": 0.25, "seed": "8"}


MNIST = ["gan-mnist", "dcgan-mnist"]
DRAWINGS = {"infogan": infogan.drawing(["infogan-mnist"]), "cgan": cgan.drawing(["cgan-fashion"]), "writer": cgan.writing(),
            "gan": gan.trays(MNIST), "walk": gan.walk(MNIST), "arithmetic": gan.arithmetic(MNIST)}


def filled(name: str, state: dict, phase: str = "draw") -> dict[str, str]:
    return drawn_by(DRAWINGS[name], state, phase)


def decode(uri: str) -> np.ndarray:
    head, data = uri.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_a_png_carries_every_grey_level_unchanged():
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    assert (decode(png_uri(picture)) == picture[..., 0]).all()


def test_tiles_lie_row_by_row():
    pictures = np.arange(6, dtype=np.uint8)[:, None, None, None].repeat(2, 1).repeat(2, 2)
    assert tile(pictures, 3)[::2, ::2, 0].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_an_animation_goes_there_and_back(kind):
    frames = np.linspace(0, 255, 5).astype(np.uint8)[:, None, None, None].repeat(4, 1).repeat(4, 2)
    moving = Image.open(io.BytesIO(base64.b64decode(animation(frames, kind).split(",")[1])))
    assert (moving.n_frames, moving.size) == (8, (32, 32))


def test_infogan_shows_what_generate_draws():
    slots = filled("infogan", INFOGAN)
    expected = shown_model("infogan-mnist").generate(11, category=3, c1=0.2, c2=-1.5)[0, ..., 0]
    assert np.abs(decode(slots["picture"]).astype(int) - expected).mean() < 0.5
    assert slots["put-c2"] == "-1.50"
    others = filled("infogan", INFOGAN, "follow")
    assert np.abs(decode(others["choice3"]).astype(int) - expected).mean() < 0.5
    assert decode(others["grid"]).shape == (10 * 28, infogan.STEPS * 28)


@pytest.mark.parametrize("vary", ["c1", "c2", "category"])
def test_the_middle_of_a_traversal_is_the_codes_at_rest(vary):
    grid = decode(filled("infogan", INFOGAN | {"vary": vary}, "follow")["grid"])
    column = 2 if vary == "category" else infogan.STEPS // 2
    row = 0 if vary == "category" else 2
    cell = grid[row * 28:(row + 1) * 28, column * 28:(column + 1) * 28]
    expected = shown_model("infogan-mnist").generate(11, category=2)[0, ..., 0]
    assert np.abs(cell.astype(int) - expected).mean() < 0.5


def test_conditional_gan_mixes_and_judges():
    slots = filled("cgan", CGAN)
    assert slots["words"] == "75% Pullover, 25% Dress"
    assert slots["probabilities"].count("<tr") == 10
    alone = filled("cgan", CGAN | {"mix": 0})
    assert (decode(alone["picture"]) == decode(alone["choice2"])).all()
    assert (decode(alone["picture"]) != decode(slots["picture"])).any()


def test_a_number_is_written_as_one_strip():
    slots = filled("writer", {"digits": "2026", "hand": "8", "each": True})
    strip = decode(slots["strip"])
    assert strip.shape == (28, 4 * 22)
    classifier = shown_model("classifier-mnist")
    digits = np.pad(strip.reshape(28, 4, 22).swapaxes(0, 1), ((0, 0), (0, 0), (3, 3)))[..., None]
    assert (classifier.classify(digits).argmax(1) == [2, 0, 2, 6]).sum() >= 3


def test_the_seeds_of_a_number_go_on_at_0_after_the_last():
    told = cgan.recite_number({"digits": [1, 2], "hand": 2**32 - 1, "each": True})
    assert told == [("cgan-mnist", "4294967295", {"label": 1}), ("cgan-mnist", "0", {"label": 2})]


def test_the_category_of_a_class_draws_it():
    data, meaning = (getattr(shown_model("infogan-mnist").card, name) for name in ("dataset", "metrics"))
    assert class_names(data)[meaning["category_meaning"][infogan._category_of("infogan-mnist", 7)]] == "7"


def test_digits_of_a_chinese_keyboard_and_blanks_between_are_read():
    assert DRAWINGS["writer"].parse({"digits": " ２０ 26", "hand": "8", "each": True})["digits"] == [2, 0, 2, 6]


def test_what_would_take_hours_to_normalise_is_not_normalised(monkeypatch):
    monkeypatch.setattr(fields, "unicodedata", None)
    with pytest.raises(BadInput, match=r"^Write 1 to 24 digits"):
        DRAWINGS["writer"].parse({"digits": "\u0301\u0316" * 500_000, "hand": "8", "each": True})


@pytest.mark.parametrize("digits", ["", "12a", "1" * 25, "½", "-3", "<b>1</b>"])
def test_what_is_no_number_is_refused(digits):
    with pytest.raises(BadInput, match=r"^Write 1 to 24 digits"):
        DRAWINGS["writer"].parse({"digits": digits, "hand": "8", "each": True})


def test_a_command_of_the_trays_draws_all_that_they_show():
    sides = gan.trays(MNIST).parse({"left": "gan-mnist", "right": "dcgan-mnist", "seed": "42"})
    assert gan.recite_trays(sides) == [("gan-mnist", "42-53", {}), ("dcgan-mnist", "42-53", {})]
    assert gan.recite_trays(sides | {"left": sides["right"]}) == [("dcgan-mnist", "42-53", {})]


def test_both_trays_show_the_same_seeds():
    slots = filled("gan", {"left": "gan-mnist", "right": "dcgan-mnist", "seed": "40"})
    expected = shown_model("dcgan-mnist").generate("40-51")
    for i in range(gan.TRAY):
        assert np.abs(decode(slots[f"right{i}"]).astype(int) - expected[i, ..., 0]).mean() < 0.5
        assert slots[f"left{i}-probability"].endswith("%")


def test_a_walk_begins_and_ends_at_its_seeds():
    state = {"model": "dcgan-mnist", "a": "5", "b": "23", "kind": "gif"}
    for t, end in ((0.0, "from"), (1.0, "to")):
        slots = filled("walk", state | {"t": t})
        assert np.abs(decode(slots["here"]).astype(int) - decode(slots[end])).mean() < 0.5


def test_a_walk_is_saved_under_its_seeds():
    state = {"model": "dcgan-mnist", "a": "5", "b": "23", "t": 0.0, "kind": "webp"}
    saved = filled("walk", state, "save")
    assert saved["name"] == "dcgan-mnist-5-to-23.webp" and saved["uri"].startswith("data:image/webp;base64,")
    moving = Image.open(io.BytesIO(base64.b64decode(saved["uri"].split(",")[1])))
    assert moving.n_frames == 2 * gan.FRAMES - 2
    for frame, slot in ((0, "from"), (gan.FRAMES - 1, "to")):
        moving.seek(frame)
        assert np.abs(np.asarray(moving.convert("L"))[::8, ::8].astype(int) - decode(filled("walk", state)[slot])).max() <= 1


FACE = {"model": "dcgan-celeba", "seed": "5", **dict.fromkeys(faces.WORDS, 0.0), "smiling": 2.5, "others": 0}


@pytest.mark.parametrize(("drawing", "state", "phase", "slots"), [
    (DRAWINGS["walk"], {"model": "dcgan-mnist", "a": "5", "b": "23", "t": 0.5, "kind": "gif"}, "draw", ("from", "to")),
    (DRAWINGS["arithmetic"], {"model": "dcgan-mnist", "a": "3", "b": "4", "c": "7"}, "draw", ("a-pic", "b-pic", "c-pic")),
    (DRAWINGS["cgan"], CGAN, "draw", ("choice0", "choice9")), (DRAWINGS["infogan"], INFOGAN, "follow", ("choice0", "choice9")),
    (acgan.drawing(["acgan-mnist"]), {"model": "acgan-mnist", "label": 4, "seed": "21"}, "follow", ("ours", "theirs")),
    (faces.moved(["dcgan-celeba"]), FACE, "draw", ("before", "face")), (faces.moved(["dcgan-celeba"]), FACE, "follow", ("more0", "more5")),
    (faces.sums(["dcgan-celeba"]), {"model": "dcgan-celeba", "sum": "smile", "set": 2}, "draw", ("a0", "b1", "c2")),
], ids=["walk", "arithmetic", "cgan", "infogan", "acgan", "face", "faces", "sums"])
def test_a_picture_that_a_seed_and_controls_name_says_how_it_was_made(drawing, state, phase, slots):
    found = drawn_by(drawing, state, phase)
    for slot in slots:
        told = json.loads(opened(found[slot]).info["gan-atlas"])
        again = shown_model(told["model"]).generate(told["seed"], **told["controls"])[0]
        assert same_picture(pixels(found[slot]), again.squeeze()), slot
    assert not any("gan-atlas" in opened(found[slot]).info for slot in ("here", "sum", "a-mean", "result") if slot in found)


def test_a_minus_a_plus_c_is_c_up_to_its_length():
    slots = filled("arithmetic", {"model": "dcgan-mnist", "a": "3", "b": "3", "c": "7"})
    assert np.abs(decode(slots["sum"]).astype(int) - decode(slots["c-pic"])).mean() < 12


def test_the_replay_names_what_has_happened_and_what_is_to_come():
    for moment, past in ((0, 0), (replay.LAST, 3)):
        told = replay.draw(replay.LOSSES, replay.parse({"model": "cgan-mnist", "moment": moment}))["moments"]
        assert told.count("<li") == 3 and told.count('class="past"') == past and "each row keeps to one kind" in told
        steps = replay.history("cgan-mnist")[0]
        seen = re.findall(r">([\d,]+)–([\d,]+)</span>", told)           # nobody looked between two grids
        assert seen and {tuple(int(step.replace(",", "")) for step in pair) for pair in seen} <= {*itertools.pairwise(steps)}


def test_the_replay_runs_from_the_first_step_to_the_last():
    first, last = (replay.draw(replay.LOSSES, replay.parse({"model": "dcgan-mnist", "moment": moment})) for moment in (0, replay.LAST))
    assert "After <b class='mono'>0</b>" in first["words"]
    assert first["grid"] != last["grid"]
    assert last["curves"].count("<polyline") == 2


CODES, LABEL, WALK = (DRAWINGS[name].parse for name in ("infogan", "cgan", "walk"))
BAD = [
    (CODES, INFOGAN, {"category": 12}), (CODES, INFOGAN, {"c1": float("nan")}), (CODES, INFOGAN, {"c2": 1e9}),
    (CODES, INFOGAN, {"seed": "-1"}), (CODES, INFOGAN, {"seed": "seven"}), (CODES, INFOGAN, {"seed": str(2**40)}),
    (CODES, INFOGAN, {"model": "../../etc"}), (CODES, INFOGAN, {"model": "someone/else"}),
    (CODES, INFOGAN, {"model": "infogan-nowhere"}), (LABEL, CGAN, {"label": "zebra"}), (LABEL, CGAN, {"mix": 7}),
    (LABEL, CGAN, {"mix": "nan"}), (replay.parse, {"model": "dcgan-mnist", "moment": 3}, {"moment": -4}),
    (WALK, {"model": "dcgan-mnist", "a": "5", "b": "23", "t": 0.5, "kind": "gif"}, {"t": 3}),
    (WALK, {"model": "dcgan-mnist", "a": "5", "b": "23", "t": 0.5, "kind": "gif"}, {"t": "x"}),
    (WALK, {"model": "dcgan-mnist", "a": "5", "b": "23", "t": 0.5, "kind": "gif"}, {"kind": "exe"}),
]


@pytest.mark.parametrize(("parse", "state", "change"), BAD, ids=[str(change)[:30] for _, _, change in BAD])
def test_bad_input_is_one_sentence(parse, state, change):
    with pytest.raises(BadInput) as caught:
        parse(state | change)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 300


@pytest.mark.parametrize("sent", [None, [], "x", {}, INFOGAN | {"more": 1}, INFOGAN | {"seed": [1]}, INFOGAN | {"seed": "1" * 50_000},
                                  INFOGAN | {"category": {"a": 1}}, INFOGAN | {"c1": None}])
def test_a_state_of_another_shape_is_refused(sent):
    with pytest.raises(BadInput):
        _checked(sent, INFOGAN)


def test_every_plate_is_found_and_damaged_weights_leave_the_house_open(monkeypatch, tmp_path):
    site, known = Site(plates()), ["atlas", "gan", "faces", "cgan", "acgan", "sgan", "infogan", "bigan", "vae", "text", "pix2pix", "srgan",
                                   "guess", "lab"]
    assert [module.PLATE.id for module in site.plates if module.PLATE.id in known] == known
    assert site.plate_of("dcgan").id == "gan"
    (tmp_path / "gan-mnist").mkdir()
    (tmp_path / "gan-mnist" / "config.json").write_text(json.dumps(
        {"model": "gan", "dataset": "mnist", "config": {}, "training": {}, "sha256": "0"}))
    monkeypatch.setattr("models.registry.WEIGHTS", tmp_path)
    monkeypatch.setattr("models.registry.cards.__defaults__", (tmp_path,))
    assert site.weights("gan") == []
    assert "gan-mnist has no model.safetensors" in str(site.problems["gan"][0])
