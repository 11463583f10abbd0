"""What an instrument's markup is made of, as HTML: slots for pictures, sliders, fields, rows of buttons. What they set and show follows
from their data- attributes (instrument.js)."""

import json
import os
from html import escape
from typing import Any

from page.language import say


def address(plate: str, own: str) -> str:
    """Attributes that say where the links of an instrument lead: to its tab and itself, on a Space to the Space's page."""
    space = f"https://huggingface.co/spaces/{os.environ['SPACE_ID']}" if os.environ.get("SPACE_ID") else ""
    return f'data-plate="{plate}" data-own="{own}" data-space="{escape(space)}"'


def sharing(commands: bool) -> str:
    """The row of buttons that copy the link, and command and JSON where there are any."""
    kinds = {"link": say("Copy link")} | ({"command": say("Copy command"), "json": say("Copy JSON")} if commands else {})
    buttons = "".join(f'<button type="button" data-copy="{kind}">{label}</button>' for kind, label in kinds.items())
    return (f'<div class="share" role="group" aria-label="{say("Take it with you")}">{buttons}'
            '<span class="caption" data-copied aria-live="polite"></span><span class="caption drawer" data-drawer></span></div>')


def picture(slot: str, alt: str, kind: str = "specimen", ratio: float = 1) -> str:
    """An <img> slot. A slot named "<slot>-alt" replaces its alt text. `ratio`: width by height of its frame while it is empty."""
    shape = "" if ratio == 1 else f' style="--ratio:{ratio:.4g}"'
    return f'<img class="{kind}" data-slot="{slot}" alt="{escape(alt)}"{shape}>'


def slider(name: str, label: str, low: float, high: float, step: float, meaning: str = "") -> str:
    """`meaning` names a slot for a word or two after the label, which are spoken as its description."""
    word = f'<span data-slot="{meaning}" id="means-{meaning}"></span> ' if meaning else ""
    described = f' aria-describedby="means-{meaning}"' if meaning else ""
    # The value stands in a <span>: an <output> could be labelled itself, and the label would name it instead of the slider.
    return (f'<label class="field"><span>{escape(label)} {word}<span class="value" data-shows="{name}"></span></span>'
            f'<input type="range" name="{name}" min="{low:g}" max="{high:g}" step="{step:g}" aria-label="{escape(label)}"'
            f'{described}></label>')


def pad(label: str, *axes: tuple[str, float, float, str]) -> str:
    """Attributes of a pad: for across and for up, a name of the state, its least and most, and what the axis is called aloud."""
    return f'tabindex="0" role="slider" aria-label="{escape(label)}" data-pad="{escape(json.dumps(axes, ensure_ascii=False))}"'


def number(name: str, label: str) -> str:
    """A field for a seed, with a button that draws a new one."""
    return (f'<label class="field"><span>{escape(label)}</span><span class="with-button">'
            f'<input type="text" inputmode="numeric" name="{name}" size="10" autocomplete="off" spellcheck="false" '
            f'aria-label="{escape(label)}">'
            f'<button type="button" data-reroll="{name}" aria-label="{escape(say("New: {label}", label=label))}">'
            f'{say("new")}</button></span></label>')


def choices(name: str, label: str, options: dict[Any, str], small: bool = False, server: tuple = (), counts: str = "",
            needs: dict[Any, dict] | None = None) -> str:
    """One button for each value of a state's name; the chosen one is pressed. `options` gives each value its text (HTML). `server`: those
    values that no browser can draw with. `counts`: the name of a place among so many, which stays below the number chosen. `needs`: what a
    value sets beside itself; where that is changed, what was chosen at first takes its place."""
    below = f' data-below="{name}" data-of="{counts}"' if counts else ""
    needs = needs or {}
    sets = {value: escape(json.dumps({name: value} | needs.get(value, {}), ensure_ascii=False)) for value in options}
    marks = {value: (" data-server" if value in server else "") + (f' data-needs="{name}"' if value in needs else "") for value in options}
    buttons = "".join(f'<button type="button" data-set="{sets[value]}"{marks[value]}>{text}</button>' for value, text in options.items())
    return (f'<div class="field" role="group" aria-label="{escape(label)}"><span>{escape(label)}</span>'
            f'<div class="choices{" small" if small else ""}"{below}>{buttons}</div></div>')
