"""Personal data: what is older than its term, what is held on one person, and who agreed to take it out?"""

import streamlit as st

from components import access, head, privacy_page
from components.texts import _
from db.session import read_session
from services import retention

viewer = access.require("view_audit")
with head.beside():
    st.page_link("audit.py", label=_("Audit log"), icon=":material/policy:")
with read_session() as session:
    runs, terms = retention.runs(session, viewer), retention.terms(session)
view = privacy_page.view()
privacy_page.waiting(viewer, runs)
if view == "runs":
    privacy_page.runs(runs)
elif view == "person" and viewer.may("manage_privacy"):
    privacy_page.person(viewer)
elif view == "person":
    st.info(_("Only the administrator hands out or erases a person's data."), icon=":material/lock:")
else:
    privacy_page.due(viewer, terms)
