"""Presenter: which slide is on, what comes next, and what have we decided?"""

import streamlit as st

from components import access, address, meeting_page, meeting_presenter, states
from components.texts import _
from db.queries.meetings import meeting_detail
from db.queries.slides import deck
from db.session import read_session
from domain.access import NotThere

viewer = access.require("hold_meetings")
meeting_page.way_back()
try:
    with read_session() as session:
        meeting = meeting_detail(session, viewer, address.key("meeting"))
        shown = deck(session, viewer, meeting)
except NotThere as refusal:
    states.refused(refusal.explain(_))
    st.stop()
meeting_presenter.title(viewer, meeting)
if not shown.slides:
    st.info(_("This meeting has no agenda."))
    st.stop()
left, right = st.columns([1.5, 1], gap="small")
with left:
    meeting_presenter.slides(viewer, meeting, shown)
with right:
    meeting_presenter.steps(viewer, meeting, shown)
    meeting_presenter.written(viewer, meeting)
meeting_presenter.follow(viewer, meeting)
