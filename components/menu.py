"""The screens: their names, places in the menu, and what they need. All are registered always, so that links work."""

from pathlib import Path
from typing import Final, NamedTuple

import streamlit as st
from streamlit.navigation.page import Page

from components.texts import _, language
from db.queries.shares import Shared
from domain.access import Viewer
from domain.errors import N_
from domain.shares import VIEWS


class Screen(NamedTuple):
    """One screen: `name` is its file in pages/ and its address; `title` and `section` are messages.

    A screen without a section is reached from another one and stands in no menu. `has_head`: the shell draws its title
    and, where `has_filters`, the filter bar beside it.
    """

    name: str
    title: str
    icon: str
    permission: str
    section: str = ""
    has_filters: bool = True
    has_head: bool = True


MONITOR, IMPROVE, SURVEY, SETTINGS = N_("Monitor"), N_("Improve"), N_("Survey"), N_("Settings")
SCREENS: Final = (
    Screen("overview", N_("Overview"), "team_dashboard", "view_scores", MONITOR),
    Screen("customers", N_("Customers"), "apartment", "view_customers", MONITOR),
    Screen("items", N_("Dimensions and items"), "bar_chart", "view_scores", MONITOR),
    Screen("periods", N_("Periods"), "compare_arrows", "view_scores", MONITOR),
    Screen("other_rules", N_("Under other rules"), "rule_settings", "view_scores"),
    Screen("customer", N_("Customer file"), "apartment", "view_customers"),
    Screen("findings", N_("Findings"), "flag", "view_findings", IMPROVE),
    Screen("actions", N_("Actions"), "check_circle", "view_actions", IMPROVE, has_filters=False),
    Screen("effects", N_("Effects"), "trending_up", "view_actions", has_filters=False),
    Screen("action", N_("Action"), "check_circle", "view_actions", has_head=False),
    Screen("complaints", N_("Complaints"), "report", "view_complaints", IMPROVE, has_filters=False),
    Screen("complaint", N_("Complaint"), "report", "view_complaints", has_head=False),
    Screen("quality_figures", N_("Quality figures"), "speed", "view_complaints"),
    Screen("customer_requests", N_("Requests"), "support_agent", "record_requests", IMPROVE, has_filters=False),
    Screen("opinions", N_("Opinions"), "forum", "view_opinions", IMPROVE, has_filters=False),
    Screen("slips", N_("Feedback slips"), "assignment_return", "edit_actions", has_filters=False),
    Screen("notifications", N_("Notifications"), "notifications", "be_told", has_filters=False),
    Screen("messages", N_("Messages"), "outgoing_mail", "manage_messages", has_filters=False),
    Screen("waves", N_("Waves"), "event", "view_waves", SURVEY, has_filters=False),
    Screen("wave", N_("Wave"), "event", "view_waves", has_head=False),
    Screen("meetings", N_("Meetings"), "groups", "attend_meetings", has_filters=False),
    Screen("meeting", N_("Meeting"), "groups", "attend_meetings", has_head=False),
    Screen("projector", N_("Projector"), "slideshow", "attend_meetings", has_head=False),
    Screen("presenter", N_("Presenter"), "speaker_notes", "hold_meetings", has_head=False),
    Screen("presented", N_("As presented"), "history", "view_scores", has_filters=False),
    Screen("shares", N_("Shared links"), "share", "share_views", has_filters=False),
    Screen("reports", N_("Reports"), "description", "take_reports", has_filters=False),
    Screen("training", N_("Training"), "school", "run_waves", has_filters=False),
    Screen("calls", N_("Calls"), "call", "enter_responses", SURVEY, has_filters=False),
    Screen("call", N_("Call"), "call", "enter_responses", has_head=False),
    Screen("visits", N_("Visits"), "handshake", "enter_responses", SURVEY, has_filters=False),
    Screen("visit", N_("Visit"), "handshake", "enter_responses", has_head=False),
    Screen("import_responses", N_("Import"), "upload_file", "import", SURVEY, has_filters=False),
    Screen("schemes", N_("Schemes"), "rule_settings", "edit_schemes", SETTINGS, has_filters=False),
    Screen("questions", N_("Questions over time"), "join_inner", "edit_schemes", has_filters=False),
    Screen("scheme", N_("Scheme"), "rule_settings", "edit_schemes", has_head=False),
    Screen("contacts", N_("Customers and contacts"), "contacts", "edit_customers", SETTINGS, has_filters=False),
    Screen("contact", N_("Customer"), "contacts", "edit_customers", has_head=False),
    Screen("working_days", N_("Working days"), "calendar_month", "edit_schemes", SETTINGS, has_filters=False),
    Screen("users", N_("Users"), "group", "manage_users", SETTINGS, has_filters=False),
    Screen("audit", N_("Audit log"), "policy", "view_audit", has_filters=False),
    Screen("privacy", N_("Personal data"), "shield_person", "view_audit", has_filters=False),
    Screen("api_tokens", N_("API tokens"), "key", "manage_api", SETTINGS, has_filters=False),
)
HOME: Final = SCREENS[0]
ASSETS: Final = Path(__file__).parent / "assets"
SHARED: Final = "shared"
"""Address of the one page of a share."""
KEPT: Final = "menu.kept"
ICON: Final = str(ASSETS / "icon.svg")
"""Of the browser's tab; Streamlit would fetch a `:material/…:` one from another server."""
SHORTER: Final = {("en", "items"): "Items", ("en", "contacts"): "Contacts"}
"""What the menu says where a title is too long for it; in no other language, and no message."""
ADDRESSES: Final = {"import_responses": "import", "customer_requests": "requests"}
"""`import` is no name for a module, and `requests` is one of a library that the sign-in imports."""


