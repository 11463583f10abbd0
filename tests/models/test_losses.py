"""Losses against references that somebody else wrote, or that can be worked out by hand."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Normal, kl_divergence

from models import losses


@pytest.fixture
def logits() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.randn(64) * 5, torch.randn(64) * 5


def test_d_loss_is_the_cross_entropy_of_real_and_fake(logits):
    real, fake = logits
    reference = (F.binary_cross_entropy_with_logits(real, torch.ones(64)) + F.binary_cross_entropy_with_logits(fake, torch.zeros(64)))
    torch.testing.assert_close(losses.d_loss(real, fake), reference)


def test_nonsaturating_loss_is_the_cross_entropy_of_fakes_called_real(logits):
    torch.testing.assert_close(losses.g_loss_nonsaturating(logits[1]), F.binary_cross_entropy_with_logits(logits[1], torch.ones(64)))


def test_the_distance_to_the_prior_is_exact_for_small_deviations_in_bf16():
    small = torch.full((8, 3), 0.02, dtype=torch.bfloat16)
    found = losses.kl_to_normal(small, 2 * small)
    prior, posterior = Normal(0.0, 1.0), Normal(small.float(), small.float().exp())
    torch.testing.assert_close(found, kl_divergence(posterior, prior), rtol=1e-3, atol=1e-7)


def test_minimax_loss_is_log_of_one_minus_d(logits):
    torch.testing.assert_close(losses.g_loss_minimax(logits[1]), torch.log1p(-torch.sigmoid(logits[1].double())).mean().float())


@pytest.mark.parametrize("loss", [losses.g_loss_nonsaturating, losses.g_loss_minimax])
def test_both_generator_losses_pull_the_same_way(loss, logits):
    fake = logits[1].requires_grad_()
    loss(fake).backward()
    assert (fake.grad < 0).all()


def test_nonsaturating_gradient_survives_where_minimax_vanishes():
    gradients = []
    for loss in (losses.g_loss_nonsaturating, losses.g_loss_minimax):
        fake = torch.tensor([-12.0], requires_grad=True)
        loss(fake).backward()
        gradients.append(fake.grad.abs().item())
    assert gradients[0] > 0.99 and gradients[1] < 1e-4


def test_losses_stay_finite_for_huge_logits():
    huge = torch.tensor([-1e4, 1e4])
    for value in (losses.d_loss(huge, huge), losses.g_loss_nonsaturating(huge), losses.g_loss_minimax(huge)):
        assert value.isfinite()


def test_hinge_losses_by_hand():
    real, fake = torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-2.0, 0.0, 1.0])
    assert losses.d_loss_hinge(real, fake).item() == pytest.approx((0 + 0.5 + 2) / 3 + (0 + 1 + 2) / 3)
    assert losses.g_loss_hinge(fake).item() == pytest.approx(1 / 3)


def test_r1_of_a_linear_discriminator_is_half_the_squared_norm_of_its_weights():
    d = nn.Sequential(nn.Flatten(), nn.Linear(12, 1))
    penalty = losses.r1_penalty(d, torch.randn(5, 3, 2, 2))
    torch.testing.assert_close(penalty, d[1].weight.square().sum() / 2)


def test_r1_of_a_conditional_discriminator_takes_the_gradient_at_the_picture_only():
    penalty = losses.r1_penalty(lambda x, y: (x.flatten(1).sum(1) * y.sum(1)), torch.randn(5, 1, 2, 2), torch.full((5, 1), 3.0))
    assert penalty.item() == pytest.approx(4 * 9 / 2)


def test_r1_can_be_minimised_and_leaves_the_pictures_alone():
    d, real = nn.Sequential(nn.Flatten(), nn.Linear(4, 1)), torch.randn(5, 1, 2, 2)
    losses.r1_penalty(d, real).backward()
    torch.testing.assert_close(d[1].weight.grad, d[1].weight.detach())
    assert not real.requires_grad


def test_category_loss_is_cross_entropy_by_hand():
    logits, category = torch.randn(8, 10), torch.arange(8)
    reference = -torch.stack([logits[i].log_softmax(0)[i] for i in range(8)]).mean()
    torch.testing.assert_close(losses.category_loss(logits, category), reference)


def test_code_loss_is_minus_the_log_density_of_a_unit_gaussian():
    mean, code = torch.randn(8, 2), torch.rand(8, 2) * 2 - 1
    reference = -torch.distributions.Normal(mean, 1.0).log_prob(code).sum(1).mean()
    torch.testing.assert_close(losses.gaussian_code_loss(mean, code), reference)


def test_kl_is_the_closed_form_averaged_over_dimensions():
    torch.manual_seed(0)
    mean, log_variance = torch.randn(5, 7), torch.randn(5, 7)
    own = torch.distributions.Normal(mean, torch.exp(log_variance / 2))
    reference = torch.distributions.kl_divergence(own, torch.distributions.Normal(0.0, 1.0)).mean()
    torch.testing.assert_close(losses.kl_to_normal(mean, log_variance).mean(), reference)
    assert (losses.kl_to_normal(torch.zeros(2, 3), torch.zeros(2, 3)) == 0).all()


def test_matching_losses_by_hand():
    right, wrong, fake = torch.tensor([2.0, 0.0]), torch.tensor([-2.0, 0.0]), torch.tensor([1.0, -1.0])
    assert losses.matching_d_hinge(right, wrong, fake).item() == pytest.approx(0.5 + (0.5 + 1.0) / 2)
    bce = nn.functional.binary_cross_entropy_with_logits
    reference = bce(right, torch.ones(2)) + (bce(wrong, torch.zeros(2)) + bce(fake, torch.zeros(2))) / 2
    torch.testing.assert_close(losses.matching_d_loss(right, wrong, fake), reference)


def test_r1_follows_the_picture_and_not_the_text():
    torch.manual_seed(0)
    d, x, text = nn.Bilinear(12, 3, 1), torch.randn(4, 12), torch.randn(4, 3)
    penalty = losses.r1_penalty(lambda a, b: d(a, b).squeeze(1), x, text)
    by_hand = torch.stack([(d.weight[0] @ t).square().sum() for t in text]).mean() / 2
    torch.testing.assert_close(penalty, by_hand)


def test_pairs_of_the_same_class_are_no_wrong_answers():
    a = nn.functional.normalize(torch.tensor([[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]]), dim=1)
    alone = losses.info_nce(a[[0, 2]], a[[0, 2]], torch.tensor([0, 1]), 0.1)
    reference = nn.functional.cross_entropy(a[[0, 2]] @ a[[0, 2]].T / 0.1, torch.tensor([0, 1]))
    torch.testing.assert_close(alone, reference)
    assert losses.info_nce(a, a, torch.tensor([0, 0, 1]), 0.1) < losses.info_nce(a, a, torch.tensor([0, 1, 2]), 0.1)
