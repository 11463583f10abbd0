"""The game in the plane: targets, rules, and that G comes closer."""

import pytest
import torch
from conftest import is_one_sentence

from models.errors import BadInput
from models.lab import GRID, HEAT, LOSSES, SPAN, TARGETS, Lab, Rules, points_of, target


@pytest.mark.parametrize("name", TARGETS)
def test_targets_lie_in_the_frame(name):
    points = target(name, 500, torch.Generator().manual_seed(0), torch.tensor([[1.0, 1.0], [-1.0, 0.5]]))
    assert points.shape == (500, 2) and points.abs().max() < SPAN + 0.3


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_moves_both_players(loss):
    lab = Lab(Rules(loss=loss))
    before = [parameter.clone() for net in (lab.d, lab.g) for parameter in net.parameters()]
    lab.play(2)
    after = [parameter for net in (lab.d, lab.g) for parameter in net.parameters()]
    assert all((a != b).any() for a, b in zip(before, after, strict=True) if a.ndim > 1)
    assert lab.steps == 2


def test_a_step_of_one_player_leaves_the_other_alone():
    lab = Lab(Rules())
    for step, moved, still in ((lab.step_d, lab.d, lab.g), (lab.step_g, lab.g, lab.d)):
        kept = [parameter.clone() for parameter in still.parameters()], [parameter.clone() for parameter in moved.parameters()]
        step()
        assert all(torch.equal(a, b) for a, b in zip(kept[0], still.parameters(), strict=True))
        assert any(not torch.equal(a, b) for a, b in zip(kept[1], moved.parameters(), strict=True))


def test_training_brings_the_generated_points_to_the_ring():
    lab = Lab(Rules())
    noise = torch.randn(400, 2, generator=torch.Generator().manual_seed(5))

    def distance() -> float:
        angle = torch.arange(8) * (torch.pi / 4)
        centres = torch.stack([angle.cos(), angle.sin()], 1) * 1.4
        with torch.no_grad():
            return torch.cdist(lab.g(noise), centres).min(1).values.mean().item()

    before = distance()
    lab.play(400)
    assert distance() < 0.6 * before


def test_the_same_rules_play_the_same_game():
    first, second = Lab(Rules()), Lab(Rules())
    first.play(3)
    second.play(3)
    assert first.picture() == second.picture()


def test_a_picture_holds_all_that_is_drawn():
    picture = Lab(Rules()).picture()
    assert (len(picture["grid"]), len(picture["heat"]), len(picture["fake"])) == (GRID ** 2, HEAT ** 2, 300)
    assert all(0 <= belief <= 1 for belief in picture["heat"]) and len(picture["push"]) == len(picture["at"])


def test_wild_rules_never_end_in_nan():
    lab = Lab(Rules(lr_g=0.05, lr_d=0.05, penalty=20, k=10, loss="wasserstein"))
    lab.play(30)
    assert all(abs(x) <= 9 for point in lab.picture()["fake"] for x in point)


@pytest.mark.parametrize("rules", [{"target": "teapot"}, {"loss": "vgg"}, {"k": 0}, {"k": 11}, {"lr_g": float("nan")}, {"lr_d": "fast"},
                                   {"penalty": -1}, {"lr_g": True}, {"target": 3}, {"loss": ["hinge"]}], ids=str)
def test_bad_rules_are_one_sentence(rules):
    with pytest.raises(BadInput) as caught:
        Rules(**rules)
    assert is_one_sentence(str(caught.value)), str(caught.value)


@pytest.mark.parametrize("drawn", [None, [], "abc", [[1]], [[1, 2, 3]], [["a", "b"]], [[float("nan"), 0]], [[99, 0]], {"a": 1}], ids=str)
def test_a_bad_drawing_is_one_sentence(drawn):
    with pytest.raises(BadInput):
        points_of(drawn)


def test_a_drawing_becomes_the_target():
    lab = Lab(Rules(target="drawn"), drawn=[[1.5, 1.5]])
    assert (torch.tensor(lab.picture()["real"]) - 1.5).abs().max() < 0.3
