"""The home plate: the family tree of GANs, drawn as a botanical plate whose leaves are live pictures.

The branches are one inline SVG, computed here; the members are a list of HTML buttons and cards laid over it, so that text
keeps its size, the keyboard works, and on a phone the same list becomes a vine (atlas.css). atlas.js shows the cards and asks
for plates.
"""

import base64
import io
import math
import re
from functools import partial
from html import escape
from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image

from tabs.family import FAMILY, GROUND, SIZE, Member
from tabs.language import each, say
from tabs.plate import Plate

PLATE = Plate(
    id="atlas", order=0, number="", label="Atlas", title="GAN Atlas", year="2014 – 2017",
    idea="One game between two networks, and the family that grew from it in three years.", models=(),
)

HEADINGS = {"gan": "What it began", "vae": "How it differs"}   # for the rest: what it added
BY_ID = {m.id: m for m in FAMILY}
LEAFLET = "M0,0C.2,-.34 .66,-.36 1,0C.7,.3 .24,.28 0,0Z"   # one unit long, along x
OUTLINE = "M.5,1C.2,.9 -.03,.66 .03,.4C.08,.2 .32,.13 .5,0C.68,.13 .92,.2 .97,.4C1.03,.66 .8,.9 .5,1Z"   # of a picture's leaf


# ---- The drawing -------------------------------------------------------------------------------------------------------

def curve(p0, bend, p3, t: float) -> tuple[float, float, float, float]:
    """Point and unit normal (x, y, nx, ny) of a cubic Bezier at t."""
    (x0, y0), (x1, y1, x2, y2), (x3, y3), s = p0, bend, p3, 1 - t
    x = s ** 3 * x0 + 3 * s * s * t * x1 + 3 * s * t * t * x2 + t ** 3 * x3
    y = s ** 3 * y0 + 3 * s * s * t * y1 + 3 * s * t * t * y2 + t ** 3 * y3
    dx = s * s * (x1 - x0) + 2 * s * t * (x2 - x1) + t * t * (x3 - x2)
    dy = s * s * (y1 - y0) + 2 * s * t * (y2 - y1) + t * t * (y3 - y2)
    length = math.hypot(dx, dy) or 1
    return x, y, -dy / length, dx / length


def spine(p0, bend, p3) -> str:
    return f"M{p0[0]},{p0[1]}C{bend[0]},{bend[1]} {bend[2]},{bend[3]} {p3[0]},{p3[1]}"


def taper(p0, bend, p3, width: tuple[float, float], wobble: float = .06) -> str:
    """The outline of a branch that thins from width[0] to width[1]; the wobble keeps it from looking machine-drawn."""
    left, right = [], []
    for i in range(29):
        t = i / 28
        x, y, nx, ny = curve(p0, bend, p3, t)
        w = (width[0] + (width[1] - width[0]) * t ** .75) / 2 * (1 + wobble * math.sin(9 * t + p3[0]))
        left.append(f"{x + nx * w:.1f},{y + ny * w:.1f}")
        right.append(f"{x - nx * w:.1f},{y - ny * w:.1f}")
    return "M" + "L".join(left + right[::-1]) + "Z"


def engraving(p0, bend, p3, width) -> str:
    """Fine light lines along a thick branch, as an engraver would leave them."""
    lines = []
    for offset, start, end in ((-.22, .02, .8), (.02, .1, .62), (.24, .0, .48)):
        points = []
        for i in range(15):
            t = start + (end - start) * i / 14
            x, y, nx, ny = curve(p0, bend, p3, t)
            w = (width[0] + (width[1] - width[0]) * t ** .75) * offset
            points.append(f"{x + nx * w:.1f},{y + ny * w:.1f}")
        lines.append("M" + "L".join(points))
    return f'<path class="grain" d="{"".join(lines)}"/>'


def crowded(x: float, y: float) -> bool:
    """Whether a picture's leaf or its label already stands there."""
    return any(abs(x - m.leaf[0]) < 60 and m.leaf[1] - 158 < y < m.leaf[1] + 4 for m in FAMILY)


def words_side(member: Member) -> int:
    """On which side of the branch, along its normal, the words stand: always above them as they are read."""
    return -1 if member.tip[0] >= member.start[0] else 1


