"""The home plate: the family tree. Every leaf that carries a picture opens its plate."""

from pathlib import Path

import gradio as gr

from page import tree
from page.family import family, years
from page.language import each
from page.plate import Plate
from page.scripts import once, scripts
from page.site import Site

PLATE = Plate(id="atlas", order=0, given="home", label="Atlas", title="GAN Atlas",
              idea="One game between two networks, and the family that grew from it.")


def build(site: Site) -> None:
    pictures = {name: uri for member in family(site.plates) for name, uri in site.thumbnails(member.id)}
    script = once("tree", scripts(Path(tree.__file__).parent, "history.js", "tree.js"))
    span = years(family(site.plates + site.waiting))
    gr.HTML(each(lambda: tree.figure(site, PLATE.head(years=span))), pictures=pictures, js_on_load=script, apply_default_css=False,
            elem_classes="atlas-host")
