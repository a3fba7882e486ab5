"""The head of a wave's screen: what it is, in which state, and the sections that its reader may open."""

from types import ModuleType
from typing import Final, NamedTuple

import streamlit as st

from components import (
    address,
    live,
    wave_closing,
    wave_entry,
    wave_entry_form,
    wave_plan,
    wave_questionnaire,
    wave_returns,
    wave_sending,
    wave_words,
)
from components.formats import plain
from components.texts import _, language
from db.queries.waves import SurveyWave
from domain.access import Viewer
from domain.errors import N_


class Section(NamedTuple):
    """A part of the screen: its name, who may open it, and the component that draws it."""

    title: str
    permission: str
    component: ModuleType


SECTIONS: Final = {
    "plan": Section(N_("Plan"), "view_waves", wave_plan),
    "questionnaire": Section(N_("Questionnaire"), "view_waves", wave_questionnaire),
    "sending": Section(N_("Sending"), "run_waves", wave_sending),
    "returns": Section(N_("Returns"), "view_scores", wave_returns),
    "entry": Section(N_("Entry"), "enter_responses", wave_entry),
    "closing": Section(N_("Closing"), "view_scores", wave_closing),
}
FIRST: Final = {"planned": "plan", "open": "returns", "closed": "closing", "void": "closing"}
"""State of a wave → the section that a link without one opens."""


def way_back() -> None:
    """Back to the list."""
    st.page_link("waves.py", label=_("Waves"), icon=":material/arrow_back:")


def draw(wave: SurveyWave) -> None:
    """The title: scheme and period, with the state."""
    live.watch(wave.scheme_id)
    name = plain(wave.layout.scheme.name.in_(language()))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(f"{name} · {wave_words.period(wave)}", anchor=False, width="content")
        st.markdown(wave_words.badges(wave), width="content")


def section(viewer: Viewer, wave: SurveyWave) -> ModuleType:
    """The switch between sections, in the address as `section=`; returns the component of the chosen one."""
    offered = [name for name, one in SECTIONS.items() if viewer.may(one.permission)]
    usual = FIRST[wave.state] if FIRST[wave.state] in offered else offered[0]
    key = address.pull("section", offered, usual)
    chosen = st.segmented_control(
        _("Section"),
        offered,
        format_func=lambda name: _(SECTIONS[name].title),
        required=True,
        key=key,
        label_visibility="collapsed",
    )
    shown = SECTIONS[address.push("section", chosen, usual)].component
    if shown is not wave_entry:
        wave_entry_form.keep(wave)
    return shown
