"""Journey 7: the next wave closes, the action shows before and after, somebody else than the owner confirms, it is closed."""

import re
from datetime import UTC, datetime

from playwright.sync_api import Page, expect
from sqlmodel import col, select

from db.models import Action, Wave
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM
from services.closing import close_wave
from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import drawn, settled, sign_in, visit

OWNER = ("helei", "helei-demo-2026")
CONFIRM = "Confirm effective and close"


def waiting(server: Server) -> int:
    """The number of the action that is being verified; its owner is He Lei."""
    with read_session(engine_for(server.database_url)) as session:
        return session.exec(select(Action.number).where(Action.state == "verifying")).one()


def close_the_running_wave(server: Server) -> str:
    """As the organiser does, while the screens are open; the code of the wave."""
    with write_session(engine_for(server.database_url)) as session:
        wave = session.exec(select(Wave).where(Wave.state == "open").order_by(col(Wave.position))).one()
        return close_wave(session, wave=wave, by=SYSTEM, at=datetime.now(UTC)).code


def expect_effect(page: Page, code: str) -> None:
    short = code[2:].replace("-", "")
    expect(page.get_by_text(re.compile(rf"\d\dQ\d → {short}"))).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Suggested: effective").first).to_be_visible()
    expect(page.get_by_text(re.compile("is not lower than")).first).to_be_visible()


def test_the_next_wave_closes_and_somebody_else_confirms_the_effect(fresh_server: Server, new_page: NewPage) -> None:
    number = waiting(fresh_server)
    quality = new_page(fresh_server)
    sign_in(quality, f"/action?number={number}")
    code = close_the_running_wave(fresh_server)
    visit(quality, f"/action?number={number}")
    expect_effect(drawn(quality), code)
    owner = new_page(fresh_server)
    sign_in(owner, f"/action?number={number}", OWNER)
    expect_effect(owner, code)
    expect(owner.get_by_role("button", name=CONFIRM)).to_have_count(0)
    owner.close()
    quality.get_by_role("button", name=CONFIRM).click()
    settled(quality)
    expect(quality.get_by_text("Closed", exact=False).first).to_be_visible()
    expect(quality.get_by_text("Checked by 王静.")).to_be_visible()
    visit(quality, "/effects")
    expect(quality.get_by_text("3 of 4 checks; at the first check 3")).to_be_visible()
