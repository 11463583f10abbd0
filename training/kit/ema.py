"""The exponential moving average of a generator's weights, which is what ships."""

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
