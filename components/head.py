"""The row on top of a screen: its title, what a page puts beside it, and at the right the filters."""

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

BESIDE: Final = "head.beside"


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
