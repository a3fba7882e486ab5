"""Scheme: what are its rules, what is about to change, and what did earlier versions say?"""

from datetime import UTC, datetime

import streamlit as st

from components import access, states
from components.scheme_editor import beginning, parts, state, summary, versions
from components.texts import _
from db.queries.scheme_lists import scheme_histories
from db.queries.users import department_code
from db.session import read_session, write_session
from domain.access import NotThere
from domain.scheme_file import dump
from services.schemes import NothingChanged, SchemeChangedMeanwhile, presets_for, save_version

viewer = access.require("edit_schemes")
with read_session() as session:
    stored = {one.code: one for one in scheme_histories(session, viewer)}
    offered = presets_for(session, viewer)
    own = department_code(session, viewer) if viewer.only_schemes_of is not None else None
newest = {code: beginning.Newest(one.newest.number, one.newest.document) for code, one in stored.items()}
beginning.way_back()
editing = beginning.opened(newest, offered, organiser=own or "")
if editing is None:
    states.refused(NotThere().explain(_))
    st.stop()
history = stored[editing.code].versions if editing.code in stored else []
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    title = st.container(horizontal=True, vertical_alignment="center", width="content")
    with st.container(horizontal=True, width="content"):
        summary.file_buttons(editing)
summary.told()
summary.conflict(editing, history[0] if history else None)
section = parts.choose()
left, right = st.columns([2.9, 1], gap="small")
with left:
    editing = parts.draw(editing, section)
    if section == "versions":
        versions.draw(history)
with title:
    summary.title(editing, editing.base)
with right, states.card():
    scheme = summary.verdict(editing, section)
    verb = summary.buttons(editing, scheme, [wave for version in history for wave in version.waves])
if verb == "drop":
    state.forget(editing.code)
    st.rerun()
if verb == "save" and scheme is not None:
    try:
        with write_session() as session:
            save_version(session, document=dump(scheme), base=editing.base, by=viewer, at=datetime.now(UTC))
    except (SchemeChangedMeanwhile, NothingChanged, NotThere) as refusal:
        summary.refused(refusal)
        st.stop()
    state.forget(editing.code)
    summary.tell(editing.base + 1)
    st.rerun()
