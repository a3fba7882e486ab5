"""Complaints: what do customers complain about, which clock runs out next, and what was missed?"""

import streamlit as st

from components import access, complaint_figures, complaint_list, head, states
from components.texts import _
from db.queries.complaints import complaints
from db.session import read_session

viewer = access.require("view_complaints")
with head.actions():
    complaint_figures.link()
    recording = viewer.may("edit_customers") and complaint_list.record_button()
if recording:
    complaint_list.record(viewer)
shown = complaint_list.view()
with read_session() as session:
    lines = complaints(session, viewer, states=shown)
if not lines:
    line = _("No complaints here.")
    states.empty(
        ":material/sentiment_satisfied:", line, _("A customer's complaint is recorded here."), key="no_complaints"
    )
    st.stop()
complaint_list.missed(lines)
opened = complaint_list.table(lines)
if opened:
    st.switch_page("complaint.py", query_params={"number": str(opened)})
