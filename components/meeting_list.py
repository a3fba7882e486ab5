"""The list of meetings, and the short form that calls one."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import chooser, clock, notices
from components.formats import day_in_form, period, period_short
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.meetings import MeetingLine, waves_to_discuss
from db.queries.people import active_people
from db.session import read_session
from domain.access import Viewer
from domain.meetings import LONGEST_TITLE
from services import meetings

MOST_ROWS: Final = 17
FORM: Final = "meetings.form"


def call_button() -> bool:
    """The one primary button."""
    return st.button(_("New meeting"), type="primary", icon=":material/add:", key="meetings.call")


def table(lines: Sequence[MeetingLine]) -> int | None:
    """The meetings; the key of the one that was chosen."""
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    picked = chooser.chosen(
        lines,
        [_row(one) for one in lines],
        columns={
            "day": text(_("Day"), width=95),
            "title": text(_("Title"), width=250),
            "scheme": text(_("Scheme"), width=230),
            "period": text(_("Period"), width=75),
            "people": number(_("People"), width=75),
            "decisions": number(_("Decisions"), width=85),
            "actions": number(_("Actions"), width=85),
            "minutes": text(_("Minutes"), width=120),
        },
        most_rows=MOST_ROWS,
        alt=_("Meetings, the newest first"),
        key="meetings.table",
    )
    return picked[0].id if picked else None


def _row(one: MeetingLine) -> dict[str, Any]:
    return {
        "day": day_in_form(one.held_on),
        "title": one.title or f"{_('Meeting')} · {period(one.wave)}",
        "scheme": one.scheme.in_(language()),
        "period": period_short(one.wave),
        "people": one.people,
        "decisions": one.decisions or None,
        "actions": one.actions or None,
        "minutes": _("Sent") if one.sent_at else _("Signed") if one.signed_at else _("Open"),
    }


def call(viewer: Viewer) -> None:
    """The form in a dialog: about which period, when, with whom."""
    st.dialog(_("New meeting"), width="medium")(_call)(viewer)


def _call(viewer: Viewer) -> None:
    with read_session() as session:
        waves = {
            key: f"{period(code)} · {name.in_(language())}" for key, name, code in waves_to_discuss(session, viewer)
        }
        people = {one.id: one.name for one in active_people(session)}
    key = st.session_state.setdefault(FORM, uuid4().hex)
    if not waves:
        st.info(_("There is no period to talk about yet."))
        return
    with st.form("meetings.call_form", border=False):
        wave = st.selectbox(_("Period"), list(waves), format_func=waves.__getitem__)
        left, right = st.columns([1, 2], gap="small")
        day = left.date_input(_("Day"), clock.today(), format="YYYY-MM-DD")
        title = right.text_input(_("Title (may be empty)"), max_chars=LONGEST_TITLE)
        chosen = st.multiselect(
            _("Who takes part"),
            list(people),
            default=[viewer.user_id] if viewer.user_id in people else [],
            format_func=people.__getitem__,
            placeholder=_("Choose"),
        )
        st.caption(_("The agenda is made from the data and can be changed. Participants are told."))
        pressed = st.form_submit_button(_("Call the meeting"), type="primary", icon=":material/check:")
    if not pressed:
        return
    values: dict[str, Any] = {"wave_id": wave, "held_on": day, "title": title or "", "people": chosen, "form_key": key}
    made = Tried(lambda s: meetings.call_meeting(s, **values, by=viewer, at=clock.now()).id)
    if made.worked:
        st.session_state.pop(FORM)
        notices.say(_("The meeting is called"))
        st.switch_page("meeting.py", query_params={"meeting": str(made.result)})
