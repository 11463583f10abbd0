"""Plate: the toy of tests/test_toy_row.py. A picture by its noise and its ink, and what D takes it for."""

from page.branch import Branch
from page.drawing import Drawing, field, images, judge, noise, png, said, shown, sigmoid
from page.fields import Control, Seed, Weights
from page.instrument import instrument
from page.language import say
from page.markup import number, picture, slider
from page.model_facts import facts, missing
from page.plate import Plate
from page.replay import replay
from page.site import Site

PLATE = Plate(id="toy", order=9, given="code", models=("toy",), seeds={"toy": 4}, losses={"ink": "the ink's share"})
BRANCHES = (Branch("toy", "gan", "a toy", "Nothing at all.", tip=(560, 660)),)
HOW = "A toy has no secret."


def build(site: Site) -> None:
    names = site.weights("toy")
    site.head(PLATE)
    if not names:
        return missing("toy")
    instrument(_markup, {"model": names[0], "ink": 0.5, "seed": "3"}, drawing=drawing(names), plate=PLATE.id, elem_id="toy")
    replay(names, PLATE, first=names[0])
    facts(names, HOW)


def drawing(names: list[str]) -> Drawing:
    """One for both: the visitor's browser, and the server where that cannot draw."""
    here = images(field("model"), noise(field("seed")), ink=field("ink"))
    words = said("D takes this toy for real with {share}.", share=shown(sigmoid(judge(here)["logits"][0]), ".0%"))
    return Drawing({"model": Weights(tuple(names)), "ink": Control("ink"), "seed": Seed()},
                   draw={"picture": png(here, signed=True), "words": words}, recipe=here)


def _markup() -> str:
    return f"""{picture("picture", say("A toy"))}{slider("ink", say("the toy's ink"), 0, 1, 0.1)}{number("seed", say("noise (z)"))}
<p class="caption" data-slot="words"></p>"""
