"""The link at the page's foot that turns it into the other language. A browser keeps what its visitor chose; until then its own language
speaks. Static pages have a document for each language, and links of their own (deploy/static_document.py)."""

from pathlib import Path

import gradio as gr

from page.language import LANGUAGES, each, language
from page.scripts import once, scripts

NAMES = {"en": "English", "zh": "中文"}
JS = once("switch", scripts(Path(__file__).parent, "switch.js"))
# Stands first in the document's head, for Gradio's front end asks the browser for its language once. Any browser set to Chinese is taken
# for one set to zh-CN, the only simplified Chinese that it knows.
SPOKEN = f"<script>{{\n{scripts(Path(__file__).parent, 'spoken.js')}}}</script>".encode()


def other() -> str:
    """The language that is not being spoken."""
    return next(one for one in LANGUAGES if one != language())


def place() -> None:
    """Places the link."""
    gr.HTML(each(lambda: f'<p class="switch"><a href="" lang="{other()}">{NAMES[other()]}</a></p>'), js_on_load=JS,
            apply_default_css=False, elem_id="switch")
