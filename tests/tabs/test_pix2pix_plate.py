"""pix2pix's plate with tiny networks: what a drawing becomes, D's map, uploads, and strangers' input."""

import io

import numpy as np
import pytest
from conftest import is_one_sentence, random_weights
from PIL import Image

import models
from harness.hostile import bombard, targets, trouble
from models import facades, outlines, pix2pix
from models.images import png_uri, read_image
from models.outlines import COLOURED, COLOURS, EDGES
from models.pix2pix import LABELS
from page.evaluate import Evaluator
from page.evaluate_painting import map_of
from page.instrument import MOST_TEXT
from page.painting import painted, written
from page.site import Site
from tabs import pix2pix as plate
from tabs import plates

NAMES = {LABELS: "pix2pix-facades", COLOURED: "pix2pix-flowers", EDGES: "pix2pix-celeba"}
SIZES = {LABELS: 256, COLOURED: 128, EDGES: 128}
kinds = pytest.mark.parametrize("kind", NAMES)
outlined = pytest.mark.parametrize("kind", COLOURS)


@pytest.fixture(scope="module", autouse=True)
def house(tmp_path_factory):
    """Tiny weights of each kind."""
    home = tmp_path_factory.mktemp("weights")
    for kind, name in NAMES.items():
        random_weights(home / name, pix2pix, name.partition("-")[2],
                       pix2pix.Config(size=SIZES[kind], inputs=kind, g_width=4, g_most=8, d_width=4), loud={"generator": 0.1})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_ATLAS_WEIGHTS", str(home))
        yield home


def drawn(kind: str, **changed) -> tuple[Evaluator, dict]:
    """What the server draws for a state, and its checked values."""
    drawing = plate.drawing([NAMES[kind]], kind)
    return Evaluator(drawing), drawing.parse(state(kind, **changed))


def slots(kind: str, *phases: str, **changed) -> dict:
    evaluator, values = drawn(kind, **changed)
    return {slot: text for phase in phases or ("draw",) for slot, text in evaluator.slots(phase, values).items()}


def given(kind: str, drawing: str) -> np.ndarray:
    """What the network is fed, uint8 [size, size, 3]."""
    _, _, controls = drawn(kind, drawing=drawing)[0].recite(drawn(kind, drawing=drawing)[1])
    return image_of(controls["input"])


def state(kind: str, **changed) -> dict:
    found = {"model": NAMES[kind], "drawing": plate.examples(kind, True)[0], "noise": True, "seed": "7", "patches": False}
    return found | ({"detail": "medium"} if kind in COLOURS else {}) | changed


def image_of(uri: str) -> np.ndarray:
    return np.asarray(read_image(uri))


def test_weights_of_all_kinds_are_shown(house):
    assert set(Site(plates()).weights("pix2pix")) == set(NAMES.values())


@kinds
def test_a_drawing_becomes_a_picture_and_d_says_what_it_thinks(kind):
    found = slots(kind, "draw", "follow")
    assert image_of(found["picture"]).shape == (SIZES[kind], SIZES[kind], 3) and "patches" in found["verdict"]
    assert (image_of(found["picture"]) == models.load(NAMES[kind]).generate(7, input=given(kind, plate.examples(kind, True)[0]))[0]).all()


def test_a_painted_facade_is_the_very_label_map():
    labels = facades.labels_of(facades.facade(3, 128)[None])[0]
    assert (given(LABELS, written(labels, 12)) == facades.COLOURS[labels].repeat(2, 0).repeat(2, 1)).all()


@outlined
def test_a_drawn_outline_is_inked_as_in_training(kind):
    image = facades.facade(2, 128)[None]
    text = written(outlines.draw(image, kind=kind)[0], len(COLOURS[kind]))
    assert (given(kind, text) == outlines.outlines(image, kind=kind)[0]).all()


@kinds
def test_the_seed_plays_no_part_without_noise(kind):
    pictures = {noise: [slots(kind, noise=noise, seed=seed)["picture"] for seed in ("1", "2")] for noise in (True, False)}
    assert (image_of(pictures[True][0]) != image_of(pictures[True][1])).any()
    assert (image_of(pictures[False][0]) == image_of(pictures[False][1])).all()


def test_patches_that_d_believes_are_green_and_others_red():
    belief = np.array([[1.0, 0.0]], np.float32)
    found = map_of(np.full((64, 64, 3), 128, np.uint8), belief)
    assert found[32, 2].argmax() == 1 and found[32, -3].argmax() == 0
    assert (image_of(slots(LABELS, patches=True)["picture"]) != image_of(slots(LABELS)["picture"])).any()


