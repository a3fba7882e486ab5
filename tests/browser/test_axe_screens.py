"""axe on every screen: nothing serious or critical, but for what Streamlit itself draws and we can't mend."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlmodel import select

from components.menu import SCREENS, Screen, address
from db.models import User, Wave
from db.session import engine_for, write_session
from domain.access import PERMISSIONS
from services import meetings
from services.sign_in import viewer_of
from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import QUALITY, drawn, sign_in, visit
from tests.browser.test_screens import ADMINISTRATOR

WAVE = "scheme=iatf-quarterly&wave={wave}"
SECTIONS = ("plan", "questionnaire", "sending", "returns", "entry", "closing")
QUERIES: Final = {
    "customer": ("code=C001",),
    "contact": ("code=C001",),
    "action": ("number=1",),
    "scheme": ("scheme=iatf-quarterly",),
    "wave": tuple(f"{WAVE}&section={section}" for section in SECTIONS),
    **dict.fromkeys(("meeting", "projector", "presenter"), ("meeting={meeting}",)),
    "presented": ("scheme=iatf-quarterly&wave={closed}",),
}
"""What a screen needs in its address to show something."""
STREAMLITS_OWN: Final = {
    ("list", "[data-testid=stSidebarNavItems]"): "st.navigation puts sections as <div> into its <ul>",
    ("listitem", "[data-testid=stSidebarNavItems] li"): "the entries of those sections",
}
"""Rule of axe and selector → why it is Streamlit's: the elements have no setting, so nobody but Streamlit can mend them."""


def violations(page: Page) -> list[str]:
    """What is serious or critical on a screen, without what is known to be Streamlit's own."""
    return [
        f"{one['id']}: {node['target']} {node['html'][:160]}"
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
        if not is_streamlits_own(page, one["id"], node["target"][0])
    ]


def is_streamlits_own(page: Page, rule: str, target: str) -> bool:
    known = [selector for its_rule, selector in STREAMLITS_OWN if its_rule == rule]
    return bool(known) and page.locator(target).first.evaluate("(node, known) => node.matches(known)", ", ".join(known))


def things(server: Server) -> dict[str, object]:
    """What stands for the names in QUERIES: the running wave, one that is closed, and a meeting, which is called here."""
    with write_session(engine_for(server.database_url)) as session:
        running, closed = (
            session.exec(select(Wave).where(Wave.state == state)).first() for state in ("open", "closed")
        )
        holder = session.exec(select(User).where(User.username == QUALITY[0])).one()
        assert running
        assert closed
        asked = {"wave_id": running.id or 0, "people": [holder.id or 0], "form_key": "axe"}
        at = datetime.now(UTC)
        met = meetings.call_meeting(session, **asked, held_on=at.date(), title="", by=viewer_of(holder), at=at)
        return {"wave": running.code, "closed": closed.code, "meeting": met.id}


def addresses(screen: Screen, named: Mapping[str, object]) -> list[str]:
    """Where a screen is opened; once for each of its sections."""
    return [f"/{address(screen)}?{query.format(**named)}" for query in QUERIES.get(screen.name, ("",))]


@pytest.mark.parametrize("account", [QUALITY, ADMINISTRATOR], ids=["quality", "administrator"])
def test_axe_finds_nothing_serious_on_any_screen(
    app_server: Server, new_page: NewPage, account: tuple[str, str]
) -> None:
    page, named = new_page(app_server, locale="zh-CN"), things(app_server)
    sign_in(page, "/", account)
    others = PERMISSIONS["quality"] if account is ADMINISTRATOR else frozenset()
    role = "administrator" if account is ADMINISTRATOR else "quality"
    seen = [screen for screen in SCREENS if screen.permission in PERMISSIONS[role] - others]
    found = {}
    for path in [path for screen in seen for path in addresses(screen, named)]:
        drawn(visit(page, path))
        found[path] = violations(page)
    assert {path: lines for path, lines in found.items() if lines} == {}