def foliage(member: Member) -> str:
    """Small leaves along a branch, on alternate sides, wherever neither words nor pictures stand."""
    p0, bend, p3 = member.start, member.bend, member.tip
    length = math.dist(p0, p3) * 1.08
    count, reach = max(2, round(length / 33)), 4.9 * len(member.graft) / length + .07
    out = []
    for i in range(count):
        t = .17 + .78 * i / count
        x, y, nx, ny = curve(p0, bend, p3, t)
        side = 1 if i % 2 else -1
        if member.graft and abs(t - .52) < reach and side == words_side(member):
            continue
        size = 14 + 9 * abs(math.sin(3.1 * i + p3[0])) - 3 * t
        angle = math.degrees(math.atan2(-nx, ny)) + side * (46 + 11 * math.sin(2.3 * i + p3[1]))
        far = math.radians(angle)
        if crowded(x, y) or crowded(x + size * math.cos(far), y + size * math.sin(far)):
            continue
        out.append(f'<g transform="translate({x:.1f},{y:.1f}) rotate({angle:.0f}) scale({size:.1f})" style="--t:{t:.2f}">'
                   f'<g class="leaflet"><path d="{LEAFLET}"/><path class="vein" d="M0,0C.3,-.04 .6,-.03 .84,-.01"/></g></g>')
    return "".join(out)


def words(member: Member) -> str:
    """What was added, written along the branch and never upside down."""
    if not member.graft:
        return ""
    p0, (a, b, c, d), p3 = member.start, member.bend, member.tip
    way = spine(p0, member.bend, p3) if words_side(member) < 0 else spine(p3, (c, d, a, b), p0)
    middle = 52 if words_side(member) < 0 else 48
    return (f'<path id="way-{member.id}" d="{way}" fill="none"/><text class="graft" dy="-{4 + member.width[0] / 3:.0f}">'
            f'<textPath href="#way-{member.id}" startOffset="{middle}%" text-anchor="middle">{escape(say(member.graft))}</textPath>'
            '</text>')


def depth(member: Member) -> int:
    return 1 + depth(BY_ID[member.parents[0]]) if member.parents else 0


def branch(member: Member) -> str:
    p0, bend, p3, width = member.start, member.bend, member.tip, member.width
    stalk, body = "", f'<path d="{taper(p0, bend, p3, width)}"/>' + (engraving(p0, bend, p3, width) if width[0] > 11 else "")
    if member.leaf != member.tip:   # a stalk from the branch to the leaf that hangs beside it
        x, y, *_ = curve(p0, bend, p3, .93 if member.parents else .42)
        lx, ly = member.leaf
        stalk = f'<path d="{taper((x, y), (x + (lx - x) * .35, y + 10, lx + (x - lx) * .04, ly + 26), (lx, ly), (4.5, 2))}"/>'
    return (f'<mask id="grow-{member.id}" style="--depth:{depth(member)}" maskUnits="userSpaceOnUse" x="0" y="0" '
            f'width="{SIZE[0]}" height="{SIZE[1]}"><path class="growth" pathLength="1" d="{spine(p0, bend, p3)}"/></mask>'
            f'<g class="branch" data-member="{member.id}" style="--depth:{depth(member)}">'
            f'<g class="stalk">{stalk}</g><g mask="url(#grow-{member.id})">{body}</g>{foliage(member)}{words(member)}</g>')


def soil() -> str:
    """Roots, a broken ground line, the years, and the dotted runner to the neighbouring plant."""
    x, y = FAMILY[0].start
    spread = ((-150, 34, 9), (-88, 50, 8), (-30, 46, 6), (34, 52, 7), (92, 40, 7), (138, 22, 6))
    bends = [((x + dx * .06, y - 16), (x + dx * .12, y + 12, x + dx * .5, y + dy * .2), (x + dx, y + dy), (w, .8))
             for dx, dy, w in spread]
    roots = "".join(f'<path d="{taper(*bend)}"/>' for bend in bends)
    roots = f'<g class="main">{roots}</g>'
    vx, vy = BY_ID["vae"].start
    roots += "".join(f'<path d="{taper((vx, vy - 4), (vx, vy + 8, vx + dx * .5, vy + 8), (vx + dx, vy + dy), (3.5, .7))}"/>'
                     for dx, dy in ((-24, 20), (4, 26), (32, 16)))
    marks = "".join(f"M{gx},{GROUND + 6 + 5 * math.sin(gx):.0f}l{12 + 7 * math.sin(gx / 3):.0f},0" for gx in range(70, 850, 31))
    bands = "".join(f'<g class="year"><path d="M22,{top}H{SIZE[0] - 22}"/><text x="24" y="{top - 7}">{year}</text></g>'
                    for year, top in ((2017, 226), (2016, 410), (2015, 576), (2014, GROUND)))
    runner = f"M{x + 60},{y + 14}C{x + 120},{y + 36} {vx - 90},{y + 36} {vx - 6},{vy + 6}"
    return (f'{bands}<path class="ground" d="{marks}"/><g class="roots">{roots}</g><path class="runner" d="{runner}"/>'
            f'<path id="way-runner" d="M{x + 90},{y + 60}H{vx}" fill="none"/><text class="graft"><textPath href="#way-runner" '
            f'startOffset="50%" text-anchor="middle">{say("the neighbouring family")}</textPath></text>')


