"""The top of a customer's file: who it is, what is below target since when, who acts, and how it came here."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Protocol

import streamlit as st

from components import charts, customer_search, formats, states, status, ways
from components.charts import Subject, WavePoint, changed_of_several
from components.complaint_figures import quality_line as quality_line
from components.finding_words import action_name
from components.overview.cards import versus
from components.overview.charts import worst_sentence
from components.texts import _, language
from domain import scores
from domain.access import NotThere, Viewer
from domain.action_states import STATE_NAMES, State
from domain.comparing import Period, SubjectStanding, WaveFigures
from domain.customer_history import CustomerAction
from domain.scheme import Name

MOST_LINES: Final = 3
MOST_ACTIONS: Final = 5
MOST_DIMENSIONS: Final = 6
WAVES_SHOWN: Final = 12
LONGEST_NAME: Final = 80
HEIGHT: Final = 176


class KnownCustomer(Protocol):
    """A customer, as far as the head of its file shows it."""

    code: str
    name_zh: str
    name_en: str
    segment: str
    region: str


def back() -> None:
    """The way back to the customers, as they were left."""
    ways.way("customers.py", label=_("Customers"), icon=":material/arrow_back:", query_params=customer_search.query())


def not_there() -> None:
    """One message for a code that isn't there and for a customer whom the reader may not see."""
    back()
    states.empty(
        ":material/folder_off:", NotThere().explain(_), _("Look for the customer in the list."), key="no_customer"
    )


def title(customer: KnownCustomer, owner: str, standing: SubjectStanding) -> None:
    """Name in both languages, status, code, segment, region and who sells to it."""
    name = Name(customer.name_zh, customer.name_en)
    other = customer.name_en if name.in_(language()) == customer.name_zh else customer.name_zh
    seller = _("Sales: {name}", name=owner) if owner else ""
    facts = [other if name.in_(language()) != other else "", customer.code, customer.segment, customer.region, seller]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        back()
        st.header(
            formats.plain(name.in_(language()) or customer.code, at_most=LONGEST_NAME), anchor=False, width="content"
        )
        grey = f":gray[{formats.plain(' · '.join(fact for fact in facts if fact), at_most=2 * LONGEST_NAME)}]"
        st.markdown(f"{status.badge(standing.status)} {grey}".strip(), width="content")


def score_card(standing: SubjectStanding, before: Period | None, *, target: float) -> None:
    """The customer score with status, change, target, interval, n and since when."""
    change, score = standing.change, standing.score
    since = _("since {period}", period=formats.period(standing.since)) if standing.status in ("red", "amber") else ""
    figures = formats.interval(score.low, score.high, score.n)
    facts = [f"{_('Target')} **{target:g}**", status.deduction(score), since, figures]
    states.metric_card(
        _("Customer score"),
        formats.shown(score.score, standing.bound, target),
        badge=status.badge(standing.status),
        delta=states.score_delta(change.difference, change.certain, versus(before)) if change else None,
        caption=" · ".join(fact for fact in facts if fact) if score.n else _("No response in this period yet."),
    )


def below_card(dimensions: Sequence[SubjectStanding], items: Sequence[SubjectStanding]) -> None:
    """The worst dimensions (bold) and items under target, each with since when and its change."""
    under = [[one for one in some if one.status in ("red", "amber")] for some in (dimensions, items)]
    with states.card(_("Below target"), _("dimensions and items, worst first")):
        for bold, some in zip(("**", ""), under, strict=True):
            for one in some[:MOST_LINES]:
                name = f"{bold}{formats.plain(one.name.in_(language()), at_most=24)}{bold}"
                movement = formats.plain(_movement(one)).replace(f"{formats.UNCERTAIN} ", f"{formats.UNCERTAIN}\u00a0")
                st.markdown(f"{_figure(one)} {name} :gray[{movement}]")
        rest = sum(len(some[MOST_LINES:]) for some in under)
        if rest:
            st.caption(_("{n} more: see Items", n=rest))
        elif not any(under):
            st.caption(_("Nothing is below target."))


