"""Who descends from whom, and a plate's place in the family: a small tree and its neighbours, in its heading."""

from collections.abc import Iterator
from html import escape
from types import ModuleType

from models.card import Paper
from models.checkpoint import module_of
from page.branch import Branch, Member
from page.language import comma, say
from page.plate import Plate
from page.tree_svg import GROUND, SIZE, spine


def family(plates: list[ModuleType]) -> list[Member]:
    """The branches of all plates: parents before children, siblings as they appeared. Within a year arXiv's number tells, which their links
    end in. Raises ValueError for a parent that no branch is called."""
    known = {branch.model: (module_of(branch.model).PAPER, branch) for module in plates for branch in getattr(module, "BRANCHES", ())}
    for _, branch in known.values():
        if branch.parent and branch.parent not in known:
            raise ValueError(f"the branch {branch.model} grows from {branch.parent!r}, and there is none but {', '.join(known)}")

    def grown(parent: Member | None) -> Iterator[Member]:
        children = [child for child in known.values() if child[1].parent == (parent.id if parent else "")]
        for paper, branch in sorted(children, key=lambda child: (child[1].neighbour, child[0].year, child[0].link)):
            member = _member(paper, branch, parent)
            yield member
            yield from grown(member)

    return list(grown(None))


def years(members: list[Member]) -> tuple[int, int]:
    """The years of the first and the last paper, of those that are no neighbours."""
    found = [member.paper.year for member in members if not member.branch.neighbour]
    return min(found), max(found)


def _member(paper: Paper, branch: Branch, parent: Member | None) -> Member:
    x, y = start = branch.start or (parent.branch.tip if parent else branch.tip)
    bend = branch.bend or (x, y - (y - branch.tip[1]) // 2, branch.tip[0], branch.tip[1] + (y - branch.tip[1]) // 2)
    return Member(paper, branch, start, bend, branch.leaf or branch.tip, parent.depth + 1 if parent else 0, parent)


def place(plate: Plate, plates: list[ModuleType], waiting: list[ModuleType]) -> str:
    """A plate's place in the family, as HTML in the language being spoken; empty for a plate of no branch.

    A neighbour whose plate is shown is a link to it (opened in place by groups.js); one whose plate is `waiting` for weights is a word.
    """
    members = family(plates + waiting)
    own = [member for member in members if member.id in plate.models]
    if not own:
        return ""
    before = dict.fromkeys(member.parent.id for member in own if member.parent and member.parent not in own)
    after = [member.id for member in members if member.parent in own and member not in own]
    known = {member.id: member for member in members}
    lines = [say("from: {names}", names=_names([known[one] for one in before], plates)) if before else
             say("a neighbouring family") if own[0].branch.neighbour else say("the root")]
    if after:
        lines.append(say("led to: {names}", names=_names([known[one] for one in after], plates)))
    label = escape(say("Its place on the family tree"))
    return (f'<div class="kin"><a class="small-tree" href="?tab=atlas" data-plate="atlas" aria-label="{label}" title="{label}">'
            f'{_small(members, own)}</a><p>{"".join(f"<span>{line}</span> " for line in lines)}</p></div>')


def _names(members: list[Member], plates: list[ModuleType]) -> str:
    shown = {model: module.PLATE.id for module in plates for model in module.PLATE.models}
    names = []
    for member in members:
        name = escape(say(member.paper.name))
        names.append(f'<a href="?tab={shown[member.id]}" data-plate="{shown[member.id]}">{name}</a>' if member.id in shown else
                     f'<span class="hollow">{name}</span>')
    return comma().join(names)


def _small(members: list[Member], own: list[Member]) -> str:
    """The tree without words and leaves: the line from the root to `own` in green, dots where those end."""
    line = {node for member in own for node in member.line}
    wood = {False: "", True: ""}
    for member in members:
        wood[member in line] += spine(member.start, member.bend, member.branch.tip)
    dots = "".join(f'<circle cx="{member.branch.tip[0]}" cy="{member.branch.tip[1]}" r="34"/>' for member in own)
    return (f'<svg viewBox="60 130 {SIZE[0] - 60} {GROUND - 120}" aria-hidden="true" focusable="false"><path d="{wood[False]}"/>'
            f'<path class="line" d="{wood[True]}"/>{dots}</svg>')
