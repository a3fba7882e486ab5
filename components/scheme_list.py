"""The list of schemes, stored ones and presets, and the form that begins a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st

from components import drawn, states
from components.formats import period
from components.scheme_editor.words import CHOICES
from components.texts import _, language
from domain.new_scheme import code_from
from domain.scheme import Scheme

ROW_HEIGHT: Final = 30


@dataclass(frozen=True)
class Listed:
    """A scheme in the list; `number` is its newest version, 0 of a preset that nobody uses yet."""

    code: str
    scheme: Scheme
    number: int = 0
    waves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Which scheme to open; `source` is the one that a new scheme begins with."""

    code: str
    source: str = ""

    @property
    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        return {"scheme": self.code, **({"source": self.source} if self.source else {})}


def table(listed: Sequence[Listed]) -> Wanted | None:
    """All schemes; the one whose row is selected."""
    rows = pd.DataFrame([_row(one) for one in listed])
    event = drawn.table(
        rows,
        key="schemes.table",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        row_height=ROW_HEIGHT,
        height=38 + ROW_HEIGHT * len(rows),
        column_config=_columns(),
        placeholder="–",
        alt=_("Schemes with their versions and waves"),
    )
    chosen = event["selection"]["rows"]
    return Wanted(listed[chosen[0]].code) if chosen and chosen[0] < len(listed) else None


def new_form(listed: Sequence[Listed]) -> Wanted | None:
    """A new scheme as a copy of another one; None until it is asked for."""
    names = {one.code: one.scheme.name.in_(language()) for one in listed}
    with states.card(_("New scheme"), _("a copy to be changed")), st.form("new_scheme", border=False):
        source = st.selectbox(_("Begin with"), list(names), format_func=names.__getitem__)
        code = st.text_input(_("Its code"), help=_("Stands in addresses: a–z, 0–9 and hyphens."))
        submitted = st.form_submit_button(_("Open the draft"), type="primary", width="stretch")
    if not submitted or not source:
        return None
    made = code_from(code) if code.strip() else ""
    if not made:
        states.refused(_("Give the new scheme a code."))
        return None
    if made in names:
        states.refused(_("There is a scheme “{scheme}” already: choose it, or type another code.", scheme=made))
        return None
    return Wanted(made, source)


def _row(one: Listed) -> dict[str, Any]:
    scheme, cadences = one.scheme, CHOICES["cadence"]
    return {
        "name": scheme.name.in_(language()),
        "organiser": scheme.department_name(scheme.organiser).in_(language()),
        "cadence": _(cadences[scheme.cadence]),
        "items": len(scheme.items),
        "version": _("Version {n}", n=one.number) if one.number else _("Preset"),
        "waves": len(one.waves),
        "latest": period(one.waves[0]) if one.waves else "",
    }


def _columns() -> dict[str, Any]:
    return {
        "name": st.column_config.TextColumn(_("Scheme"), width=250),
        "organiser": st.column_config.TextColumn(_("Department"), width=108),
        "cadence": st.column_config.TextColumn(_("Cadence"), width=100),
        "items": st.column_config.NumberColumn(_("Items"), width=45),
        "version": st.column_config.TextColumn(_("Version"), width=68),
        "waves": st.column_config.NumberColumn(_("Waves"), width=62),
        "latest": st.column_config.TextColumn(_("Latest"), width=92),
    }


def questions_link() -> None:
    """The way to the questions that changed between waves."""
    if st.button(_("Questions over time"), icon=":material/join_inner:", type="tertiary", key="schemes.questions"):
        st.switch_page("questions.py")
