"""What is behind the bar of an item: its levels, its trend, who gave low answers, findings and actions."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple, Protocol

import streamlit as st

from components import charts, clock, filters, finding_words, formats, states, status, ways
from components.charts import LevelCounts
from components.items.views import level_words, points_of
from components.overview.cards import not_yet, versus
from components.overview.charts import worst_sentence
from components.plain_text import plain
from components.texts import _, language, ngettext
from domain.comparing import Period, SubjectStanding, WaveFigures
from domain.overview import DueAction
from domain.rule_names import RULE_NAMES
from domain.scheme import Name, Scheme
from domain.scores import Tally, low_answers
from domain.subjects import FindingRow

MOST_CUSTOMERS: Final = 8


class LowAnswersOf(Protocol):
    """How many of a customer's answers are low, and of how many."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> Name: ...
    @property
    def low(self) -> int: ...
    @property
    def n(self) -> int: ...


class Details(Protocol):
    """What is behind an item: customers with low answers and how many in all, and its open findings."""

    @property
    def low(self) -> Sequence[LowAnswersOf]: ...
    @property
    def customers(self) -> int: ...
    @property
    def findings(self) -> Sequence[FindingRow]: ...


class Pressed(NamedTuple):
    """What was pressed in the panel: "assign", "close" or "", and the wave that was clicked in its trend."""

    verb: str
    wave: str | None


def draw(
    one: SubjectStanding,
    shown: Sequence[WaveFigures],
    before: Period | None,
    details: Details,
    action: DueAction | None,
    *,
    may_assign: bool,
) -> Pressed:
    """The whole panel about an item in the last of the waves."""
    scheme, tally = shown[-1].wave.layout.scheme, shown[-1].tallies[one.code]
    with states.card():
        verb = head(one, before, may_assign=may_assign)
        handled(details.findings, action, clock.today())
        levels(one, tally, scheme)
        wave = trend(one, shown, scheme, key=f"item.trend.{one.code}.{shown[-1].wave.code}")
        customers(details.low, details.customers, filters.query())
    return Pressed(verb, wave)


def head(one: SubjectStanding, before: Period | None, *, may_assign: bool) -> str:
    """Name, score and change, with Assign and Close; "assign" or "close" when one was pressed."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"{status.badge(one.status)} **{plain(one.name.in_(language()))}**".strip(), width="content")
        with st.container(horizontal=True, width="content", gap="xsmall"):
            pressed = ""
            if may_assign and st.button(
                _("Assign action"), type="primary", icon=":material/add_task:", key="item.assign"
            ):
                pressed = "assign"
            if st.button("", icon=":material/close:", help=_("Close"), key="item.close"):
                pressed = "close"
    st.markdown(f"**{formats.shown(one.score.score, one.bound)}** :gray[{_figures(one, before)}]")
    if one.cannot_tell_yet:
        st.caption(not_yet(one))
    return pressed


def _figures(one: SubjectStanding, before: Period | None) -> str:
    said = [formats.interval(one.score.low, one.score.high, one.score.n)]
    if one.change:
        said.append(f"{formats.change(one.change.difference, one.change.certain)} {versus(before)}")
    if one.status in ("red", "amber"):
        said.append(_("since {period}", period=formats.period_short(one.since)))
    if one.top_two_box is not None:
        said.append(_("top two {share}", share=formats.percent(one.top_two_box)))
    return " · ".join(said)


def levels(one: SubjectStanding, tally: Tally, scheme: Scheme) -> None:
    """Answers per level; nothing on a number scale, whose counts aren't kept."""
    if scheme.number_scale:
        return
    counts = LevelCounts(one.code, one.name.in_(language()), tally.levels, one.score.score, one.status)
    charts.level_bars(counts, level_words(scheme), alt_text=_sentence(one, tally, scheme))


def _sentence(one: SubjectStanding, tally: Tally, scheme: Scheme) -> str:
    low = low_answers(tally, scheme)
    return _("{n} of {total} answers are low. ", n=low, total=one.score.n) + worst_sentence([one])


def trend(one: SubjectStanding, shown: Sequence[WaveFigures], scheme: Scheme, *, key: str) -> str | None:
    """The item's score by wave; the code of the wave that was clicked, unless it is the one in front."""
    picked = charts.trend(
        points_of(one.code, shown),
        alt_text=worst_sentence([one]),
        key=key,
        target=scheme.thresholds.amber_below,
        red=scheme.thresholds.red,
        height=150,
    )
    return picked if picked != shown[-1].wave.code else None


def customers(found: Sequence[LowAnswersOf], total: int, query: dict[str, str]) -> None:
    """Customers with low answers, most of them first; each leads to its file. Nothing where there are none to show."""
    if not found:
        return
    title = ngettext("{n} customer", "{n} customers", total)
    states.card_title(
        _("Low answers"), title if total <= MOST_CUSTOMERS else _("{customers}, most first", customers=title)
    )
    with st.container(horizontal=True, gap="xsmall"):
        for one in found[:MOST_CUSTOMERS]:
            ways.link(
                "customer.py",
                label=f"{plain(one.name.in_(language()), at_most=24)} :gray[{one.low} / {one.n}]",
                query_params={**query, "code": one.code},
            )


def handled(findings: Sequence[FindingRow], action: DueAction | None, today: date) -> None:
    """Open findings about the item, and the action that handles it."""
    if findings:
        said = " · ".join(
            _(
                "{rule} since {period}",
                rule=_(RULE_NAMES[row.rule]),
                period=formats.period_short(row.since),
            )
            for row in findings
        )
        st.markdown(f"**{_('Findings')}** :gray[{plain(said)}]")
    if action:
        name = f"{finding_words.action_name(action.number)} {plain(action.title, at_most=46)}"
        ways.link(
            "action.py",
            label=f"{status.due_badge((action.due_on - today).days)} {name} :gray[{plain(action.owner)}]",
            query_params={"number": str(action.number)},
        )
    elif findings:
        st.caption(_("No open action yet."))
