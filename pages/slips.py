"""Feedback slips: which customers wait for an answer of the department, and what was done for them?"""

import streamlit as st

from components import access, call_slips, states
from components.texts import _
from db.queries.calls import slips
from db.session import read_session

viewer = access.require("edit_actions")
with read_session() as session:
    waiting, answered = slips(session, viewer), slips(session, viewer, answered=True)
if not waiting and not answered:
    line, caption = _("No feedback slip."), _("What a call doesn't solve comes here, to the department that can.")
    states.empty(":material/assignment_return:", line, caption, key="no_slips")
    st.stop()
call_slips.draw(viewer, waiting)
call_slips.done(answered)
