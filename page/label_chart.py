"""A chart of errors by the number of labels, of a network that also saw pictures without labels and of its twin that did not."""

import math
from dataclasses import dataclass

from page.language import say
from page.replay import key

WIDTH, HEIGHT = 480, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 28, 16, 34     # margins
TWIN = "6 3"                                  # dashes of the twin's line


@dataclass(frozen=True)
class Point:
    """Errors, 0 to 1, with one number of labels: means over the choices of the labelled images."""

    error: float
    twin: float
    draws: int
    low: float       # the least error of a choice
    high: float      # the greatest


def means(metrics: dict) -> dict[int, Point]:
    """A Point for each number of labels in `by_labels` of a metrics.json, in order."""
    found: dict[int, list[dict]] = {}
    for line in metrics.get("by_labels", []):
        if not all(isinstance(line.get(key), int | float) for key in ("labels", "error", "twin_error")):
            continue
        found.setdefault(int(line["labels"]), []).append(line)
    return {labels: _mean(lines) for labels, lines in sorted(found.items())}


def _mean(lines: list[dict]) -> Point:
    errors = [line["error"] for line in lines]
    return Point(sum(errors) / len(errors), sum(line["twin_error"] for line in lines) / len(lines), len(lines), min(errors), max(errors))


def chart(points: dict[int, Point], chosen: int) -> str:
    """An inline SVG: both axes are logarithmic; the chosen number of labels is marked."""
    values = [value for point in points.values() for value in (point.error, point.twin)]
    low, high = max(min(values), 1e-4) / 1.3, max(*values, 1e-4) * 1.3
    few, many = min(points), max(points)

    def x(labels: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(labels / few) / max(math.log(many / few), 1e-9)

    def y(error: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - math.log(max(error, low) / low) / math.log(high / low))

    ticks = [tick for power in (1e-4, 1e-3, 1e-2, 1e-1) for tick in (power, 2 * power, 5 * power) if low <= tick <= high]
    parts = [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="var(--hairline)"/>'
             f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick * 100:g}%</text>' for tick in ticks]
    parts += [f'<text x="{x(labels):.1f}" y="{HEIGHT - 12}" text-anchor="middle">{labels:,}</text>' for labels in points]
    parts.append(f'<line x1="{x(chosen):.1f}" x2="{x(chosen):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="var(--muted)" '
                 'stroke-dasharray="3 3"/>')
    for figure, colour, dashes in (("twin", "var(--petal)", TWIN), ("error", "var(--leaf)", "")):
        places = [(x(labels), y(getattr(point, figure))) for labels, point in points.items()]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes or "none"}" points="'
                     + " ".join(f"{a:.1f},{b:.1f}" for a, b in places) + '"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{6 if labels == chosen else 3.5}" fill="{colour}"/>'
                  for labels, (a, b) in zip(points, places, strict=True)]
    said = say("Errors on test pictures by the number of labels: {points}", points="; ".join(
        f"{labels:,}: {point.error:.2%} / {point.twin:.2%}" for labels, point in points.items()))
    legend = (key("var(--leaf)", "", say("semi-supervised D"))
              + key("var(--petal)", TWIN, say("the same network, labelled pictures alone")))
    return (f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">{"".join(parts)}</svg>'
            f'<p class="caption keys">{legend}</p>')
