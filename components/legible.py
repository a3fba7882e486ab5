"""What Streamlit draws too faintly, and has no setting for: the chosen option of a row of options, and keys on buttons."""

from typing import Final

import streamlit as st

LOOK: Final = """<style>
.stApp button[data-selected=true] p{color:light-dark(#1E46A8,#A9C4FB)}
.stApp [data-testid^=stBaseButton-primary] kbd{color:inherit;opacity:1}
</style>"""
"""The text of the blue badge (design.md 3): the primary colour has 3.6:1 on its own tint in the dark theme, 4.5 is asked for."""


def sharpen() -> None:
    """Makes both readable, in both themes."""
    st.html(LOOK)
