"""Waves: which surveys are planned, running and done, how much came back, and which one is due next?"""

import streamlit as st

from components import access, head, states, wave_list, wave_new
from components.texts import _
from db.queries.waves import survey_waves
from db.session import read_session

viewer = access.require("view_waves")
with head.actions():
    if viewer.may("take_reports"):
        st.page_link("reports.py", label=_("Reports"), icon=":material/description:")
    if viewer.may("run_waves"):
        st.page_link("training.py", label=_("Training"), icon=":material/school:")
if wave_list.plan_button(viewer):
    wave_new.ask(viewer)
wave_new.proposed(viewer)
with read_session() as session:
    waves = survey_waves(session, viewer)
if not waves:
    states.empty(":material/event:", _("No wave yet."), _("Plan the first one, or import answers that you have."))
    st.stop()
chosen = wave_list.table(waves)
if chosen:
    st.switch_page("wave.py", query_params=chosen.address)
