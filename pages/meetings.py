"""Meetings: what was talked about and decided, and which one is next?"""

import streamlit as st

from components import access, head, meeting_list, states
from components.texts import _
from db.queries.meetings import meetings
from db.session import read_session

viewer = access.require("attend_meetings")
with head.actions():
    if viewer.may("take_reports"):
        st.page_link("reports.py", label=_("Reports"), icon=":material/description:")
    calling = viewer.may("hold_meetings") and meeting_list.call_button()
if calling:
    meeting_list.call(viewer)
with read_session() as session:
    lines = meetings(session, viewer)
if not lines:
    line = _("No meetings yet.")
    states.empty(":material/groups:", line, _("Meetings that you take part in stand here."), key="no_meetings")
    st.stop()
opened = meeting_list.table(lines)
if opened:
    st.switch_page("meeting.py", query_params={"meeting": str(opened)})
