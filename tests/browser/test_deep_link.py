"""Links: cold, copied, gone back from; and what a department user can't reach by any of them."""

import re
import tomllib
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import (
    LOGISTICS,
    QUALITY,
    cells,
    drawn,
    expect_sign_in,
    fill_sign_in,
    heading,
    menu,
    settled,
    sign_in,
    visit,
)
from tests.factories import preset

SEGMENT = "整车厂 OEM"
VIEW = f"period=2026-Q3&segment={quote(SEGMENT)}"
NO_PAGE = "Your role does not include this page."
NO_CUSTOMERS = "No permission to see customers."
ITEMS = tomllib.loads(preset("iatf-quarterly"))["items"]
OWN = {item["en"] for item in ITEMS if item["department"] == "logistics"}
OTHERS = {item["en"] for item in ITEMS} - OWN


def filters_shown(page: Page) -> list[str]:
    """What the filters say, from left to right."""
    boxes = page.get_by_test_id("stMain").get_by_role("combobox").all()
    return [box.input_value() or box.inner_text() for box in boxes[:3]]


def said(page: Page) -> str:
    """Everything that the screen says, in texts and in tables."""
    tables = [" | ".join(cells(table)) for table in page.get_by_test_id("stDataFrame").all()]
    charts = [chart.get_attribute("aria-label") or "" for chart in page.locator("[role=img], [aria-label]").all()]
    return "\n".join([page.get_by_test_id("stMain").inner_text(), *tables, *charts])


def test_the_first_request_of_a_fresh_server_for_a_screen_shows_the_sign_in_and_nothing_else(
    fresh_server: Server, new_page: NewPage
) -> None:
    page = new_page(fresh_server)
    visit(page, f"/customers?{VIEW}")
    expect_sign_in(page)
    assert SEGMENT not in page.content()
    fill_sign_in(page, QUALITY)
    heading(page, "Customers")
    drawn(page)
    assert "/customers?" in page.url
    assert "period=2026-Q3" in page.url
    assert quote(SEGMENT) in page.url or SEGMENT in page.url or quote(SEGMENT).replace("%20", "+") in page.url
    assert filters_shown(page)[:2] == ["Q3 2026", SEGMENT]


def test_a_copied_link_opens_the_same_view_in_another_browser(app_server: Server, new_page: NewPage) -> None:
    here, there = new_page(app_server), new_page(app_server)
    sign_in(here, f"/customers?{VIEW}&search=a&below=1")
    visit(there, here.url)
    expect_sign_in(there)
    fill_sign_in(there, QUALITY)
    heading(there, "Customers")
    drawn(there)
    assert there.url == here.url
    assert filters_shown(there) == filters_shown(here)
    table = cells(here.get_by_test_id("stDataFrame").first)
    assert table
    expect(there.get_by_test_id("stDataFrame").first.locator("[role=gridcell]")).to_have_text(table)


def test_filters_go_along_from_screen_to_screen_and_back_needs_one_press(app_server: Server, new_page: NewPage) -> None:
    page = new_page(app_server)
    sign_in(page, f"/?{VIEW}")
    menu(page, "Customers")
    heading(page, "Customers")
    drawn(page)
    assert filters_shown(page)[:2] == ["Q3 2026", SEGMENT]
    assert "period=2026-Q3" in page.url
    menu(page, "Items")
    heading(page, "Dimensions and items")
    drawn(page)
    page.go_back()
    heading(page, "Customers")
    drawn(page)
    page.go_back()
    heading(page, "Overview")
    drawn(page)
    assert filters_shown(page)[:2] == ["Q3 2026", SEGMENT]


def test_back_from_what_a_row_opens_needs_one_press(app_server: Server, new_page: NewPage) -> None:
    page = new_page(app_server)
    sign_in(page, "/waves")
    before = page.url
    page.get_by_test_id("stDataFrame").first.click(position={"x": 12, "y": 52})
    expect(page).to_have_url(re.compile("/wave[?].*wave="))
    drawn(page)
    page.go_back()
    heading(page, "Waves")
    assert page.url == before


def test_values_in_a_link_that_nobody_offers_are_dropped(app_server: Server, new_page: NewPage) -> None:
    page = new_page(app_server)
    sign_in(page, "/?period=1999-Q9&segment=%3Cscript%3Ealert(1)%3C/script%3E&region=&from=x&x=1")
    heading(page, "Overview")
    assert filters_shown(page)[:2] == ["Q4 2026", "All segments"]
    assert "script" not in page.url


def test_signing_out_ends_what_the_back_button_shows(fresh_server: Server, new_page: NewPage) -> None:
    page = new_page(fresh_server)
    sign_in(page, "/items")
    menu(page, "Periods")
    page.get_by_test_id("stSidebar").get_by_role("button", name="王静").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect_sign_in(page)
    page.go_back()
    settled(page)
    expect_sign_in(page)
    visit(page, "/customers")
    expect_sign_in(page)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/?{VIEW}",
        "/?department=quality",
        "/items",
        "/items?item=performance",
        "/items?view=trends",
        "/items?view=segments&item=price",
        "/items?dimension=quality",
        "/periods",
        "/findings",
        "/findings?department=quality&period=2026-Q3",
        "/actions",
        "/actions?view=list&department=1",
    ],
)
def test_a_department_user_sees_items_of_the_own_department_only(
    app_server: Server, new_page: NewPage, path: str
) -> None:
    page = new_page(app_server)
    sign_in(page, path, LOGISTICS)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    text = said(page)
    assert [name for name in OTHERS if name in text] == []


@pytest.mark.parametrize("path", ["/customers", "/customer?code=C001", "/customer?code=C001&show=opinions", "/import"])
def test_a_department_user_reaches_no_customer_and_no_import(app_server: Server, new_page: NewPage, path: str) -> None:
    page = new_page(app_server)
    sign_in(page, path, LOGISTICS)
    expect(page.get_by_text(NO_PAGE if path == "/import" else NO_CUSTOMERS)).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
    expect(page.get_by_test_id("stFileUploader")).to_have_count(0)
    expect(page.get_by_role("button", name="Export")).to_have_count(0)


def test_an_action_of_another_department_does_not_exist_for_a_department_user(
    app_server: Server, new_page: NewPage
) -> None:
    mine, theirs = new_page(app_server), new_page(app_server)
    sign_in(mine, "/actions", LOGISTICS)
    own = said(mine)
    sign_in(theirs, "/actions")
    numbers = [n for n in range(1, 14) if f"A-{n}\n" in said(theirs).replace("‑", "-") + "\n"]
    hidden = [n for n in numbers if f"A-{n}\n" not in own.replace("‑", "-") + "\n"]
    assert hidden
    for number in hidden[:3]:
        visit(mine, f"/action?number={number}")
        expect(mine.get_by_text("This does not exist, or you may not see it.")).to_be_visible()


def test_what_a_department_user_takes_along_holds_the_own_items_only(app_server: Server, new_page: NewPage) -> None:
    page = new_page(app_server)
    sign_in(page, "/items", LOGISTICS)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV file").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert [name for name in OWN if name in text]
    assert [name for name in OTHERS if name in text] == []
