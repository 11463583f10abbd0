"""The wood of the family tree: roots, branches, small leaves and the words along them, as one inline SVG."""

import math
from html import escape

from page.branch import Member
from page.language import say

SIZE = (900, 824)    # of the drawing below height 0; positions are in its units, and leaves further up make it taller
HEADROOM = 182       # from the highest leaf's foot to the frame: the leaf, its name and year, and some paper
GROUND = 750         # height of the soil
BELOW = 22           # the lowest leaf of a year: where its line is drawn
LEAFLET = "M0,0C.2,-.34 .66,-.36 1,0C.7,.3 .24,.28 0,0Z"   # one unit long, along x
OUTLINE = "M.5,1C.2,.9 -.03,.66 .03,.4C.08,.2 .32,.13 .5,0C.68,.13 .92,.2 .97,.4C1.03,.66 .8,.9 .5,1Z"   # of a picture's leaf


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


def crowded(x: float, y: float, members: list[Member]) -> bool:
    """Whether a picture's leaf or its label already stands there."""
    return any(abs(x - m.leaf[0]) < 60 and m.leaf[1] - 158 < y < m.leaf[1] + 4 for m in members)


def words_side(member: Member) -> int:
    """On which side of the branch, along its normal, the words stand: always above them as they are read."""
    return -1 if member.branch.tip[0] >= member.start[0] else 1


def foliage(member: Member, members: list[Member]) -> str:
    """Small leaves along a branch, on alternate sides, wherever neither words nor pictures stand."""
    p0, bend, p3 = member.start, member.bend, member.branch.tip
    length = math.dist(p0, p3) * 1.08
    count, reach = max(2, round(length / 33)), 4.9 * len(member.branch.graft) / length + .07
    out = []
    for i in range(count):
        t = .17 + .78 * i / count
        x, y, nx, ny = curve(p0, bend, p3, t)
        side = 1 if i % 2 else -1
        if member.branch.graft and abs(t - .52) < reach and side == words_side(member):
            continue
        size = 14 + 9 * abs(math.sin(3.1 * i + p3[0])) - 3 * t
        angle = math.degrees(math.atan2(-nx, ny)) + side * (46 + 11 * math.sin(2.3 * i + p3[1]))
        far = math.radians(angle)
        if crowded(x, y, members) or crowded(x + size * math.cos(far), y + size * math.sin(far), members):
            continue
        out.append(f'<g transform="translate({x:.1f},{y:.1f}) rotate({angle:.0f}) scale({size:.1f})" style="--t:{t:.2f}">'
                   f'<g class="leaflet"><path d="{LEAFLET}"/><path class="vein" d="M0,0C.3,-.04 .6,-.03 .84,-.01"/></g></g>')
    return "".join(out)


def words(member: Member) -> str:
    """What was added, written along the branch and never upside down."""
    if not member.branch.graft:
        return ""
    p0, (a, b, c, d), p3 = member.start, member.bend, member.branch.tip
    way = spine(p0, member.bend, p3) if words_side(member) < 0 else spine(p3, (c, d, a, b), p0)
    middle = 52 if words_side(member) < 0 else 48
    return (f'<path id="way-{member.id}" d="{way}" fill="none"/><text class="graft" dy="-{4 + member.branch.width[0] / 3:.0f}">'
            f'<textPath href="#way-{member.id}" startOffset="{middle}%" text-anchor="middle">{escape(say(member.branch.graft))}</textPath>'
            '</text>')


def branch(member: Member, members: list[Member]) -> str:
    p0, bend, p3, width = member.start, member.bend, member.branch.tip, member.branch.width
    stalk, body = "", f'<path d="{taper(p0, bend, p3, width)}"/>' + (engraving(p0, bend, p3, width) if width[0] > 11 else "")
    if member.leaf != member.branch.tip:   # a stalk from the branch to the leaf that hangs beside it
        x, y, *_ = curve(p0, bend, p3, .93 if member.parent else .42)
        lx, ly = member.leaf
        stalk = f'<path d="{taper((x, y), (x + (lx - x) * .35, y + 10, lx + (x - lx) * .04, ly + 26), (lx, ly), (4.5, 2))}"/>'
    top = summit(members)
    return (f'<mask id="grow-{member.id}" style="--depth:{member.depth}" maskUnits="userSpaceOnUse" x="0" y="{top}" '
            f'width="{SIZE[0]}" height="{SIZE[1] - top}"><path class="growth" pathLength="1" d="{spine(p0, bend, p3)}"/></mask>'
            f'<g class="branch {member.kind}" data-member="{member.id}" style="--depth:{member.depth}">'
            f'<g class="stalk">{stalk}</g><g mask="url(#grow-{member.id})">{body}</g>{foliage(member, members)}{words(member)}</g>')


