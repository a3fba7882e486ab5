"""The training record: who has learned how much, and the form for a lesson."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from components import chooser, clock, drawn, states
from components.formats import NOTHING, day_in_form
from components.texts import _
from db.queries.training import Interviewer
from domain.scheme import Interviewers
from domain.training import is_enough

MOST_ROWS = 16
USUAL = Interviewers(80, 80)
"""What the scheme service-2025 wants; shown beside each record."""


def table(people: Sequence[Interviewer]) -> Interviewer | None:
    """Everybody with hours and marks; the one whose line was chosen."""
    rows = [
        {
            "name": one.name,
            "hours": one.record.hours,
            "marks": one.record.marks,
            "enough": is_enough(one.record, USUAL),
            "last": day_in_form(one.lessons[0].held_on) if one.lessons else "",
        }
        for one in people
    ]
    picked = chooser.chosen(
        people,
        rows,
        columns={
            "name": st.column_config.TextColumn(_("Interviewer"), width=150),
            "hours": st.column_config.NumberColumn(_("Hours"), width=80, format="%.0f"),
            "marks": st.column_config.NumberColumn(_("Latest marks"), width=100, format="%.0f"),
            "enough": st.column_config.CheckboxColumn(_("80 hours and 80 marks"), width=140),
            "last": st.column_config.TextColumn(_("Last lesson"), width=100),
        },
        most_rows=MOST_ROWS,
        alt=_("Training of those who enter answers"),
        key="training.table",
        personal=True,
    )
    return picked[0] if picked else None


def lessons(one: Interviewer) -> None:
    """What somebody has learned, the latest first."""
    states.card_title(one.name)
    if not one.lessons:
        st.caption(_("No lesson is recorded."))
        return
    columns = [_("Day"), _("Hours"), _("Content"), _("Marks")]
    rows = [
        (day_in_form(e.held_on), f"{e.hours:g}", e.content, NOTHING if e.marks is None else f"{e.marks:g}")
        for e in one.lessons
    ]
    table = pd.DataFrame(rows, columns=columns)
    drawn.keep(table, alt=_("Training of {name}", name=one.name), personal=True, columns={})
    st.table(table, hide_index=True)


def form(people: Sequence[Interviewer], chosen: Interviewer | None) -> dict[str, Any] | None:
    """The form for a lesson; what was typed, once it is sent."""
    names = {one.user_id: one.name for one in people}
    with st.form("training.lesson", border=False, clear_on_submit=True):
        index = list(names).index(chosen.user_id) if chosen else 0
        user = st.selectbox(_("Interviewer"), list(names), index, format_func=names.__getitem__)
        left, middle, right = st.columns(3, gap="small")
        held_on = left.date_input(_("Day"), clock.today(), format="YYYY-MM-DD")
        hours = middle.number_input(_("Hours"), 0.5, 2000.0, 8.0, 0.5, format="%.1f")
        marks = right.number_input(_("Marks"), 0.0, 100.0, None, 1.0, format="%.0f")
        content = st.text_input(_("Content"), max_chars=300)
        if not st.form_submit_button(_("Record the lesson"), type="primary"):
            return None
    return {"user_id": user, "held_on": held_on, "hours": hours, "marks": marks, "content": content or ""}
