"""One press of Back, also from a screen that a row or a button led to.

Going there by `st.switch_page` with a query, Streamlit puts two addresses into the browser's history: the screen one was on
with the new query, and the new screen. Back then led to the first, which nobody had ever seen. The second takes its place.
"""

from typing import Final

import streamlit as st

SCRIPT: Final = """<script>
if (!window.onePressOfBack) {
    window.onePressOfBack = true
    const push = history.pushState.bind(history)
    let half = null
    for (const event of ['pointerdown', 'keydown', 'popstate']) addEventListener(event, () => { half = null }, true)
    history.pushState = (state, title, address) => {
        const from = new URL(location.href), to = new URL(address, from)
        const isSecond = half === from.href && to.search === from.search && to.pathname !== from.pathname
        if (isSecond) history.replaceState(state, title, address)
        else push(state, title, address)
        half = !isSecond && to.pathname === from.pathname ? to.href : null
    }
}
</script>"""
"""A query that is told without the reader's doing, and at once a screen with the same query, are one step."""


def needs_one_press() -> None:
    """Tells the browser once; call it before anything else is drawn."""
    st.html(SCRIPT, unsafe_allow_javascript=True)
