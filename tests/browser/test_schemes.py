"""The scheme editor's tables in a browser: what is typed into a cell is told, kept from part to part, and refused."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import settled
from tests.browser.test_sign_in import enter

HEAD, ROW, WEIGHT = 34, 30, 60
"""Pixels: the table's head, a row, and from its right edge into the column of weights."""


def dimensions(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame").first


def type_weight(page: Page, row: int, weight: str) -> None:
    """Types into the weight of a dimension; rows count from 0."""
    expect(dimensions(page).locator("canvas").first).to_be_visible()
    width = (dimensions(page).bounding_box() or {"width": 0})["width"]
    dimensions(page).dblclick(position={"x": width - WEIGHT, "y": HEAD + ROW * row + ROW / 2})
    cell = page.locator("#portal textarea")
    cell.fill(weight)
    cell.press("Enter")
    expect(cell).to_have_count(0)
    settled(page)


def test_a_weight_in_the_table_is_told_kept_and_refused_where_it_cannot_work(page: Page) -> None:
    enter(page, "/scheme?scheme=iatf-quarterly&section=items")
    save = page.get_by_role("button", name="Save as version 2")
    expect(save).to_be_disabled()
    type_weight(page, 1, "5/2")
    expect(page.get_by_text("Dimensions · Delivery · Weight")).to_be_visible()
    expect(save).to_be_enabled()
    type_weight(page, 0, "much")
    expect(page.get_by_text(re.compile(r"row 1.*This must be a number"))).to_be_visible()
    expect(save).to_be_disabled()
    page.get_by_text("Calendar", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Go to Dimensions and items").click()
    settled(page)
    expect(page.get_by_role("listitem").get_by_text(re.compile("5.?/.?2"))).to_be_visible()
    page.get_by_role("button", name="Drop the changes").click()
    expect(page.get_by_text("Nothing changed.")).to_be_visible()


def test_the_first_file_that_is_brought_in_becomes_the_draft(page: Page) -> None:
    enter(page, "/scheme?scheme=iatf-quarterly")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download TOML").click()
    own = taken.value.path().read_text(encoding="utf-8")
    page.get_by_role("button", name="Upload TOML").click()
    changed = own.replace("response_rate = 0.99", "response_rate = 0.95")
    assert changed != own
    bring = page.locator("input[type=file]")
    bring.set_input_files({"name": "changed.toml", "mimeType": "application/toml", "buffer": changed.encode()})
    expect(page.get_by_role("button", name="Save as version 2")).to_be_enabled()
    expect(page.get_by_text("Nothing changed.")).to_have_count(0)
    bring.set_input_files({"name": "own.toml", "mimeType": "application/toml", "buffer": own.encode()})
    expect(page.get_by_text("Nothing changed.")).to_be_visible()
