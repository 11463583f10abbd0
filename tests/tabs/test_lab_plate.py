"""The 2-D lab: the browser's game, with gradients by hand, is the one that torch plays; its rules are bounded, and it asks nobody."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from conftest import is_one_sentence
from playwright.sync_api import expect
from torch import Tensor, nn

from models import losses
from page import served
from tabs import lab
from tests.visitor import copied, open_tab, visit

BATCH, HEAT = 128, 28
DRAWN = [[1.0, 1.0], [-1.0, 0.5], [0.25, -1.5]]
PLAYED = """async ([address, games, drawn, rounds]) => {
    const {Game} = await import(address), game = new Game(games[0], drawn);
    for (game.rules of games) for (let i = 0; i < rounds; i++) game.round();
    return game.picture();
}"""


# --- torch's game -----------------------------------------------------------------------------------------------------------

class Game:
    """The lab as torch plays it: nn.Linear as it begins, gradients by autograd, torch.optim.Adam, losses of models/losses.py."""

    def __init__(self, rules: dict, drawn: list, seed: int = 0):
        self.rules, self.drawn, self.chance = rules, torch.tensor(drawn), torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.g, self.d = (nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, n))
                              for n in (2, 1))
        momentum = 0.0 if rules["loss"] == "wasserstein" else 0.5
        self.g_optimizer, self.d_optimizer = (torch.optim.Adam(net.parameters(), rate, betas=(momentum, 0.9))
                                              for net, rate in ((self.g, rules["lr_g"]), (self.d, rules["lr_d"])))

    def round(self) -> None:
        for _ in range(self.rules["k"]):
            self.step_d()
        loss = {"minimax": losses.g_loss_minimax, "nonsaturating": losses.g_loss_nonsaturating}.get(self.rules["loss"], losses.g_loss_hinge)
        self.update(self.g, self.g_optimizer, loss(self.d(self.g(self.noise())).squeeze(1)))

    def step_d(self) -> None:
        real = target(self.rules["target"], BATCH, self.chance, self.drawn)
        fake = self.g(self.noise()).detach()
        on_real, on_fake = self.d(real).squeeze(1), self.d(fake).squeeze(1)
        loss = {"wasserstein": lambda a, b: b.mean() - a.mean(), "hinge": losses.d_loss_hinge}.get(self.rules["loss"], losses.d_loss)
        self.update(self.d, self.d_optimizer, loss(on_real, on_fake) + self.rules["penalty"] * self.penalty(real, fake))

    def penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        if not self.rules["penalty"]:
            return torch.zeros(())
        if self.rules["loss"] != "wasserstein":
            return losses.r1_penalty(self.d, real)
        share = torch.rand(BATCH, 1, generator=self.chance)
        between = (real * share + fake * (1 - share)).requires_grad_()
        slope, = torch.autograd.grad(self.d(between).sum(), between, create_graph=True)
        return (slope.norm(dim=1) - 1).square().mean()

    def noise(self) -> Tensor:
        return torch.randn(BATCH, 2, generator=self.chance)

    def update(self, net: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        for parameter, gradient in zip(net.parameters(), torch.autograd.grad(loss, list(net.parameters()), allow_unused=True), strict=True):
            parameter.grad = torch.zeros_like(parameter) if gradient is None else gradient.clamp(-100, 100)
        optimizer.step()

    def picture(self) -> dict[str, Tensor]:
        fixed = torch.Generator().manual_seed(1)
        line, place = torch.linspace(-2, 2, 13), torch.linspace(-2, 2, HEAT)
        grid = torch.cartesian_prod(line, line)
        plane = torch.stack(torch.meshgrid(place, place, indexing="xy"), 2).reshape(-1, 2)
        with torch.no_grad():
            fake, logits = self.g(torch.randn(300, 2, generator=fixed)), self.d(plane).squeeze(1)
            bent = self.g(grid)
        at = fake[:60].clone().requires_grad_()
        push, = torch.autograd.grad(self.d(at).sum(), at)
        return {"real": target(self.rules["target"], 200, fixed, self.drawn), "fake": fake, "grid": bent, "at": at.detach(),
                "heat": torch.sigmoid(logits - logits.mean() if self.rules["loss"] == "wasserstein" else logits),
                "push": push / push.norm(dim=1, keepdim=True).clamp(min=1.0)}


def target(name: str, n: int, chance: torch.Generator, drawn: Tensor) -> Tensor:
    """n points of a target distribution, float [n, 2]."""
    t = torch.rand(n, generator=chance)
    if name == "ring":
        angle = torch.randint(0, 8, (n,), generator=chance) * (torch.pi / 4)
        points, spread = torch.stack([angle.cos(), angle.sin()], 1) * 1.4, 0.05
    elif name == "grid":
        points, spread = (torch.randint(0, 5, (n, 2), generator=chance) - 2) * 0.75, 0.04
    elif name == "moons":
        upper = (torch.rand(n, generator=chance) < 0.5)[:, None]
        x, y = torch.cos(t * torch.pi), torch.sin(t * torch.pi)
        points, spread = torch.where(upper, torch.stack([x - 0.5, y - 0.2], 1), torch.stack([0.5 - x, 0.2 - y], 1)) * 1.1, 0.05
    elif name == "spiral":
        angle = t.sqrt() * 3 * torch.pi
        points, spread = torch.stack([angle.cos(), angle.sin()], 1) * (angle / (3 * torch.pi))[:, None] * 1.7, 0.04
    else:
        points, spread = drawn[torch.randint(0, len(drawn), (n,), generator=chance)], 0.04
    return points + spread * torch.randn(n, 2, generator=chance)


# --- the browser's ----------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def played(browser, address):
    """played(rules, rounds): what the browser draws after so many rounds; played(rules, rounds, others): and as many by other rules."""
    with visit(browser, address) as page:
        game = f"{address}drawing/{served.script(lab.GAME)}"
        yield lambda rules, rounds, *others: page.evaluate(PLAYED, [game, [rules, *others], DRAWN, rounds])


@pytest.mark.parametrize(("target_name", "loss"), [("ring", "nonsaturating"), ("grid", "minimax"), ("moons", "hinge"),
                                                   ("spiral", "wasserstein"), ("drawn", "nonsaturating")])
def test_the_browser_plays_the_game_that_torch_plays(played, target_name, loss):
    rules = lab.RULES | {"target": target_name, "loss": loss, "k": 2, "lr_g": 3e-3, "lr_d": 2e-3, "penalty": 1.5}
    theirs = Game(rules, DRAWN)
    for _ in range(10):
        theirs.round()
    ours = played(rules, 10)
    assert ours.pop("steps") == 10
    for name, wanted in theirs.picture().items():
        np.testing.assert_allclose(ours[name], wanted, atol=2e-3, err_msg=name)


@pytest.mark.parametrize("name", lab.TARGETS)
def test_targets_lie_in_the_frame(played, name):
    assert np.abs(played(lab.RULES | {"target": name}, 0)["real"]).max() < 2.3


def far_from_the_ring(found: dict) -> np.ndarray:
    """How far each generated point is from each of the eight clusters: [N, 8]."""
    angle = np.arange(8) * np.pi / 4
    return np.linalg.norm(np.array(found["fake"])[:, None] - 1.4 * np.stack([np.cos(angle), np.sin(angle)], 1), axis=2)


def test_training_brings_the_generated_points_to_the_ring(played):
    before, after = (far_from_the_ring(played(lab.RULES, rounds)).min(1).mean() for rounds in (0, 400))
    assert after < 0.6 * before


def test_the_cure_heals_a_game_that_has_collapsed(played):
    ill = lab.PRESETS["Mode collapse"]
    collapsed, healed = ((far_from_the_ring(played(ill, 300, *cure)) < 0.25).sum(0) for cure in ([], [ill | lab.PRESETS["Its cure"]]))
    assert (collapsed > 5).sum() <= 1 and (healed > 5).sum() >= 7          # of the eight clusters


def test_wild_rules_never_end_in_nan(played):
    wild = lab.RULES | {"lr_g": 0.05, "lr_d": 0.05, "penalty": 20, "k": 10, "loss": "wasserstein"}
    assert np.isfinite(np.array(played(wild, 30)["fake"], float)).all()


# --- the plate --------------------------------------------------------------------------------------------------------------

def test_it_plays_steps_and_begins_anew_without_a_request(browser, address):
    with visit(browser, address, reduced_motion="no-preference") as page:
        found = open_tab(page, "2-D lab", "lab")
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        expect(found.locator("[data-steps]")).to_contain_text("rounds")
        page.wait_for_function("Number(document.querySelector('#lab .instrument').dataset.rounds) > 40")
        found.get_by_role("button", name="Pause").click()
        found.get_by_role("button", name="Begin anew").click()
        expect(found).to_have_attribute("data-rounds", "0")
        found.get_by_role("button", name="One step of D").click()
        found.get_by_role("button", name="One step of G").click()
        expect(found).to_have_attribute("data-rounds", "1")
        # What other plates draw with may be fetched meanwhile (page/served.py); the server is asked nothing.
        assert [url for url in asked if "/drawing/" not in url and "/networks/" not in url and "heartbeat" not in url] == []


def test_who_wants_stillness_presses_play(page):
    found = open_tab(page, "2-D lab", "lab")
    expect(found).to_have_attribute("data-rounds", "0")
    found.get_by_role("button", name="Play").click()
    page.wait_for_function("Number(document.querySelector('#lab .instrument').dataset.rounds) > 8")


def test_the_cure_goes_on_with_the_game_and_is_known_by_its_rules(page):
    found = open_tab(page, "2-D lab", "lab")
    cure = found.get_by_role("button", name="Its cure")
    found.get_by_role("button", name="Mode collapse").click()
    for rounds in "12":
        found.get_by_role("button", name="One step of G").click()
        expect(found).to_have_attribute("data-rounds", rounds)
    cure.click()
    expect(cure).to_have_attribute("aria-pressed", "true")
    found.get_by_role("button", name="One step of G").click()
    expect(found).to_have_attribute("data-rounds", "3")
    found.get_by_role("button", name="A fair game").click()
    expect(found).to_have_attribute("data-rounds", "0")
    expect(cure).to_have_attribute("aria-pressed", "false")
    found.locator('input[type=range][name="k"]').fill("2")
    found.locator('input[type=range][name="lr_d"]').fill("-2.5")
    expect(cure).to_have_attribute("aria-pressed", "true")


def test_a_target_can_be_drawn_and_comes_again_by_its_link(page, newcomer):
    found = open_tab(page, "2-D lab", "lab")
    found.get_by_role("button", name="draw it yourself").click()
    hint = found.get_by_text("Draw in the frame: press and move.")
    expect(hint).to_be_visible()
    found.get_by_role("button", name="One step of G").click()
    expect(found).to_have_attribute("data-rounds", "1")          # until somebody draws there is a heart
    found.locator("canvas").scroll_into_view_if_needed()
    box = found.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 200, steps=12)
    page.mouse.up()
    expect(hint).to_be_hidden()
    found.get_by_role("button", name="One step of G").click()
    expect(found).to_have_attribute("data-rounds", "1")
    link = copied(found, "link")
    drawn = parse_qs(urlsplit(link).query)["drawn"][0]
    assert 4 <= len(drawn) <= 4 * lab.MOST_POINTS and len(drawn) % 4 == 0
    newcomer.goto(link)
    again = newcomer.locator("#lab .instrument[data-ready]")
    expect(again.get_by_text("Draw in the frame")).to_be_hidden()
    assert parse_qs(urlsplit(copied(again, "link")).query)["drawn"] == [drawn]
    again.get_by_role("button", name="Mode collapse").click()      # other rules leave a drawing alone
    assert parse_qs(urlsplit(copied(again, "link")).query)["drawn"] == [drawn]


@pytest.mark.parametrize("query", ["k=99", "k=2.5", "lr_g=7", "lr_d=0", "penalty=-1", "target=teapot", "loss=%3Cimg%3E", "drawn=abc",
                                   "drawn=%3Cx%3E", "penalty=6", "lr_g=0.04"])
def test_a_link_beyond_the_rules_is_left_out_and_said(newcomer, address, query):
    newcomer.goto(f"{address}?tab=lab&{query}")
    found = newcomer.locator("#lab .instrument[data-ready]")
    expect(found.locator("[data-copied]")).to_contain_text(query.partition("=")[0])
    expect(found).to_have_attribute("data-rounds", "0")


@pytest.mark.parametrize("end", [0, 1])
def test_links_hold_the_ends_of_every_slider(newcomer, address, end):
    newcomer.goto(f"{address}?tab=lab")
    found = newcomer.locator("#lab .instrument[data-ready]")
    for name, ends in lab.SLIDERS.items():
        found.locator(f'input[type=range][name="{name}"]').fill(str(ends[end]))
    newcomer.goto(link := copied(found, "link"))
    expect(found.locator("[data-copied]")).to_have_text("")
    assert copied(found, "link") == link


def test_a_browser_that_cannot_play_says_so(browser, address):
    with visit(browser, address) as page:
        page.add_init_script("window.Worker = class { constructor() { throw new Error('no workers here'); } }")
        page.reload()
        found = open_tab(page, "2-D lab", "lab")
        expect(found.locator(".notice")).to_contain_text("does not run in this browser")
        assert is_one_sentence(found.locator(".notice").inner_text().replace(";", ","))
