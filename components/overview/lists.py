"""The lists of an overview: actions due, newest opinions, least satisfied customers."""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import Any, Final
from unicodedata import east_asian_width

import pandas as pd
import streamlit as st

from components import drawn, filters, formats, states, status, ways
from components.matrix import ROW_HEIGHT, height_of, styled
from components.plain_text import plain
from components.texts import _, language
from domain.errors import N_
from domain.opinions import KINDS as OPINION_KINDS
from domain.overview import CustomerLine, DueAction, OpinionLine

KINDS: Final = {"": N_("Opinion"), **OPINION_KINDS}
WIDEST: Final = 76
"""Width of an opinion that fits one or two lines of its card; a Chinese character counts as two."""


def due_actions(actions: Sequence[DueAction], *, today: date) -> None:
    """One line an action, the first due on top; each leads to the action."""
    states.card_title(_("Actions due and overdue"))
    if not actions:
        st.caption(_("No open actions."))
    for action in actions:
        who = f"{action.department.in_(language())} {action.owner}"
        ways.link(
            "action.py",
            label=f"{status.due_badge((action.due_on - today).days)} A\u2011{action.number} "
            f"{plain(action.title, at_most=46)} :gray[{plain(who)}]",
            query_params={"number": str(action.number)},
        )


def opinions(lines: Sequence[OpinionLine], *, may_see: bool) -> None:
    """One line an opinion, the newest on top."""
    states.card_title(_("Latest opinions"))
    if not may_see:
        st.caption(_("Opinions are shown to roles that may see personal data."))
    elif not lines:
        st.caption(_("No opinions in this period."))
    for line in lines:
        whose = f" :gray[{plain(line.customer.in_(language()), at_most=30)}]" if line.customer else ""
        text = plain(line.text, at_most=_fitting(line.text))
        st.markdown(f":gray-badge[{_(KINDS.get(line.kind, line.kind))}] {text}{whose}")


def _fitting(text: str) -> int:
    """How many characters of a text fit."""
    widths = accumulate(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
    return sum(width <= WIDEST for width in widths) or 1


def least_satisfied(customers: Sequence[CustomerLine], *, target: float, red: float, key: str) -> str | None:
    """The customers with the lowest scores; the code of the one that was pressed in this run."""
    of_all = f" · {_('scores cover all channels')}" if filters.query().get("channel") else ""
    states.card_title(_("Least satisfied customers"), _("worst first; all under Customers") + of_all)
    if not customers:
        st.caption(_("No customers are named in this survey, or your role does not see them."))
        return None
    rows = [_row(one) for one in customers]
    columns: dict[str, Any] = {
        "status": st.column_config.TextColumn(_("Status"), width=68),
        "customer": st.column_config.ButtonColumn(_("Customer"), type="tertiary", alignment="left", width=196, key=key),
        "score": st.column_config.NumberColumn(_("Overall"), width=62),
        "n": st.column_config.NumberColumn("n", width=42),
        "lowest": st.column_config.TextColumn(_("Lowest dimension"), width=120),
        "since": st.column_config.TextColumn(_("Since"), width=50),
    }
    statuses = {one.score.score: one.status for one in customers}
    frame = pd.DataFrame(rows, columns=list(columns))
    drawn.table(
        styled(frame, {"score": statuses.get}, bounds=(target, red), few=3),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(rows)),
        column_config=columns,
        placeholder=formats.NOTHING,
        alt=_("The customers with the lowest scores, lowest first."),
    )
    click = st.session_state.get(key)
    return customers[click["row"]].code if click is not None and click["row"] < len(customers) else None


def _row(one: CustomerLine) -> dict[str, Any]:
    lowest = f"{one.lowest[0].in_(language())} {formats.shown(one.lowest[1])}" if one.lowest else formats.NOTHING
    return {
        "status": one.status,
        "customer": one.name.in_(language()),
        "score": one.score.score,
        "n": one.score.n,
        "lowest": lowest,
        "since": formats.period_short(one.since) if one.since else formats.NOTHING,
    }
