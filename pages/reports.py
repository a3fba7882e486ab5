"""Reports: which can be made, which were made, and which go out by themselves?"""

import streamlit as st

from components import access, address, head, report_form, report_lists, report_schedule_page
from components.texts import _
from domain.errors import N_

viewer = access.require("take_reports")
if viewer.may("share_views"):
    with head.actions():
        st.page_link("shares.py", label=_("Shared links"), icon=":material/share:")
views = {"make": N_("Make"), "made": N_("Made"), "scheduled": N_("Scheduled")}
view = address.view(views if viewer.may("make_reports") else {code: views[code] for code in ("make", "made")}, "make")
if view == "made":
    report_lists.made(viewer)
elif view == "scheduled":
    report_schedule_page.draw(viewer)
else:
    left, right = st.columns([1, 1.15], gap="medium")
    with left:
        kind = report_form.kind_of(viewer)
    with right:
        report_form.draw(viewer, kind)
