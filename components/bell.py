"""What waits for the reader: the bell in the sidebar, and the list behind it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from components import clock, states
from components.finding_words import action_name
from components.formats import count, moment, plain
from components.texts import _, language
from db.queries.notifications import NotificationLine, notifications, unread
from db.session import read_session, write_session
from domain.access import Viewer
from domain.clocks import CLOCKS
from domain.telling import said_of
from services.notifying import mark_read

ICONS: Final[dict[str, str]] = {
    "assigned": ":material/assignment_ind:",
    "approval_waiting": ":material/approval:",
    "due_soon": ":material/schedule:",
    "overdue": ":material/alarm:",
    "not_effective": ":material/undo:",
    "clock_running_out": ":material/timer:",
    "red_finding": ":material/flag:",
    "told_slip": ":material/receipt_long:",
    "meeting_called": ":material/groups:",
    "minutes_sent": ":material/description:",
    "report_ready": ":material/draft:",
    "opinion_waiting": ":material/forum:",
    "wave_due": ":material/event:",
    "calls_due": ":material/call:",
}
"""Kind → icon."""
PAGES: Final = {
    "/action": "action.py",
    "/complaint": "complaint.py",
    "/customer_requests": "customer_requests.py",
    "/findings": "findings.py",
    "/waves": "waves.py",
    "/calls": "calls.py",
    "/opinions": "opinions.py",
    "/meeting": "meeting.py",
    "/reports": "reports.py",
}
"""Addresses that notifications lead to → pages."""


def draw(viewer: Viewer) -> None:
    """The bell at the foot of the sidebar, with how many things wait."""
    with read_session() as session:
        waiting = unread(session, viewer)
    icon = ":material/notifications_unread:" if waiting else ":material/notifications:"
    label = _("{n} new", n=count(waiting)) if waiting else _("Notifications")
    st.page_link("notifications.py", label=label, icon=icon, width="content")


def listed(viewer: Viewer) -> None:
    """Everything that was told, what is unread first; one press marks all as read."""
    with read_session() as session:
        found = notifications(session, viewer)
    if not found:
        said = _("You hear here when something is assigned to you, due, waiting for your approval, or late.")
        states.empty(":material/notifications:", _("Nothing waits for you."), said, key="no_notifications")
        return
    new = [one for one in found if not one.is_read]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(_("{n} unread", n=count(len(new))), width="content")
        if new and st.button(_("Mark all as read"), icon=":material/done_all:", key="notifications.all"):
            _read(viewer, None)
            st.rerun()
    for some in (new, [one for one in found if one.is_read]):
        _lines(viewer, some)


def _lines(viewer: Viewer, lines: Sequence[NotificationLine]) -> None:
    for one in lines:
        with st.container(border=not one.is_read, horizontal=True, vertical_alignment="center"):
            words = sentence(one.kind, one.facts)
            icon = ICONS[one.kind]
            st.markdown(f"{icon} **{words}**" if not one.is_read else f":gray[{icon} {words}]", width="stretch")
            st.caption(moment(one.at, clock.zone()), width="content")
            if st.button(_("Open"), key=f"notifications.{one.id}", type="secondary" if not one.is_read else "tertiary"):
                _read(viewer, [one.id])
                _open(one.link)


def sentence(kind: str, facts: Mapping[str, Any]) -> str:
    """What happened, with numbers and titles; harmless in Markdown."""
    said = {name: plain(str(value), at_most=90) for name, value in facts.items()}
    number = str(facts.get("number", ""))
    said["action"] = action_name(int(number)) if number.isdecimal() else number
    if clock_kind := CLOCKS.get(str(facts.get("clock", ""))):
        said["clock"] = _(clock_kind.what)
    said["title"] = said.get(f"title_{language()}") or said.get("title", "")
    names = ("number", "title", "due", "days", "round", "clock", "action", "wave", "n")
    return _(said_of(kind, facts), **{name: said.get(name, "") for name in names})


def _read(viewer: Viewer, ids: list[int] | None) -> None:
    with write_session() as session:
        mark_read(session, ids=ids, by=viewer, at=clock.now())


def _open(link: str) -> None:
    address = urlsplit(link)
    if page := PAGES.get(address.path):
        st.switch_page(page, query_params=dict(parse_qsl(address.query)))
