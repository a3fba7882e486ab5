"""The audit trail on the screen: filters that stand in the address, the table, its pages."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

import pandas as pd
import streamlit as st

from components import address, audit_words, clock, drawn
from components.formats import NOTHING, moment
from components.matrix import ROW_HEIGHT, height_of
from components.texts import _
from db.queries.audit_log import AuditFilter, AuditLine
from domain.errors import N_
from domain.tables import Table

PAGE: Final = 100
MOST_ROWS: Final = 14
LOOKED_FOR: Final = "audit.looked_for"
VIEWS: Final = {"all": N_("Everything"), "seen": N_("Seen"), "done": N_("Changed")}
SEEING: Final = {"all": None, "seen": True, "done": False}


def filters(people: Sequence[tuple[int, str]]) -> AuditFilter:
    """Draws the filters; what they ask for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = address.view(VIEWS, "all")
        names = {str(key): name for key, name in people}
        who = st.selectbox(
            _("Who"),
            ["", *names],
            format_func=lambda key: names.get(key) or _("Everybody"),
            key=address.pull("who", ["", *names]),
            width=130,
        )
        about = st.selectbox(
            _("About"),
            ["", *audit_words.ABOUT],
            format_func=lambda code: audit_words.about(code) if code else _("Everything"),
            key=address.pull("about", ["", *audit_words.ABOUT]),
            width=150,
        )
        record = st.text_input(
            _("Number, code or user name"), key=address.pull_text("record"), width=180, max_chars=80, autocomplete="off"
        )
        first = st.date_input(_("From"), key=address.pull_day("from"), value=None, format="YYYY-MM-DD", width=122)
        last = st.date_input(_("Until"), key=address.pull_day("until"), value=None, format="YYYY-MM-DD", width=122)
    push_days = address.push_day("from", first), address.push_day("until", last)
    return AuditFilter(
        user_id=int(key) if (key := address.push("who", who)) else None,
        about=address.push("about", about),
        record=address.push("record", record),
        since=_begin(push_days[0], 0),
        until=_begin(push_days[1], 1),
        is_seeing=SEEING[chosen],
    )


def before(wanted: AuditFilter) -> int | None:
    """The key under which the page begins, from the address; other filters begin with the newest again."""
    if st.session_state.setdefault(LOOKED_FOR, wanted) != wanted:
        st.session_state[LOOKED_FOR] = wanted
        st.query_params.pop("before", None)
    return address.key("before") or None


def table(lines: Sequence[AuditLine]) -> None:
    """The events."""
    columns = {
        "at": st.column_config.TextColumn(_("When"), width=125),
        "who": st.column_config.TextColumn(_("Who"), width=110),
        "verb": st.column_config.TextColumn(_("Did"), width=140),
        "about": st.column_config.TextColumn(_("About"), width=120),
        "record": st.column_config.TextColumn(_("Record"), width=100),
        "details": st.column_config.TextColumn(_("Details"), width=430),
    }
    drawn.table(
        pd.DataFrame([_row(line) for line in lines]),
        key="audit.table",
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(lines), MOST_ROWS),
        column_config=columns,
        placeholder=NOTHING,
        personal=True,
        alt=_("Who did or saw what, the newest first"),
    )


def pages(lines: Sequence[AuditLine]) -> None:
    """To older events, and back to the newest."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.query_params.get("before") and st.button(_("Newest"), icon=":material/first_page:", key="audit.newest"):
            address.leave("before")
        if len(lines) == PAGE and st.button(_("Older"), icon=":material/chevron_right:", key="audit.older"):
            st.query_params["before"] = str(lines[-1].id)
            st.rerun()
        st.caption(_("Event logs are append-only: the database refuses to change or delete them."))


def taken(lines: Sequence[AuditLine]) -> Table:
    """What is shown, as a table that leaves; names of people make it personal."""
    headers = [_("When"), _("Who"), _("Did"), _("About"), _("Record"), _("Details")]
    rows = [list(_row(line).values()) for line in lines]
    return Table(_("Audit log"), headers, rows, personal=True)


def _row(line: AuditLine) -> dict[str, Any]:
    return {
        "at": moment(line.at, clock.zone()),
        "who": line.who or _("System"),
        "verb": audit_words.verb(line.verb),
        "about": audit_words.about(line.about),
        "record": line.record,
        "details": audit_words.details(line.details),
    }


def _begin(day: Any, after: int) -> datetime | None:
    return datetime.combine(day + timedelta(days=after), time.min, clock.zone()) if day else None