def address(screen: Screen) -> str:
    """The path of a screen, the same in every language; the first screen is at /."""
    return "" if screen is HOME else ADDRESSES.get(screen.name, screen.name)


def pages(viewer: Viewer | None, shared: Shared | None = None) -> dict[str, list[Page]]:
    """Section → pages, for st.navigation; what the viewer may not see, or reaches otherwise, is there but hidden."""
    sections = {section: list(listed) for section, listed in _screens(viewer).items()}
    sections[_(SETTINGS)].append(shared_page(shared))
    return sections


def _screens(viewer: Viewer | None) -> dict[str, list[Page]]:
    """The pages of the screens, kept for the session: to make them anew, each run would look for 44 files on the disk."""
    in_sight = {screen for screen in SCREENS if is_in_sight(screen, viewer)}
    kept: tuple[object, dict[str, list[Page]]] | None = st.session_state.get(KEPT)
    if kept and kept[0] == (language(), in_sight):
        return kept[1]
    sections: dict[str, list[Page]] = {}
    section = ""
    for screen in SCREENS:
        section = screen.section or section
        sections.setdefault(_(section), []).append(_page(screen, is_in_sight=screen in in_sight))
    st.session_state[KEPT] = ((language(), in_sight), sections)
    return sections


def shared_page(shared: Shared | None) -> Page:
    """The one page of a share: the screen that it shows, under an address of its own, where nothing is run without a share."""
    file = f"{VIEWS[shared.view].page if shared else HOME.name}.py"
    title = (shared.title or _(VIEWS[shared.view].name)) if shared else _("Shared view")
    return st.Page(Path(file), title=title, icon=":material/share:", url_path=SHARED, visibility="hidden")


def screen_shared(shared: Shared) -> Screen:
    """The screen that a share shows."""
    return next(screen for screen in SCREENS if screen.name == VIEWS[shared.view].page)


def logo() -> str:
    """The file of the logo, with the product's name in the reader's language."""
    return str(ASSETS / f"logo_{language()[:2]}.svg")


def screen_of(page: Page) -> Screen:
    """The screen that st.navigation has chosen."""
    return next((screen for screen in SCREENS if address(screen) == page.url_path), HOME)


def is_in_sight(screen: Screen, viewer: Viewer | None) -> bool:
    """Whether the menu shows the screen."""
    return bool(viewer and screen.section and viewer.may(screen.permission))


def _page(screen: Screen, *, is_in_sight: bool) -> Page:
    return st.Page(
        Path(f"{screen.name}.py"),
        title=SHORTER.get((language(), screen.name)) or _(screen.title),
        icon=f":material/{screen.icon}:",
        url_path=address(screen) or None,
        default=screen is HOME,
        visibility="visible" if is_in_sight else "hidden",
    )
