"""The effect of an action on its screen: what was found, or with what it will be checked; the figures that it starts from."""

from typing import Any

import streamlit as st

from components import action_words, states, status
from components.formats import interval, period_short, plain, shown
from components.texts import _, language
from domain.access import Viewer
from domain.action_rows import ActionDetail
from domain.action_states import State

DONE, NOW, TO_DO = ":material/check_circle:", ":material/radio_button_checked:", ":material/radio_button_unchecked:"


def draw(viewer: Viewer, action: ActionDetail) -> None:
    """Section 6 of the report."""
    verdict = action.fields["verdict"]
    icon = DONE if verdict else NOW if action.row.state == State.VERIFYING else TO_DO
    with states.card(f"{icon} 6 {_('Effectiveness check')}", _verdict(verdict)):
        for one in (action.row.figures.get("subjects") or [])[:3]:
            st.markdown(_figures(one, action.row.wave))
        who = action.person("verified_by_id")
        if verdict and who:
            st.caption(_("Checked by {who}.", who=plain(who)))
        else:
            st.caption(_("Checked with the results of the next closed period, by somebody who is not the owner."))


def _verdict(verdict: str) -> str:
    colour = "green" if verdict == "effective" else "red"
    return f":{colour}-badge[{_(action_words.VERDICTS[verdict])}]" if verdict else ""


def _figures(one: dict[str, Any], wave: str) -> str:
    name = one["zh"] if language() == "zh_CN" else one["en"]
    bounds = [] if one["bound"] is None else [one["bound"]]
    range_of = interval(one["low"], one["high"], one["n"])
    score = shown(one["score"], *bounds)
    subject = plain(name or _("Satisfaction index"))
    return f"{status.badge(one['status'])} {subject} **{score}** :gray[{period_short(wave)} · {range_of}]".strip()
