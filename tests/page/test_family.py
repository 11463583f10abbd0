"""A plate's place in the family, in its heading: from the branches alone."""

import itertools
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import models
from models.card import Paper
from models.checkpoint import WEIGHTS
from page import family, tree
from page.branch import Branch
from page.language import WORDS, speaking
from page.plate import Plate
from page.site import Site
from page.tree_svg import SIZE, drawing, summit
from tabs import plates


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


@pytest.fixture
def wood(monkeypatch):
    """Four papers: a <- b <- c, and n beside them; a and b share a plate, c has one, and d, e descend from b on a plate that waits."""
    paper = {name: Paper(name=name.upper(), title="", authors="", year=2014 + i, link="", idea="", objective="")
             for i, name in enumerate("abcden")}
    monkeypatch.setattr(family, "module_of", lambda model: SimpleNamespace(PAPER=paper[model]))
    return [SimpleNamespace(PLATE=Plate(id="ab", order=1, models=("a", "b")),
                            BRANCHES=(Branch("a", tip=(1, 9)), Branch("b", "a", tip=(2, 7)))),
            SimpleNamespace(PLATE=Plate(id="c", order=2, models=("c",)), BRANCHES=(Branch("c", "b", tip=(3, 5)),)),
            SimpleNamespace(PLATE=Plate(id="n", order=3, models=("n",)), BRANCHES=(Branch("n", tip=(9, 9), neighbour=True),)),
            SimpleNamespace(PLATE=Plate(id="play", order=4))]


WAITING = [SimpleNamespace(BRANCHES=(Branch("d", "b", tip=(5, 5)), Branch("e", "b", tip=(6, 5))))]


def test_neighbours_with_a_plate_are_links_and_others_words(wood):
    first, second, beside, play = (family.place(module.PLATE, wood, WAITING) for module in wood)
    assert words(first) == "the root led to: C, D, E"
    assert re.findall(r'href="\?tab=(\w+)" data-plate="(\w+)">(\w)<', first) == [("c", "c", "C")] and first.count("hollow") == 2
    assert words(second) == "from: B" and 'data-plate="ab">B</a>' in second
    assert words(beside) == "a neighbouring family" and play == ""


def test_the_small_tree_marks_the_line_from_the_root(wood):
    svg = family.place(wood[1].PLATE, wood, WAITING)
    assert svg.count("<circle") == 1 and re.search(r'class="line" d="([^"]*)"', svg)[1].count("M") == 3


def test_roots_and_neighbours_are_told_by_their_branches(wood):
    members = family.family(wood + WAITING)
    assert {member.id: member.kind for member in members} == {"a": "root", "n": "neighbour", **dict.fromkeys("bcde", "")}
    assert family.years(members) == (2014, 2018)            # n is of 2019, and another family
    sheet = Path(tree.__file__).with_suffix(".css").read_text(encoding="utf-8")
    assert not re.search(r"#atlas-\w|data-member=", sheet)      # no paper is named


def test_a_branch_that_grows_from_nothing_is_named(wood):
    with pytest.raises(ValueError, match="branch e grows from 'x', and there is none but a, b, c"):
        family.family([*wood, SimpleNamespace(BRANCHES=(Branch("e", "x", tip=(1, 1)),))])


def test_a_plate_that_is_given_what_there_is_no_group_for_is_named():
    with pytest.raises(ValueError, match="the plate ab is given 'noises', which is none of home, noise, label"):
        Plate(id="ab", order=1, given="noises").place  # noqa: B018


def later() -> SimpleNamespace:
    """A paper of the year after all others, above them."""
    highest = min((branch for module in plates() for branch in getattr(module, "BRANCHES", ())), key=lambda branch: branch.tip[1])
    x, y = highest.tip
    return SimpleNamespace(BRANCHES=(Branch("later", "dcgan", "a distance", tip=(x, y - 175)),))


@pytest.fixture(params=["today", "with one of a later year"])
def members(request, monkeypatch) -> list:
    papers = family.module_of
    year = 1 + max(member.paper.year for member in family.family(plates()))
    paper = Paper(name="Later GAN", title="", authors="", year=year, link="", idea="", objective="")
    monkeypatch.setattr(family, "module_of", lambda model: SimpleNamespace(PAPER=paper) if model == "later" else papers(model))
    return family.family(plates() + ([] if request.param == "today" else [later()]))


def test_the_drawing_grows_with_its_highest_leaf(members):
    rise = -summit(members)
    assert rise > 100 if any(member.id == "later" for member in members) else rise == 0
    svg = drawing(members)
    left, top, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())
    assert (left, top, width, height) == (0, -rise, SIZE[0], SIZE[1] + rise)
    years = {int(year): float(y) for y, year in re.findall(r'<text x="24" y="([-\d.]+)">(\d{4})</text>', svg)}
    assert len(years) > 2 and all(top < y < top + height for y in years.values())
    assert sorted(years, key=years.get, reverse=True) == sorted(years)                 # the later, the higher
    site = Site(plates())
    for member in members:
        placed = float(re.search(r"--top:([\d.]+)%", tree.entry(member, members, site))[1])
        assert abs(top + placed / 100 * height - member.leaf[1]) < .1 and placed > 100 * 136 / height


def test_no_leaf_or_label_of_the_tree_lies_on_another(members):
    """As page/branch.py says how large they are; a letter of a name is about 8 wide."""
    boxes, highest = {}, summit(members)
    for member in members:
        x, y = member.leaf
        for what, half, bottom, top in (("leaf", 40, y, y - 100), ("label", 4 * len(member.paper.name), y - 100, y - 136)):
            boxes[member.id, what] = x - half, top, x + half, bottom
            assert x - half >= 0 and top >= highest and x + half <= SIZE[0] and bottom <= SIZE[1], (member.id, what)
    for (one, a), (other, b) in itertools.combinations(boxes.items(), 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one, other)


def test_years_and_the_order_of_siblings_are_those_of_arxiv():
    for card in models.cards(WEIGHTS):
        assert "arxiv.org" not in card.paper.link or f"/abs/{card.paper.year % 100}" in card.paper.link, card.name
    members = [member.id for member in family.family(plates())]
    for siblings in ("cgan dcgan bigan", "gan_cls acgan pix2pix", "sgan infogan srgan"):
        assert [one for one in members if one in siblings.split()] == siblings.split()


@pytest.mark.parametrize("language", WORDS)
def test_every_plate_of_a_paper_has_its_place(language):
    site = Site(plates())
    with speaking(language):
        for module in site.plates:
            html = family.place(module.PLATE, site.plates, site.waiting)
            assert bool(html) == bool(module.PLATE.models), f"{module.__name__} has no place in the family; does it lack BRANCHES?"
            assert {*re.findall(r'data-plate="(\w+)"', html)} <= {module.PLATE.id for module in site.plates}
