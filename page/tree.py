"""The family tree of GANs, drawn as a botanical plate whose leaves are live pictures.

Each plate of tabs/ has BRANCHES: which paper descends from which, what it added, and where it grows. All else about a paper is told by its
PAPER in models/. The branches are one inline SVG (tree_svg.py); the members are a list of HTML buttons and cards laid over it, so
that text keeps its size, the keyboard works, and on a phone the same list becomes a vine (tree.css). tree.js shows the cards and asks for
plates.
"""

import base64
import io
import re
from collections.abc import Iterator
from html import escape

import latex2mathml.converter
import numpy as np
from PIL import Image

from models.card import Paper
from models.checkpoint import module_of
from page.branch import Branch, Member
from page.hollow import HOLLOW
from page.language import say
from page.site import Site
from page.tree_svg import OUTLINE, SIZE, drawing


def family(site: Site) -> list[Member]:
    """Parents before children, siblings by year: the branches of all plates, and of papers that have no row yet."""
    known = {branch.model: (paper, branch) for paper, branch in HOLLOW}
    known |= {branch.model: (module_of(branch.model).PAPER, branch) for module in site.plates for branch in getattr(module, "BRANCHES", ())}

    def grown(parent: Member | None) -> Iterator[Member]:
        children = [child for child in known.values() if child[1].parent == (parent.id if parent else "")]
        for paper, branch in sorted(children, key=lambda child: (child[1].neighbour, child[0].year, child[0].name)):
            member = _member(paper, branch, parent)
            yield member
            yield from grown(member)

    return list(grown(None))


