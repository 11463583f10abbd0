"""The exponential moving average (EMA) of a network's weights, which is what ships, and batch-norm statistics for use in eval mode."""

from collections.abc import Callable

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

SETTLE = 50      # batches over which batch-norm statistics are taken at the end of a training


def ema_of(module: nn.Module, decay: float) -> AveragedModel:
    """The EMA of `module`, batch-norm buffers included, moved by each `update_parameters(module)`; in eval mode, without gradients.

    Update n uses the decay min(decay, (1 + n) / (10 + n)), so that the random start does not weigh on short runs.
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
def settle_batch_norm(network: nn.Module, batches, together: Callable, forward: Callable | None = None) -> None:
    """Replaces a discriminator's batch-norm statistics by the plain averages over the first batches of a training.

    In training it sees real and generated images in separate batches; to score single images it needs the statistics of both together:
    `together(images, labels)` gives the network's input for a batch, or a tuple of inputs. `forward` is the method that reaches every
    layer, if calling the network does not. Leaves the network in eval mode.
    """
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None        # None: a plain average over all batches
    network.train()
    for i in range(SETTLE):
        given = together(*batches[i])
        (forward or network)(*given if isinstance(given, tuple) else (given,))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()