def test_d_reads_the_patches_that_are_counted():
    evaluator, values = drawn(LABELS)
    here = image_of(evaluator.slots("draw", values)["picture"])
    believed = models.load(NAMES[LABELS]).score_patches(here[None], given(LABELS, plate.examples(LABELS, True)[0]))[0]
    verdict = evaluator.slots("follow", values)["verdict"]
    assert f"believes {(believed > 0.5).mean():.0%} of them." in verdict and f" {believed.size} patches" in verdict


@kinds
def test_examples_fit_into_a_state_and_are_drawn(kind):
    drawings = plate.examples(kind, True)
    assert len(set(drawings)) == plate.EXAMPLES and max(map(len, drawings)) < MOST_TEXT / 2
    assert set(plate._made(models.load(NAMES[kind]), drawings)) == {f"example{i}" for i in range(plate.EXAMPLES)}


def test_an_uploaded_label_map_comes_onto_the_board():
    found = plate.read(drawn(LABELS)[1], png_uri(facades.facade(4, 256)))["drawing"]
    assert (painted(found, 128, 12) == facades.labels_of(facades.facade(4, 128)[None])[0]).mean() > 0.95


@outlined
@pytest.mark.parametrize("detail", outlines.DETAILS)
def test_of_an_uploaded_photograph_the_outlines_are_taken(kind, detail):
    buffer = io.BytesIO()
    Image.fromarray(facades.facade(4, 300)[:, 30:270]).save(buffer, "JPEG")
    found = plate.read(drawn(kind, detail=detail)[1], models.images.data_uri("image/jpeg", buffer.getvalue()))
    drawing = painted(found["drawing"], 128, len(COLOURS[kind]))
    assert 0.01 < (drawing > 0).mean() < 0.4 and (len(np.unique(drawing)) > 3) == (kind == COLOURED)


@kinds
def test_command_and_json_draw_the_same_picture_again(kind):
    evaluator, values = drawn(kind)
    name, seed, controls = evaluator.recite(values)
    again = models.load(name).generate(seed, **controls)[0]
    assert controls["input"].startswith("data:image/png") and (again == image_of(evaluator.slots("draw", values)["picture"])).all()


@kinds
@pytest.mark.parametrize("changed", [{"drawing": "?"}, {"drawing": 7}, {"model": "cgan-mnist"}, {"model": "../x"}, {"seed": "-1"}])
def test_bad_input_gets_one_sentence(kind, changed):
    with pytest.raises(models.BadInput) as caught:
        slots(kind, **changed)
    assert is_one_sentence(str(caught.value))


@kinds
@pytest.mark.parametrize("uri", [None, "", 5, "data:image/png;base64,AAAA", "data:text/html,<b>", "/etc/passwd", ["x"]])
def test_what_is_no_picture_gets_one_sentence(kind, uri):
    with pytest.raises(models.BadInput) as caught:
        plate.read(drawn(kind)[1], uri)
    assert is_one_sentence(str(caught.value))


def test_details_are_of_three_kinds():
    with pytest.raises(models.BadInput, match="fine, medium or coarse"):
        drawn(EDGES, detail="finest")


def test_weights_with_other_inputs_are_left_to_the_shell(tmp_path):
    other = models.load(random_weights(tmp_path / "pix2pix-facades", pix2pix, "facades",
                                       pix2pix.Config(size=32, inputs="left", g_width=4, g_most=8, d_width=4)))
    with pytest.raises(models.BadInput) as caught:
        plate.check_shown(other)
    assert is_one_sentence(str(caught.value))


def test_without_a_discriminator_it_says_so(tmp_path, monkeypatch):
    network = pix2pix.Config(size=64, inputs=EDGES, g_width=4, g_most=8, d_width=0)
    random_weights(tmp_path / NAMES[EDGES], pix2pix, "celeba", network)
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path))
    found = slots(EDGES, "draw", "follow", patches=True)
    assert "without D" in found["verdict"] and found["picture"].startswith("data:image/png")


def test_strangers_get_a_value_or_one_sentence():
    from app import build

    found = [target for target in targets(build()) if target.name.split(".")[0] in ("pix2pix", "pencils", "outline")]
    names = {target.name for target in found}
    assert {"pix2pix.draw", "pix2pix.follow", "pix2pix.read", "pix2pix.recite", "pencils.draw", "outline.draw"} <= names
    for target in found:
        def act(sent, target=target):
            assert trouble(target, sent) is None, str(sent)[:200]

        bombard(target, 8, 0, act)
