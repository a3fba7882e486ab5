"""Meeting: what is on the agenda, what was shown, decided and assigned, and what became of the last one?"""

import streamlit as st

from components import access, address, meeting_page, states
from components.texts import _
from db.queries.meetings import meeting_detail
from db.session import read_session
from domain.access import NotThere

viewer = access.require("attend_meetings")
meeting_page.way_back()
try:
    with read_session() as session:
        meeting = meeting_detail(session, viewer, address.key("meeting"))
except NotThere as refusal:
    states.refused(refusal.explain(_))
    st.stop()
meeting_page.title(viewer, meeting)
left, right = st.columns([1.35, 1], gap="small")
with left:
    meeting_page.minutes(viewer, meeting)
    meeting_page.last(viewer, meeting)
with right:
    meeting_page.agenda(viewer, meeting)
    meeting_page.people(viewer, meeting)
