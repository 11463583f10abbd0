"""One drawing, read by several plates: beside each other, and carried from one to the other by a click."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

import models
from models.errors import BadInput
from page import beside
from page.board import as_mnist, drawn, written
from page.drawing import Drawing, model_named
from page.drawing_board import given
from page.evaluate import Evaluator
from page.fields import Board
from page.plate import Plate
from page.site import Site
from tabs import bigan, plates, vae
from tests.visitor import open_tab, pixels

SEVEN = models.load("cgan-mnist").generate(3, label=7)[0]


def found(but: Plate) -> list[beside.Reader]:
    return beside.readers(Site(plates()), but)


def filled(readers: list[beside.Reader], image: np.ndarray) -> dict[str, str]:
    told = Drawing({"drawing": Board()}, beside.slots(readers))
    return Evaluator(told).slots("draw", told.parse({"drawing": written(image)}))


def test_every_other_plate_with_a_board_reads_and_none_reads_itself():
    assert {one.plate.id for one in found(vae.PLATE)} == {"bigan", "sgan"}
    assert {one.plate.id for one in found(bigan.PLATE)} == {"vae", "sgan"}
    assert beside.markup([]) == ""


def test_readings_are_what_the_networks_say():
    slots, model = filled(found(vae.PLATE), SEVEN), models.load("bigan-mnist")
    shown = pixels(slots["beside-bigan"])
    assert (shown == model.decode(model.encode(as_mnist(drawn(written(SEVEN)))[None]))[0, ..., 0]).all() and slots["beside-bigan-words"]
    assert filled([vae.READER], SEVEN)["beside-vae-words"].startswith("log p(x) at least −")
    assert "“7”" in slots["beside-sgan-words"]


def test_of_an_empty_board_and_of_damaged_weights_nothing_is_said(monkeypatch):
    def absent(drawing):
        return beside.Reading(given(model_named("vae-of-nobody"), drawing), "nobody")

    def damaged(drawing):
        monkeypatch.setattr(models.bigan.Bigan, "outputs", refuse)
        return bigan.read(drawing)

    def refuse(*_):
        raise BadInput("These weights are damaged.")

    readers = [beside.Reader(bigan.PLATE, "bigan", damaged, ()), beside.Reader(vae.PLATE, "vae-drawing", absent, ())]
    for image in (SEVEN, np.zeros_like(SEVEN)):
        slots = filled(readers, image)
        for plate in ("bigan", "vae"):
            assert slots[f"beside-{plate}-words"] == "" and slots[f"beside-{plate}"].startswith("data:image/gif")


@pytest.mark.parametrize("visited", [False, True], ids=["a plate that never stood", "a plate that stands"])
def test_a_click_takes_the_drawing_along_and_back_brings_the_visitor_back(page, visited):
    if visited:
        open_tab(page, "VAE", "vae")
    open_tab(page, "BiGAN", "bigan")
    drawing = written(SEVEN)
    page.locator("#bigan .instrument [name=drawing]").evaluate(
        "(e, text) => { e.value = text; e.dispatchEvent(new Event('input', {bubbles: true})); }", drawing)
    link = page.locator('#bigan .readers a[href*="tab=vae"]')
    page.wait_for_function("link => link.querySelector('span').textContent.startsWith('log p')", arg=link.element_handle())
    query = parse_qs(urlsplit(link.evaluate("link => link.href")).query)         # where it is opened in a new tab
    assert query["drawing"] == [drawing] and query["tab"] == ["vae"]
    page.evaluate("scrollTo({top: 1e6})")
    link.click()
    page.wait_for_function("text => document.querySelector('#vae-drawing [name=drawing]')?.value === text", arg=drawing)
    assert page.locator("#plates [data-tab-id=vae]").get_attribute("aria-selected") == "true"
    page.wait_for_function("Math.abs(document.getElementById('vae-drawing').getBoundingClientRect().top) < innerHeight / 2")
    page.go_back()
    page.wait_for_function("document.querySelector('#plates [data-tab-id=bigan]').getAttribute('aria-selected') === 'true'")
