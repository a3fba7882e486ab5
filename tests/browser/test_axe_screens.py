"""axe on every screen: nothing serious or critical, but for what Streamlit itself draws and we can't mend."""

from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlmodel import select

from components.menu import SCREENS, Screen, address
from db.models import Wave
from db.session import engine_for, read_session
from domain.access import PERMISSIONS
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


def running_wave(server: Server) -> str:
    with read_session(engine_for(server.database_url)) as session:
        return session.exec(select(Wave.code).where(Wave.state == "open")).first() or ""


def addresses(screen: Screen, wave: str) -> list[str]:
    """Where a screen is opened; once for each of its sections."""
    return [f"/{address(screen)}?{query.format(wave=wave)}" for query in QUERIES.get(screen.name, ("",))]


@pytest.mark.parametrize("account", [QUALITY, ADMINISTRATOR], ids=["quality", "administrator"])
def test_axe_finds_nothing_serious_on_any_screen(
    app_server: Server, new_page: NewPage, account: tuple[str, str]
) -> None:
    page, wave = new_page(app_server, locale="zh-CN"), running_wave(app_server)
    sign_in(page, "/", account)
    others = PERMISSIONS["quality"] if account is ADMINISTRATOR else frozenset()
    role = "administrator" if account is ADMINISTRATOR else "quality"
    seen = [screen for screen in SCREENS if screen.permission in PERMISSIONS[role] - others]
    found = {}
    for path in [path for screen in seen for path in addresses(screen, wave)]:
        drawn(visit(page, path))
        found[path] = violations(page)
    assert {path: lines for path, lines in found.items() if lines} == {}
