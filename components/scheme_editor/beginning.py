"""Which scheme the address asks for, and the document that its draft begins with."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import streamlit as st

from components.scheme_editor import state
from components.scheme_editor.state import Editing
from components.texts import _
from domain.new_scheme import code_from
from domain.scheme_draft import Draft, document_of, draft_of

COPY: Final = {"zh": "（副本）", "en": " (copy)"}
"""Names are data: each in its own language."""


class Newest(NamedTuple):
    """The newest version of a stored scheme."""

    number: int
    document: str


def opened(stored: Mapping[str, Newest], presets: Mapping[str, str], *, organiser: str) -> Editing | None:
    """The draft of the scheme in the address; None where there is no such scheme for the reader.

    A new one is a copy of `source`; `organiser` is the department that it is for, "" for that of the source.
    """
    code, source = st.query_params.get("scheme", ""), st.query_params.get("source", "")
    if code in stored:
        return state.opened(code, *stored[code])
    if code in presets:
        return state.opened(code, 0, presets[code])
    document = stored[source].document if source in stored else presets.get(source, "")
    if not document or not code or code_from(code) != code:
        return None
    draft = draft_of(document)
    return state.opened(code, 0, document_of(_copied(draft, code, organiser)), began=draft)


def _copied(draft: Draft, code: str, organiser: str) -> Draft:
    names = {key: name + COPY[key] for key, name in draft.get("name", {}).items()}
    made = {**draft, "code": code, "name": names}
    if not organiser:
        return made
    departments = draft.get("departments", {})
    return {**made, "organiser": organiser, "departments": {organiser: {"en": organiser}, **departments}}


def way_back() -> None:
    """Back to the list."""
    if st.button(_("All schemes"), icon=":material/arrow_back:", type="tertiary", key="scheme.back"):
        st.switch_page("schemes.py")
