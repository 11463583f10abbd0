"""The average of a generator's weights, and a discriminator's batch norm made fit for use."""

import pytest
import torch
from torch import nn

from training.kit.ema import SETTLE, ema_of, settle_batch_norm


@pytest.fixture
def module() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


def fill(module: nn.Module, value: float) -> None:
    for tensor in module.state_dict().values():
        tensor.fill_(value)


def test_average_begins_where_the_module_first_is(module):
    average = ema_of(module, 0.9)
    average.update_parameters(module)
    for name, value in module.state_dict().items():
        assert torch.equal(average.module.state_dict()[name], value), name


def test_average_follows_with_the_ramped_rate_in_weights_and_buffers(module):
    """Update n moves by 1 - (1 + n) / (10 + n) until that is 1 - decay."""
    average, expected = ema_of(module, 0.5), 0.0
    for n, value in enumerate([0.0, 1.0, -3.0, 2.0, 7.0, 1.0, 1.0, 5.0, -4.0, 3.0, 2.0, 2.0]):
        fill(module, value)
        average.update_parameters(module)
        rate = 1 - min(0.5, (1 + n) / (10 + n)) if n else 1
        expected += rate * (value - expected)
        state = average.module.state_dict()
        for name in ("0.weight", "0.bias", "1.weight", "1.running_mean", "1.running_var"):
            torch.testing.assert_close(state[name], torch.full_like(state[name], expected), msg=f"{name} after update {n}")


def test_average_comes_to_stand_on_a_module_that_stays(module):
    average = ema_of(module, 0.9)
    fill(module, 0.0)
    average.update_parameters(module)
    fill(module, 1.0)
    for _ in range(200):
        average.update_parameters(module)
    torch.testing.assert_close(average.module[0].weight, torch.ones(4, 3))


def test_counters_are_copied_not_averaged(module):
    average = ema_of(module, 0.9)
    for count in (3, 11, 12):
        module[1].num_batches_tracked.fill_(count)
        average.update_parameters(module)
        assert average.module[1].num_batches_tracked.item() == count


def test_module_is_left_alone(module):
    before = {name: value.clone() for name, value in module.state_dict().items()}
    average = ema_of(module, 0.9)
    for _ in range(3):
        average.update_parameters(module)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert module.training and all(p.requires_grad for p in module.parameters())


def test_average_judges_and_does_not_learn(module):
    average = ema_of(module, 0.9)
    assert not average.module.training
    assert not any(p.requires_grad for p in average.parameters())


def test_settled_batch_norm_has_the_statistics_of_all_batches():
    network = nn.Sequential(nn.BatchNorm2d(2, momentum=0.3), nn.Flatten(), nn.BatchNorm1d(32))
    network[0].running_mean.fill_(100)                           # whatever training left there is forgotten
    batches = [(torch.randn(50, 2, 4, 4) * 3 + i % 5, torch.full((50,), i % 2)) for i in range(SETTLE)]
    settle_batch_norm(network, batches, lambda x, label: x + label[:, None, None, None])
    seen = [x + label[0] for x, label in batches]
    torch.testing.assert_close(network[0].running_mean, torch.stack([x.mean((0, 2, 3)) for x in seen]).mean(0))
    torch.testing.assert_close(network[0].running_var, torch.stack([x.var((0, 2, 3)) for x in seen]).mean(0), rtol=1e-3, atol=1e-3)
    assert network[0].momentum == 0.3 and not network.training


def test_settling_batch_norm_leaves_the_weights_alone():
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    before = [p.clone() for p in network.parameters()]
    settle_batch_norm(network, [(torch.randn(8, 3), None)] * SETTLE, lambda x, _: (x,))
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))
    assert all(p.grad is None for p in network.parameters())
