"""The row above the tabs: what a network is given. Beneath it stand the tabs of the open group, which are Gradio's own.

No state says which group is open: it is the one of the selected tab, and a style sheet hides the tabs of all others.
"""

from html import escape
from pathlib import Path

import gradio as gr

from page.language import each, say
from page.plate import GIVEN, Plate
from page.scripts import once, scripts

JS = once("groups", scripts(Path(__file__).parent, "address.js", "history.js", "document.js", "groups.js"))
ROW = "#plates > .tab-wrapper"


def place(plates: list[Plate]) -> None:
    """Places the row of groups; `plates` are those of the page, in order."""
    groups = {given: [plate.id for plate in plates if plate.given == given] for given in GIVEN}
    groups = {given: ids for given, ids in groups.items() if ids}
    placed = gr.HTML(each(lambda: _row(groups)), js_on_load=JS, apply_default_css=False, elem_id="groups")
    placed.alone = True       # it asks no server for anything (deploy/static.py)


def _row(groups: dict[str, list[str]]) -> str:
    buttons = {given: f'<button type="button" role="tab" data-group="{given}" data-plates="{" ".join(ids)}" aria-controls="plates" '
                      f'aria-selected="{str(given == "home").lower()}">{escape(say(GIVEN[given]))}</button>'
               for given, ids in groups.items()}
    lead = f'<span class="given" aria-hidden="true">{say("given")}</span>'
    buttons["home"] = buttons.get("home", "") + lead
    return (f'<nav class="groups" aria-label="{say("Plates")}"><style>{_hidden(groups)}</style>'
            f'<div role="tablist" aria-label="{say("Plates by what their networks are given")}">{"".join(buttons.values())}</div></nav>')


def _hidden(groups: dict[str, list[str]]) -> str:
    """Rules that hide the tabs of other groups than the open one, and the whole row of tabs where the group is one plate of its name."""
    rules = ""
    for given, ids in groups.items():
        own, chosen = (", ".join(f'[data-tab-id="{one}"]{state}' for one in ids) for state in ("", '[aria-selected="true"]'))
        hidden = "" if given == "home" else f" [role=tab]:not({own})"
        rules += f"{ROW}:has({chosen}){hidden} {{ display: none; }}\n"
    return rules
