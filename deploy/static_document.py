"""The page as HTML documents, one for each language, for the static folder (deploy/static.py), and the pieces that its plates hold."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

import gradio as gr
import latex2mathml.converter
from markdown_it import MarkdownIt

from page import switch
from page.drawing import PHASES
from page.language import I18N, language, say
from page.scripts import whole
from page.slots import EMPTY, Slots

SPOKEN = "__i18n__"       # begins what gr.I18n writes of itself
DOCUMENTS = {"en": "index.html", "zh": "zh.html"}
POLICY = ("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
          "font-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'")


@dataclass(frozen=True)
class Folder:
    """The folder that is being written."""

    path: Path

    def keep(self, kind: str, data: bytes, ending: str) -> str:
        """Writes data under the hash of it, and returns its address."""
        name = f"{kind}/{hashlib.sha256(data).hexdigest()[:16]}{ending}"
        self.write(name, data)
        return name

    def write(self, name: str, data: bytes | str) -> None:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data.encode() if isinstance(data, str) else data)

    def names(self) -> list[str]:
        """The addresses of all files so far, in order."""
        return sorted(path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file())

    def picture(self, value: str) -> str:
        """A data URI as a file of its own."""
        head, _, data = value.partition(";base64,")
        return self.keep("pictures", base64.b64decode(data), "." + head.rpartition("/")[2].partition("+")[0])


def document(page: gr.Blocks, made: Folder) -> str:
    """The page in the language being spoken."""
    layout = page.get_config_file()["layout"]["children"]
    tops = [(node, page.blocks[node["id"]]) for node in layout]
    groups = next(_html(block, made) for _, block in tops if getattr(block, "elem_id", "") == "groups")
    tabs = next(node for node, block in tops if isinstance(block, gr.Tabs))
    buttons, panels = "", ""
    for node in tabs["children"]:
        tab = page.blocks[node["id"]]
        first = tab.id == "atlas"
        if not (inside := _pieces(page, node, made, first)):
            continue
        buttons += (f'<button type="button" role="tab" id="tab-{tab.id}" data-tab-id="{tab.id}" aria-controls="panel-{tab.id}" '
                    f'aria-selected="{str(first).lower()}">{escape(_text(tab.label))}</button>')
        held = "" if first else f' hidden data-file="{made.keep("plates", inside.encode(), ".html")}"'      # fetched when it is opened
        panels += (f'<div class="plate" role="tabpanel" id="panel-{tab.id}" aria-labelledby="tab-{tab.id}"{held}>'
                   f'{inside if first else ""}</div>')
    other = switch.other()
    lost = say("This plate could not be fetched; is there a network? Open it again to try once more.")
    unopened = say(
        "This page is opened by a web server, for browsers run no scripts of a file: python -m http.server in its folder is one.")
    idea = say("One game between two networks, and the family that grew from it.")
    return f"""<!doctype html>
<html lang="{'zh-CN' if language() == 'zh' else language()}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>GAN Atlas</title><meta name="description" content="{escape(idea)}">
<link rel="stylesheet" href="style.css"><link rel="icon" href="icon.svg"><link rel="manifest" href="manifest.webmanifest">
<script type="module" src="shell.js"></script></head>
<body><div class="gradio-container"><main class="fillable"><noscript>{escape(idea)}</noscript>
{groups}
<p class="unopened">{escape(unopened)}</p>
<div id="plates" data-lost="{escape(lost)}">
<div class="tab-wrapper"><div class="tab-container" role="tablist">{buttons}</div></div>{panels}</div>
<footer><a href="{DOCUMENTS[other]}" lang="{other}" data-language-link>{switch.NAMES[other]}</a></footer>
</main></div></body></html>
"""


def _pieces(page: gr.Blocks, node: dict, made: Folder, first: bool = False) -> str:
    """The pieces of a tab or an accordion, as HTML; empty for a plate of which nothing but its heading would be here."""
    found, alive = "", first
    for child in node.get("children", []):
        block = page.blocks[child["id"]]
        if isinstance(block, gr.Accordion):
            found += (f'<details class="facts"><summary class="label-wrap">{escape(_text(block.label))}</summary>'
                      f'{_pieces(page, child, made)}</details>')
        elif isinstance(block, gr.Markdown):
            found += f'<div class="prose">{_markdown(_text(block.value))}</div>'
        elif isinstance(block, gr.HTML) and (piece := _html(block, made)):
            found, alive = found + piece, alive or bool(getattr(block, "functions", None)) or getattr(block, "alone", False)
    return found if alive or isinstance(page.blocks[node["id"]], gr.Accordion) else ""


def _html(block: gr.HTML, made: Folder) -> str:
    """A piece with its scripts. Nothing for an instrument that only Python can draw."""
    html, data, alone = _text(block.value), {}, getattr(block, "alone", False)
    if functions := getattr(block, "functions", None):
        if not block.drawing and not block.every:
            return ""
        for name in ("first", "later"):
            if name in functions:
                data[name] = _written(functions[name]({"language": language()}), made)
        data["phases"] = [name for name in PHASES if name in functions and (block.every or block.drawing.phases.get(name))]
        data["phases"] += ["recite"] if block.drawing and block.drawing.recipe else []
        if block.every:
            data["answers"] = _answers(block, made)
    elif pictures := block.props.get("pictures"):
        data["pictures"] = {name: made.picture(uri) for name, uri in pictures.items()}
    told = ""
    if data or alone:
        script = f"export default function (element, server, props) {{\n{whole(block.js_on_load)}\n}}\n"
        script = made.keep("scripts", script.encode(), ".js")
        told = f' data-script="{script}" data-piece="{escape(json.dumps(data, ensure_ascii=False))}"'
    own = f' id="{block.elem_id}"' if block.elem_id else ""
    return f'<div class="piece {" ".join(block.elem_classes or [])}"{own}{told}>{html}</div>'


def _answers(block: gr.HTML, made: Folder) -> str:
    """The answers of an instrument with few states, by its values joined by "|", as a file."""
    found = {}
    for state in block.every:
        slots = {}
        for phase in ("draw", "follow"):
            if phase in block.functions:
                slots |= block.functions[phase](state | {"language": language()})
        found["|".join(map(str, state.values()))] = _written(slots, made)
    return made.keep("answers", json.dumps(found, ensure_ascii=False).encode(), ".json")


def _written(slots: Slots, made: Folder) -> Slots:
    """Slots with their pictures as files."""
    return {slot: made.picture(value) if value.startswith("data:") and value != EMPTY else value for slot, value in slots.items()}


def _text(value: object) -> str:
    """What a piece of the page says in the language being spoken. Gradio's Markdown has made a text of what `each` gave it."""
    text = str(value or "")
    return I18N.translations[language()][json.loads(text.removeprefix(SPOKEN))["key"]] if text.startswith(SPOKEN) else text


def _markdown(text: str) -> str:
    formulas: list[str] = []

    def formula(found: re.Match) -> str:
        formulas.append(latex2mathml.converter.convert(found[1], display="block"))
        return f"formula{len(formulas) - 1}formula"

    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(re.sub(r"\$\$(.+?)\$\$", formula, text, flags=re.DOTALL))
    return re.sub(r"formula(\d+)formula", lambda found: formulas[int(found[1])], html)
