"""Action: what was found, why, what is done about it, did it help, and who says so?"""

import streamlit as st

from components import access, action_detail, action_forms, address, effect_section, live, states
from components.texts import _
from db.queries.actions import action
from db.queries.people import active_people
from db.session import read_session
from domain.access import NotThere

viewer = access.require("view_actions")
live.watch(0)  # no wave: actions alone
action_detail.way_back()
try:
    with read_session() as session:
        detail = action(session, viewer, address.key("number"))
        people = active_people(session)
except NotThere as refusal:
    states.refused(refusal.explain(_))
    st.stop()

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    action_detail.title(detail)
    with st.container(horizontal=True, horizontal_alignment="right", width="content"):
        action_forms.edit_button(detail)
        refused = action_forms.steps(viewer, detail)
action_detail.path(detail)
for reason in refused:
    states.refused(reason.explain(_))
left, right = st.columns([1.75, 1], gap="small")
with left:
    action_detail.report_head(detail)
    if action_forms.is_editing(detail):
        action_forms.edit(viewer, detail, people, detail.departments)
    else:
        action_forms.still_missing(viewer, detail)
        action_detail.sections(viewer, detail)
with right:
    effect_section.draw(viewer, detail)
    with states.plain_card(_("History")):
        action_detail.history(detail.history, detail)
        action_forms.comment(viewer, detail)
