"""Two people edit one action: the second sees what changed, field by field, and loses nothing; an outsider finds nothing."""

from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, expect
from sqlmodel import col, select

from db.models import Action, ActionEvent, User
from db.session import engine_for, read_session, write_session
from services import actions
from services.sign_in import viewer_of
from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import QUALITY, settled, sign_in

OUTSIDER = ("liping", "liping-demo-2026")
PLAN = {
    "cause": "No safety stock was planned",
    "cause_category": "method",
    "countermeasure": "Three days of safety stock",
    "containment": "Calls before shipping",
    "prevention": "Monthly review of stock",
}
THEIRS, MINE = PLAN["cause"], PLAN["countermeasure"]


def analysing(server: Server) -> tuple[int, tuple[str, str]]:
    """The number of an action that is being analysed, and its owner's account."""
    with read_session(engine_for(server.database_url)) as session:
        listed = select(Action.number, User.username).join(User, col(User.id) == Action.owner_id)
        number, owner = session.exec(listed.where(Action.state == "analysing").order_by(col(Action.number))).all()[0]
    return number, (owner, f"{owner}-demo-2026")


def editing(page: Page) -> Page:
    page.get_by_role("button", name="Edit", exact=True).click()
    return settled(page)


def type_in(page: Page, label: str, text: str) -> None:
    field = page.get_by_role("textbox", name=label, exact=True)
    field.fill(text)
    field.blur()
    settled(page)


def save(page: Page) -> Page:
    page.get_by_role("button", name="Save", exact=True).click()
    return settled(page)


def taken(server: Server, number: int, owner: str, *verbs: str) -> None:
    """Steps that the owner takes meanwhile, the plan filled."""
    now = datetime.now(UTC)
    for verb in verbs:
        with write_session(engine_for(server.database_url)) as session:
            action = session.exec(select(Action).where(Action.number == number)).one()
            by = viewer_of(session.exec(select(User).where(User.username == owner)).one())
            fields: dict[str, Any] = PLAN if verb == "plan" else {}
            about: dict[str, Any] = {"action_id": action.id or 0, "version": action.version, "verb": verb}
            actions.advance(session, **about, by=by, at=now, **fields)


def test_the_owner_cannot_approve_the_approver_can_and_an_outsider_finds_nothing(
    fresh_server: Server, new_page: NewPage
) -> None:
    number, account = analysing(fresh_server)
    taken(fresh_server, number, account[0], "plan")
    owner, outsider, approver = (new_page(fresh_server) for _ in range(3))
    for page, who in ((owner, account), (outsider, OUTSIDER), (approver, QUALITY)):
        sign_in(page, f"/action?number={number}", who)
    expect(outsider.get_by_text("This does not exist, or you may not see it.")).to_be_visible()
    expect(owner.get_by_text(PLAN["cause"])).to_be_visible()
    expect(owner.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    approver.get_by_role("button", name="Approve", exact=True).click()
    expect(approver.get_by_role("button", name="Start work")).to_be_visible()
    expect(owner.get_by_role("button", name="Start work")).to_be_visible(timeout=20_000)


def test_the_second_of_two_editors_sees_what_changed_and_keeps_what_was_typed(
    fresh_server: Server, new_page: NewPage
) -> None:
    number, account = analysing(fresh_server)
    owner, quality = new_page(fresh_server), new_page(fresh_server)
    sign_in(owner, f"/action?number={number}", account)
    sign_in(quality, f"/action?number={number}", QUALITY)
    editing(quality)
    type_in(quality, "Long-term countermeasure", MINE)
    editing(owner)
    type_in(owner, "Root cause", THEIRS)
    save(owner)
    expect(owner.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    expect(owner.get_by_text(THEIRS)).to_be_visible()
    save(quality)
    expect(quality.get_by_text("Your changes are not saved yet", exact=False)).to_be_visible()
    expect(quality.get_by_text(THEIRS).first).to_be_visible()
    expect(quality.get_by_role("textbox", name="Root cause", exact=True)).to_have_value(THEIRS)
    expect(quality.get_by_role("textbox", name="Long-term countermeasure", exact=True)).to_have_value(MINE)
    save(quality)
    expect(quality.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    with read_session(engine_for(fresh_server.database_url)) as session:
        saved = session.exec(select(Action).where(Action.number == number)).one()
        edits = session.exec(select(ActionEvent).where(ActionEvent.action_id == saved.id, ActionEvent.verb == "edit"))
        assert (saved.cause, saved.countermeasure) == (THEIRS, MINE)
        assert len(edits.all()) >= 2
