"""A customer's items over time, and every answer of its questionnaires, as tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from components import clock, drawn, formats
from components.charts.waves import CHANGED
from components.matrix import ROW_HEIGHT, StatusRule, height_of, scores_table
from components.status import STATUS
from components.texts import _, language
from domain.comparing import SubjectStanding, WaveFigures
from domain.customer_history import AnsweredQuestionnaire
from domain.errors import N_
from domain.review_flags import FLAG_NAMES
from domain.scheme import Scheme
from domain.scores import status

RESPONSE_STATES: Final = {
    "invalid": N_("invalid"),
    "after_close": N_("after closing"),
    "withdrawn": N_("withdrawn"),
}
WAVES_SHOWN: Final = 8


def items(standings: Sequence[SubjectStanding], history: Sequence[WaveFigures]) -> None:
    """Items × periods, worst first, with the change since the previous period."""
    waves = history[-WAVES_SHOWN:]
    scheme = history[-1].wave.layout.scheme
    is_changed = any(one.code in wave.changed for one in standings for wave in waves)
    codes = [one.wave.code for one in waves]
    rows = [
        {
            "item": one.name.in_(language()),
            "dimension": _dimension(scheme, one.code),
            "department": scheme.department_name(one.department).in_(language()),
            **{wave.wave.code: _item_score(wave, one.code) for wave in waves},
            "n": one.score.n,
            "change": formats.change(one.change.difference, one.change.certain, words=False)
            if one.change
            else formats.NOTHING,
            "since": formats.period_short(one.since) if one.status in ("red", "amber") else "",
            **({"question": _changed(one.code, waves)} if is_changed else {}),
        }
        for one in standings
    ]
    config = st.column_config
    columns = {
        "item": config.TextColumn(_("Item"), width=190),
        "dimension": config.TextColumn(_("Dimension"), width=90),
        "department": config.TextColumn(_("Department"), width=80),
        **{code: config.NumberColumn(formats.period_short(code), width=60) for code in codes},
        "n": config.NumberColumn("n", width=42),
        "change": config.TextColumn(_("Change"), width=64),
        "since": config.TextColumn(_("Since"), width=54),
        **({"question": config.TextColumn(_("Question"), width=130)} if is_changed else {}),
    }
    scores_table(
        rows,
        {wave.wave.code: _rule(wave) for wave in waves},
        columns=columns,
        bounds=(scheme.thresholds.amber_below, scheme.thresholds.red),
        alt_text=_("Scores of the items by period, worst first"),
        key=None,
    )


def _changed(item: str, waves: Sequence[WaveFigures]) -> str:
    """When the question changed, and how: "Split Q3 2026"."""
    found = [(wave.wave.code, wave.changed[item]) for wave in waves if item in wave.changed]
    return " · ".join(f"{_(CHANGED[kind])} {formats.period(code)}" for code, kind in found if kind in CHANGED)


def _dimension(scheme: Scheme, item: str) -> str:
    dimension = scheme.item_by_code[item].dimension
    return scheme.dimension_by_code[dimension].name.in_(language()) if dimension else ""


def _item_score(wave: WaveFigures, item: str) -> float | None:
    return wave.items[item].score.score if item in wave.items else None


def _rule(wave: WaveFigures) -> StatusRule:
    return lambda score: status(score, wave.wave.layout.scheme)


def answers(questionnaires: Sequence[AnsweredQuestionnaire]) -> None:
    """Every answer of each questionnaire of a period: items down, questionnaires across; low answers with sign and word."""
    if not questionnaires:
        st.caption(_("This customer has not answered yet."))
        return
    periods = list(dict.fromkeys((one.wave, one.scheme.code) for one in questionnaires))
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.selectbox(
            _("Period"), periods, format_func=lambda one: _period(one, periods), width=200, label_visibility="collapsed"
        )
        st.caption(_("low answers with sign and word; – is blank"), width="content")
    mine = [one for one in questionnaires if (one.wave, one.scheme.code) == chosen]
    for one in mine:
        if one.flags:
            why = " · ".join(_(FLAG_NAMES[name]) for name in one.flags)
            badge = _("To be looked at")
            st.markdown(f":orange-badge[:material/flag: {badge}] {formats.plain(heading(one))} :gray[{why}]")
    frame, found = answer_table(mine)
    drawn.table(
        _tinted(frame, found),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(frame)),
        column_config={
            name: st.column_config.TextColumn(name, width=150 if place else 230)
            for place, name in enumerate(map(str, frame.columns))
        },
        personal=True,
        alt=_("Answers of {n} questionnaires by item", n=len(mine)),
    )


def _period(one: tuple[str, str], periods: Sequence[tuple[str, str]]) -> str:
    """The period, with the scheme's code where the customer was asked under several."""
    name = formats.period(one[0])
    return name if len({scheme for _wave, scheme in periods}) == 1 else f"{name} · {one[1]}"


def answer_table(questionnaires: Sequence[AnsweredQuestionnaire]) -> tuple[pd.DataFrame, dict[tuple[int, str], str]]:
    """Texts, items down (first the score), questionnaires across; and (row, column) → status of what is low."""
    scheme = questionnaires[0].scheme
    columns = unique([heading(one) for one in questionnaires])
    found: dict[tuple[int, str], str] = {}
    texts: dict[str, list[str]] = {
        _("Item"): [_("Score"), *(item.name.in_(language()) for item in scheme.items)],
        **{column: [formats.shown(one.score)] for column, one in zip(columns, questionnaires, strict=True)},
    }
    for column, one in zip(columns, questionnaires, strict=True):
        for row, item in enumerate(scheme.items, start=1):
            answer = one.answer(item.code)
            if answer is not None and answer.status in ("red", "amber"):
                found[row, column] = answer.status
            texts[column].append(
                formats.NOTHING
                if answer is None
                else _answer(answer.level.in_(language()), answer.score, answer.status)
            )
    return pd.DataFrame(texts), found


def _answer(level: str, score: float, how: str | None) -> str:
    sign = STATUS[how].sign if how in STATUS else ""
    return f"{sign} {level or formats.shown(score)}".strip()


def heading(one: AnsweredQuestionnaire) -> str:
    """When, by whom and how it was answered, and what is special about it."""
    marks = [_("late")] if one.late else []
    marks += [_(RESPONSE_STATES[one.state])] if one.state in RESPONSE_STATES else []
    day = formats.day(one.submitted_at.astimezone(clock.zone()).date())
    return " · ".join(part for part in (day, one.respondent, one.channel, *marks) if part)


def unique(names: Sequence[str]) -> list[str]:
    """Names of columns, each once: a second one of the same gets its number.

    >>> unique(["16 Sep", "16 Sep", "17 Sep"])
    ['16 Sep', '16 Sep (2)', '17 Sep']
    """
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def _tinted(frame: pd.DataFrame, found: Mapping[tuple[int, str], str]) -> Any:
    def tints(column: pd.Series) -> list[str]:
        known = (found.get((row, str(column.name))) for row in range(len(column)))
        return [f"background-color:{STATUS[how].tint}" if how else "" for how in known]

    return frame.style.apply(tints)
