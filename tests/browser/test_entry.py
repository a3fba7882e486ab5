"""Two questionnaires are keyed by keyboard alone, the second begun before the first is saved; an open overview moves."""

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import settled, sign_in

FIELD = "Answers, one key per item"
ROWS = ("554 433 255 45 123", "111 111 111 11 111")
SECONDS = 15


def answered(page: Page) -> int:
    """The n of the index."""
    found = re.search(r"n=(\d+)", page.get_by_test_id("stMain").inner_text())
    assert found
    return int(found[1])


def key(page: Page, row: str, ahead: str = "") -> float:
    """Keys a row as fast as a practised hand, presses Enter and keys on; seconds until the next form stands."""
    expect(page.get_by_label(FIELD)).to_be_focused()
    began = time.monotonic()
    page.keyboard.type(row, delay=60)
    page.keyboard.press("Enter")
    page.keyboard.type(ahead, delay=60)
    expect(page.get_by_label(FIELD)).to_have_value(ahead)
    settled(page)
    return time.monotonic() - began


def test_two_questionnaires_are_keyed_by_keyboard_and_the_overview_moves(
    fresh_server: Server, new_page: NewPage
) -> None:
    overview, desk = new_page(fresh_server), new_page(fresh_server)
    sign_in(overview)
    before = answered(overview)
    sign_in(desk, "/wave?scheme=iatf-quarterly&wave=2026-Q4&section=entry")
    expect(desk.get_by_label(FIELD)).to_be_focused()
    desk.keyboard.type("554 4", delay=60)
    expect(desk.get_by_text("4 Satisfied").last).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("items have no key yet")).to_be_visible()
    expect(desk.get_by_label(FIELD)).to_have_value("554 4")
    desk.get_by_label(FIELD).fill("")
    first, second = ROWS
    took = [key(desk, first, ahead=second[:4]), key(desk, second[4:])]
    expect(desk.get_by_text(second)).to_be_visible()
    print("an entry of 14 items:", [f"{seconds:.1f} s" for seconds in took])
    assert max(took) < SECONDS
    expect(overview.get_by_text(f"n={before + 2}").first).to_be_visible()


def test_a_part_tapped_while_a_field_still_holds_the_cursor_is_opened(app_server: Server, new_page: NewPage) -> None:
    desk = new_page(app_server)
    sign_in(desk, "/wave?scheme=iatf-quarterly&wave=2026-Q4&section=entry")
    desk.get_by_label("What the customer said").fill("hello there")
    desk.get_by_text("Entered responses", exact=True).first.click()
    expect(desk).to_have_url(re.compile("part=entries"))
    expect(desk.get_by_label(FIELD)).to_have_count(0)


def test_what_is_half_keyed_is_there_again_after_a_look_at_something_else(
    app_server: Server, new_page: NewPage
) -> None:
    desk = new_page(app_server)
    sign_in(desk, "/wave?scheme=iatf-quarterly&wave=2026-Q4&section=entry")
    desk.get_by_label(FIELD).fill("5544")
    expect(desk.get_by_text("4 Satisfied").last).to_be_visible()
    desk.get_by_label("What the customer said").fill("the new driver is")
    desk.get_by_text("Entered responses", exact=True).first.click()
    expect(desk.get_by_label(FIELD)).to_have_count(0)
    settled(desk)
    desk.get_by_text("Returns", exact=True).first.click()
    expect(desk).not_to_have_url(re.compile("section="))
    desk.get_by_text("Entry", exact=True).first.click()
    desk.get_by_text("Enter answers", exact=True).first.click()
    expect(desk.get_by_label(FIELD)).to_have_value("5544")
    expect(desk.get_by_label("What the customer said")).to_have_value("the new driver is")
    expect(desk.get_by_text("4 Satisfied").last).to_be_visible()
