"""What a questionnaire asks beside its rated items, to be keyed with an entry: choices, numbers, texts, importance."""

from typing import Final

import streamlit as st

from components.formats import plain
from components.texts import _, language
from db.session import read_session
from domain.access import Viewer
from domain.filled_forms import IMPORTANCE, RECOMMEND
from domain.questionnaire import Extra, Questionnaire, option_code
from services.questionnaires import questionnaire_for

BLANK: Final = "-0"
TEXT_MOST: Final = 2000


def draw(viewer: Viewer, wave_id: int, turn: str) -> dict[str, list[str]]:
    """The answers by the names under which they are kept; nothing is drawn where nothing is asked beside the items."""
    with read_session() as session:
        _wave, asked = questionnaire_for(session, viewer, wave_id)
    if not asked.extras and not asked.ask_importance:
        return {}
    with st.expander(_("Further questions"), icon=":material/list_alt:"):
        said = {extra.code: _ask(extra, f"entry.extra.{extra.code}.{turn}") for extra in asked.extras}
        return said | (_importance(asked, turn) if asked.ask_importance else {})


def _ask(extra: Extra, key: str) -> list[str]:
    label, lang = plain(extra.name.in_(language())), language()
    names = {option_code(place): option.in_(lang) for place, option in enumerate(extra.options)}
    if extra.kind == "multiple":
        return st.multiselect(label, list(names), format_func=names.__getitem__, key=key, placeholder="")
    if names:
        one = st.selectbox(label, list(names), None, format_func=names.__getitem__, key=key, placeholder="")
        return [one] if one else []
    if extra.kind == "recommend":
        given = st.segmented_control(label, [str(step) for step in range(RECOMMEND + 1)], key=key)
        return [given] if given else []
    if extra.kind == "number":
        return [st.text_input(label, key=key, max_chars=20, width=160) or ""]
    return [st.text_area(label, key=key, max_chars=TEXT_MOST, height=68) or ""]


def _importance(asked: Questionnaire, turn: str) -> dict[str, list[str]]:
    """One key per item, in the order of the answers' keys."""
    row = st.text_input(
        _("Importance, one key per item"),
        key=f"entry.importance.{turn}",
        help=_("1 to {most}, {most} is the most important; 0 or - is a blank.", most=IMPORTANCE),
        autocomplete="off",
    )
    keys = [key for key in row or "" if not key.isspace()]
    named = zip(asked.scheme.items, keys, strict=False)
    return {f"importance:{item.code}": [key] for item, key in named if key not in BLANK}
