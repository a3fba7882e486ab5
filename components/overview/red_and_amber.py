"""The items that are red or amber, worst first, with what is done about them and a button to assign."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd
import streamlit as st

from components import drawn, formats
from components.matrix import ROW_HEIGHT, height_of, styled
from components.texts import _, language
from domain.comparing import SubjectStanding
from domain.overview import DueAction

ASSIGN: Final = ":material/add_task:"
MOST_ROWS: Final = 7


class Pressed(NamedTuple):
    """What was pressed: "open" or "assign" and the code of the item, or "" and ""."""

    verb: str = ""
    code: str = ""


def what(*, may_assign: bool) -> str:
    """What the table shows, beside its title."""
    return _("items · worst first · assign at the end of a row") if may_assign else _("items · worst first")


def table(
    items: Sequence[SubjectStanding],
    actions: Mapping[str, DueAction],
    *,
    amber: float,
    red: float,
    may_assign: bool,
    key: str,
) -> Pressed:
    """Draws those of the items that are red or amber, worst first; what was pressed in this run."""
    standings = [one for one in items if one.status in ("red", "amber")]
    if not standings:
        has_answers = any(one.score.n for one in items)
        st.caption(_("No item is red or amber.") if has_answers else _("No responses match these filters."))
        return Pressed()
    rows = [_row(one, actions.get(one.code)) for one in standings]
    columns = _columns(key, may_assign=may_assign)
    frame = pd.DataFrame(rows, columns=list(columns))
    status_of = {one.score.score: one.status for one in standings}
    drawn.table(
        styled(frame, {"score": status_of.get}, bounds=(amber, red), few=3),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(rows), MOST_ROWS),
        column_config=columns,
        placeholder=formats.NOTHING,
        alt=alt_text(standings, amber, red),
    )
    _not_yet(standings)
    for verb in ("open", "assign"):
        click = st.session_state.get(f"{key}.{verb}")
        if click is not None and click["row"] < len(standings):
            return Pressed(verb, standings[click["row"]].code)
    return Pressed()


def alt_text(standings: Sequence[SubjectStanding], amber: float, red: float) -> str:
    """The finding in a sentence for whoever can't see the table."""
    worst = standings[0]
    return _(
        "{n} items are red or amber; lowest is {item} with {score}.",
        n=len(standings),
        item=worst.name.in_(language()),
        score=formats.shown(worst.score.score, amber, red),
    )


def answers(one: SubjectStanding) -> str:
    """n, marked where it is small (*) and where the wave hasn't told yet (≈)."""
    return f"{formats.small(one.score.n)} {formats.UNCERTAIN if one.cannot_tell_yet else ''}".strip()


def _not_yet(standings: Sequence[SubjectStanding]) -> None:
    """What ≈ beside n means, with the fewest answers of the items concerned."""
    open_ones = [one for one in standings if one.cannot_tell_yet]
    if not open_ones:
        return
    fewest = min(open_ones, key=lambda one: one.score.n)
    if fewest.planned is None:
        st.caption(_("≈ beside n: answers still come in, cannot tell yet."))
    else:
        st.caption(_("≈ beside n: cannot tell yet, n = {n} of {planned}.", n=fewest.score.n, planned=fewest.planned))


def _row(one: SubjectStanding, action: DueAction | None) -> dict[str, Any]:
    return {
        "status": one.status,
        "item": one.name.in_(language()),
        "score": one.score.score,
        "answers": answers(one),
        "change": formats.change(one.change.difference, one.change.certain, words=False)
        if one.change
        else formats.NOTHING,
        "since": formats.period_short(one.since),
        "action": f"A\u2011{action.number}" if action else formats.NOTHING,
        "assign": ASSIGN,
    }


def _columns(key: str, *, may_assign: bool) -> dict[str, Any]:
    item_width, action_width = (150, 72) if language() == "zh_CN" else (176, 46)
    columns = {
        "status": st.column_config.TextColumn(_("Status"), width=66),
        "item": st.column_config.ButtonColumn(
            _("Item"), type="tertiary", alignment="left", width=item_width, key=f"{key}.open"
        ),
        "score": st.column_config.NumberColumn(_("Score"), width=58),
        "answers": st.column_config.TextColumn("n", width=48),
        "change": st.column_config.TextColumn(_("Change"), width=52),
        "since": st.column_config.TextColumn(_("Since"), width=44),
        "action": st.column_config.TextColumn(_("Action"), width=action_width),
        "assign": st.column_config.ButtonColumn(_("Assign"), width=46, key=f"{key}.assign"),
    }
    if not may_assign:
        del columns["assign"]
    return columns
