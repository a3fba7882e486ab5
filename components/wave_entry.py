"""Answers by phone, paper and visit: keyed fast, listed with their history, and a sample keyed by a second person."""

from typing import Final

import streamlit as st

from components import address, states, wave_entry_check, wave_entry_form, wave_entry_list, wave_words
from components.texts import _
from db.queries.entries import CHECK
from db.queries.waves import SurveyWave
from domain.access import Viewer
from domain.errors import N_

PARTS: Final = {
    "enter": (N_("Enter answers"), wave_entry_form),
    "entries": (N_("Entered responses"), wave_entry_list),
    "check": (N_("Second person"), wave_entry_check),
}


def draw(viewer: Viewer, wave: SurveyWave) -> None:
    """The section: its parts stand in the address as `part=`."""
    offered = [name for name in PARTS if name != "check" or viewer.may(CHECK)]
    key = address.pull("part", offered, "enter")
    chosen = st.pills(
        _("Part"),
        offered,
        format_func=lambda name: _(PARTS[name][0]),
        required=True,
        key=key,
        label_visibility="collapsed",
    )
    part = address.push("part", chosen, "enter")
    if part != "enter":
        wave_entry_form.keep(wave)
    if part == "enter" and wave.is_imported:
        wave_words.imported(_("Answers are keyed in waves that were planned here: import the others with their file."))
        return
    if part == "enter" and wave.state == "closed":
        st.info(
            _("This wave is closed: what is keyed now is kept and marked, and counts once quality admits it."),
            icon=":material/lock:",
        )
    elif part == "enter" and wave.state != "open":
        line, caption = _("This wave takes no entries now."), _("Answers are keyed while a wave is running.")
        states.empty(":material/keyboard:", line, caption, key="entry.closed")
        return
    PARTS[part][1].draw(viewer, wave)
