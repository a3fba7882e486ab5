"""Working days: which days does the company work, whatever the country does, and what does that make of a window?"""

from collections.abc import Callable

import streamlit as st

from components import access, clock, notices, states, working_days
from components.texts import _
from db.queries.calendars import calendar_of, company_days
from db.session import read_session, write_session
from domain.errors import Refusal
from domain.scheme import Calendar
from services import calendars

viewer = access.require("edit_schemes")
left, right = st.columns([1.4, 1], gap="small")
with right, states.card(_("Try it"), _("as a scheme's window is counted")):
    tried = working_days.tried()
with read_session() as session:
    days = company_days(session)
    calendar = calendar_of(session, Calendar(tried.country))
with right:
    working_days.result(tried, calendar)
with left, states.card(_("The company's own days"), _("they win over the country's; what is due already stays due")):
    asked = working_days.card(days)
if asked is None:
    st.stop()
try:
    with write_session() as session:
        verbs: dict[str, Callable[..., object]] = {
            "set": calendars.set_company_day,
            "remove": calendars.remove_company_day,
        }
        verbs[asked.verb](session, **asked.values, by=viewer, at=clock.now())
except Refusal as refusal:
    states.refused(refusal.explain(_))
    st.stop()
notices.say(_("Saved"))
st.rerun()
