"""Ways from one screen to another. A shared view has none: there a link is its text, and going anywhere does nothing."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

SHARE: Final = "ways.share"
"""Where the shell keeps the number of the share that this run shows."""


def are_closed() -> bool:
    """Whether this run shows a shared view."""
    return SHARE in st.session_state


def link(page: str, *, label: str, query_params: Mapping[str, str], **look: Any) -> None:
    """A link to a screen; in a shared view its text."""
    if are_closed():
        st.markdown(label, width=look.get("width", "stretch"))
    else:
        st.page_link(page, label=label, query_params=dict(query_params), **look)


def way(page: str, *, label: str, query_params: Mapping[str, str] | None = None, **look: Any) -> None:
    """A link that is only a way, such as the one back; nothing in a shared view."""
    if not are_closed():
        st.page_link(page, label=label, query_params=dict(query_params or {}), **look)


def go(page: str, *, query_params: Mapping[str, str]) -> None:
    """Goes to a screen and ends this run; does nothing in a shared view."""
    if not are_closed():
        st.switch_page(page, query_params=dict(query_params))
