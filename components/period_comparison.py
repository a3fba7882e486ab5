"""Two periods side by side: key figures, charts and a table of what changed, with intervals and a plain word."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from components import address, charts, drawn, formats, states, status
from components.charts import Comparison
from components.matrix import ROW_HEIGHT, height_of
from components.states import Delta
from components.texts import _, language
from domain.comparing import Change, Period, WaveFigures, share_change
from domain.errors import N_
from domain.statistics import Difference
from domain.tables import Cell, Table

KINDS: Final = {
    "index": N_("Satisfaction index"),
    "named_index": N_("Index"),
    "dimension": N_("Dimension"),
    "item": N_("Item"),
}


def pick(waves: Sequence[Period], default: Period | None) -> str:
    """Lets the reader choose what the period in front is compared with; its code, "" where there is no other."""
    codes = [wave.code for wave in reversed(waves[:-1])]
    if default is None:
        return ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.markdown(_("{period} compared with", period=f"**{formats.period(waves[-1].code)}**"), width="content")
        code = st.selectbox(
            _("Compared with"),
            codes,
            format_func=formats.period,
            key=address.pull("with", codes, default.code),
            label_visibility="collapsed",
            width=170,
        )
    return address.push("with", code, default.code)


def nothing_to_compare() -> None:
    """There is only one period yet."""
    states.empty(":material/compare_arrows:", _("Only one period so far"), _("Two periods are needed to compare."))


def key_figures(changes: Sequence[Change], before: WaveFigures, now: WaveFigures) -> None:
    """Index, satisfaction rate and response rate of the later period, with what they were."""
    places = st.columns(3, gap="small")
    index = next(one for one in changes if one.kind == "index")
    target = now.wave.layout.scheme.targets.index
    with places[0]:
        states.metric_card(
            _("Satisfaction index"),
            formats.shown(index.now.score, target),
            badge=status.badge(index.status_now),
            delta=_delta(index.difference, before.wave),
            caption=_was(formats.shown(index.before.score, target), before.wave, index.before.n, index.now.n),
        )
    with places[1]:
        _rate(_("Satisfaction rate"), _satisfied(before), _satisfied(now), before.wave)
    with places[2]:
        was, is_ = before.returns, now.returns
        collects = "open" in (before.wave.state, now.wave.state)
        _rate(_("Response rate"), (was.in_time, was.sent), (is_.in_time, is_.sent), before.wave, collects=collects)


def _satisfied(figures: WaveFigures) -> tuple[int, int]:
    """Satisfied ones (responses, or customers where the index is over them), and of how many."""
    index = figures.index
    return round((index.satisfaction_rate or 0.0) * index.n), index.n


def _rate(label: str, was: tuple[int, int], now: tuple[int, int], wave: Period, *, collects: bool = False) -> None:
    """A share before and now, each as (hits, of how many); nothing is concluded while answers come in."""
    (hits_before, n_before), (hits, n) = was, now
    difference = _in_points(share_change(hits, n, hits_before, n_before))
    delta = _delta(difference, wave)
    if collects and difference:
        versus = _("vs {period}", period=short(wave))
        delta = Delta(formats.signed(difference.difference), beside=f"{versus} · {_('still collecting')}")
    states.metric_card(
        label,
        formats.percent(hits / n if n else None),
        delta=delta,
        caption=_was(formats.percent(hits_before / n_before if n_before else None), wave, n_before, n),
    )


def _in_points(share: Difference | None) -> Difference | None:
    """A difference of shares in percentage points."""
    if share is None or share.low is None or share.high is None:
        return None
    return Difference(share.difference * 100, share.low * 100, share.high * 100, None, share.certain)


def _delta(difference: Difference | None, before: Period) -> Delta | None:
    if difference is None:
        return None
    found = states.score_delta(difference.difference, difference.certain, _("vs {period}", period=short(before)))
    return found and found._replace(beside=f"{found.beside} · {span(difference)}".strip(" ·"))


def span(difference: Difference) -> str:
    """The 95 % interval of a difference: "−2.4 to +1.0"."""
    if difference.low is None or difference.high is None:
        return ""
    return _("{low} to {high}", low=formats.signed(difference.low), high=formats.signed(difference.high))


def short(wave: Period) -> str:
    """Its period as axes write it."""
    return formats.period_short(wave.code)


def _was(value: str, before: Period, n_before: int, n: int) -> str:
    return _(
        "{value} in {period} · n = {n_before} → {n}",
        value=value,
        period=short(before),
        n_before=formats.count(n_before),
        n=formats.count(n),
    )


def chart(changes: Sequence[Change], kind: str, *, target: float, key: str) -> str | None:
    """What changed of one kind, the sharpest fall first; the code that was clicked."""
    found = by_difference([one for one in changes if one.kind == kind and one.difference])
    if not found:
        st.caption(_("Nothing to compare in both periods."))
        return None
    return charts.changes([_comparison(one) for one in found], alt_text=sentence(found), key=key, target=target)


def by_difference(changes: Sequence[Change]) -> list[Change]:
    """The sharpest fall first; what can't be compared comes last."""
    return sorted(
        changes, key=lambda one: (one.difference is None, one.difference.difference if one.difference else 0.0)
    )


