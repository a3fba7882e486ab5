"""Requests: who waits for us, what was promised, and was the customer satisfied when called back?"""

import streamlit as st

from components import access, head, request_list, states
from components.texts import _
from db.queries.complaints import requests
from db.session import read_session

viewer = access.require("record_requests")
with head.actions():
    recording = request_list.record_button()
if recording:
    request_list.record(viewer)
shown = request_list.view()
with read_session() as session:
    lines = requests(session, viewer, states=shown)
if not lines:
    line = _("No requests here.")
    caption = _("Complaints, repairs, enquiries, suggestions: anybody may record what a customer said.")
    states.empty(":material/support_agent:", line, caption, key="no_requests")
    st.stop()
chosen = request_list.table(lines)
if chosen:
    request_list.detail(viewer, chosen)