def drawing() -> str:
    order = sorted(FAMILY, key=depth, reverse=True)   # twigs first, so that thicker wood covers their ends
    return (f'<svg class="wood" viewBox="0 0 {SIZE[0]} {SIZE[1]}" aria-hidden="true" focusable="false"><defs>'
            f'<clipPath id="leaf-shape" clipPathUnits="objectBoundingBox"><path d="{OUTLINE}"/></clipPath></defs>'
            f'{soil()}{"".join(map(branch, order))}</svg>')


# ---- The members -------------------------------------------------------------------------------------------------------

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


def formula(text: str) -> str:
    """Plain text with `_x` and `_{x}` for subscripts, as HTML."""
    text = re.sub(r"(min|max)(?=_)", r"<b>\1</b>", escape(text))
    return re.sub(r"_(?:\{([^}]*)\}|(\w))", lambda m: f"<sub>{m[1] or m[2]}</sub>", text)


def leaf(pictures: list[tuple[str, str]]) -> str:
    """The picture in its leaf, with up to two leaflets for further weights; or an empty outline."""
    shape = f'<svg viewBox="-.04 -.02 1.08 1.04" preserveAspectRatio="none" aria-hidden="true"><path d="{OUTLINE}"/></svg>'
    if not pictures:
        return f'<span class="leaf hollow">{shape}<i>{say("not<br>trained<br>yet")}</i></span>'
    extra = "".join(f'<span class="leaf side side-{i}">{shape}<span class="clip">{picture(name, uri, "")}</span></span>'
                    for i, (name, uri) in enumerate(pictures[1:3]))
    return f'{extra}<span class="leaf">{shape}<span class="clip">{picture(*pictures[0], "")}</span></span>'


def rails(member: Member) -> str:
    """The vine's stems beside a row on the phone: one for each ancestor that still has children below, one for its own."""
    out, node = [], member
    while node.parents:
        siblings = [m for m in FAMILY if m.parents[:1] == node.parents[:1]]
        if node is not siblings[-1] or node is member:   # the last child's stem ends where its twig turns off
            end = " end" if node is siblings[-1] else ""
            out.append(f'<i class="rail{end}" style="--d:{depth(node) - 1}"></i>')
        node = BY_ID[node.parents[0]]
    if any(member.id in m.parents for m in FAMILY):
        out.append(f'<i class="rail own" style="--d:{depth(member)}"></i>')
    return "".join(out)


