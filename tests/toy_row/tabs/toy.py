"""Plate: the toy of tests/test_toy_row.py."""

from dataclasses import dataclass

import models
from models.images import png_uri
from models.loaded import Asked
from page.branch import Branch
from page.instrument import Recipe, State, instrument
from page.markup import number, picture, slider
from page.model_facts import facts, missing
from page.plate import Plate
from page.replay import replay
from page.site import Site, shown_model
from page.slots import Slots

PLATE = Plate(id="toy", order=9, given="code", models=("toy",), seeds={"toy": 4}, losses={"ink": "the ink's share"})
BRANCHES = (Branch("toy", "gan", "a toy", "Nothing at all.", tip=(560, 660)),)


def build(site: Site) -> None:
    names = site.weights("toy")
    site.head(PLATE)
    if not names:
        return missing("toy")
    instrument(lambda: f"{picture('picture', 'A toy')}{slider('ink', 'ink', 0, 1, 0.1)}{number('seed', 'seed')}",
               {"model": names[0], "ink": 0.5, "seed": "3"}, parse, draw, recite=recite, plate=PLATE.id, elem_id="toy")
    replay(names, PLATE, first=names[0])
    facts(names, "A toy has no secret.")


@dataclass(frozen=True)
class Request:
    model: models.Model
    asked: Asked


def parse(state: State) -> Request:
    model = shown_model(state["model"])
    return Request(model, model.ask([state["seed"]], ink=state["ink"]))


def draw(request: Request) -> Slots:
    return {"picture": png_uri(request.model.generate(request.asked)[0])}


def recite(request: Request) -> Recipe:
    return request.model.card.name, request.asked.seeds[0], request.asked.controls