def _comparison(one: Change) -> Comparison:
    found = one.difference or Difference(0.0)
    return Comparison(
        one.code,
        one.name.in_(language()),
        one.before.score or 0.0,
        one.now.score or 0.0,
        found.low,
        found.high,
        found.certain,
    )


def sentence(changes: Sequence[Change]) -> str:
    """How many are certainly lower and higher."""
    certain = [one.difference.difference for one in changes if one.difference and one.difference.certain]
    return _(
        "{lower} lower, {higher} higher, {unclear} cannot tell.",
        lower=sum(value < 0 for value in certain),
        higher=sum(value > 0 for value in certain),
        unclear=len(changes) - len(certain),
    )


def table(changes: Sequence[Change], before: Period, now: Period) -> None:
    """Everything in both periods: scores, n, the difference with its interval, and a plain word."""
    rows = [_row(one) for one in changes]
    columns: dict[str, Any] = {
        "kind": st.column_config.TextColumn(_("Kind"), width=120),
        "name": st.column_config.TextColumn(_("About"), width=190),
        "before": st.column_config.TextColumn(short(before), width=80, alignment="right"),
        "n_before": st.column_config.NumberColumn(f"n {short(before)}", width=80),
        "now": st.column_config.TextColumn(short(now), width=80, alignment="right"),
        "n": st.column_config.NumberColumn(f"n {short(now)}", width=80),
        "change": st.column_config.TextColumn(_("Change"), width=80),
        "span": st.column_config.TextColumn(_("95% interval"), width=120),
        "word": st.column_config.TextColumn(_("Verdict"), width=110),
    }
    drawn.table(
        pd.DataFrame(rows, columns=list(columns)),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(rows)),
        column_config=columns,
        placeholder=formats.NOTHING,
        alt=sentence(changes),
    )


def _row(one: Change) -> dict[str, Any]:
    found = one.difference
    return {
        "kind": _(KINDS[one.kind]),
        "name": one.name.in_(language()) or _("Satisfaction index"),
        "before": status.marked(one.before.score, one.status_before),
        "n_before": one.before.n,
        "now": status.marked(one.now.score, one.status_now),
        "n": one.now.n,
        "change": formats.change(found.difference, found.certain, words=False) if found else formats.NOTHING,
        "span": span(found) if found else "",
        "word": formats.change_word(found.difference, found.certain) if found else _("Not in both"),
    }


def exported(changes: Sequence[Change], before: WaveFigures, now: WaveFigures) -> list[Table]:
    """The same, unrounded, to take along; with what came back."""
    rows: list[Sequence[Cell]] = [
        [
            *(_(KINDS[one.kind]), one.code, one.name.in_(language())),
            *(one.before.score, one.before.n, one.now.score, one.now.n),
            *((d.difference, d.low, d.high, d.p_value) if (d := one.difference) else (None,) * 4),
            formats.change_word(d.difference, d.certain) if d else None,
        ]
        for one in changes
    ]
    first, last = before.wave.code, now.wave.code
    headers = [_("Kind"), _("Code"), _("About"), first, f"n {first}", last, f"n {last}", _("Change")]
    headers += [_("95% from"), _("95% to"), "p", _("Verdict")]
    returns: list[Sequence[Cell]] = [
        [one.wave.code, one.returns.sent, one.returns.in_time, one.returns.late, one.returns.rate]
        for one in (before, now)
    ]
    sent = [_("Period"), _("Sent"), _("Returned in time"), _("Late"), _("Response rate")]
    return [Table(_("Periods"), headers, rows), Table(_("Response rate"), sent, returns)]
