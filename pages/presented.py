"""As presented: what did we show when the wave closed, what holds now, and why does it differ?"""

import streamlit as st

from components import access, exports, presented_lines, states, wave_report
from components.texts import _
from db.queries.presented import presented
from db.queries.waves import survey_wave
from db.session import read_session
from domain.access import NotThere

viewer = access.require("view_scores")
try:
    with read_session() as session:
        wave = survey_wave(session, viewer, st.query_params.get("scheme", ""), st.query_params.get("wave", ""))
        found = presented(session, viewer, wave.id)
except NotThere as refusal:
    states.refused(refusal.explain(_))
    st.stop()
presented_lines.way_back(wave)
if found is None:
    presented_lines.nothing(wave, sees_all=viewer.only_customers_of is None)
    st.stop()
presented_lines.head(wave, found)
wave_report.buttons(viewer, wave)
with states.card(_("Figures that have changed"), _("as presented, as they are now, and why")):
    presented_lines.table(found, wave)
with states.card(_("What happened since"), _("oldest first, with the index before and after")):
    presented_lines.history(found, wave)
exports.button(viewer, "presented", presented_lines.exported(found), wave_id=wave.id, period=wave.code)
