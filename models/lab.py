"""A GAN in two dimensions, small enough to be trained live: for tabs/lab.py.

G maps normal noise in the plane to points in the plane, so the whole map can be drawn as a deformed grid. D gives every place of the
plane a probability, which can be drawn as a heat map. Nothing here is kept.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models import losses
from models.errors import BadInput, shown

BATCH = 128
LOSSES = ("minimax", "nonsaturating", "hinge", "wasserstein")
TARGETS = ("ring", "grid", "moons", "spiral", "drawn")
SPAN = 2.0        # the plane that is shown: -SPAN to SPAN on both axes
GRID, HEAT = 13, 28   # lines of the deformed grid, and places a side of the heat map
MOST_DRAWN = 400  # points a visitor may draw


@dataclass(frozen=True)
class Rules:
    target: str = "ring"
    loss: str = "nonsaturating"
    k: int = 1              # steps of D for each of G
    lr_g: float = 1e-3
    lr_d: float = 1e-3
    penalty: float = 1.0    # weight of the gradient penalty: at real points (R1), or towards slope 1 for wasserstein

    def __post_init__(self):
        for name, allowed in (("target", TARGETS), ("loss", LOSSES)):
            if getattr(self, name) not in allowed:
                raise BadInput("{name} takes one of {known}, not {value}.",
                               name=name, known=', '.join(allowed), value=shown(getattr(self, name)))
        for name, low, high in (("k", 1, 10), ("lr_g", 1e-5, 0.05), ("lr_d", 1e-5, 0.05), ("penalty", 0, 20)):
            value = getattr(self, name)
            if type(value) not in (int, float) or not low <= value <= high:
                raise BadInput("{name} takes a number from {low} to {high}, not {value}.",
                               name=name, low=f"{low:g}", high=f"{high:g}", value=shown(value))
        if type(self.k) is not int:
            raise BadInput("k takes a whole number from 1 to 10, not {k}.", k=shown(self.k))


def mlp(outputs: int, width: int = 64) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, width), nn.LeakyReLU(0.2), nn.Linear(width, width), nn.LeakyReLU(0.2), nn.Linear(width, outputs))


class Lab:
    """One visitor's training. `step_d` and `step_g` are one step of each; `picture` gives what is drawn."""

    def __init__(self, rules: Rules, seed: int = 0, drawn: list | None = None):
        self.rules, self.chance, self.steps = rules, torch.Generator().manual_seed(seed), 0
        self.drawn = points_of(drawn) if rules.target == "drawn" else None
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.g, self.d = mlp(2), mlp(1)
        momentum = 0.0 if rules.loss == "wasserstein" else 0.5
        self.g_optimizer = torch.optim.Adam(self.g.parameters(), rules.lr_g, betas=(momentum, 0.9))
        self.d_optimizer = torch.optim.Adam(self.d.parameters(), rules.lr_d, betas=(momentum, 0.9))

    def change(self, rules: Rules) -> None:
        """New learning rates, k and penalty for the training under way; for another target or loss a new Lab is made."""
        for optimizer, rate in ((self.g_optimizer, rules.lr_g), (self.d_optimizer, rules.lr_d)):
            for group in optimizer.param_groups:
                group["lr"] = rate
        self.rules = rules

    def step_d(self) -> None:
        real = target(self.rules.target, BATCH, self.chance, self.drawn)
        with torch.no_grad():
            fake = self.g(self._noise(BATCH))
        on_real, on_fake = self.d(real).squeeze(1), self.d(fake).squeeze(1)
        if self.rules.loss == "wasserstein":
            loss = on_fake.mean() - on_real.mean()
        elif self.rules.loss == "hinge":
            loss = losses.d_loss_hinge(on_real, on_fake)
        else:
            loss = losses.d_loss(on_real, on_fake)
        if self.rules.penalty:
            loss = loss + self.rules.penalty * self._penalty(real, fake)
        self._update(self.d_optimizer, loss)

    def step_g(self) -> None:
        logits = self.d(self.g(self._noise(BATCH))).squeeze(1)
        loss = {"minimax": losses.g_loss_minimax, "nonsaturating": losses.g_loss_nonsaturating}.get(
            self.rules.loss, losses.g_loss_hinge)(logits)
        self._update(self.g_optimizer, loss)
        self.steps += 1

    def play(self, rounds: int) -> None:
        for _ in range(rounds):
            for _ in range(self.rules.k):
                self.step_d()
            self.step_g()

    def picture(self) -> dict[str, list]:
        """Real and generated points, the deformed grid, D's probabilities row by row from the bottom ("heat"), and D's gradient ("push")
        at generated points ("at"), all as lists of numbers."""
        line = torch.linspace(-2, 2, GRID)
        grid = torch.stack(torch.meshgrid(line, line, indexing="ij"), 2).reshape(-1, 2)
        place = torch.linspace(-SPAN, SPAN, HEAT)
        plane = torch.stack(torch.meshgrid(place, place, indexing="xy"), 2).reshape(-1, 2)
        fixed = torch.Generator().manual_seed(1)
        with torch.no_grad():
            fake = self.g(torch.randn(300, 2, generator=fixed))
            logits = self.d(plane).squeeze(1)
            heat = torch.sigmoid(logits - logits.mean() if self.rules.loss == "wasserstein" else logits)
            bent = self.g(grid)
        at = fake[:60].clone().requires_grad_()
        push, = torch.autograd.grad(self.d(at).sum(), at)
        push = push / push.norm(dim=1, keepdim=True).clamp(min=1.0)
        return {"real": _short(target(self.rules.target, 200, fixed, self.drawn)), "fake": _short(fake), "grid": _short(bent),
                "heat": [round(value, 2) for value in heat.tolist()], "at": _short(at.detach()), "push": _short(push),
                "steps": self.steps}

    def _noise(self, n: int) -> Tensor:
        return torch.randn(n, 2, generator=self.chance)

    def _penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        if self.rules.loss != "wasserstein":
            return losses.r1_penalty(self.d, real)
        share = torch.rand(len(real), 1, generator=self.chance)
        between = (real * share + fake * (1 - share)).requires_grad_()
        slope, = torch.autograd.grad(self.d(between).sum(), between, create_graph=True)
        return (slope.norm(dim=1) - 1).square().mean()     # Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028

    def _update(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        gradients = torch.autograd.grad(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = torch.nan_to_num(gradient).clamp(-100, 100)   # extreme settings must not end in NaN
        optimizer.step()


def target(name: str, n: int, chance: torch.Generator, drawn: Tensor | None = None) -> Tensor:
    """n points of a target distribution in the plane, float [n, 2]."""
    def normal() -> Tensor:
        return torch.randn(n, 2, generator=chance)

    t = torch.rand(n, generator=chance)
    if name == "ring":
        angle = torch.randint(0, 8, (n,), generator=chance) * (torch.pi / 4)
        return torch.stack([angle.cos(), angle.sin()], 1) * 1.4 + 0.05 * normal()
    if name == "grid":
        return (torch.randint(0, 5, (n, 2), generator=chance) - 2) * 0.75 + 0.04 * normal()
    if name == "moons":
        upper = torch.rand(n, generator=chance) < 0.5
        x, y = torch.cos(t * torch.pi), torch.sin(t * torch.pi)
        return torch.stack([torch.where(upper, x - 0.5, 0.5 - x), torch.where(upper, y - 0.2, 0.2 - y)], 1) * 1.1 + 0.05 * normal()
    if name == "spiral":
        angle = t.sqrt() * 3 * torch.pi
        return torch.stack([angle.cos(), angle.sin()], 1) * (angle / (3 * torch.pi))[:, None] * 1.7 + 0.04 * normal()
    if drawn is None:
        raise BadInput("Draw a few points first.")
    return drawn[torch.randint(0, len(drawn), (n,), generator=chance)] + 0.04 * normal()


def points_of(drawn) -> Tensor:
    """What a visitor drew: a list of 1 to MOST_DRAWN pairs of numbers within the plane."""
    try:
        points = torch.tensor([[float(x), float(y)] for x, y in drawn[:MOST_DRAWN]]) if isinstance(drawn, list) else torch.empty(0, 2)
    except (TypeError, ValueError, OverflowError):
        points = torch.full((1, 2), torch.nan)
    if not len(points) or not points.isfinite().all() or points.abs().max() > SPAN:
        raise BadInput("Draw a few points first, inside the frame.")
    return points


def _short(points: Tensor) -> list:
    return [[round(x, 3), round(y, 3)] for x, y in points.clamp(-9, 9).tolist()]