def entry(member: Member, pictures: list[tuple[str, str]], plate: Plate | None) -> str:
    """One member: its button on the tree and its card."""
    e = {k: escape(getattr(member, k), quote=True) for k in ("id", "title", "authors", "link")}
    e |= {k: escape(say(getattr(member, k)), quote=True) for k in ("name", "idea", "added")}
    parent = BY_ID[member.parents[0]].name if member.parents else ""
    parent = escape(say(parent))
    origin = (say("grown from {parent}", parent=parent) if parent else
              say("the root") if member.id == "gan" else say("a neighbouring family"))
    opens = bool(pictures and plate)
    state = say("trained; Enter opens its plate") if opens else say("trained") if pictures else say("not trained yet")
    line = [member.id]
    while BY_ID[line[-1]].parents:
        line.append(BY_ID[line[-1]].parents[0])
    children = " ".join(m.id for m in FAMILY if m.parents[:1] == (member.id,))
    tray = "".join(f'<figure><span class="frame">{picture(name, uri, say("A picture generated by {name}", name=name))}</span>'
                   f'<figcaption>{escape(name)}</figcaption></figure>'
                   for name, uri in pictures)
    number = f" {escape(plate.number)}" if plate and plate.number else ""
    action = (f'<button type="button" class="open-plate" data-open="{escape(plate.id)}">{say("Open plate")}{number}'
              '<span aria-hidden="true"> →</span></button>' if opens else "")
    if not pictures:
        tray = f'<p class="waiting">{say("Not trained yet: its leaf is still an outline.")}</p>'
    left, top = (f"{100 * v / s:.2f}%" for v, s in zip(member.leaf, SIZE, strict=True))
    return f"""<li class="member{' shown' if member.id == 'gan' else ''}{' trained' if pictures else ''}" id="atlas-{e['id']}"
  data-line="{' '.join(line)}" data-parent="{member.parents[0] if member.parents else ''}" data-children="{children}"
  data-x="{member.leaf[0]}" style="--depth:{depth(member)};--left:{left};--top:{top}">{rails(member)}
<button type="button" class="node" aria-label="{e['name']}, {member.year}, {origin}; {state}" aria-describedby="idea-{e['id']}"
  {f'data-open="{escape(plate.id)}"' if opens else ''}>
  <span class="name">{e['name']}</span><span class="year mono">{member.year}</span>
  <span class="origin">{say("{what}, from {parent}", what=escape(say(member.graft)), parent=parent) if parent else origin}</span>
  <span class="leaves">{leaf(pictures)}</span></button>
<article class="card" aria-label="{e['name']}"><p class="card-year">{member.year} · {origin}</p><h2>{e['name']}</h2>
  <p class="card-idea" id="idea-{e['id']}">{e['idea']}</p><div class="tray">{tray}</div>{action}
  <h3>{say(HEADINGS.get(member.id, "What it added"))}</h3><p>{e['added']}</p>
  <h3>{say("In one line")}</h3><p class="formula">{formula(member.objective)}</p>
  <p class="paper"><a href="{e['link']}" target="_blank" rel="noopener">{e['title']}</a>
  <span>{e['authors']}</span></p></article></li>"""


def page(house) -> str:
    """The figure as HTML, in the language being spoken."""
    drawn = {member.id: house.thumbnails(member.model) if member.model else [] for member in FAMILY}
    rows = [entry(member, drawn[member.id], house.plate_of(member.model) if member.model else None) for member in FAMILY]
    invite = say("Rest on a leaf to read its card; click one that carries a picture to open its plate.")
    touch = say("Tap a leaf to read its card; where it carries a picture, the card opens its plate.")
    caption = say("<b>Fig. 1.</b> The family of generative adversarial networks, 2014 to 2017. Pictures in leaves were drawn by networks "
                  "trained for this atlas ({trained} of {all} so far); a hollow leaf is a member not trained. Words along a branch name "
                  "what was added there; dots lead to a neighbouring family.", trained=sum(map(bool, drawn.values())), all=len(FAMILY))
    return f"""<div class="atlas">{PLATE.head()}
<p class="invitation"><span class="for-mouse">{invite}</span><span class="for-touch">{touch}</span></p>
<figure class="atlas-figure"><div class="atlas-tree">{drawing()}
<ol aria-label="{say("Family tree; arrow keys move along the branches")}">
{''.join(rows)}</ol></div><figcaption>{caption}</figcaption></figure></div>"""


def build(house) -> None:
    """The home plate; called inside its gr.Tab."""
    trained = [member.model for member in FAMILY if member.model and house.names(member.model)]
    plates = {room.PLATE.id for room in house.rooms}
    pictures = {name: uri for model in trained for name, uri in house.thumbnails(model)}
    script = (Path(__file__).parent / "atlas.js").read_text(encoding="utf-8")
    figure = gr.HTML(each(partial(page, house)), pictures=pictures, js_on_load=script, apply_default_css=False, elem_classes="atlas-host")

    def open_plate(event: gr.EventData):
        wanted = str((event._data or {}).get("plate", ""))   # comes from the browser: open only what there is
        return gr.Tabs(selected=wanted) if wanted in plates else gr.skip()

    figure.open_plate(open_plate, None, [house.tabs], api_visibility="private", show_progress="hidden", queue=False)
