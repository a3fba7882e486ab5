"""What waits for the reader: the bell in the sidebar, and the list behind it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from components import clock, states
from components.finding_words import action_name
from components.formats import count, moment, plain
from components.texts import _
from db.queries.notifications import NotificationLine, notifications, unread
from db.session import read_session, write_session
from domain.access import Viewer
from domain.clocks import CLOCKS
from domain.errors import N_
from services.notifying import mark_read

KINDS: Final[dict[str, tuple[str, str]]] = {
    "assigned": (":material/assignment_ind:", N_("{action} is yours: {title}")),
    "approval_waiting": (":material/approval:", N_("The plan of {action} waits for approval: {title}")),
    "due_soon": (":material/schedule:", N_("{action} is due on {due}: {title}")),
    "overdue": (":material/alarm:", N_("{action} is {days} days late: {title}")),
    "not_effective": (":material/undo:", N_("{action} was not effective and goes into round {round}: {title}")),
    "clock_running_out": (":material/timer:", N_("Complaint {number}: “{clock}” runs out")),
    "red_finding": (":material/flag:", N_("New red finding: {title}")),
    "meeting_called": (":material/groups:", N_("You take part in a meeting on {due}: {title}")),
    "minutes_sent": (":material/description:", N_("The minutes of {due} are signed: {title}")),
    "told_slip": (":material/receipt_long:", N_("Complaint {number}: a slip is for you")),
    "opinion_waiting": (":material/forum:", N_("Opinion {number} of a customer waits for your department")),
}
"""Kind → icon, and the sentence (a message)."""
PAGES: Final = {
    "/action": "action.py",
    "/complaint": "complaint.py",
    "/findings": "findings.py",
    "/opinions": "opinions.py",
    "/meeting": "meeting.py",
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
            icon = KINDS[one.kind][0]
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
    names = ("number", "title", "due", "days", "round", "clock", "action")
    return _(KINDS[kind][1], **{name: said.get(name, "") for name in names})


def _read(viewer: Viewer, ids: list[int] | None) -> None:
    with write_session() as session:
        mark_read(session, ids=ids, by=viewer, at=clock.now())


def _open(link: str) -> None:
    address = urlsplit(link)
    if page := PAGES.get(address.path):
        st.switch_page(page, query_params=dict(parse_qsl(address.query)))
