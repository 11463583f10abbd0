"""Back, forward and reload in Chromium: the address says which tab is open and what it shows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from tests.visitor import at_rest, choose, open_tab, source, stands, wait_for_change


def chosen(page) -> str:
    return page.locator("#plates [role=tab][aria-selected=true]").get_attribute("data-tab-id")


def test_back_and_forward_go_through_the_tabs(page):
    before = page.evaluate("history.length")
    open_tab(page, "InfoGAN", "infogan")
    open_tab(page, "Conditional GAN", "cgan")
    assert "tab=cgan" in page.url and page.evaluate("history.length") == before + 2
    page.go_back()
    expect(page.locator("[role=tab][data-tab-id=infogan]").first).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page.locator("[role=tab][data-tab-id=atlas]").first).to_have_attribute("aria-selected", "true")
    page.go_forward()
    expect(page.locator("[role=tab][data-tab-id=infogan]").first).to_have_attribute("aria-selected", "true")
    assert page.evaluate("history.length") == before + 2


def test_the_focus_goes_along_to_a_plate_that_is_opened_from_within_the_page(page):
    page.locator("#plates .open-plate:visible").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.dataset.tabId && document.activeElement.ariaSelected === 'true'")
    assert page.evaluate("document.activeElement.dataset.tabId") == chosen(page) != "atlas"


def test_a_reload_keeps_tab_and_state_and_changes_are_no_entries(page):
    found = open_tab(page, "InfoGAN", "infogan")
    entries = page.evaluate("history.length")
    for value in ("0.5", "-1.25", "1.5"):
        found.locator('input[name="c1"]').fill(value)
    page.wait_for_function("location.search.includes('c1=1.5')")
    assert page.evaluate("history.length") == entries
    page.reload()
    found = page.locator("#infogan .instrument[data-ready]")
    found.wait_for()
    assert chosen(page) == "infogan"
    expect(found.locator('input[name="c1"]')).to_have_value("1.5")
    expect(found.locator('[data-slot="put-c1"]')).to_have_text("+1.50")


def test_a_tab_that_is_opened_again_has_its_state_in_the_address(page):
    found = open_tab(page, "InfoGAN", "infogan")
    found.locator('input[name="c2"]').fill("0.75")
    page.wait_for_function("location.search.includes('c2=0.75')")
    open_tab(page, "2-D lab", "lab")
    assert "c2=0.75" not in page.url
    open_tab(page, "InfoGAN", "infogan")
    page.wait_for_function("location.search.includes('c2=0.75')")
    page.go_back()
    expect(page.locator("[role=tab][data-tab-id=lab]").first).to_have_attribute("aria-selected", "true")


def test_the_last_change_is_kept_where_a_plate_is_left_at_once(page):
    found = open_tab(page, "InfoGAN", "infogan")
    found.locator('input[name="c1"]').fill("0.5")
    page.wait_for_function("location.search.includes('c1=0.5')")
    page.evaluate("""() => {
        const slider = document.querySelector('#infogan input[name=c1]');
        slider.value = '1.5';
        slider.dispatchEvent(new Event('input', {bubbles: true}));
        document.querySelector('[role=tab][data-tab-id=lab]').click();
    }""")
    page.wait_for_function("location.search.includes('tab=lab')")
    page.go_back()
    page.wait_for_function("location.search.includes('c1=1.5')")
    expect(found.locator('input[name="c1"]')).to_have_value("1.5")


def test_a_plate_that_stands_as_it_was_left_is_not_drawn_again_by_going_back(page):
    found = open_tab(page, "InfoGAN", "infogan")
    before = source(found, "picture")
    found.locator('input[name="c1"]').fill("-1.5")
    wait_for_change(found, "picture", before)
    page.wait_for_function("location.search.includes('c1=-1.5')")
    page.wait_for_function("!document.querySelector('#infogan .instrument').hasAttribute('aria-busy')")
    drawn = found.get_attribute("data-drawn")
    open_tab(page, "BiGAN", "bigan")
    page.go_back()
    expect(found).to_be_visible()
    page.wait_for_timeout(500)
    assert found.get_attribute("data-drawn") == drawn


def test_what_a_link_showed_is_still_there_when_a_visitor_comes_back_to_it(newcomer, address):
    newcomer.goto(f"{address}?tab=infogan&c2=0.75")
    expect(newcomer.locator('#infogan .instrument input[name="c2"]')).to_have_value("0.75")
    newcomer.wait_for_function("location.search.includes('seed=')")           # whole, once it has rested
    open_tab(newcomer, "2-D lab", "lab")
    open_tab(newcomer, "InfoGAN", "infogan")
    newcomer.wait_for_function("location.search.includes('c2=0.75')")


def test_a_state_too_long_for_the_address_leaves_no_older_one_there(newcomer, address):
    newcomer.goto(f"{address}?tab=infogan&c2=0.75")
    found = newcomer.locator("#infogan .instrument[data-ready]")
    found.wait_for()
    newcomer.wait_for_function("location.search.includes('seed=')")
    found.locator('input[name="seed"]').fill("9" * 2000)
    newcomer.wait_for_function("location.search === '?tab=infogan'")


def test_a_reload_keeps_what_the_address_has_no_room_for(newcomer, address):
    """Every instrument of a plate, and what is drawn on a board; a link that is opened anew keeps nothing."""
    newcomer.goto(f"{address}?tab=bigan")
    board, walk = (newcomer.locator(f"#{own} .instrument[data-ready]") for own in ("bigan", "bigan-walk"))
    board.wait_for()
    board.get_by_role("button", name="Surprise me").click()
    drawing = board.locator('input[name="drawing"]').input_value()
    newcomer.locator('#bigan-replay .instrument[data-ready] input[name="moment"]').fill("3")
    walk.locator('input[name="t"]').fill("0.3")
    newcomer.wait_for_function("sessionStorage.getItem('gan-atlas / bigan-walk')?.includes(':0.3')")
    newcomer.reload()
    expect(walk.locator('input[name="t"]')).to_have_value("0.3")
    expect(board.locator('input[name="drawing"]')).to_have_value(drawing)
    expect(newcomer.locator('#bigan-replay .instrument[data-ready] input[name="moment"]')).to_have_value("3")
    newcomer.goto(f"{address}?tab=bigan")
    expect(walk.locator('input[name="t"]')).to_have_value("0.5")
    newcomer.reload()                # nor does it find again what was there before
    expect(walk.locator('input[name="t"]')).to_have_value("0.5")


def test_a_reload_keeps_a_drawing_that_is_too_long_for_the_address(newcomer, address):
    newcomer.goto(f"{address}?tab=pix2pix")
    board = newcomer.locator("#pix2pix .instrument[data-ready]")
    board.wait_for()
    before = board.locator('input[name="drawing"]').input_value()
    board.get_by_role("button", name="Surprise me").click()
    drawing = board.locator('input[name="drawing"]').input_value()
    newcomer.wait_for_function("drawing => sessionStorage.getItem('gan-atlas / pix2pix')?.includes(drawing)", arg=drawing)
    newcomer.wait_for_function("location.search.includes('drawing=')")
    newcomer.evaluate("history.replaceState(null, '', '?tab=pix2pix')")           # as the page does of a long one
    newcomer.reload()
    expect(board.locator('input[name="drawing"]')).to_have_value(drawing)
    assert drawing != before


def test_who_draws_and_what_a_host_adds_stay_in_the_address(newcomer, address):
    newcomer.goto(f"{address}?draw=server&__theme=dark&draw=nobody")
    found = open_tab(newcomer, "InfoGAN", "infogan")
    newcomer.wait_for_url("**/?tab=infogan&draw=server&__theme=dark")
    found.locator("input[name=c1]").fill("0.5")
    newcomer.wait_for_url(re.compile(r"tab=infogan&.*c1=0.5.*&draw=server&__theme=dark$"))
    choose(newcomer, "Atlas")
    newcomer.wait_for_url("**/?draw=server&__theme=dark")


@contextmanager
def unanswered(browser, address, *functions: str) -> Iterator[tuple[Page, Locator, str, list[str]]]:
    """InfoGAN's plate after a change that the server did not answer, if only in these functions: the page, the instrument, its picture of
    before, and the names of what it asks from then on."""
    context, asked = browser.new_context(), []

    def answered(route) -> None:
        asked.append(route.request.post_data_json["fn_name"])
        route.abort() if not functions or asked[-1] in functions else route.continue_()

    page = context.new_page()
    page.goto(f"{address}?draw=server")
    found = open_tab(page, "InfoGAN", "infogan")
    before = source(found, "picture")
    page.route(re.compile("component_server"), answered)
    found.locator("input[name=c1]").fill("1.5")
    expect(found.locator(".notice")).to_contain_text("The server did not answer")
    yield page, found, before, asked
    context.close()


def test_while_the_server_is_gone_all_is_kept_and_afterwards_it_draws(browser, address):
    with unanswered(browser, address) as (page, found, before, _):
        expect(found).not_to_have_attribute("aria-busy", "true")
        assert source(found, "picture") == before and found.locator("input[name=c1]").input_value() == "1.5"
        page.unroute_all()
        found.locator("input[name=c2]").fill("-1")
        wait_for_change(found, "picture", before)
        expect(found.locator(".notice")).to_have_text("")
        assert found.locator("input[name=c1]").input_value() == "1.5"


def test_what_nobody_answered_is_drawn_when_the_server_is_back(browser, address):
    with unanswered(browser, address) as (page, found, before, _):
        page.unroute_all()
        wait_for_change(found, "picture", before)           # without another press
        expect(found.locator(".notice")).to_have_text("")


def test_where_only_what_stands_beside_the_picture_is_not_answered_the_picture_is_not_drawn_again_and_again(browser, address):
    with unanswered(browser, address, "follow", "others", "finish") as (page, _, _, asked):
        count = asked.count("draw")
        page.wait_for_timeout(4000)           # longer than AGAIN of page/opening.js
        assert asked.count("draw") == count > 0


def test_what_is_pressed_on_a_plate_that_was_opened_without_a_network_is_drawn_once_there_is_one(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}?draw=server")
    open_tab(page, "InfoGAN", "infogan")
    context.set_offline(True)
    choose(page, "AC-GAN")
    found = page.locator("#acgan .instrument")
    expect(found.locator(".notice").first).to_contain_text("comes by itself")
    found.locator("[data-set*=label]").nth(6).click()
    expect(found.locator('[data-slot="notice"]')).to_contain_text("comes by itself")
    expect(found.get_by_text("is it still running")).to_have_count(0)
    context.set_offline(False)
    expect(found.locator("img[data-slot]:not([src])")).to_have_count(0)
    expect(found.locator(".notice")).to_have_text([""])
    assert found.locator("img[src]").count() > 10
    context.close()


def test_a_plate_that_is_opened_while_the_server_is_gone_says_so_and_stands_up_when_it_is_back(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}?tab=lab")
    page.locator("#lab .instrument[data-ready]").wait_for()
    page.route(re.compile("component_server"), lambda route: route.abort())
    choose(page, "InfoGAN")
    found = page.locator("#infogan .instrument")
    expect(found.locator(".notice").first).to_contain_text("The server did not answer")
    expect(found.locator(".notice").first).to_be_in_viewport()
    assert found.locator("img[src]").count() == 0
    page.unroute_all()
    source(found, "picture")
    expect(found.locator(".notice")).to_have_text([""])
    context.close()


def test_a_link_that_is_opened_while_the_server_is_gone_is_drawn_when_it_is_back(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.route(re.compile("component_server"), lambda route: route.abort())
    page.goto(f"{address}?tab=infogan&c2=-1.25")
    found = page.locator("#infogan .instrument")
    expect(found.locator(".notice").first).to_contain_text("The server did not answer")
    page.unroute_all()
    expect(found.locator('[data-slot="put-c2"]')).to_have_text("-1.25")
    expect(found.locator(".notice")).to_have_text([""])
    context.close()


def test_who_goes_back_comes_where_they_were(page):
    choose(page, "GAN and DCGAN")
    stands(page, "gan")
    page.evaluate("scrollTo(0, 1500)")
    at_rest(page)
    page.locator("#plates [role=tab][data-tab-id=faces]").dispatch_event("click")
    stands(page, "faces")
    page.evaluate("scrollTo(0, 300)")
    page.wait_for_function("history.state?.y === 300")
    page.go_back()
    page.wait_for_function("scrollY === 1500")
    assert chosen(page) == "gan"
    page.go_forward()
    page.wait_for_function("scrollY === 300")
    assert chosen(page) == "faces"
