"""What ships is not the last step: the generator's weights averaged over training, and batch-norm statistics made fit for use."""

from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel


def average_of(module: nn.Module, decay: float) -> AveragedModel:
    """An average that follows `module` at each `update_parameters(module)`, batch-norm buffers included.

    The decay is ramped up, (1 + n) / (10 + n) until it reaches `decay`, or the random start would weigh on short runs.
    """

    @torch.no_grad()
    def follow(averaged: list[torch.Tensor], current: list[torch.Tensor], updates: torch.Tensor | int) -> None:
        rate = 1 - min(decay, (1 + int(updates)) / (10 + int(updates)))
        if torch.is_floating_point(averaged[0]):
            torch._foreach_lerp_(averaged, current, rate)
        else:                                      # counters, such as num_batches_tracked
            for a, c in zip(averaged, current, strict=True):
                a.copy_(c)

    model = AveragedModel(module, multi_avg_fn=follow, use_buffers=True)
    return model.eval().requires_grad_(False)


@torch.no_grad()
def settle_batch_norm(network: nn.Module, batches: Iterable[tuple[torch.Tensor, ...]],
                      forward: Callable | None = None) -> None:
    """Gives a discriminator the batch-norm statistics of the batches given, each a tuple of its inputs. `forward` is a
    method that reaches all of the network, where calling it does not.

    During training it saw real and generated pictures in batches of their own, and last the generated ones; to judge single
    pictures it needs the statistics of both together. Leaves the network in eval mode.
    """
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None        # None: a plain average over all batches
    network.train()
    for batch in batches:
        (forward or network)(*batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()
