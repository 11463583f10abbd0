"""What the page says of input that it does not take, and where nobody answers: in Chromium, where a visitor looks."""

import re

import pytest
from playwright.sync_api import expect

from models.errors import BadInput
from page.language import WORDS, speaking, tell
from tabs.text import sentences
from tests.visitor import USUAL, choose, copied, open_tab, source, stands, visit

GONE = "The server did not answer"
HABITS = {"computer": {"viewport": {"width": 1280, "height": 800}}, "phone": {"viewport": {"width": 390, "height": 844}}}
REFUSED = [("Conditional GAN", "cgan", "seed", "abc", "13"), ("InfoGAN", "infogan", "seed", "abc", "11"),
           ("Text to picture", "between", "last", "一朵红", "a rose"), ("SRGAN", "srgan", "text", "", "a rose")]
BOX = "all => all.map(one => one.getBoundingClientRect()).map(({top, bottom}) => [top, bottom])[0]"


@pytest.fixture(scope="module", params=HABITS)
def sized(request, browser, address):
    with visit(browser, address, **HABITS[request.param]) as page:
        yield page


def said(found):
    return found.locator('[data-slot="notice"]')


@pytest.mark.parametrize(("tab", "own", "field", "wrong", "right"), REFUSED)
def test_a_refused_field_is_marked_and_the_reason_stands_in_the_window(sized, tab, own, field, wrong, right):
    found = open_tab(sized, tab, own)
    stands(sized, own)
    box = found.locator(f'[name="{field}"]')
    box.fill(wrong)
    expect(said(found)).not_to_be_empty()
    expect(said(found)).to_be_in_viewport(ratio=1)
    expect(box).to_be_in_viewport(ratio=1)
    assert box.evaluate_all(BOX)[1] <= said(found).evaluate_all(BOX)[0] or box.evaluate_all(BOX)[0] >= said(found).evaluate_all(BOX)[1]
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(said(found).inner_text())
    expect(found.locator("[aria-invalid]")).to_have_count(1)
    assert box.evaluate("one => getComputedStyle(one).borderTopColor") == said(found).evaluate("one => getComputedStyle(one).color")
    box.fill(right)
    expect(said(found)).to_be_empty()
    expect(found.locator("[aria-invalid], [name][aria-describedby$=notice]")).to_have_count(0)


def test_what_is_typed_at_the_foot_of_the_window_stays_above_the_reason(page):
    found = open_tab(page, "GAN and DCGAN", "walk")
    box = found.locator('[name="a"]')
    box.focus()
    box.evaluate("one => scrollBy({top: one.getBoundingClientRect().bottom - innerHeight + 4, behavior: 'instant'})")
    assert box.evaluate_all(BOX)[1] == pytest.approx(USUAL["viewport"]["height"] - 4, abs=1)
    page.keyboard.insert_text("abc")
    expect(said(found)).to_contain_text("abc")
    expect(said(found)).to_be_in_viewport(ratio=1)
    assert box.evaluate_all(BOX)[1] <= said(found).evaluate_all(BOX)[0]


def test_the_reason_stands_above_what_covers_the_foot_of_the_window(browser, address):
    """As a phone's keyboard does, or the rest of a page that is enlarged with two fingers."""
    with visit(browser, address, **HABITS["phone"], is_mobile=True, has_touch=True) as page:
        found = open_tab(page, "Conditional GAN", "cgan")
        found.locator('[name="seed"]').fill("abc")
        expect(said(found)).not_to_be_empty()
        page.context.new_cdp_session(page).send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
        page.wait_for_function("""one => one.getBoundingClientRect().bottom <= visualViewport.offsetTop + visualViewport.height
            && visualViewport.height < 0.6 * innerHeight * visualViewport.scale""", arg=said(found).element_handle())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("drawing", "field", "label"), [
    (sentences.between, "first", "From"), (sentences.between, "last", "To"), (sentences.matrix, "a", "First row"),
    (sentences.matrix, "b", "Second row"), (sentences.matrix, "c", "Third row")])
