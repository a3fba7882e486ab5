"""What a reader looks for among the customers: words, only those under target, a page; it stands in the address too."""

from collections.abc import Hashable
from typing import Any, Final, NamedTuple

import streamlit as st

from components import filters, head
from components.texts import _

PAGE: Final = 50
"""Customers on a page."""
SEARCH, ONLY, TURNED = "customers.search", "customers.only", "customers.page"
PUSHED, VISIT = "customers.pushed", "customers.visit"
NAMES: Final = ("search", "below", "page")
LONGEST: Final = 100


class Asked(NamedTuple):
    """Words that a name or code must hold, whether only red and amber are wanted, the page from 1, and its widget's key."""

    search: str = ""
    only_below: bool = False
    page: int = 1
    page_key: str = TURNED

    @property
    def narrows(self) -> bool:
        """Whether it leaves any customer out."""
        return bool(self.search or self.only_below)

    @property
    def conditions(self) -> dict[str, Any]:
        """The same as arguments of `db.queries.customers.customer_page`."""
        offset = (self.page - 1) * PAGE
        return {"search": self.search, "only_below": self.only_below, "offset": offset, "limit": PAGE}


def widgets(scope: Hashable) -> Asked:
    """Draws search and switch, and keeps the address in step: it wins where it was changed from outside (a link, Back).

    Another search, or another `scope` (the filters), begins with the first page.
    """
    address, pushed = _in_address(), st.session_state.get(PUSHED, {})
    adopted = address != pushed or ONLY not in st.session_state
    if adopted:
        st.session_state[VISIT] = st.session_state.get(VISIT, 0) + 1
        st.session_state[SEARCH] = address.get("search", "")
        st.session_state[ONLY] = "below" in address
    with head.beside():
        search = st.text_input(
            _("Search customers"),
            key=SEARCH,
            placeholder=_("Search customers"),
            icon=":material/search:",
            label_visibility="collapsed",
            max_chars=LONGEST,
            width=150,
        )
    only_below = st.toggle(_("Red and amber only"), key=ONLY)
    key = f"{TURNED}.{hash((scope, search, only_below))}.{st.session_state.get(VISIT, 0)}"
    page = st.session_state.get(key, int(address.get("page", 1)) if adopted else 1)
    asked = Asked(search or "", only_below, page, key)
    _push(_as_text(asked))
    return asked


def clear() -> None:
    """Takes search and switch away; for the button of an empty screen."""
    for key in (SEARCH, ONLY):
        st.session_state.pop(key, None)
    _push({})


def query() -> dict[str, str]:
    """Filters and search as they stand in an address, for the way back to the customers."""
    return filters.query(**st.session_state.get(PUSHED, {}))


def _in_address() -> dict[str, str]:
    """Only values that are some; the others are dropped."""
    found = {name: st.query_params.get(name, "")[:LONGEST] for name in NAMES}
    page = found["page"]
    found["page"] = page if page.isascii() and page.isdecimal() and len(page) < 6 and int(page) > 1 else ""
    found["below"] = "1" if found["below"] == "1" else ""
    return {name: text for name, text in found.items() if text}


def _as_text(asked: Asked) -> dict[str, str]:
    texts = {"search": asked.search, "below": "1" * asked.only_below, "page": str(asked.page) if asked.page > 1 else ""}
    return {name: text for name, text in texts.items() if text}


def _push(texts: dict[str, str]) -> None:
    if texts != _in_address():
        others = {name: value for name, value in st.query_params.items() if name not in NAMES}
        st.query_params.from_dict({**others, **texts})
    st.session_state[PUSHED] = texts
