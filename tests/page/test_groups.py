"""A page with a dozen plates: tabs in groups of what the networks are given, by pointer, keyboard, link and history."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

import app
from page.plate import GIVEN, Plate
from tabs import plates
from tests.visitor import choose, tab_of, visit

NEW = {"acgan": ("label", 3, "AC-GAN"), "sgan": ("label", 4, "Semi-supervised"), "vae": ("code", 6, "VAE"), "bigan": ("code", 7, "BiGAN"),
       "pix2pix": ("picture", 1, "pix2pix"), "srgan": ("picture", 2, "SRGAN"), "judge": ("play", 30, "The judge's eye")}
ORDER = ["atlas", "gan", "faces", "cgan", "acgan", "sgan", "infogan", "vae", "bigan", "text", "pix2pix", "srgan", "guess", "lab", "judge"]


def light(plate: Plate, branches=()):
    """A module of tabs/ whose plate is its heading and no more."""
    return SimpleNamespace(PLATE=plate, BRANCHES=branches, build=lambda site: site.head(plate))


@pytest.fixture(scope="module")
def dozen():
    """The address of a page with the headings of the plates of ORDER: of real ones, and of seven that stand in for those that may wait for
    their weights."""
    made = [Plate(id=name, order=order, given=given, label=label, year="2017", idea="One sentence says what this plate is about.")
            for name, (given, order, label) in NEW.items()]
    real = app.plates
    found = [*map(light, made), *(module if module.PLATE.given == "home" else light(module.PLATE, getattr(module, "BRANCHES", ()))
                                  for module in real() if module.PLATE.id in {*ORDER} - {*NEW})]      # the tree opens what a link names
    app.plates = lambda: sorted(found, key=lambda module: module.PLATE.place)
    try:
        page = app.build()
    finally:
        app.plates = real
    yield app.launch(page, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    page.close()


@pytest.fixture
def page(browser, dozen):
    with visit(browser, dozen) as page:
        yield page


def in_sight(page) -> list[str]:
    return page.locator("#plates [role=tab]").evaluate_all("tabs => tabs.filter(tab => tab.offsetParent).map(tab => tab.dataset.tabId)")


def opened(page, plate: str) -> None:
    expect(page.locator(f"#plates [data-tab-id={plate}]")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#plates [role=tab][aria-selected=true]")).to_have_count(1)
    group = page.locator(f'.groups [data-plates~="{plate}"]')
    expect(group).to_have_attribute("aria-selected", "true")
    expect(page.locator(".groups [aria-selected=true]")).to_have_count(1)


def test_a_file_that_is_dropped_on_a_page_of_the_tree_alone_opens_nothing(page):
    assert page.evaluate("""() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['notes'], 'a.txt', {type: 'text/plain'}));
        return ['dragover', 'drop'].map(kind => !document.body.dispatchEvent(
            new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true}))); }""") == [True, True]


def group(page, given: str):
    return page.locator(f".groups [data-group={given}]")


def test_every_plate_is_in_a_group_and_no_order_is_taken_twice():
    found = [module.PLATE.place for module in plates()]
    assert found == sorted(set(found)) and plates()[0].PLATE.given == "home"
    with pytest.raises(ValueError):
        _ = Plate(id="x", order=1, given="elephants").place


def test_groups_stand_in_one_row_and_hold_their_plates_in_order(page):
    ids = page.locator("#plates [role=tab]").evaluate_all("tabs => tabs.map(tab => tab.dataset.tabId)")
    assert ids == ORDER
    assert page.locator(".groups [role=tab]").all_inner_texts() == list(GIVEN.values())
    opened(page, "atlas")
    assert in_sight(page) == []


def test_a_group_opens_its_first_plate_and_later_the_one_that_was_open_last(page):
    group(page, "label").click()
    opened(page, "cgan")
    assert in_sight(page) == ["cgan", "acgan", "sgan"]
    tab_of(page, "Semi-supervised").click()
    opened(page, "sgan")
    group(page, "sentence").click()
    opened(page, "text")
    assert in_sight(page) == ["text"]
    group(page, "label").click()
    opened(page, "sgan")


def test_back_forward_and_links_open_the_group_too(page, dozen):
    choose(page, "BiGAN")
    choose(page, "SRGAN")
    for plate in ("pix2pix", "bigan", "infogan", "atlas"):         # a group that was opened on the way is an entry too
        page.go_back()
        opened(page, plate)
    for plate in ("infogan", "bigan"):
        page.go_forward()
        opened(page, plate)
    assert "tab=bigan" in page.url
    page.goto(f"{dozen}?tab=srgan")
    opened(page, "srgan")
    assert in_sight(page) == ["pix2pix", "srgan"]


def test_arrow_keys_move_through_both_rows(page):
    def focused() -> str:
        return page.evaluate("document.activeElement.dataset.group || document.activeElement.dataset.tabId")

    group(page, "home").focus()
    for key, to in (("ArrowRight", "noise"), ("ArrowRight", "label"), ("End", "play"), ("ArrowRight", "home"), ("ArrowLeft", "play"),
                    ("Home", "home"), ("ArrowRight", "noise"), ("ArrowRight", "label")):
        page.keyboard.press(key)
        assert focused() == to
    opened(page, "atlas")                 # to move is not yet to open
    page.keyboard.press("Enter")
    opened(page, "cgan")
    expect(page.locator("#plates [data-tab-id=cgan]")).to_be_focused()
    for key, to in (("ArrowUp", "label"), ("ArrowDown", "cgan"), ("ArrowRight", "acgan"),
                    ("End", "sgan"), ("ArrowRight", "cgan"), ("ArrowLeft", "sgan")):
        page.keyboard.press(key)
        assert focused() == to
    page.keyboard.press("Space")
    opened(page, "sgan")
    page.keyboard.press("ArrowUp")
    assert focused() == "label"
    stops = page.locator("[role=tab]").evaluate_all("tabs => tabs.filter(t => t.offsetParent && t.tabIndex === 0).map(t => t.innerText)")
    assert [stop.strip() for stop in stops] == ["label", "Semi-supervised"]       # one stop a row for the Tab key


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_on_a_phone_each_row_is_one_line(browser, dozen, locale):
    with visit(browser, dozen, locale=locale) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        for given, plate in (("label", "cgan"), ("play", "guess"), ("code", "infogan")):
            group(page, given).click()
            opened(page, plate)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            for row in (".groups [role=tab]", "#plates [role=tab]"):
                tops = page.locator(row).evaluate_all("tabs => tabs.filter(t => t.offsetParent).map(t => t.getBoundingClientRect().top)")
                assert len(set(tops)) == 1
            expect(group(page, given)).to_be_in_viewport(ratio=0.9)


def test_a_heading_leads_to_the_neighbours(page):
    choose(page, "Conditional GAN")
    head = page.locator(".plate:visible .kin")
    expect(head).to_contain_text("from: GAN")
    head.get_by_role("link", name="GAN", exact=True).click()
    opened(page, "gan")
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1
    page.go_back()
    opened(page, "cgan")
    head.get_by_role("link", name="Its place on the family tree").click()
    opened(page, "atlas")
