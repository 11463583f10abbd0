"""The plate "Text to picture" in Chromium: sentences typed, chosen, mixed, and such as cannot be read."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.visitor import copied, open_tab, refuses, source, wait_for_change


def test_a_sentence_is_drawn_while_it_is_typed(page):
    found = open_tab(page, "Text to picture", "text")
    before = source(found, "picture")
    refuses(found, "text", "", "“Your sentence” is empty: write a few English words.")
    box = found.locator('textarea[name="text"]')
    box.press_sequentially("a deep purple flower", delay=20)
    wait_for_change(found, "picture", before)
    expect(found.locator('[data-slot="words"]')).to_contain_text("a deep purple flower")
    expect(found.locator(".notice")).to_have_text("")
    expect(found.locator('[data-slot="pairs"] tbody tr')).to_have_count(3)
    for slot, side in (("picture", 256), ("low-res", 64)):          # of the last of several: each key draws
        page.wait_for_function("([root, slot, side]) => root.querySelector(`img[data-slot=${slot}]`).naturalWidth === side",
                               arg=[found.element_handle(), slot, side])


def test_a_name_alone_is_read_as_a_phrase_which_the_recipe_has(page):
    found = open_tab(page, "Text to picture", "text")
    found.locator('textarea[name="text"]').fill("rose")
    expect(found.locator('[data-slot="words"]')).to_contain_text("“a rose”")
    expect(found.locator('[data-slot="understood"] .kinds button').first).to_have_text("rose")
    assert "--set 'text=a rose'" in copied(found, "command")
    assert "text=rose" in copied(found, "link")


def test_the_line_between_the_stages_is_pulled_anywhere_in_the_picture(page):
    compare = open_tab(page, "Text to picture", "text").locator(".compare")
    compare.scroll_into_view_if_needed()
    box = compare.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.up()
    assert 65 <= float(compare.evaluate("e => e.style.getPropertyValue('--at')").rstrip("%")) <= 75


@pytest.mark.parametrize("sentence", ["\U0001f33c\U0001f33c", "\u4e00\u6735\u7ea2\u82b1", "a" * 5000])
def test_a_sentence_that_cannot_be_read_gets_a_word_and_the_picture_stays(page, sentence):
    found = open_tab(page, "Text to picture", "text")
    refuses(found, "text", sentence, "takes a sentence")


def test_markup_in_a_sentence_is_read_and_never_executed(page):
    found = open_tab(page, "Text to picture", "text")
    found.locator('textarea[name="text"]').fill("<img src=x onerror=alert(1)> chartreuse petals")
    expect(found.locator('[data-slot="words"]')).to_contain_text("<img src=x onerror=alert(1)>")
    expect(found.locator('[data-slot="understood"] mark').first).to_be_visible()
    assert found.locator('[data-slot="words"] img, [data-slot="understood"] img').count() == 0


def test_an_example_another_picture_and_the_line_between_the_stages(page):
    found = open_tab(page, "Text to picture", "text")
    before = source(found, "picture")
    found.get_by_role("button", name="many small blue flowers growing close together").click()
    wait_for_change(found, "picture", before)
    expect(found.locator('[data-slot="words"]')).to_contain_text("small blue")
    before = source(found, "picture")
    found.locator("button.category").nth(2).click()
    wait_for_change(found, "picture", before)
    found.locator("[data-compare]").fill("40")
    assert found.locator(".compare").evaluate("box => box.style.getPropertyValue('--at')") == "40%"
    with page.expect_download() as download:
        found.locator("[data-save]").click()
    assert Image.open(download.value.path()).size == (256, 256)


def test_both_encoders_read_on_the_page(page):
    found = open_tab(page, "Text to picture", "text")
    found.locator('textarea[name="text"]').fill("a crimson rose beside a wall")
    expect(found.locator('[data-slot="words"]')).to_contain_text("crimson rose")
    before = source(found, "picture")
    found.get_by_role("button", name="sentence model (MiniLM)").click()
    expect(found.locator('img[data-slot="picture"]')).not_to_have_attribute("src", before)


def test_between_two_sentences_and_its_animation(page):
    open_tab(page, "Text to picture", "text")
    found = page.locator("#between .instrument")
    before = source(found, "middle")
    found.locator('input[name="share"]').fill("0.9")
    wait_for_change(found, "middle", before)
    with page.expect_download() as download:
        found.locator("[data-save]").click()
    assert download.value.suggested_filename.endswith(".webp")
    assert Image.open(download.value.path()).n_frames == 2 * 24 - 2
