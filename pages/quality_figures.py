"""Quality figures: do complaints, faults and repairs say the same as the customers' scores?"""

import streamlit as st

from components import access, complaint_figures, filters, nothing_here
from db.queries.complaints import quality_figures
from db.queries.customers import customer_page
from db.session import read_session

viewer = access.require("view_complaints")
chosen = filters.selection() or nothing_here.no_wave(viewer)
complaint_figures.back()
if not viewer.may("view_customers"):
    complaint_figures.not_shown()
    st.stop()
with read_session() as session:
    page = customer_page(session, chosen.scope, chosen.wave, limit=complaint_figures.LISTED)
    known = quality_figures(session, viewer, chosen.wave.id)
lines = complaint_figures.lines(page.rows, known, chosen.wave.layout.scheme)
if not lines:
    complaint_figures.nothing()
    st.stop()
complaint_figures.summary(lines)
complaint_figures.table(viewer, chosen.wave, lines)
complaint_figures.from_file(viewer, chosen.wave, lines)
