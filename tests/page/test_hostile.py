"""Hostile input to every function of the page and every endpoint; benchmarks.hostile sends far more of it."""

import re
from urllib.parse import quote

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from app import build
from harness.hostile import bombard, targets, trouble
from models.errors import shown
from page import api
from page.instrument import _checked
from tabs import cgan
from tests.visitor import PATIENCE, stands

CALLS = 12     # for each function
TARGETS = list(targets(build()))
MARKUP = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>'
NUMBER = 10**5000    # Python refuses to write it out


@pytest.fixture(autouse=True, scope="module")
def home(tmp_path_factory):
    set_hypothesis_home_dir(str(tmp_path_factory.mktemp("hypothesis")))


def test_every_function_of_the_page_is_found():
    names = {target.name for target in TARGETS}
    assert {"infogan.draw", "infogan.follow", "text.finish", "text.save", "cgan.recite"} <= names
    assert {"api.sample", "api.score"} <= names


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_is_to_be_spoilt_is_taken(target):
    """Else hostile input would be refused for something else in it."""
    answer = target.call(target.good)
    assert answer and not (isinstance(answer, dict) and answer["notice"])


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_hostile_input_gets_a_value_or_one_sentence(target):
    def act(sent):
        assert trouble(target, sent) is None, shown(sent, 300)

    bombard(target, CALLS, 0, act)


STATES = [target for target in TARGETS if isinstance(target.good, dict) and target.function != "save"]   # these take seconds


@pytest.mark.parametrize("target", STATES, ids=lambda target: target.name)
@pytest.mark.parametrize("value", [NUMBER, -NUMBER, float("nan"), "a \ud83d rose"], ids=["huge", "negative", "nan", "surrogate"])
def test_one_bad_value_anywhere_gets_a_value_or_one_sentence(target, value):
    for name in target.good:
        assert trouble(target, target.good | {name: value}) is None, name


def test_a_number_too_long_to_be_written_is_refused_by_name():
    for call, *asked in ((api.sample, NUMBER), (api.text_to_image, "a rose", "1", NUMBER),
                         (api.text_to_image, "a rose", "1", "sentence", NUMBER), (api.traverse, "infogan-mnist", NUMBER),
                         (api.sample, "infogan-mnist", "1", {"c1": NUMBER})):
        with pytest.raises(api.BadInput, match="thousands of digits"):
            call(*asked)


def test_what_is_not_printed_is_quoted_so_that_it_can_be_read():
    with pytest.raises(api.BadInput, match=r"\\x1b"):
        cgan.writing().parse({"digits": "\x1b[2J", "hand": "8", "each": True})
    assert _checked({"text": "a \ud83d rose"}, {"text": ""}) == {"text": "a ? rose"}


def test_what_is_far_too_long_is_refused_under_the_label_of_its_box():
    target = next(target for target in STATES if target.name == "text.draw")
    assert target.call(target.good | {"text": "a" * 140_000})["notice"].startswith("“Your sentence” takes a sentence of at most")
    assert "encoder" in target.call(target.good | {"encoder": "a" * 140_000})["field"]


@pytest.mark.parametrize("target", STATES, ids=lambda target: target.name)
def test_no_text_comes_back_as_markup(target):
    for name in (name for name, value in target.good.items() if isinstance(value, str)):
        assert trouble(target, target.good | {name: f"a rose {MARKUP}"}) is None, name


@pytest.mark.parametrize("link", [f"?tab=text&text={quote('a rose ' + MARKUP)}",
                                  f"?tab=srgan&source=flower&text={quote('a rose ' + MARKUP)}",
                                  f"?tab=infogan&seed={quote(MARKUP)}&{quote(MARKUP)}=1", f"?tab={quote(MARKUP)}",
                                  f"?tab=cgan&model={quote(MARKUP)}&label={quote(MARKUP)}"])
def test_markup_in_a_link_stays_text(browser, address, link):
    """A page of its own, not the fixture: its console may tell of a refusal."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address + link)
    page.get_by_role("tab", name="Atlas", exact=True).wait_for()
    stands(page, re.match(r"\?tab=(\w*)", link)[1] or "atlas")
    assert page.evaluate("window.broken") is None
    assert page.locator("img[onerror], img[src='x']").count() == 0
    context.close()
