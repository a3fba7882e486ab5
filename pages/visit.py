"""Visit: what was planned, what did it bring, what was said, and is what was wrong there gone?"""

import streamlit as st

from components import access, address, states, visit_record
from components.texts import _
from db.queries.people import departments
from db.queries.visits import visit_detail
from db.session import read_session
from domain.access import NotThere

viewer = access.require("enter_responses")
key = address.key("id")
try:
    with read_session() as session:
        detail, everywhere = visit_detail(session, viewer, key), departments(session)
except NotThere as refusal:
    states.refused(refusal.explain(_))
    st.stop()
access.note_view(viewer, "visit", key)
visit_record.title(detail)
left, right = st.columns([1.3, 1], gap="small")
with left:
    visit_record.record(viewer, detail)
with right:
    visit_record.planned(viewer, detail)
    visit_record.opinions(viewer, detail)
    visit_record.defects(viewer, detail, everywhere)
