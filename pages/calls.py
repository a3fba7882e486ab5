"""Calls: which customers are to be called today, which are overdue, and what came of the last ones?"""

import streamlit as st

from components import access, call_list, head, states
from components.texts import _
from db.queries.calls import calls
from db.session import read_session

viewer = access.require("enter_responses")
if viewer.may("edit_customers"):
    with head.actions(), st.popover(_("Add calls"), type="primary", icon=":material/add_call:"):
        call_list.add(viewer)
chosen = call_list.view()
with read_session() as session:
    lines = calls(session, viewer, until=call_list.until(chosen), ended=chosen == "ended")
if not lines:
    line, caption = _("No calls here."), _("Calls are listed from deliveries, or added one by one.")
    states.empty(":material/call:", line, caption, key="no_calls")
    st.stop()
opened = call_list.table(viewer, lines)
if opened:
    st.switch_page("call.py", query_params={"id": str(opened)})
