"""The list of waves, newest first; which one is to be opened."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from components import chooser, head, wave_words
from components.formats import count, day_in_form, percent
from components.texts import _, language
from db.queries.waves import ListedWave, SurveyWave
from domain.access import Viewer

MOST_ROWS: Final = 16


def plan_button(viewer: Viewer) -> bool:
    """The button that begins a plan; whether it was pressed."""
    if not viewer.may("run_waves"):
        return False
    with head.actions():
        return st.button(_("Plan a wave"), type="primary", icon=":material/add:", key="waves.plan")


def table(waves: Sequence[ListedWave]) -> SurveyWave | None:
    """All waves; the one whose row was chosen."""
    picked = chooser.chosen(
        waves,
        [_row(one) for one in waves],
        columns=_columns(),
        most_rows=MOST_ROWS,
        alt=_("Waves of all schemes, the newest first"),
        key="waves.table",
    )
    st.caption(_("{n} waves · choose one to open it", n=count(len(waves))))
    return picked[0].wave if picked else None


def _row(one: ListedWave) -> dict[str, Any]:
    wave, returns, targets = one.wave, one.returns, one.wave.layout.scheme.targets
    return {
        "wave": wave.code,
        "scheme": wave.layout.scheme.name.in_(language()),
        "state": wave_words.state_and_kind(wave),
        "starts": day_in_form(wave.starts_on),
        "ends": day_in_form(wave.ends_on),
        "sent": returns.sent or None,
        "in_time": returns.in_time if returns.sent else None,
        "rate": percent(returns.rate, *([targets.response_rate] if targets.response_rate is not None else [])),
        "target": percent(targets.response_rate),
        "valid": one.valid or None,
    }


def _columns() -> dict[str, Any]:
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "wave": text(_("Period"), width=82),
        "scheme": text(_("Scheme"), width=215),
        "state": text(_("State"), width=90),
        "starts": text(_("Begins"), width=92),
        "ends": text(_("Ends"), width=92),
        "sent": number(_("Sent"), width=62),
        "in_time": number(_("In time"), width=72),
        "rate": text(_("Response rate"), width=92),
        "target": text(_("Target"), width=70),
        "valid": number(_("Valid responses"), width=88),
    }
