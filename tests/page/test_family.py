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
from page.tree_svg import BELOW, SIZE, drawing, heights, summit
from tabs import plates
from tests.visitor import frames

FIRST = {"gan", "cgan", "dcgan", "vae", "acgan", "bigan", "gan_cls", "infogan", "pix2pix", "sgan", "srgan", "stackgan"}
FAULTS = """() => {      // what on the tree lies on what, and what is outside its frame
  const tree = document.querySelector('.atlas-tree'), frame = tree.getBoundingClientRect();
  const kinds = {leaf: '.leaf > svg path', label: '.node > .name, .node > .year', year: '.year text', words: '.graft',
                 branch: '.branch > g > path:not(.grain)'};
  const free = {leaf: ['leaf'], label: ['leaf', 'label'], year: ['leaf', 'label'], branch: ['leaf', 'label', 'year'],     // of what
                words: ['leaf', 'label', 'year', 'words', 'branch']};
  const kindOf = e => Object.keys(kinds).find(kind => e.closest(kinds[kind]));
  const idOf = e => (e.closest('.member') ? e.closest('.member').id.slice(6) : e.closest('.branch')?.dataset.member) ??
    e.closest('mask')?.id.slice(5) ?? e.closest('text').textContent;
  const at = (point, matrix) => new DOMPoint(point.x, point.y).matrixTransform(matrix);
  const along = (path, matrix) => Array.from({length: 60}, (_, i) =>
    at(path.getPointAtLength(path.getTotalLength() * (i + 1) / 61), matrix));
  const across = ({left, top, width, height}) => [...Array(9)].flatMap((_, i) => [.25, .75].map(part => (
    {x: left + width * (i + .25) / 8.5, y: top + height * part})));
  const letters = text => Array.from({length: text.getNumberOfChars()}, (_, i) => text.getExtentOfChar(i)).map(({x, y, width, height}) =>
    at({x: x + width / 2, y: y + height / 2}, text.getScreenCTM()));
  const found = new Set();
  const look = (kind, selector, points) => tree.querySelectorAll(selector).forEach(e => points(e).forEach(({x, y}) => {
    if (Math.min(x - frame.left, y - frame.top, frame.right - x, frame.bottom - y) < 6) found.add(`${kind} of ${idOf(e)} outside`);
    for (const other of document.elementsFromPoint(x, y))
      if (free[kind].includes(kindOf(other)) && (idOf(other) !== idOf(e) || kind === 'words' && /leaf|label/.test(kindOf(other))))
        found.add(`${kind} of ${idOf(e)} on ${kindOf(other)} of ${idOf(other)}`);
  }));
  look('leaf', kinds.leaf, e => along(e, e.getScreenCTM()));
  for (const kind of ['label', 'year']) look(kind, kinds[kind], e => across(e.getBoundingClientRect()));
  look('words', kinds.words, letters);
  look('branch', '.growth', e => along(e, tree.querySelector('.wood').getScreenCTM()));
  return [...found];
}"""


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
    return SimpleNamespace(BRANCHES=(Branch("later", "dcgan", "a distance", tip=(x, y - 175)),
                                     Branch("still_later", "later", "a style", tip=(x, y - 350))))


@pytest.fixture(params=["today", "with two of later years"])
def members(request, monkeypatch) -> list:
    papers = family.module_of
    year = 1 + max(member.paper.year for member in family.family(plates()))
    new = {name: SimpleNamespace(PAPER=Paper(name=name, title="", authors="", year=year + i, link="", idea="", objective=""))
           for i, name in enumerate(("later", "still_later"))}
    monkeypatch.setattr(family, "module_of", lambda model: new.get(model) or papers(model))
    return family.family(plates() + ([] if request.param == "today" else [later()]))


def strays(members: list) -> list[str]:
    """Whose leaf is on the wrong side of which year's line. Of an earlier year, at least a third of a leaf is below it."""
    return [f"{member.id}, {year}" for member in members if not member.branch.neighbour for year, line in heights(members).items()
            if (member.leaf[1] > line - BELOW if member.paper.year >= year else member.leaf[1] < line + 33)]


