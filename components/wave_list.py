"""The list of waves, newest first; which one is to be opened."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from components import head, wave_words
from components.formats import count, day_in_form, percent
from components.matrix import HEAD_HEIGHT, ROW_HEIGHT
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
    event = st.dataframe(
        pd.DataFrame([_row(one) for one in waves]),
        key="waves.table",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        row_height=ROW_HEIGHT,
        height=ROW_HEIGHT * min(len(waves), MOST_ROWS) + HEAD_HEIGHT,
        column_config=_columns(),
        placeholder="–",
        alt=_("Waves of all schemes, the newest first"),
    )
    chosen = event["selection"]["rows"]
    st.caption(_("{n} waves · choose one to open it", n=count(len(waves))))
    return waves[chosen[0]].wave if chosen and chosen[0] < len(waves) else None


def _row(one: ListedWave) -> dict[str, Any]:
    wave, returns, targets = one.wave, one.returns, one.wave.layout.scheme.targets
    return {
        "wave": wave.code,
        "scheme": wave.layout.scheme.name.in_(language()),
        "state": f"{wave_words.state(wave)} · {_('Pilot')}" if wave.is_pilot else wave_words.state(wave),
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
