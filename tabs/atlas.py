"""The home plate: the family tree. Every leaf that carries a picture opens its plate."""

from pathlib import Path

import gradio as gr

from page import tree
from page.language import each
from page.plate import Plate
from page.site import Site

PLATE = Plate(id="atlas", order=0, label="Atlas", title="GAN Atlas", year="2014 – 2017",
              idea="One game between two networks, and the family that grew from it in three years.")


def build(site: Site) -> None:
    plates = {module.PLATE.id for module in site.plates}
    pictures = {name: uri for member in tree.family(site) for name, uri in site.thumbnails(member.id)}
    script = "".join((Path(tree.__file__).parent / name).read_text(encoding="utf-8") for name in ("history.js", "tree.js"))
    figure = gr.HTML(each(lambda: tree.figure(site, PLATE.head())), pictures=pictures, js_on_load=script, apply_default_css=False,
                     elem_classes="atlas-host")

    def open_plate(event: gr.EventData):
        wanted = str((event._data or {}).get("plate", ""))   # comes from the browser: open only what there is
        return gr.Tabs(selected=wanted) if wanted in plates else gr.skip()

    figure.open_plate(open_plate, None, [site.tabs], api_visibility="private", show_progress="hidden", queue=False)
