"""Shared links: who outside can read what, until when, and did they look?"""

import streamlit as st

from components import access, clock, share_list
from db.queries.shares import openings, shares
from db.session import read_session

viewer = access.require("share_views")
with read_session() as session:
    lines = shares(session, viewer, now=clock.now())
left, right = st.columns([1.9, 1], gap="small")
with left:
    chosen = share_list.table(lines)
if chosen is None:
    st.stop()
with read_session() as session:
    opened = openings(session, viewer, chosen.id)
with right:
    share_list.card(chosen, opened, viewer)
