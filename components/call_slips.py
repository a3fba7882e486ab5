"""Feedback slips for departments: what a customer's problem is, and what was done for the customer."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from components import clock, notices, states
from components.formats import day_in_form, moment, plain, time_left
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.calls import SlipLine
from domain.access import Viewer
from services import calls


def draw(viewer: Viewer, lines: Sequence[SlipLine]) -> None:
    """Each slip with its form; the most urgent first."""
    for one in lines:
        _open(viewer, one)


def done(lines: Sequence[SlipLine]) -> None:
    """Slips that have their answer, folded."""
    if not lines:
        return
    with st.expander(_("Answered")):
        for one in lines:
            answered = moment(one.slip.answered_at, clock.zone()) if one.slip.answered_at else ""
            st.markdown(f"{_who(one)}  \n{plain(one.slip.problem)} → {plain(one.slip.result)} :gray[{answered}]")


def _who(one: SlipLine) -> str:
    what = " · ".join(part for part in (one.product, one.department.in_(language()), one.by) if part)
    return f"**{plain(one.customer.in_(language()) or one.code)}** :gray[{plain(what)}]"


def _open(viewer: Viewer, one: SlipLine) -> None:
    with states.card():
        late = (clock.today() - one.slip.due_on).days
        sign = f":red-badge[:material/schedule: {time_left(-late)}]" if late > 0 else ""
        st.markdown(f"{sign} {_who(one)} :gray[{_('answer by')} {day_in_form(one.slip.due_on)}]")
        st.markdown(f"“{plain(one.slip.problem)}”")
        with st.form(f"slip.{one.slip.id}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            result = st.text_input(_("What was done"), max_chars=1000, width=520)
            technician = st.date_input(_("Technician on site"), one.slip.technician_on, format="YYYY-MM-DD", width=160)
            pressed = st.form_submit_button(_("Answer"), type="primary", icon=":material/check:")
        if not pressed:
            return
        values: dict[str, Any] = {"slip_id": one.slip.id or 0, "result": result or "", "technician_on": technician}
        made = Tried(lambda s: calls.answer_slip(s, **values, today=clock.today(), by=viewer, at=clock.now()))
        if made.worked:
            notices.say(_("Answered: the customer is called again"))
            st.rerun()
