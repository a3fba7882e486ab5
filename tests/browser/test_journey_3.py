"""Journey 3: from a red cell to a saved action in at most three clicks, the form prefilled; its seconds are printed."""

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import clicks, count_clicks, drawn, heading, red_spot, settled, sign_in, visit

MOST_CLICKS = 3


def opened(server: Server, new_page: NewPage, path: str) -> Page:
    page = new_page(server)
    sign_in(page, path)
    count_clicks(page)
    page.reload()
    return drawn(page)


def expect_prefilled(page: Page) -> None:
    """Title, department, owner and due date are filled in, and the finding is told with its figures."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Action title")).to_have_value(re.compile(r"\w+"))
    expect(dialog.get_by_text("● Red").first).to_be_visible()
    expect(dialog.get_by_text(re.compile(r"n ?= ?\d+")).first).to_be_visible()
    for label in ("Department", "Owner", "Approver"):
        field = dialog.get_by_test_id("stSelectbox").filter(has_text=label)
        expect(field.get_by_role("combobox")).not_to_have_value("")
    due = dialog.get_by_role("group", name="Due date")
    expect(due.get_by_role("spinbutton", name="year")).to_have_text(re.compile(r"^20\d\d$"))


def save(page: Page) -> str:
    """Presses Save; the number of the action."""
    page.get_by_role("button", name="Save action").click()
    toast = page.get_by_test_id("stToast")
    expect(toast).to_contain_text(re.compile(r"A.\d+"))
    found = re.search(r"A.(\d+)", toast.inner_text())
    assert found
    settled(page)
    return found[1]


def expect_in_list(page: Page, number: str) -> None:
    """The action stands on the list of actions."""
    visit(page, "/actions")
    heading(page, "Actions")
    expect(page.get_by_text(re.compile(rf"A.{number}\b")).first).to_be_visible()


def test_a_red_cell_of_the_matrix_is_an_action_in_three_clicks(fresh_server: Server, new_page: NewPage) -> None:
    page = opened(fresh_server, new_page, "/customers")
    table = page.get_by_test_id("stDataFrame").first
    x, y = red_spot(table, right_of=0.42)
    began = time.monotonic()
    table.click(position={"x": x, "y": y})
    page.get_by_role("button", name="Assign action").click()
    expect_prefilled(page)
    number = save(page)
    took = time.monotonic() - began
    assert clicks(page) <= MOST_CLICKS
    print(f"journey 3 (customers): {clicks(page)} clicks, {took:.1f} s")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_in_list(page, number)


def test_a_red_item_of_the_overview_is_an_action_in_three_clicks(fresh_server: Server, new_page: NewPage) -> None:
    page = opened(fresh_server, new_page, "/")
    table = page.get_by_test_id("stDataFrame").first
    _x, y = red_spot(table)
    box = table.bounding_box()
    assert box
    began = time.monotonic()
    table.click(position={"x": box["width"] - 24, "y": y})
    expect_prefilled(page)
    number = save(page)
    took = time.monotonic() - began
    assert clicks(page) <= MOST_CLICKS
    print(f"journey 3 (overview): {clicks(page)} clicks, {took:.1f} s")
    expect_in_list(page, number)


def test_an_impatient_double_click_saves_one_action(fresh_server: Server, new_page: NewPage) -> None:
    page = opened(fresh_server, new_page, "/")
    table = page.get_by_test_id("stDataFrame").first
    _x, y = red_spot(table)
    box = table.bounding_box()
    assert box
    table.click(position={"x": box["width"] - 24, "y": y})
    expect_prefilled(page)
    page.get_by_role("button", name="Save action").dblclick()
    toast = page.get_by_test_id("stToast").first
    expect(toast).to_contain_text(re.compile(r"A.\d+"))
    number = int(re.findall(r"A.(\d+)", toast.inner_text())[0])
    settled(page)
    expect_in_list(page, str(number))
    visit(page, f"/action?number={number + 1}")
    expect(page.get_by_text("This does not exist, or you may not see it.")).to_be_visible()
