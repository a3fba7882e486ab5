"""The parts of the editor: which tables and fields stand on each."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from components import address, states
from components.scheme_editor import fields, tables
from components.scheme_editor.state import Editing, changed, entered
from components.scheme_editor.words import SECTIONS, name_of
from components.texts import _
from domain.scheme_draft import Draft

SCORES: Final = {"kind": "number", "least": -100, "most": 100}
DAYS: Final = {"kind": "whole", "least": 1, "most": 3660}


def choose() -> str:
    """The part that the reader looks at; it stands in the address."""
    names = list(SECTIONS)
    chosen = st.segmented_control(
        _("Part"),
        names,
        format_func=lambda name: _(SECTIONS[name]),
        key=address.pull("section", names, names[0]),
        label_visibility="collapsed",
    )
    return address.push("section", chosen, names[0])


def draw(editing: Editing, section: str) -> Editing:
    """Draws a part of the editor; the draft with what the screen says now."""
    editing = entered(editing, section)
    key = f"scheme.{editing.code}.{editing.turn}"
    return changed(editing, PARTS[section](editing.entered, editing.draft, key))


def _basics(entered: Draft, draft: Draft, key: str) -> Draft:
    with states.card(_("Basics"), _("who surveys, how often, whom")):
        return fields.draw(fields.BASICS, entered, draft, key)


def _scale(entered: Draft, draft: Draft, key: str) -> Draft:
    with states.card():
        scale = fields.Field("scale", "choice")
        draft = fields.draw((scale,), entered, draft, key)
        if draft["scale"] == "number":
            st.caption(_("Answers are numbers from 0 to 100; each is its own score."))
            without = {name: value for name, value in draft.items() if name not in ("levels", "points_are_scores")}
            watch = {name: value for name, value in draft.get("thresholds", {}).items() if name != "watch_level"}
            return {**without, "thresholds": watch}
        flag = fields.Field("points_are_scores", "flag", False)
        draft = fields.draw((flag,), entered, {"points_are_scores": False, **draft}, key, columns=1)
        st.caption(_("Otherwise a level's score is its points as a share of the best level's points: 3 of 5 make 60."))
        return tables.draw("levels", _("best first"), entered, draft, key)


def _items(entered: Draft, draft: Draft, key: str) -> Draft:
    with states.card():
        draft = tables.draw("dimensions", _("weights in the index"), entered, draft, key)
    with states.card():
        draft = tables.draw("items", _("weights within their dimension"), entered, draft, key)
    with states.card():
        return tables.draw("named_indexes", _("shown beside the satisfaction index"), entered, draft, key)


def _thresholds(entered: Draft, draft: Draft, key: str) -> Draft:
    with states.card(name_of("thresholds"), _("points 0–100")):
        draft = fields.draw(fields.THRESHOLDS, entered, draft, key)
        red = ("thresholds.red_below", "thresholds.red_at_or_below")
        draft = fields.one_of(red, entered, draft, key, nothing="", bounds=SCORES)
    with states.card():
        return tables.draw("grades", _("best first, each from this score on"), entered, draft, key)


def _targets(entered: Draft, draft: Draft, key: str) -> Draft:
    with states.card(name_of("targets"), _("empty: none")):
        draft = fields.draw(fields.TARGETS, entered, draft, key, columns=3)
    with states.card(_("Returns"), _("counted from the day of sending, that day not included")):
        window = ("window.working_days", "window.calendar_days", "window.months")
        draft = fields.one_of(window, entered, draft, key, nothing=_("No window"), bounds=DAYS)
        draft = fields.draw(fields.REQUIRED, entered, draft, key, columns=3)
    with states.card(name_of("deductions"), _("taken from a customer's score for each verified complaint")):
        if st.toggle(_("Complaints are deducted"), "deductions" in entered, key=f"{key}.deductions"):
            begun = {"deductions": {"each": 5, "serious": 10}}
            return fields.draw(fields.DEDUCTIONS, {**begun, **entered}, {**begun, **draft}, key)
        return {name: value for name, value in draft.items() if name != "deductions"}


def _people(entered: Draft, draft: Draft, key: str) -> Draft:
    with states.card():
        draft = tables.draw("departments", _("that items, actions and approvals name"), entered, draft, key)
    left, right = st.columns(2, gap="small")
    with left, states.card(name_of("actions")):
        draft = fields.draw(fields.ACTIONS, entered, draft, key, columns=1)
    with right, states.card(name_of("approval")):
        draft = fields.draw(fields.APPROVAL, entered, draft, key, columns=1)
    with states.card(name_of("interviewers"), _("empty: none")):
        return fields.draw(fields.INTERVIEWERS, entered, draft, key)


def _calendar(entered: Draft, draft: Draft, key: str) -> Draft:
    with states.card(name_of("calendar"), _("for windows and due dates")):
        return fields.draw(fields.CALENDAR, entered, draft, key, columns=3)


PARTS: Final[dict[str, Callable[[Draft, Draft, str], Draft]]] = {
    "basics": _basics,
    "scale": _scale,
    "items": _items,
    "thresholds": _thresholds,
    "targets": _targets,
    "people": _people,
    "calendar": _calendar,
    "versions": lambda _entered, draft, _key: draft,
}
"""Part → what draws it."""
