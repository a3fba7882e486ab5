"""An open screen notices what others write: every two seconds one small read, and a run of the page when it changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

import streamlit as st

from db.queries.choices import change_counter
from db.session import read_session

EVERY_SECONDS = 2
SEEN, HELD, BY_ITSELF = "live.seen", "live.held", "live.by_itself"
TURNS: Final = BoundedSemaphore(1)
LONGEST_WAIT: Final = 0.8
"""Seconds that a screen waits for its turn to follow the figures; with the two between its looks still under three."""


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
        st.session_state[BY_ITSELF] = True
        st.rerun()


@contextmanager
def turn() -> Iterator[None]:
    """Around the whole of a page: a run that follows the figures by itself waits until no other one does.

    What people asked for, a click or a customer's Submit, then shares the processor with one such run instead of ten.
    """
    follows = st.session_state.pop(BY_ITSELF, False)
    has_turn = bool(follows) and TURNS.acquire(timeout=LONGEST_WAIT)
    try:
        yield
    finally:
        if has_turn:
            TURNS.release()
