"""Effects: do our actions help, where do they, how soon, and what comes back?"""

from datetime import timedelta

import streamlit as st

from components import access, clock, effect_page, states
from components.texts import _
from db.queries.effects import outcomes
from db.queries.people import departments
from db.session import read_session
from domain.outcomes import summary

viewer = access.require("view_actions")
today = clock.today()
with read_session() as session:
    known = departments(session)
    asked = effect_page.asked(viewer, {one.code: one.name for one in known})
    found = outcomes(
        session,
        viewer,
        zone=clock.zone(),
        since=None if asked.days is None else clock.now() - timedelta(days=asked.days),
        department_id=next((one.id for one in known if one.code == asked.department), None),
    )
if not found:
    states.empty(":material/trending_up:", _("No actions match."), _("Effects are seen once actions were assigned."))
    st.stop()
names = {one.id: one.name for one in known}
effect_page.key_figures(summary(found, today=today))
effect_page.groups(found, asked, names, today=today)
effect_page.came_back(found, names)
