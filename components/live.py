"""An open screen notices what others write: every two seconds one small read, and a run of the page when it changed."""

import streamlit as st

from db.queries.choices import change_counter
from db.session import read_session

EVERY_SECONDS = 2
SEEN, HELD = "live.seen", "live.held"


def watch(scheme_id: int) -> None:
    """Watches a scheme's waves and all actions from now on; call it once a run, before the figures are read."""
    with read_session() as session:
        st.session_state[SEEN] = (scheme_id, change_counter(session, scheme_id))
    hold(False)
    _poll(scheme_id)


def hold(held: bool = True) -> None:
    """While a dialog is open the page isn't run anew, which would close it; what changed is shown afterwards."""
    st.session_state[HELD] = held


@st.fragment(run_every=EVERY_SECONDS)
def _poll(scheme_id: int) -> None:
    if st.session_state.get(HELD):
        return
    with read_session() as session:
        now = (scheme_id, change_counter(session, scheme_id))
    if now != st.session_state.get(SEEN):
        st.rerun()
