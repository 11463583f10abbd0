"""Losses, as pure functions of logits. D's logits are above 0 for "real"; each function returns a scalar."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def d_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Goodfellow 2014, equation 1, for D: -log D(x) - log(1 - D(G(z))), each averaged."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def g_loss_nonsaturating(fake: Tensor) -> Tensor:
    """Goodfellow 2014, section 3: G maximises log D(G(z)), whose gradient does not vanish while D still wins."""
    return F.softplus(-fake).mean()


def g_loss_minimax(fake: Tensor) -> Tensor:
    """Goodfellow 2014, equation 1, for G as written: log(1 - D(G(z)))."""
    return -F.softplus(fake).mean()


def d_loss_hinge(real: Tensor, fake: Tensor) -> Tensor:
    """Lim and Ye 2017, https://arxiv.org/abs/1705.02894."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def g_loss_hinge(fake: Tensor) -> Tensor:
    return -fake.mean()


def r1_penalty(discriminator: nn.Module, real: Tensor, *condition: Tensor) -> Tensor:
    """Mescheder et al. 2018, https://arxiv.org/abs/1801.04406: half the mean squared gradient of D at real images."""
    real = real.detach().requires_grad_()
    gradient, = torch.autograd.grad(discriminator(real, *condition).sum(), real, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean() / 2


def category_loss(logits: Tensor, category: Tensor) -> Tensor:
    """InfoGAN 2016, section 5: -log Q(c | x) for the discrete code. logits [N, K], category int64 [N]."""
    return F.cross_entropy(logits, category)


def gaussian_code_loss(mean: Tensor, code: Tensor) -> Tensor:
    """-log Q(c | x) for continuous codes, Q a Gaussian of fixed standard deviation 1, as in the authors' code. Both [N, K]."""
    return 0.5 * ((mean - code).square() + math.log(2 * math.pi)).sum(1).mean()


def mutual_information(a: Tensor, b: Tensor) -> Tensor:
    """Mutual information, in nats, between two readings of the same images: probabilities [..., N, K] each -> [...].

    Ji et al. 2019, "Invariant Information Clustering", https://arxiv.org/abs/1807.06653, section 3.1. At most log K, when all
    classes are used equally and both readings are sure and agree.
    """
    joint = a.transpose(-1, -2) @ b / a.shape[-2]
    joint = ((joint + joint.transpose(-1, -2)) / 2).clamp(min=1e-8)
    rows, columns = joint.sum(-1, keepdim=True), joint.sum(-2, keepdim=True)
    return (joint * (joint.log() - rows.log() - columns.log())).sum((-1, -2))


def info_nce(a: Tensor, b: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """InfoNCE both ways (van den Oord et al. 2018, https://arxiv.org/abs/1807.03748) for embeddings a, b [N, dim] of length 1.

    a[i] must find b[i] among all b, and b[i] find a[i]. Others of the same label [N] are left out: they are not wrong.
    """
    logits = a @ b.T / temperature
    same = (labels[:, None] == labels) & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    logits = logits.masked_fill(same, -math.inf)
    target = torch.arange(len(a), device=a.device)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def matching_d_hinge(right: Tensor, wrong: Tensor, fake: Tensor) -> Tensor:
    """GAN-CLS 2016, section 4.2, with the hinge: D's logits for real images with matching and with mismatched text and for
    generated images."""
    return F.relu(1 - right).mean() + (F.relu(1 + wrong).mean() + F.relu(1 + fake).mean()) / 2


def matching_d_loss(right: Tensor, wrong: Tensor, fake: Tensor) -> Tensor:
    """GAN-CLS 2016, algorithm 1: the same three kinds of pair with the cross-entropy of the paper."""
    return F.softplus(-right).mean() + (F.softplus(wrong).mean() + F.softplus(fake).mean()) / 2


def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)) in nats for each dimension (Kingma and Welling 2013, appendix B): two [N, K] -> [N, K]. A VAE's loss
    has the sum over the dimensions, StackGAN's code their mean. In fp32: in bf16 the terms of small deviations cancel to nothing."""
    mean, log_variance = mean.float(), log_variance.float()
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