def heights(members: list[Member]) -> dict[int, int]:
    """Where each year's line is drawn: the first at the ground, the others below their lowest leaf. A neighbour has no say."""
    feet: dict[int, int] = {}
    for member in members:
        if not member.branch.neighbour:
            feet[member.paper.year] = max(member.leaf[1], feet.get(member.paper.year, member.leaf[1]))
    return {year: GROUND if year == min(feet) else foot + BELOW for year, foot in feet.items()}


def soil(members: list[Member]) -> str:
    """Roots, a broken ground line, the years, and the dotted runner to the neighbouring plant."""
    x, y = members[0].start
    spread = ((-150, 34, 9), (-88, 50, 8), (-30, 46, 6), (34, 52, 7), (92, 40, 7), (138, 22, 6))
    bends = [((x + dx * .06, y - 16), (x + dx * .12, y + 12, x + dx * .5, y + dy * .2), (x + dx, y + dy), (w, .8))
             for dx, dy, w in spread]
    roots = "".join(f'<path d="{taper(*bend)}"/>' for bend in bends)
    roots = f'<g class="main">{roots}</g>'
    marks = "".join(f"M{gx},{GROUND + 6 + 5 * math.sin(gx):.0f}l{12 + 7 * math.sin(gx / 3):.0f},0" for gx in range(70, 850, 31))
    bands = "".join(f'<g class="year"><path d="M22,{top}H{SIZE[0] - 22}"/><text x="24" y="{top - 7}">{year}</text></g>'
                    for year, top in heights(members).items())
    neighbours = "".join(neighbour(member, x, y) for member in members if member.branch.neighbour)
    return f'{bands}<path class="ground" d="{marks}"/><g class="roots">{roots}</g>{neighbours}'


def neighbour(member: Member, x: float, y: float) -> str:
    """Small roots of a plant beside, and the dotted runner to it from the tree's foot at (x, y)."""
    vx, vy = member.start
    roots = "".join(f'<path d="{taper((vx, vy - 4), (vx, vy + 8, vx + dx * .5, vy + 8), (vx + dx, vy + dy), (3.5, .7))}"/>'
                    for dx, dy in ((-24, 20), (4, 26), (32, 16)))
    runner = f"M{x + 60},{y + 14}C{x + 120},{y + 36} {vx - 90},{y + 36} {vx - 6},{vy + 6}"
    way = f"way-runner-{member.id}"
    return (f'<g class="roots">{roots}</g><path class="runner" d="{runner}"/><path id="{way}" d="M{x + 90},{y + 60}H{vx}" fill="none"/>'
            f'<text class="graft"><textPath href="#{way}" startOffset="50%" text-anchor="middle">{say("the neighbouring family")}'
            '</textPath></text>')


def summit(members: list[Member]) -> int:
    """Where the drawing begins: at 0, or as far above as the highest leaf asks for."""
    return min(0, *(member.leaf[1] - HEADROOM for member in members))


def drawing(members: list[Member]) -> str:
    order = sorted(members, key=lambda member: member.depth, reverse=True)   # twigs first, so that thicker wood covers their ends
    top = summit(members)
    return (f'<svg class="wood" viewBox="0 {top} {SIZE[0]} {SIZE[1] - top}" aria-hidden="true" focusable="false"><defs>'
            f'<clipPath id="leaf-shape" clipPathUnits="objectBoundingBox"><path d="{OUTLINE}"/></clipPath></defs>'
            f'{soil(members)}{"".join(branch(member, members) for member in order)}</svg>')
