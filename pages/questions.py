"""Questions over time: does a wave still ask what the one before it asked, and if not, what continues what?"""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from components import access, question_links, states
from components.scheme_editor import beginning
from components.texts import _, language
from db.queries.item_links import steps
from db.queries.scheme_lists import scheme_histories
from db.session import read_session, write_session
from domain.errors import Refusal
from domain.scheme_file import load
from services.item_links import ask_again, confirm

viewer = access.require("edit_schemes")
beginning.way_back()
with read_session() as session:
    histories = {one.code: one for one in scheme_histories(session, viewer)}
names = {code: load(one.newest.document).name.in_(language()) for code, one in histories.items()}
code = question_links.pick(names)
if not code:
    st.stop()
with read_session() as session:
    found = steps(session, viewer, histories[code].id)
st.caption(_("Scores are 0–100 on every scale: trends run on over a match, with a mark where the question changed."))
asked = question_links.draw(found)
if asked is None:
    st.stop()
try:
    with write_session() as session:
        values: dict[str, Any] = {"wave_id": asked.wave_id, "by": viewer, "at": datetime.now(UTC)}
        if asked.again:
            ask_again(session, item=asked.again, **values)
        else:
            confirm(session, links=asked.links, **values)
except Refusal as refusal:
    states.refused(refusal.explain(_))
    st.stop()
st.rerun()