def _figure(one: SubjectStanding) -> str:
    colour = status.STATUS[one.status].badge
    return f":{colour}-badge[{status.marked(one.score.score, one.status, one.bound)}]"


def _movement(one: SubjectStanding) -> str:
    since = _("since {period}", period=formats.period_short(one.since)) if one.since else ""
    change = formats.change(one.change.difference, one.change.certain, words=False) if one.change else ""
    return " · ".join(part for part in (since, change) if part)


def acting_card(actions: Sequence[CustomerAction], viewer: Viewer, *, today: date) -> bool:
    """Who acts until when; whether a new action shall be assigned."""
    open_ones = [action for action in actions if not action.is_over]
    with states.card(_("Who acts"), _("open actions about this customer")):
        for action in open_ones[:MOST_ACTIONS]:
            action_line(action, today=today, at_most=24)
        if len(open_ones) > MOST_ACTIONS:
            st.caption(_("{n} more: see Actions", n=len(open_ones) - MOST_ACTIONS))
        elif not open_ones:
            st.caption(_("No open actions.") if viewer.may("view_actions") else _("Your role does not include this."))
        if not viewer.may("assign"):
            return False
        return st.button(_("Assign action"), icon=":material/add_task:", shortcut="A", type=_kind(open_ones))


def _kind(open_ones: Sequence[CustomerAction]) -> Any:
    return "secondary" if open_ones else "primary"


def action_line(action: CustomerAction, *, today: date, at_most: int) -> None:
    """One line that leads to the action: time left or state, number, who, title."""
    state = f":gray-badge[{_(STATE_NAMES[State(action.state)])}]"
    badge = state if action.is_over else status.due_badge(action.days_left(today))
    who = f"{action.department.in_(language())} {action.owner}"
    what = f":gray[{formats.plain(action.title, at_most=at_most)}]"
    ways.link(
        "action.py",
        label=f"{badge} {action_name(action.number)} {formats.plain(who)} {what}",
        query_params={"number": str(action.number)},
    )


def trend(history: Sequence[WaveFigures], standing: SubjectStanding) -> None:
    """The customer score by period with its interval and the target."""
    shown = history[-WAVES_SHOWN:]
    states.card_title(_("Score by period"), _("band: 95% interval"))
    points = [
        WavePoint(one.wave.code, one.wave.code, one.index, _status(one), changed_of_several(one.changed))
        for one in shown
    ]
    charts.trend(
        points, alt_text=sentence(standing), target=shown[-1].wave.layout.scheme.targets.customer, height=HEIGHT
    )


def _status(one: WaveFigures) -> str | None:
    scheme = one.wave.layout.scheme
    return scores.status(one.index.score, scheme, target=scheme.targets.customer)


def sentence(standing: SubjectStanding) -> str:
    """The finding: "Score 65.5, Red since Q3 2026"."""
    if standing.score.score is None:
        return _("No response in this period yet.")
    score, word = formats.shown(standing.score.score, standing.bound), status.word(standing.status)
    return _("Score {score}, {status} since {period}.", score=score, status=word, period=formats.period(standing.since))


def dimensions(standings: Sequence[SubjectStanding], before: Period | None, *, amber: float, red: float) -> None:
    """The dimensions, worst first, each with its interval and a tick at the previous period."""
    states.card_title(
        _("Dimension scores"), _("tick: {period}", period=formats.period_short(before.code)) if before else ""
    )
    charts.subjects(
        [
            Subject(one.code, one.name.in_(language()), one.score, one.status, one.before.score if one.before else None)
            for one in standings
        ],
        alt_text=worst_sentence(standings),
        target=amber,
        red=red,
        with_n=True,
        height=HEIGHT if len(standings) <= MOST_DIMENSIONS else None,
    )
