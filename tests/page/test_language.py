"""Two languages: no message is missing in either, gaps are kept, errors are found again, and the browser chooses."""

import re
from contextvars import ContextVar

import pytest
from playwright.sync_api import expect

from harness import catalogue
from models.datasets import DATASETS
from models.errors import BadInput
from models.seeds import parse_seeds
from page import language
from page.language import LANGUAGES, WORDS, each, say, speaking, tell
from tabs import cgan, infogan, plates
from tabs.text import sentences
from tests.visitor import open_tab, source, visit, wait_for_change

CHINESE = re.compile("[\u4e00-\u9fff]")
CODES = infogan.drawing(["infogan-mnist"])
LATIN = {*(paper.name for module in plates() for paper in module.PLATE.papers), *(data.title for data in DATASETS.values()),
         "MIT", "Wasserstein", "Stage-I, {size}x{size}"}         # names, which may stay as they are
JOINTS = {"{first} {second}", "{first}, {second}", "{title}, {remark}", "{share} {label}, {rest} {other}", "{name}: {words}"}


@pytest.fixture(scope="module")
def wanted() -> set[str]:
    return catalogue.messages()


@pytest.mark.parametrize("one", LANGUAGES)
def test_no_message_is_missing_and_none_is_left_over(wanted, one):
    assert set(WORDS[one]) == wanted
    waiting = [message for message, told in WORDS[one].items() if not told]
    assert not waiting, f"page/words/{one}.json has no words yet for {waiting}"


