"""Wave: how does this survey run, from its plan to its closing, and what is to be done next?"""

import streamlit as st

from components import access, states, wave_head
from components.texts import _
from db.queries.waves import survey_wave
from db.session import read_session
from domain.access import NotThere

viewer = access.require("view_waves")
wave_head.way_back()
try:
    with read_session() as session:
        wave = survey_wave(session, viewer, st.query_params.get("scheme", ""), st.query_params.get("wave", ""))
except NotThere as refusal:
    states.refused(refusal.explain(_))
    st.stop()
wave_head.draw(wave)
wave_head.section(viewer, wave).draw(viewer, wave)