def test_the_drawing_grows_with_its_highest_leaf(site, members):
    rise = -summit(members)
    assert rise > 100 if any(member.id == "later" for member in members) else rise == 0
    svg = drawing(members)
    left, top, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())
    assert (left, top, width, height) == (0, -rise, SIZE[0], SIZE[1] + rise)
    years = {int(year): float(y) for y, year in re.findall(r'<text x="24" y="([-\d.]+)">(\d{4})</text>', svg)}
    assert len(years) > 2 and all(top < y < top + height for y in years.values())
    assert sorted(years, key=years.get, reverse=True) == sorted(years)                 # the later, the higher
    assert strays(members) == []
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


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(plates())


def faults(page, site: Site, language: str) -> set[str]:
    """As FAULTS says, of a page with the card beside the tree, below it, and with small leaves."""
    with speaking(language):
        page.evaluate("html => { document.querySelector('.atlas').outerHTML = html; }", tree.figure(site, ""))
    found = set()
    for width in (1280, 1201, 1061, 1000, 700):
        page.set_viewport_size({"width": width, "height": 1600})
        frames(page)
        found |= {f"{fault} ({width} px)" for fault in page.evaluate(FAULTS)}
    return found


@pytest.mark.parametrize("language", WORDS)
def test_nothing_on_the_tree_covers_another_or_leaves_the_frame(walker, site, language):
    assert faults(walker, site, language) == set()


@pytest.fixture
def grown(site, monkeypatch):
    """To be called with where a paper of 2017 grows, a child of DCGAN: the site with it, and without papers that came since this was
    written and may stand where it does."""
    papers = family.module_of
    paper = Paper(name="WGAN-GP", title="", authors="", year=2017, link="", idea="", objective="")
    monkeypatch.setattr(family, "module_of", lambda model: SimpleNamespace(PAPER=paper) if model == "wgan_gp" else papers(model))

    def grow(**where) -> Site:
        known = [branch for module in plates() for branch in getattr(module, "BRANCHES", ()) if branch.model in FIRST]
        monkeypatch.setattr(site, "plates", [SimpleNamespace(PLATE=module.PLATE) for module in site.plates])
        monkeypatch.setattr(site, "waiting", [SimpleNamespace(BRANCHES=(*known, Branch("wgan_gp", "dcgan", "a penalty", **where)))])
        return site

    return grow


@pytest.mark.parametrize("language", WORDS)
def test_a_paper_of_a_later_year_has_room(walker, grown, language):
    site = grown(start=(607, 502), bend=(652, 230, 495, 23), tip=(498, 15))
    assert faults(walker, site, language) == set() and strays(family.family(site.waiting)) == []


def test_a_paper_that_stands_in_the_way_is_found(walker, grown):
    """Among those of the year before, through a leaf and at the edge."""
    site = grown(start=(611, 490), tip=(500, 150))
    found = faults(walker, site, "en")
    assert {"branch of wgan_gp on leaf of infogan (1280 px)", "words of wgan_gp on leaf of infogan (1280 px)"} <= found
    assert "acgan, 2017" in strays(family.family(site.waiting))
    assert "label of wgan_gp outside (1280 px)" in faults(walker, grown(tip=(20, 15)), "en")


def test_years_and_the_order_of_siblings_are_those_of_arxiv():
    for card in models.cards(WEIGHTS):
        assert "arxiv.org" not in card.paper.link or f"/abs/{card.paper.year % 100}" in card.paper.link, card.name
    members = [member.id for member in family.family(plates())]
    for siblings in ("cgan dcgan bigan", "gan_cls acgan pix2pix", "sgan infogan srgan"):
        assert [one for one in members if one in siblings.split()] == siblings.split()


@pytest.mark.parametrize("language", WORDS)
def test_every_plate_of_a_paper_has_its_place(site, language):
    kin = [member.id for member in family.family(site.plates + site.waiting) if not member.branch.neighbour]
    with speaking(language):
        for module in site.plates:
            html = family.place(module.PLATE, site.plates, site.waiting)
            assert bool(html) == bool(module.PLATE.models), f"{module.__name__} has no place in the family; does it lack BRANCHES?"
            links = {*re.findall(r'data-plate="(\w+)"', html)}
            assert links <= {module.PLATE.id for module in site.plates} and ("atlas" in links) == bool(html)
            if {*module.PLATE.models} & {*kin}:
                assert links - {"atlas"} or 'class="hollow"' in html, f"{module.__name__} has no neighbours"