def _member(paper: Paper, branch: Branch, parent: Member | None) -> Member:
    x, y = start = branch.start or (parent.branch.tip if parent else branch.tip)
    bend = branch.bend or (x, y - (y - branch.tip[1]) // 2, branch.tip[0], branch.tip[1] + (y - branch.tip[1]) // 2)
    return Member(paper, branch, start, bend, branch.leaf or branch.tip, parent.depth + 1 if parent else 0, parent)


def is_grey(picture: str) -> bool:
    """Whether a data URI holds a grey picture: those are printed as ink on paper, colour ones are left as they are."""
    try:
        image = Image.open(io.BytesIO(base64.b64decode(picture.split(",", 1)[1])))
        if image.mode in ("1", "L", "LA"):
            return True
        pixels = np.asarray(image.convert("RGB"))
        return bool((pixels == pixels[..., :1]).all())
    except (OSError, ValueError, IndexError, TypeError):   # not a picture we can read: show it untouched
        return False


def picture(name: str, uri: str, alt: str) -> str:
    """An <img> for the picture of some weights; atlas.js puts the data URI in, which the page holds once for all places and languages."""
    return f'<img class="{"ink" if is_grey(uri) else "colour"}" data-picture="{escape(name)}" alt="{escape(alt)}" draggable="false">'


def formula(latex: str) -> str:
    """A formula as MathML, in pieces between which a line may break."""
    pieces, depth = [""], 0
    for token in re.findall(r"\\left|\\right|\\[a-zA-Z]+|\\.|.", latex):
        if depth == 0 and token in ("+", "-", r"\quad", r"\;"):
            pieces.append("{}" if token in "+-" else "")      # something before it: else a sign, and not an operator, is set
        depth += {"{": 1, r"\left": 1, "[": 1, "(": 1, "}": -1, r"\right": -1, "]": -1, ")": -1}.get(token, 0)
        pieces[-1] += token
    return " ".join(latex2mathml.converter.convert(piece) for piece in pieces if piece.strip(" {}"))


def leaf(pictures: list[tuple[str, str]]) -> str:
    """The picture in its leaf, with up to two leaflets for further weights; or an empty outline."""
    shape = f'<svg viewBox="-.04 -.02 1.08 1.04" preserveAspectRatio="none" aria-hidden="true"><path d="{OUTLINE}"/></svg>'
    if not pictures:
        return f'<span class="leaf hollow" aria-hidden="true">{shape}<i>{say("not<br>trained<br>yet")}</i></span>'
    extra = "".join(f'<span class="leaf side side-{i}">{shape}<span class="clip">{picture(name, uri, "")}</span></span>'
                    for i, (name, uri) in enumerate(pictures[1:3]))
    return f'{extra}<span class="leaf">{shape}<span class="clip">{picture(*pictures[0], "")}</span></span>'


def rails(member: Member, members: list[Member]) -> str:
    """The vine's stems beside a row on the phone: one for each ancestor that still has children below, one for its own."""
    out = []
    for node in member.line[:-1]:
        siblings = [m for m in members if m.branch.parent == node.branch.parent]
        if node is not siblings[-1] or node is member:   # the last child's stem ends where its twig turns off
            end = " end" if node is siblings[-1] else ""
            out.append(f'<i class="rail{end}" style="--d:{node.depth - 1}"></i>')
    if any(member is m.parent for m in members):
        out.append(f'<i class="rail own" style="--d:{member.depth}"></i>')
    return "".join(out)


def entry(member: Member, members: list[Member], site: Site) -> str:
    """One member: its button on the tree and its card."""
    paper, growth, id_ = member.paper, member.branch, escape(member.id)
    pictures, plate = site.thumbnails(member.id), site.plate_of(member.id)
    name, idea, added = (escape(say(words), quote=True) for words in (paper.name, paper.idea, growth.added))
    parent = escape(say(member.parent.paper.name)) if member.parent else ""
    origin = (say("grown from {parent}", parent=parent) if parent else
              say("a neighbouring family") if growth.neighbour else say("the root"))
    below = say("{what}, from {parent}", what=escape(say(growth.graft)), parent=parent) if parent else origin
    opens = bool(pictures and plate)
    state = say("trained; Enter opens its plate") if opens else say("trained") if pictures else say("not trained yet")
    tray = "".join(f'<figure><span class="frame">{picture(weights, uri, say("A picture generated by {name}", name=weights))}</span>'
                   f'<figcaption>{escape(weights)}</figcaption></figure>'
                   for weights, uri in pictures)
    numeral = site.numeral(plate) if plate else ""
    action = (f'<button type="button" class="open-plate" data-open="{escape(plate.id)}">{say("Open plate")} {numeral}'
              '<span aria-hidden="true"> →</span></button>' if opens else "")
    if not pictures:
        tray = f'<p class="waiting">{say("Not trained yet: its leaf is still an outline.")}</p>'
    left, top = (f"{100 * v / s:.2f}%" for v, s in zip(member.leaf, SIZE, strict=True))
    return f"""<li class="member{' shown' if member is members[0] else ''}{' trained' if pictures else ''}" id="atlas-{id_}"
  data-line="{' '.join(node.id for node in member.line)}" data-parent="{escape(growth.parent)}"
  data-children="{' '.join(m.id for m in members if m.parent is member)}"
  data-x="{member.leaf[0]}" style="--depth:{member.depth};--left:{left};--top:{top}">{rails(member, members)}
<button type="button" class="node" aria-describedby="idea-{id_}"
  {f'data-open="{escape(plate.id)}"' if opens else ''}>
  <span class="name">{name}</span> <span class="year mono">{paper.year}</span>
  <span class="origin">{below}</span><span class="unseen">; {state}</span>
  <span class="leaves">{leaf(pictures)}</span></button>
<article class="card" aria-label="{name}"><p class="card-year">{paper.year} · {origin}</p><h2>{name}</h2>
  <p class="card-idea" id="idea-{id_}">{idea}</p><div class="tray">{tray}</div>{action}
  <h3>{say(growth.heading)}</h3><p>{added}</p>
  <h3>{say("In one line")}</h3><p class="formula">{formula(paper.objective)}</p>
  <p class="paper"><a href="{escape(paper.link)}" target="_blank" rel="noopener">{escape(paper.title)}</a>
  <span>{escape(authors(paper))}</span></p></article></li>"""


def authors(paper: Paper) -> str:
    """Up to three names, or the first and "et al."."""
    names = paper.authors.split(", ")
    return paper.authors if len(names) <= 3 else f"{names[0]} et al."


def figure(site: Site, head: str) -> str:
    """The whole figure as HTML, in the language being spoken; `head` is the plate's heading."""
    members = family(site)
    trained = sum(bool(site.thumbnails(member.id)) for member in members)
    invite = say("Rest on a leaf to read its card; click one that carries a picture to open its plate.")
    touch = say("Tap a leaf to read its card; where it carries a picture, the card opens its plate.")
    caption = say("<b>Fig. 1.</b> The family of generative adversarial networks, 2014 to 2017. Pictures in leaves were drawn by networks "
                  "trained for this atlas ({trained} of {all} so far); a hollow leaf is a member not trained. Words along a branch name "
                  "what was added there; dots lead to a neighbouring family.", trained=trained, all=len(members))
    return f"""<div class="atlas">{head}
<p class="invitation"><span class="for-mouse">{invite}</span><span class="for-touch">{touch}</span></p>
<figure class="atlas-figure"><div class="atlas-tree">{drawing(members)}
<ol aria-label="{say("Family tree; arrow keys move along the branches")}">
{"".join(entry(member, members, site) for member in members)}</ol></div><figcaption>{caption}</figcaption></figure></div>"""
