"""Customers in a browser: from a red cell to a saved action, what a live update leaves alone, links and who may follow them."""

import re

from playwright.sync_api import Locator, Page, expect
from sqlmodel import col, select

from db.models import Action, Customer, Wave
from db.session import engine_for, read_session, write_session
from tests import factories
from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import settled, visit
from tests.browser.test_sign_in import enter

HEAD, ROW = 34, 30
COLUMNS = {"customer": 150, "overall": 430, "quality": 500, "delivery": 571}
"""Pixels from the left edge of the matrix at 1366 × 768 into its columns."""
LOGISTICS = ("chenli", "chenli-demo-2026")


def matrix(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame")


def pick(page: Page, row: int, column: str) -> None:
    """Clicks a score; rows count from 0."""
    expect(matrix(page).locator("canvas").first).to_be_visible()
    matrix(page).click(position={"x": COLUMNS[column], "y": HEAD + ROW * row + ROW / 2})
    settled(page)


def assign(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("Assign action"))


def selected(page: Page) -> str:
    """The bar above the matrix: whose score of what is selected."""
    bar = page.get_by_test_id("stMarkdownContainer").filter(has_text="n = ")
    expect(bar).to_be_visible()
    return bar.inner_text()


def name_in(bar: str) -> str:
    """The customer's name in the bar: it may be cut."""
    return re.sub(r"^\W*(Red|Amber)?\s*|…?\s*·.*$", "", bar, flags=re.DOTALL)


def test_from_a_red_cell_to_a_saved_action_in_three_clicks(fresh_server: Server, new_page: NewPage) -> None:
    page = new_page(fresh_server)
    enter(page, "/customers")
    engine = engine_for(fresh_server.database_url)
    with read_session(engine) as session:
        before = set(session.exec(select(Action.number)))
    pick(page, 0, "delivery")
    who = name_in(selected(page))
    assign(page).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Save action")).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(assign(page)).to_have_count(0)
    with read_session(engine) as session:
        (saved,) = session.exec(select(Action).where(col(Action.number).not_in(before))).all()
        customer = session.get_one(Customer, saved.customer_id)
    assert customer.name_en.startswith(who)
    assert "delivery" in saved.title.lower()


def test_a_response_of_another_process_moves_figures_but_not_the_row_that_is_selected(
    fresh_server: Server, new_page: NewPage
) -> None:
    page = new_page(fresh_server)
    enter(page, "/customers")
    pick(page, 2, "overall")
    before = selected(page)
    name = name_in(before)
    page.get_by_label("Search customers").press_sequentially("half a w")
    with write_session(engine_for(fresh_server.database_url)) as session:
        wave = session.exec(select(Wave).where(Wave.state == "open")).one()
        customer = session.exec(select(Customer).where(col(Customer.name_en).startswith(name))).one()
        for _ in range(3):
            factories.response(session, wave, "very_dissatisfied", customer=customer)
    expect(page.get_by_test_id("stMarkdownContainer").filter(has_text="n = ")).not_to_have_text(before)
    assert selected(page).count(name) == 1
    expect(page.get_by_label("Search customers")).to_have_value("half a w")
    assert assign(page).is_visible()


def test_a_link_to_a_search_opens_the_same_view_for_somebody_else(app_server: Server, new_page: NewPage) -> None:
    page = new_page(app_server)
    enter(page, "/customers")
    page.get_by_label("Search customers").fill("Drives")
    page.get_by_label("Search customers").press("Enter")
    expect(page).to_have_url(re.compile("search=Drives"))
    settled(page)
    found = page.get_by_text(re.compile(r"1–\d+ of \d+")).inner_text()
    other = new_page(app_server, size=(1920, 1080), scheme="dark")
    enter(other, page.url.removeprefix(app_server.url))
    expect(other.get_by_label("Search customers")).to_have_value("Drives")
    expect(other.get_by_text(found)).to_be_visible()


def test_the_way_to_a_customer_and_back_keeps_search_and_page(app_server: Server, new_page: NewPage) -> None:
    page = new_page(app_server)
    enter(page, "/customers?below=1")
    pick(page, 1, "customer")
    name = name_in(selected(page))
    expect(page.get_by_role("button", name=re.compile("Customer file"))).to_be_visible()
    settled(page).keyboard.press("f")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/customer\?.*code=C\d+"))
    settled(page).get_by_role("link", name="Customers", exact=True).last.click()
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("below=1"))


def test_the_matrix_needs_no_sideways_scroll_at_1366(app_server: Server, new_page: NewPage) -> None:
    page = new_page(app_server)
    enter(page, "/customers")
    scroller = matrix(page).locator(".dvn-scroller")
    wide, there = scroller.evaluate("element => [element.scrollWidth, element.clientWidth]")
    assert wide <= there


def test_a_department_reaches_no_customer_by_any_address(app_server: Server, new_page: NewPage) -> None:
    page = new_page(app_server)
    enter(page, "/", LOGISTICS)
    for path in ("/customers", "/customers?search=Drives", "/customer?code=C001", "/customer?code=C001&show=contacts"):
        visit(page, path)
        expect(page.get_by_text("For the customer list, ask the quality manager.")).to_be_visible()
        expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
        expect(page.get_by_text("C001")).to_have_count(0)