def test_the_command_says_what_is_to_be_written_and_where(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    monkeypatch.setattr(catalogue, "messages", lambda: {"Play", "a new word", *(f"another {i}" for i in range(5))})
    catalogue.main()
    english, chinese = capsys.readouterr().out.splitlines()
    assert english == "en: 7 messages"
    assert re.fullmatch("zh: 7 messages, 6 to be written in .*zh.json: 'a new word', 'another 0', 'another 1', …", chinese)


def test_gaps_and_tags_are_kept():
    for message, told in WORDS["zh"].items():
        assert sorted(re.findall(r"{\w+}", message)) == sorted(re.findall(r"{\w+}", told)), message
        assert sorted(re.findall(r"</?\w+>", message)) == sorted(re.findall(r"</?\w+>", told)), message
        assert CHINESE.search(told) or message in LATIN | JOINTS, message


def test_what_nobody_translated_is_said_in_english():
    with speaking("zh"):
        unknown = "a message that no catalogue has"
        assert say(unknown) == tell(BadInput(unknown)) == unknown
    with speaking("tlh"):
        assert say("Play") == "Play"


@pytest.mark.parametrize("wrong", [
    lambda: parse_seeds(["-1"]),
    lambda: cgan.writing().parse({"digits": "ten", "hand": "1", "each": True}),
    lambda: CODES.parse({"model": "infogan-mnist", "category": 99, "c1": 0, "c2": 0, "seed": "1", "vary": "c1"}),
    lambda: CODES.parse({"model": "infogan-mnist", "category": 1, "c1": 9, "c2": 0, "seed": "1", "vary": "c1"}),
    lambda: sentences.between().parse({"first": "a rose", "last": "a lily", "share": "7", "seed": "1", "encoder": "char-cnn-rnn"}),
    lambda: sentences.between().parse({"first": "玫瑰", "last": "a lily", "share": "0", "seed": "1", "encoder": "char-cnn-rnn"}),
])
def test_an_error_is_told_in_chinese_and_keeps_its_values(wrong):
    with pytest.raises(BadInput) as caught:
        wrong()
    with speaking("zh"):
        told = tell(caught.value)
    assert CHINESE.search(told.replace("玫瑰", "")) and tell(caught.value) == str(caught.value)
    assert sorted(re.findall(r"\d+", told)) == sorted(re.findall(r"\d+", str(caught.value)))


def test_each_piece_is_written_in_every_language():
    key = each(lambda: say("Play")).key
    assert {one: language.I18N.translations[one][key] for one in LANGUAGES} == {one: WORDS[one]["Play"] for one in LANGUAGES}


def test_nothing_is_said_once_for_both_languages_while_the_page_is_built(monkeypatch):
    """Whoever asks outside of a language would be answered in English, for all visitors."""
    from app import build

    monkeypatch.setattr(language, "_spoken", ContextVar("language without a default"))
    build().close()


@pytest.mark.parametrize("locale", ["zh-CN", "zh", "zh-Hans-SG"])
def test_a_chinese_browser_is_answered_in_chinese(browser, address, locale):
    with visit(browser, address, locale=locale) as page:
        expect(page.locator(".atlas .plate-idea")).to_contain_text(CHINESE)
        found = open_tab(page, WORDS["zh"]["InfoGAN"], "infogan")
        expect(found.locator('[data-slot="probability"]')).to_contain_text(CHINESE)
        before = source(found, "picture")
        found.locator('input[name="c1"]').fill("0.5")
        wait_for_change(found, "picture", before)
        expect(found.locator('[data-slot="probability"]')).to_contain_text(CHINESE)
        found.locator('input[name="seed"]').fill("-5")
        expect(found.locator(".notice")).to_contain_text(CHINESE)
        left = page.evaluate("""() => [...document.querySelectorAll('#infogan button, #infogan label span, #infogan caption')]
            .map(e => e.innerText.trim()).filter(t => /[a-z]{4}/.test(t) && !/[\u4e00-\u9fff]/.test(t))""")
        assert set(left) <= {"Fashion-MNIST"}


@pytest.mark.parametrize(("locale", "first", "then"), [("en-GB", "en", "zh"), ("zh-TW", "zh", "en")])
def test_a_visitor_may_choose_the_other_language(browser, address, locale, first, then):
    """It is kept for the next visit, and what stands in the plates stays."""
    with visit(browser, address, locale=locale) as page:
        found = open_tab(page, WORDS[first]["InfoGAN"], "infogan")
        found.locator('input[name="seed"]').fill("77")
        expect(page).to_have_url(re.compile("seed=77"))
        for chosen, back in ((then, first), (first, then)):
            page.locator("#switch a").click()
            expect(page.locator("#switch a")).to_have_attribute("lang", back)
            expect(page.locator(".groups")).to_have_attribute("aria-label", WORDS[chosen]["Plates"])
            expect(page.locator('#infogan input[name="seed"]')).to_have_value("77")
            assert page.evaluate("document.documentElement.lang").startswith(chosen)
        page.goto(address)
        expect(page.locator("#switch a")).to_have_attribute("lang", then)


def test_a_value_that_is_a_message_or_an_error_is_told_as_well():
    inner = BadInput("A seed is a whole number from 0 to {most}, not {value}.", most=9, value="'x'")
    with speaking("zh"):
        told = tell(BadInput("The weights {name} could not be fetched: {error}", name="gan-mnist", error=inner))
        assert tell(inner) in told and CHINESE.search(tell(inner))
        assert WORDS["zh"]["The mix"] in tell(BadInput("{what} goes from 0 to 1, not {value}.", what="The mix", value="7"))


def test_a_value_that_waits_for_its_translation_is_told_in_english(monkeypatch):
    monkeypatch.setitem(WORDS["zh"], "The mix", "")
    with speaking("zh"):
        assert "The mix" in tell(BadInput("{what} goes from 0 to 1, not {value}.", what="The mix", value="7"))


def test_no_error_of_the_page_is_an_f_string():
    """Its message would be no message of the catalogue, and could not be told in Chinese."""
    for pattern in catalogue.HEARD:
        for path in catalogue.ROOT.glob(pattern):
            assert not re.search(r"(BadInput|DamagedWeights)\(\s*f[\"']", path.read_text(encoding="utf-8")), path
