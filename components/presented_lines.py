"""What was presented beside what holds now: the sentence, the table of every figure, and what happened in between."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from components import clock, drawn, formats, states, ways
from components.formats import NOTHING, moment, percent, plain, shown, with_minus
from components.matrix import ROW_HEIGHT, height_of
from components.texts import _, language, ngettext
from db.queries.narrowing import WaveInfo
from db.queries.presented import Change, Presented
from db.queries.waves import SurveyWave
from domain.errors import N_
from domain.presented import RATES, Line, changed
from domain.tables import Cell, Table

KINDS: Final = {
    "index": N_("Satisfaction index"),
    "satisfaction_rate": N_("Satisfaction rate"),
    "response_rate": N_("Response rate"),
    "named_index": N_("Index"),
    "dimension": N_("Dimension"),
    "item": N_("Item"),
    "segment": N_("Segment"),
    "customer": N_("Customer"),
}
VERBS: Final = {
    "admit": N_("Late answer admitted"),
    "correct": N_("Answer corrected"),
    "withdraw": N_("Answer withdrawn"),
    "submit": N_("Answer came after closing"),
    "erase": N_("Personal data erased"),
    "merge": N_("Customers merged"),
    "undo_merge": N_("Customers taken apart"),
}
MOST_ROWS: Final = 12
MOST_REASONS: Final = 3


def seal(found: Presented) -> None:
    """Whether the frozen result is what was written, with the beginning of its hash."""
    said = _("The frozen result is intact") if found.is_intact else _("The frozen result has been changed")
    sign = ":green[:material/check_circle:]" if found.is_intact else ":red[:material/error:]"
    st.caption(f"{sign} {said} · {found.sha256[:16]}")


def link(wave: WaveInfo, found: Presented) -> None:
    """The way to the page of a closed wave; says how many figures have changed since."""
    moved = len(changed(found.lines))
    label = (
        ngettext("As presented and now: one figure changed", "As presented and now: {n} figures changed", moved)
        if moved
        else _("As presented and now")
    )
    _link(label, wave)


def link_to_latest(waves: Sequence[WaveInfo]) -> None:
    """The way to the page of the latest closed one of several waves, oldest first."""
    closed = [wave for wave in waves if wave.state == "closed"]
    if closed:
        _link(_("{period} as presented and now", period=formats.period(closed[-1].code)), closed[-1])


def _link(label: str, wave: WaveInfo) -> None:
    ways.way("presented.py", label=label, icon=":material/history:", query_params=_address(wave), width="content")


def way_back(wave: WaveInfo) -> None:
    """Back to the wave."""
    label = formats.period(wave.code)
    ways.way("wave.py", label=label, icon=":material/arrow_back:", query_params=_address(wave))


def _address(wave: WaveInfo) -> dict[str, str]:
    return {"scheme": wave.layout.scheme.code, "wave": wave.code}


def nothing(wave: SurveyWave, *, sees_all: bool) -> None:
    """Why nothing stands here."""
    if not sees_all:
        st.info(_("It is the result of all customers; the overview shows that of yours."), icon=":material/lock:")
    elif wave.state == "closed":
        states.empty(":material/history:", _("Nothing was kept when this wave closed."))
    else:
        line = _("Nothing has been presented yet.")
        states.empty(":material/history:", line, _("Closing the wave keeps its figures as they are."))


def head(wave: SurveyWave, found: Presented) -> None:
    """The answer in a sentence: what was presented, and what holds now."""
    index = next(line for line in found.lines if line.kind == "index")
    st.header(sentence(index, found, wave), anchor=False)
    facts = [
        _("{scheme}, version {n}", scheme=plain(wave.layout.scheme.name.in_(language())), n=found.scheme_version),
        moment(found.at, clock.zone()),
        plain(found.by),
        f"n = {formats.count(index.then_n)} → {formats.count(index.now_n)}",
    ]
    st.caption(" · ".join(fact for fact in facts if fact))
    seal(found)


def sentence(line: Line, found: Presented, wave: SurveyWave) -> str:
    """ "Presented 81.2 on 2026-10-08, now 81.0"."""
    then, now = values(line, wave.layout.scheme.targets.index)
    day = found.at.astimezone(clock.zone()).date().isoformat()
    if not line.has_changed:
        return _("Presented {then} on {day}, unchanged", then=then, day=day)
    return _("Presented {then} on {day}, now {now}", then=then, day=day, now=now)


def values(line: Line, *bounds: float) -> tuple[str, str]:
    """The figure then and now, both with as many digits as tell them apart."""
    if line.kind in RATES:
        return percent(line.then), percent(line.now)
    if line.then is None or line.now is None or not line.has_changed:
        return shown(line.then, *bounds), shown(line.now, *bounds)
    texts = ((f"{line.then:.{digits}f}", f"{line.now:.{digits}f}") for digits in range(1, 7))
    then, now = next(((one, two) for one, two in texts if one != two), (shown(line.then), shown(line.now)))
    return with_minus(then), with_minus(now)


def table(found: Presented, wave: SurveyWave) -> None:
    """Every figure that has changed, with the reasons."""
    moved = changed(found.lines)
    if not moved:
        said = _("All {n} figures are still those that were presented.", n=formats.count(len(found.lines)))
        st.caption(said)
        return
    rows = [_row(line, found, wave) for line in moved]
    columns: dict[str, Any] = {
        "kind": st.column_config.TextColumn(_("Kind"), width=120),
        "about": st.column_config.TextColumn(_("About"), width=190),
        "then": st.column_config.TextColumn(_("Presented"), width=90, alignment="right"),
        "now": st.column_config.TextColumn(_("Now"), width=90, alignment="right"),
        "n": st.column_config.TextColumn("n", width=100, alignment="right"),
        "reason": st.column_config.TextColumn(_("Reason"), width=430),
    }
    drawn.table(
        pd.DataFrame(rows, columns=list(columns)),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(rows), MOST_ROWS),
        column_config=columns,
        placeholder=NOTHING,
        alt=_("{n} figures have changed since they were presented.", n=formats.count(len(rows))),
    )
    st.caption(
        _("{n} of {total} figures have changed.", n=formats.count(len(moved)), total=formats.count(len(found.lines)))
    )


def _row(line: Line, found: Presented, wave: SurveyWave) -> dict[str, str]:
    then, now = values(line, *_bounds(line, wave))
    n = formats.count(line.then_n)
    return {
        "kind": _(KINDS[line.kind]),
        "about": name(line, found),
        "then": then,
        "now": now,
        "n": n if line.then_n == line.now_n else f"{n} → {formats.count(line.now_n)}",
        "reason": reasons(line, found.changes),
    }


def _bounds(line: Line, wave: SurveyWave) -> tuple[float, ...]:
    scheme = wave.layout.scheme
    targets = {"index": scheme.targets.index, "customer": scheme.targets.customer}
    return (targets.get(line.kind, scheme.thresholds.amber_below), scheme.thresholds.red)


def name(line: Line, found: Presented) -> str:
    """What a line is about."""
    known = found.names.get((line.kind, line.code))
    return (known.in_(language()) if known else "") or line.code


def reasons(line: Line, changes: Sequence[Change]) -> str:
    """Why a figure has changed: what happened to the answers that it is made of, newest first."""
    told = [one for one in reversed(changes) if one.explains(line)]
    said = [f"{_(VERBS[one.verb])}: {one.reason}" if one.reason else _(VERBS[one.verb]) for one in told[:MOST_REASONS]]
    if len(told) > MOST_REASONS:
        said.append(_("and {n} more", n=len(told) - MOST_REASONS))
    return "; ".join(said) or NOTHING


def history(found: Presented, wave: SurveyWave) -> None:
    """What happened since, one line each, with the index before and after it."""
    if not found.changes:
        st.caption(_("Nothing has happened to its answers since."))
        return
    for one in found.changes:
        st.markdown(_event(one, wave))


def _event(one: Change, wave: SurveyWave) -> str:
    effect = ""
    if one.before is not None or one.after is not None:
        line = Line("index", "", one.before, 0, one.after, 0)
        effect = " → ".join(values(line, wave.layout.scheme.targets.index))
    names = {item.code: item.name.in_(language()) or item.code for item in wave.layout.scheme.items}
    items = ", ".join(names[code] for code in one.items) if one.verb == "correct" else ""
    said = " · ".join(plain(part) for part in (one.reason, items, one.by) if part)
    figures = _("index {effect}", effect=f"**{effect}**") if effect else ""
    return f":gray[{moment(one.at, clock.zone())}] **{_(VERBS[one.verb])}** {said} {figures}".strip()


def exported(found: Presented) -> list[Table]:
    """The same, unrounded, to take along."""
    rows: list[Sequence[Cell]] = [
        [
            *(_(KINDS[one.kind]), one.code, name(one, found), one.then, one.then_n, one.now, one.now_n),
            reasons(one, found.changes) if one.has_changed else "",
        ]
        for one in found.lines
    ]
    headers = [_("Kind"), _("Code"), _("About"), _("Presented"), "n", _("Now"), _("n now"), _("Reason")]
    since: list[Sequence[Cell]] = [
        [one.at.isoformat(), _(VERBS[one.verb]), one.reason, one.by, one.before, one.after] for one in found.changes
    ]
    happened = [_("At"), _("What"), _("Reason"), _("By"), _("Index before"), _("Index after")]
    return [Table(_("As presented and now"), headers, rows), Table(_("What happened since"), happened, since)]
