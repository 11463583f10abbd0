"""Where a paper grows on the family tree. Positions are in units of the drawing, which is 900 wide and 824 high; y grows downwards, and
above 0 the drawing grows by itself: leaves of a year later than all others stand above theirs, at least 165 higher.
tests/page/test_family.py names whatever lies on another.
"""

from dataclasses import dataclass, field

from models.card import Paper


@dataclass(frozen=True)
class Branch:
    """Where a paper grows on the tree. What is left out follows from the parent's tip and from its own.

    A leaf is 80 wide and 100 high above its foot, and name and year stand in the next 36.
    """

    model: str                    # name of the module in models/
    parent: str = ""              # the model it descends from; empty: a root
    graft: str = ""               # written along the branch, and what it added in a word: "a label"
    added: str = ""               # what it added to its parent, one sentence
    tip: tuple[int, int] = field(kw_only=True)         # where the branch ends and children begin
    leaf: tuple[int, int] | None = None       # foot of the leaf that carries the picture; None: at the tip
    start: tuple[int, int] | None = None      # where it leaves the parent's branch; None: at the parent's tip
    bend: tuple[int, int, int, int] | None = None      # its two control points; None: it leaves upwards
    width: tuple[float, float] = (5, 2)       # where it starts and where it ends
    heading: str = "What it added"            # above `added`
    neighbour: bool = False       # a root beside the tree: another family


@dataclass(frozen=True)
class Member:
    """A branch with its paper, and with all that was left out."""

    paper: Paper
    branch: Branch
    start: tuple[int, int]
    bend: tuple[int, int, int, int]
    leaf: tuple[int, int]
    depth: int
    parent: "Member | None"

    @property
    def kind(self) -> str:
        """Its class in markup: "root", "neighbour", or none."""
        return "neighbour" if self.branch.neighbour else "" if self.parent else "root"

    @property
    def id(self) -> str:
        return self.branch.model

    @property
    def line(self) -> list["Member"]:
        """Itself, its parent, and so on down to the root."""
        return [self, *(self.parent.line if self.parent else [])]
