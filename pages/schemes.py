"""Schemes: under which rules do we survey, and which waves run under which version?"""

import streamlit as st

from components import access, scheme_list
from components.scheme_list import Listed
from components.texts import _
from db.queries.scheme_lists import scheme_histories
from db.session import read_session
from domain.scheme_file import load
from services.schemes import presets_for

viewer = access.require("edit_schemes")
with read_session() as session:
    histories = scheme_histories(session, viewer)
    offered = presets_for(session, viewer)

listed = [
    Listed(
        one.code,
        load(one.newest.document),
        one.newest.number,
        tuple(wave for version in one.versions for wave in version.waves),
    )
    for one in histories
]
listed += [Listed(code, load(text)) for code, text in offered.items()]
left, right = st.columns([2.9, 1], gap="small")
with left:
    wanted = scheme_list.table(listed)
    st.caption(_("A scheme is saved as a new version; waves keep the version that they ran under."))
with right:
    wanted = scheme_list.new_form(listed) or wanted
    scheme_list.questions_link()
if wanted:
    st.switch_page("scheme.py", query_params=wanted.query)