def test_a_sentence_is_refused_under_the_label_of_its_box(drawing, field, label, language):
    fields = drawing().fields
    good = {"share": 0.5, "seed": "1", "encoder": "char-cnn-rnn"}
    with speaking(language), pytest.raises(BadInput) as caught:
        drawing().parse({name: good.get(name, "a rose") for name in fields} | {field: " "})
    with speaking(language):
        assert tell(caught.value).startswith(f"“{WORDS[language][label]}”")


@pytest.mark.parametrize(("alone", "words"), [(False, "is empty: write a few"), (True, "takes English words")])
def test_of_three_sentences_the_refused_one_is_named(newcomer, address, alone, words):
    """By the server, and by the browser where there is none."""
    if alone:
        newcomer.add_init_script("window.ganAtlasStatic = true")
    newcomer.goto(f"{address}?tab=text&at=matrix")
    found = open_tab(newcomer, "Text to picture", "matrix")
    found.locator('[name="b"]').fill("")
    expect(said(found)).to_have_text(re.compile(f"^“Second row” {words}"))
    expect(found.locator('[name="b"]')).to_have_attribute("aria-invalid", "true")


def test_there_is_nothing_to_copy_of_what_is_refused(newcomer, address):
    newcomer.goto(f"{address}?tab=text&text=%E4%B8%80%E6%9C%B5%E7%BA%A2&model=stackgan-flowers&seed=3&count=4&draw=server")
    found = newcomer.locator("#text .instrument[data-ready]")
    expect(said(found)).to_contain_text("takes a sentence in English")
    for kind in ("command", "json", "link"):
        found.locator(f'[data-copy="{kind}"]').click()
        expect(found.locator("[data-copied]")).to_have_text("There is nothing to copy until the input is right.")
        expect(found.locator("[data-copied]")).to_have_attribute("data-copied", "")
        found.locator("[data-copied]").evaluate("one => { one.textContent = ''; }")
    found.locator('[data-copy="link"]').click()
    expect(found.locator("[data-copied]")).not_to_be_empty()
    found.locator('[name="text"]').fill("a red rose")
    expect(found.locator("[data-copied]")).to_be_empty()
    assert "text=a+red+rose" in copied(found, "link")


@pytest.mark.parametrize(("tab", "own", "query"), [
    ("Text to picture", "text", "?tab=text&text=a+red+rose&draw=server"), ("pix2pix", "pix2pix", "")])
def test_a_plate_says_once_that_nobody_answers_and_shows_no_line_over_an_empty_frame(browser, address, tab, own, query):
    context = browser.new_context()           # not `visit`: that requests fail stands on the console
    page = context.new_page()
    page.route(re.compile("component_server"), lambda route: route.abort())
    page.goto(address + query)
    choose(page, tab)
    plate, found = page.locator(".plate:visible"), page.locator(f"#{own} .instrument")
    lines = "all => all.flatMap(one => ['::before', '::after'].map(part => getComputedStyle(one, part).display !== 'none'))"
    expect(plate.locator(".notice").filter(has_text=GONE).first).to_be_attached()
    page.wait_for_function("""() => [...document.querySelectorAll('.plate')].find(one => one.offsetParent)
        .querySelectorAll('.instrument > .notice:first-child').length === [...document.querySelectorAll('.plate')]
        .find(one => one.offsetParent).querySelectorAll('.instrument').length""")         # each has found that out
    expect(plate.locator(".notice:visible").filter(has_text=GONE)).to_have_count(1)
    expect(plate.locator(".notice:visible").filter(has_text=GONE)).to_be_in_viewport()
    assert not any(found.locator(".compare").evaluate_all(lines))
    page.unroute_all()
    source(found, "picture")
    expect(plate.locator(".notice").filter(has_text=GONE)).to_have_count(0)
    assert all(found.locator(".compare").evaluate_all(lines))
    context.close()
