"""What every tab is: a plate of the atlas, with a number, a name, a year and one sentence.

A tab is a module of tabs/ with PLATE and build(site), which is called inside its gr.Tab; site.py finds it. A plate of papers also has
BRANCHES, one for each paper on the family tree (page/tree.py). What a plate does not say follows from the PAPER of its models.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

from models.card import Paper
from models.checkpoint import module_of
from page.language import say

# What a plate's networks are given: the groups of tabs, in their order, and their words on the page.
GIVEN = {"home": "Atlas", "noise": "noise", "label": "label", "code": "code", "sentence": "sentence", "picture": "picture", "play": "play"}
NUMERALS = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


@dataclass(frozen=True)
class Plate:
    """Words are English; `say` has them in the reader's language."""

    id: str                        # of the tab, and in links: "infogan"
    order: float                   # among the tabs of its group; between two others there is always room
    models: tuple[str, ...] = ()   # names of the modules in models/ that it shows
    given: str = "noise"           # the group of tabs that it is in: a key of GIVEN
    when_trained: bool = False     # shown only where there are weights of its models; until then their leaves are outlines
    label: str = ""                # on the tab; empty: the papers' names
    title: str = ""                # empty: the label
    year: str = ""                 # empty: the papers'
    idea: str = ""                 # one sentence; empty: the first paper's
    seeds: dict[str, int] = field(default_factory=dict)     # by model: the seed of its picture on the tree, chosen by eye; else 0
    losses: dict[str, str] = field(default_factory=dict)    # names of loss curves in the replay, beside "d" and "g"

    @property
    def place(self) -> tuple[int, float]:
        """Where it stands among all plates. Raises ValueError if its group is none of GIVEN."""
        if self.given not in GIVEN:
            raise ValueError(f"the plate {self.id} is given {self.given!r}, which is none of {', '.join(GIVEN)}")
        return list(GIVEN).index(self.given), self.order

    @property
    def papers(self) -> list[Paper]:
        return [module_of(model).PAPER for model in self.models]

    @property
    def tab(self) -> str:
        """The tab's label."""
        return self.label or " / ".join(paper.name for paper in self.papers)

    def head(self, number: int = 0, place: str = "", years: Iterable[int] = ()) -> str:
        """The plate's heading, as HTML; `number` 0: it has none. `place`: its place in the family (page/family.py). `years`: of what it
        shows, where that is not its own papers."""
        years = sorted({*years} or {paper.year for paper in self.papers})
        year = say(self.year) if self.year else "–".join(map(str, dict.fromkeys((years[0], years[-1]))))
        numbered = say("Plate {number}", number=roman(number)) + " · " if number else ""
        idea = self.idea or self.papers[0].idea
        return (f'<header class="plate-head"><p class="plate-number">{numbered}{escape(year)}</p>'
                f'<h1>{escape(say(self.title or self.tab))}</h1><p class="plate-idea">{escape(say(idea))}</p>{place}</header>')


def roman(number: int) -> str:
    """1 to 39 as a Roman numeral."""
    found = ""
    for value, numeral in NUMERALS:
        while number >= value:
            found, number = found + numeral, number - value
    return found
