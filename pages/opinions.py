"""Opinions: what did customers say, whose is it, what became of it, and who still waits for an answer?"""

import streamlit as st

from components import access, head, opinion_detail, opinion_list, states
from components.texts import _
from db.queries.opinions import choices_of_opinion, opinions, opinions_waiting
from db.queries.opinions import opinion_detail as detail_of
from db.queries.people import departments
from db.session import read_session
from domain.access import NotThere

viewer = access.require("view_opinions")
with head.actions():
    to_slips = viewer.may("edit_actions") and st.button(_("Feedback slips"), icon=":material/assignment_return:")
    recording = viewer.may("edit_opinions") and opinion_list.record_button()
if to_slips:
    st.switch_page("slips.py")
if recording:
    opinion_list.record(viewer)
with read_session() as session:
    waiting, everywhere = opinions_waiting(session, viewer), departments(session)
asked = opinion_list.asked(viewer, waiting, everywhere)
with read_session() as session:
    lines = opinions(session, viewer, **asked)
left, right = st.columns([1, 1.1], gap="small")
with left:
    opened = opinion_list.chosen(lines)
    if not lines:
        opinion_list.empty(asked)
if opened is None:
    st.stop()
try:
    with read_session() as session:
        detail, choices = detail_of(session, viewer, opened), choices_of_opinion(session, viewer, opened)
except NotThere as refusal:
    states.refused(refusal.explain(_))
    st.stop()
access.note_view(viewer, "opinion", opened)
with right:
    opinion_detail.draw(viewer, detail, choices, everywhere)
