"""Visits: who goes to which customer next, what did the last visits bring, and which defects are still there?"""

import streamlit as st

from components import access, head, states, visit_list
from components.texts import _
from db.queries.visits import visits
from db.session import read_session

viewer = access.require("enter_responses")
with head.actions():
    planning = visit_list.plan_button()
if planning:
    visit_list.plan(viewer)
kinds = visit_list.kinds()
with read_session() as session:
    lines = visits(session, viewer, kinds=kinds)
if not lines:
    line, caption = (
        _("No visits here."),
        _("Visits, symposia, mystery visits and inspections are planned and recorded here."),
    )
    states.empty(":material/handshake:", line, caption, key="no_visits")
    st.stop()
opened = visit_list.table(lines)
if opened:
    st.switch_page("visit.py", query_params={"id": str(opened)})
