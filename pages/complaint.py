"""Complaint: is it ours, what must happen until when, what was the cause, and will it come back?"""

import streamlit as st

from components import access, address, clock, complaint_8d, complaint_head, complaint_side, states
from components.texts import _
from db.queries.audit_days import audit_days_of
from db.queries.complaints import complaint_detail, past_cases
from db.queries.people import active_people, departments
from db.session import read_session
from domain.access import NotThere

viewer = access.require("view_complaints")
complaint_head.way_back()
number = address.key("number")
try:
    with read_session() as session:
        detail = complaint_detail(session, viewer, number)
        one, words = detail.complaint, complaint_side.past_words(detail.complaint.product)
        like_it = past_cases(session, viewer, part_number=one.part_number, text=words, other_than=number)
        audited = audit_days_of(session, viewer, number, today=clock.today(), zone=clock.zone())
        people, everywhere = active_people(session), departments(session)
except NotThere as refusal:
    states.refused(refusal.explain(_))
    st.stop()
access.note_view(viewer, "complaint", number)
complaint_head.title(viewer, detail)
left, right = st.columns([1.6, 1], gap="small")
with left, st.container():
    complaint_head.clocks(viewer, detail)
    complaint_head.decide(viewer, detail, everywhere)
    complaint_head.intake(viewer, detail)
    complaint_8d.form(viewer, detail)
with right, st.container():
    complaint_side.past(like_it)
    complaint_side.slips(viewer, detail, people)
    complaint_side.rework(viewer, detail)
    complaint_side.audits(viewer, detail, audited)
    complaint_side.minutes(viewer, detail, people)
    complaint_side.history(detail)
