"""The row on top of a screen: its title, what a page puts beside it, and at the right the filters."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

BESIDE, ACTIONS = "head.beside", "head.actions"


def row() -> DeltaGenerator:
    """The row itself; the shell draws title and filters into it."""
    return st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")


def title(text: str) -> None:
    """The title, and behind it the place for `beside`."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        st.title(text, anchor=False, width="content")
        st.session_state[BESIDE] = st.container(horizontal=True, vertical_alignment="center", width="content")


def beside() -> DeltaGenerator:
    """The place behind the title of this run, for a badge or a time: `with head.beside(): st.markdown(…)`."""
    place = st.session_state.get(BESIDE)
    return place if isinstance(place, DeltaGenerator) else st.container()


def place_actions() -> None:
    """Makes the place at the right end of the row for `actions`; the shell does, after the filters."""
    st.session_state[ACTIONS] = st.container(horizontal=True, vertical_alignment="center", width="content")


def actions() -> DeltaGenerator:
    """The place at the right end of the head of this run, for the buttons of a page."""
    place = st.session_state.get(ACTIONS)
    return place if isinstance(place, DeltaGenerator) else st.container()
