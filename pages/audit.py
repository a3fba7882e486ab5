"""Audit log: who did or saw what, when, and on what?"""

import streamlit as st

from components import access, audit_list, clock, exports, head, states
from components.texts import _
from db.queries.audit_log import audit_lines, audit_people
from db.session import read_session

viewer = access.require("view_audit")
with head.beside():
    st.page_link("privacy.py", label=_("Personal data"), icon=":material/policy:")
with read_session() as session:
    people = audit_people(session, viewer)
wanted = audit_list.filters(people)
with read_session() as session:
    lines = audit_lines(session, viewer, wanted, before=audit_list.before(wanted), limit=audit_list.PAGE)
if not lines:
    states.empty(":material/policy:", _("No events match."), _("Take a filter away to see more."))
    st.stop()
exports.button(viewer, "audit", [audit_list.taken(lines)], wave_id=None, period=f"{clock.today()}")
audit_list.table(lines)
audit_list.pages(lines)
