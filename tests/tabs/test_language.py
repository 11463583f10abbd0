"""Two languages: no message is missing in either, gaps are kept, errors are found again, and the browser chooses."""

import re

import pytest
from playwright.sync_api import expect

from models.errors import BadInput
from models.runtime import parse_seeds
from tabs import cgan, infogan, language, sentences
from tabs.language import LANGUAGES, WORDS, each, repeat, say, speaking
from tests.visitor import open_tab, source, visit, wait_for_change

CHINESE = re.compile("[\u4e00-\u9fff]")
LATIN = {"AC-GAN", "BiGAN", "DCGAN", "GAN", "GAN-CLS", "InfoGAN", "MIT", "SRGAN", "StackGAN", "VAE", "Wasserstein", "pix2pix",
         "Stage-I, 64x64"}     # names that stay as they are


@pytest.fixture(scope="module")
def wanted() -> set[str]:
    return language.messages()


@pytest.mark.parametrize("one", LANGUAGES)
def test_no_message_is_missing_and_none_is_left_over(wanted, one):
    assert set(WORDS[one]) == wanted
    assert all(WORDS[one].values())


def test_gaps_and_tags_are_kept():
    for message, told in WORDS["zh"].items():
        assert sorted(re.findall(r"{\w+}", message)) == sorted(re.findall(r"{\w+}", told)), message
        assert sorted(re.findall(r"</?\w+>", message)) == sorted(re.findall(r"</?\w+>", told)), message
        assert CHINESE.search(told) or message in LATIN, message


def test_what_nobody_translated_is_said_in_english():
    with speaking("zh"):
        assert say("a message that no catalogue has") == repeat("a message that no catalogue has") == "a message that no catalogue has"
    with speaking("tlh"):
        assert say("Play") == "Play"


@pytest.mark.parametrize("wrong", [
    lambda: parse_seeds(["-1"]), lambda: cgan.write({"digits": "ten", "hand": "1", "each": True}),
    lambda: infogan.draw({"model": "infogan-mnist", "category": 99, "c1": 0, "c2": 0, "seed": "1", "vary": "c1"}),
    lambda: infogan.draw({"model": "infogan-mnist", "category": 1, "c1": 9, "c2": 0, "seed": "1", "vary": "c1"}),
    lambda: sentences.between({"first": "a rose", "last": "a lily", "share": "7", "seed": "1", "encoder": "char-cnn-rnn"}),
    lambda: sentences.between({"first": "玫瑰", "last": "a lily", "share": "0", "seed": "1", "encoder": "char-cnn-rnn"}),
])
def test_an_error_is_found_again_and_keeps_its_values(wrong):
    with pytest.raises(BadInput) as caught:
        wrong()
    with speaking("zh"):
        told = repeat(str(caught.value))
    assert CHINESE.search(told.replace("玫瑰", "")) and repeat(str(caught.value)) == str(caught.value)
    assert sorted(re.findall(r"\d+", told)) == sorted(re.findall(r"\d+", str(caught.value)))


def test_each_piece_is_written_in_every_language():
    key = each(lambda: say("Play")).key
    assert {one: language.I18N.translations[one][key] for one in LANGUAGES} == {one: WORDS[one]["Play"] for one in LANGUAGES}


def test_a_chinese_browser_is_answered_in_chinese(browser, address):
    with visit(browser, address, locale="zh-CN") as page:
        expect(page.locator(".atlas .plate-idea")).to_contain_text(CHINESE)
        found = open_tab(page, WORDS["zh"]["InfoGAN"], "infogan")
        expect(found.locator('[data-slot="opinion"]')).to_contain_text(CHINESE)
        before = source(found, "picture")
        found.locator('input[name="c1"]').fill("0.5")
        wait_for_change(found, "picture", before)
        expect(found.locator('[data-slot="opinion"]')).to_contain_text(CHINESE)
        found.locator('input[name="seed"]').fill("-5")
        expect(found.locator(".notice")).to_contain_text(CHINESE)
        left = page.evaluate("""() => [...document.querySelectorAll('#infogan button, #infogan label span, #infogan caption')]
            .map(e => e.innerText.trim()).filter(t => /[a-z]{4}/.test(t) && !/[\u4e00-\u9fff]/.test(t))""")
        assert set(left) <= {"Fashion-MNIST"}
