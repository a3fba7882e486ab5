"""Quality figures beside a period's scores: what they were, and the customers who are content although figures say otherwise."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components import filters, formats, states
from components.complaint_figures import GAP, says
from components.formats import plain
from components.texts import _, language, ngettext
from db.queries.narrowing import WaveInfo
from db.queries.quality_gaps import Contradiction, MeanFigure, contradictions, mean_figures
from db.session import read_session
from domain.access import Viewer
from domain.complaints import FIGURES

NAMED: Final = 3
"""Customers named on a page of scores; the others stand on the page of the figures."""


def card(viewer: Viewer, now: WaveInfo, before: WaveInfo | None) -> None:
    """The means of a period and of the one before it, and what contradicts its scores; nothing where none are known."""
    if not viewer.may("view_complaints"):
        return
    with read_session() as session:
        means = mean_figures(session, viewer, [one.id for one in (before, now) if one])
        found = contradictions(session, viewer, now) if means and viewer.may("view_customers") else []
    if not means:
        return
    with states.card(_("Quality figures"), _("mean over customers, beside the scores")):
        _means(means, now, before)
        _contradictions(found)


def _means(means: Sequence[MeanFigure], now: WaveInfo, before: WaveInfo | None) -> None:
    known = {(one.wave_id, one.code): one for one in means}
    columns = st.columns(len(FIGURES), gap="small")
    for place, (code, (name, unit)) in zip(columns, FIGURES.items(), strict=True):
        mine, was = known.get((now.id, code)), known.get((before.id, code)) if before else None
        parts = [ngettext("{n} customer", "{n} customers", mine.n)] if mine else []
        if before and was:
            value = f"{was.mean:.4g} {_(unit)}"
            parts.append(_("{value} in {period}", value=value, period=formats.period_short(before.code)))
        shown = f"**{mine.mean:.4g} {_(unit)}**" if mine else f"**{formats.NOTHING}**"
        place.markdown(f"{_(name)} {shown}  \n:gray[{' · '.join(parts)}]")


def _contradictions(found: Sequence[Contradiction]) -> None:
    for one in found[:NAMED]:
        figures = ", ".join(says(code, value) for code, value in one.figures.items())
        text = _("Content ({score}), but {figures}", score=formats.shown(one.score), figures=figures)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            name, query = plain(one.name.in_(language()) or one.code), filters.query(code=one.code)
            st.page_link("customer.py", label=name, query_params=query, width="content")
            st.markdown(GAP.format(text=text), width="content")
    if len(found) > NAMED:
        st.page_link("quality_figures.py", label=_("and {n} more", n=len(found) - NAMED), query_params=filters.query())
