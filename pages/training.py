"""Training: who has learned enough to ask customers, and what?"""

import streamlit as st

from components import access, clock, notices, states, training_record
from components.texts import _
from db.queries.training import interviewers
from db.session import read_session, write_session
from domain.errors import Refusal
from services.training import add_lesson

viewer = access.require("run_waves")
with read_session() as session:
    people = interviewers(session, viewer)
if not people:
    states.empty(":material/school:", _("Nobody may enter answers yet."), _("The administrator adds interviewers."))
    st.stop()
left, right = st.columns([1.5, 1], gap="small")
with left:
    chosen = training_record.table(people)
    st.caption(_("Schemes may refuse the entries of the untrained; others only warn."))
    if chosen:
        training_record.lessons(chosen)
with right, states.card(_("New lesson")):
    lesson = training_record.form(people, chosen)
    if lesson is None:
        st.stop()
    try:
        with write_session() as session:
            add_lesson(session, **lesson, today=clock.today(), by=viewer, at=clock.now())
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        st.stop()
notices.say(_("Saved"))
st.rerun()
