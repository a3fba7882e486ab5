"""Two people edit one action: the second is told and shown what changed, and loses nothing that was typed (rules.md 6)."""

from playwright.sync_api import Page, expect
from sqlmodel import col, select

from db.models import Action, User
from db.session import engine_for, read_session
from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import LOGISTICS, settled, sign_in, visit

OWNER = ("sunwei", "sunwei-demo-2026")


def being_analysed(server: Server) -> int:
    """The number of an action whose plan its owner is still writing."""
    with read_session(engine_for(server.database_url)) as session:
        of_owner = select(Action.number).join(User, col(User.id) == Action.owner_id)
        mine = of_owner.where(col(User.username) == OWNER[0], col(Action.state).in_(["open", "analysing"]))
        return session.exec(mine.order_by(col(Action.number))).first() or 0


def editing(page: Page, number: int, *account: tuple[str, str]) -> Page:
    """The form of the action is open."""
    sign_in(page, f"/action?number={number}", *account)
    page.get_by_role("button", name="Edit", exact=True).click()
    settled(page)
    expect(page.get_by_label("Root cause", exact=True)).to_be_visible()
    return page


def write(page: Page, field: str, text: str) -> None:
    page.get_by_label(field, exact=True).fill(text)
    page.keyboard.press("Tab")
    settled(page)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    settled(page)


def test_the_second_editor_sees_what_changed_and_loses_nothing(fresh_server: Server, new_page: NewPage) -> None:
    number = being_analysed(fresh_server)
    first = editing(new_page(fresh_server), number, OWNER)
    second = editing(new_page(fresh_server), number)
    write(second, "Long-term countermeasure", "A buffer of five days")
    write(second, "Root cause", "The carrier was changed")
    write(first, "Root cause", "Orders are planned weekly")
    write(first, "Prevention of recurrence", "Planned daily from now on")
    save(first)
    expect(first.get_by_text("Orders are planned weekly").first).to_be_visible()

    save(second)
    told = second.get_by_role("alert").filter(has_text="Somebody else has just changed this")
    expect(told).to_contain_text("Orders are planned weekly")
    expect(told).to_contain_text("Planned daily from now on")
    expect(second.get_by_label("Long-term countermeasure", exact=True)).to_have_value("A buffer of five days")
    expect(second.get_by_label("Root cause", exact=True)).to_have_value("The carrier was changed")
    expect(second.get_by_label("Prevention of recurrence", exact=True)).to_have_value("Planned daily from now on")
    save(second)
    for text in ("A buffer of five days", "The carrier was changed", "Planned daily from now on"):
        expect(second.get_by_text(text).first).to_be_visible()


def test_for_an_outsider_the_action_does_not_exist(app_server: Server, new_page: NewPage) -> None:
    number = being_analysed(app_server)
    page = new_page(app_server)
    sign_in(page, f"/action?number={number}", LOGISTICS)
    visit(page, f"/action?number={number}")
    expect(page.get_by_text("This does not exist, or you may not see it.")).to_be_visible()
