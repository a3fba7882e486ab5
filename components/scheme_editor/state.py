"""The draft that a reader edits, kept while the session lasts: which version it began with, and what it says now."""

from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from domain.scheme_changes import Entry, changes, merged
from domain.scheme_draft import Draft, draft_of

KEPT: Final = "scheme.editing"


@dataclass(frozen=True)
class Editing:
    """A scheme being edited. `base` is the number of the version that it began with, 0 for none yet; `began` its entries.

    `entered` is what the tables and fields on screen began with; they are new whenever `turn` is another.
    """

    code: str
    base: int
    began: Draft
    draft: Draft
    entered: Draft
    turn: int = 0
    section: str = ""

    @property
    def changes(self) -> list[Entry]:
        """What the reader has changed."""
        return changes(self.began, self.draft)


def opened(code: str, base: int, document: str, *, began: Draft | None = None) -> Editing:
    """What was being edited of a scheme, otherwise the document; `began` is what a new scheme is compared with.

    Who has changed nothing goes on with the newest version.
    """
    kept = _kept().get(code)
    if kept is not None and (kept.base == base or kept.changes):
        return kept
    draft = draft_of(document)
    return keep(Editing(code, base, draft if began is None else began, draft, draft, _turn()))


def entered(editing: Editing, section: str) -> Editing:
    """The draft as a part of the screen shows it: afresh when the reader comes from another part."""
    if editing.section == section:
        return editing
    return keep(replace(editing, section=section, entered=editing.draft, turn=_turn()))


def changed(editing: Editing, draft: Draft) -> Editing:
    """The same with what the screen says now."""
    return keep(replace(editing, draft=draft))


def taken_over(editing: Editing, draft: Draft) -> Editing:
    """A draft that came from elsewhere, such as a file, in place of what was typed."""
    return keep(replace(editing, draft=draft, entered=draft, turn=_turn()))


def merged_with(editing: Editing, base: int, document: str) -> Editing:
    """The reader's changes on top of a version that somebody else saved meanwhile."""
    theirs = draft_of(document)
    draft = merged(editing.began, editing.draft, theirs)
    return keep(replace(editing, base=base, began=theirs, draft=draft, entered=draft, turn=_turn()))


def keep(editing: Editing) -> Editing:
    """Remembers it for the next run."""
    _kept()[editing.code] = editing
    return editing


def forget(code: str) -> None:
    """Drops what was edited of a scheme."""
    _kept().pop(code, None)


def _kept() -> dict[str, Editing]:
    found: dict[str, Editing] = st.session_state.setdefault(KEPT, {})
    return found


def _turn() -> int:
    st.session_state["scheme.turn"] = turn = st.session_state.get("scheme.turn", 0) + 1
    return int(turn)
