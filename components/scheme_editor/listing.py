"""Changes of a scheme as a list of lines."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.plain_text import plain
from components.scheme_editor.words import path_words, value_words
from components.texts import _
from domain.scheme_changes import Entry
from domain.scheme_draft import Draft

SHOWN: Final = 14
"""Changes listed at once; the rest is counted."""


def listed(found: Sequence[Entry], before: Draft, after: Draft) -> None:
    """Changes, one a line: what, before → after."""
    if not found:
        st.caption(_("Nothing changed."))
    lines = [
        f"- {plain(path_words(one, after, before))}  \n"
        f":gray[{plain(value_words(one, one.before))}] → {plain(value_words(one, one.after))}"
        for one in found[:SHOWN]
    ]
    if lines:
        st.markdown("\n".join(lines))
    if len(found) > SHOWN:
        st.caption(_("and {n} more", n=len(found) - SHOWN))
