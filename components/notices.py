"""What was done is said after the run that follows: a toast of a run that begins anew at once never reaches the browser."""

from typing import Final

import streamlit as st

NEXT: Final = "notices.next"


def say(text: str) -> None:
    """Says it, with a tick, as soon as the page stands again; for use right before `st.rerun`."""
    st.session_state[NEXT] = text


def show() -> None:
    """Shows what was said since the last run; the shell calls it."""
    text = st.session_state.pop(NEXT, None)
    if text:
        st.toast(text, icon=":material/check:")
