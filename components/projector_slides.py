"""One idea per slide: a sentence as title, then one figure with its trend, or one table of at most seven rows (design.md 5)."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd
import streamlit as st

from components import charts, formats, meeting_words, status
from components.charts import WavePoint, changed_of_several
from components.finding_words import action_name
from components.formats import NOTHING, count, day_in_form, percent, period_short, plain, shown
from components.overview.charts import index_sentence
from components.texts import _, language
from db.queries.slides import Deck
from domain import scores
from domain.action_states import STATE_NAMES, State
from domain.comparing import SubjectStanding
from domain.complaints import CATEGORIES, COMPLAINT_STATES
from domain.meetings import ROWS_ON_A_SLIDE, Slide
from domain.overview import DueAction

LETTERS: Final = 36
"""Pixels of the smallest letters: 26 arc minutes on a picture 2 m wide, seen from 5 m (design.md 2)."""
TREND_HEIGHT: Final = 590
WAVES: Final = 8
OPINION: Final = 90


def draw(slide: Slide, deck: Deck, *, today: date) -> None:
    """The slide without its footer."""
    st.title(meeting_words.sentence(slide, deck), anchor=False)
    _DRAWN[slide.kind](slide, deck, today)


def _figure(value: str, badge: str, facts: Sequence[str]) -> None:
    """The one figure, as big as it gets, with what makes it sure."""
    if badge:
        st.markdown(badge)
    with st.container(key="figure"):
        st.title(value, anchor=False)
    st.markdown("  \n".join(facts))


def _index(_slide: Slide, deck: Deck, _today: date) -> None:
    index = deck.index
    left, right = st.columns([1, 2.3], gap="medium")
    with left:
        low, high = formats.on_scale(index.score.low, index.score.high)
        interval = _("{low}–{high}", low=shown(low), high=shown(high)) if low is not None else ""
        _figure(
            shown(index.score.score, index.bound),
            status.badge(index.status),
            [
                f"{_('Target')} **{deck.wave.layout.scheme.targets.index:g}**",
                *([f"95% {interval}"] if interval else []),
                *_change(index, deck),
                f"n = {count(index.score.n)}",
            ],
        )
    with right:
        points = [
            WavePoint(
                one.wave.code,
                one.wave.code,
                one.index,
                scores.status(one.index.score, one.wave.layout.scheme, target=one.wave.layout.scheme.targets.index),
                changed_of_several(one.changed),
            )
            for one in deck.history[-WAVES:]
        ]
        target = deck.wave.layout.scheme.targets.index
        charts.trend(points, alt_text=index_sentence(index, target), target=target, height=TREND_HEIGHT, size=LETTERS)


def _change(one: SubjectStanding, deck: Deck) -> list[str]:
    if one.change is None:
        return []
    said = formats.change(one.change.difference, one.change.certain, words=False)
    before = [w.wave.code for w in deck.history[:-1] if w.wave.state == "closed"][-1:]
    return [f"{said} {_('vs {period}', period=period_short(before[0]))}" if before else said]


def _returns(_slide: Slide, deck: Deck, _today: date) -> None:
    returns = deck.now.returns
    target = deck.wave.layout.scheme.targets.response_rate
    bounds = [] if target is None else [target]
    facts = [f"{_('Valid responses')} **{count(deck.now.valid)}**"]
    if returns.sent:
        facts = [
            f"{_('Returned in time')} **{count(returns.in_time)} / {count(returns.sent)}**",
            *([f"{_('Target')} **{percent(target)}**"] if target is not None else []),
            *([f"{_('Late')} **{count(returns.late)}**"] if returns.late else []),
            *facts,
        ]
    is_under = target is not None and returns.rate is not None and scores.below(returns.rate, target)
    _figure(percent(returns.rate, *bounds), status.badge("amber") if is_under else "", facts)


def _standings(found: Sequence[SubjectStanding], heading: str, deck: Deck, *, who: bool, today: date) -> None:
    rows = []
    for one in found[:ROWS_ON_A_SLIDE]:
        action = deck.handled.get(one.code)
        row = {
            _("Status"): status.badge(one.status) or NOTHING,
            heading: f"**{plain(one.name.in_(language()))}**",
            _("Score"): f"**{shown(one.score.score, one.bound)}**",
            _("Change"): formats.change(one.change.difference, one.change.certain, words=False)
            if one.change
            else NOTHING,
        }
        if who:
            owner = f"{plain(action.department.in_(language()))} {plain(action.owner)}" if action else _("None yet")
            due = meeting_words.late(action.due_on, today=today, is_done=False) if action else NOTHING
            row |= {_("Owner"): owner, _("Due"): due}
        rows.append(row)
    _table(rows)


def _dimensions(_slide: Slide, deck: Deck, today: date) -> None:
    _standings(deck.dimensions, _("Dimension"), deck, who=False, today=today)


def _items(_slide: Slide, deck: Deck, today: date) -> None:
    found = [one for one in deck.items if one.status in ("red", "amber")]
    _standings(found, _("Item"), deck, who=True, today=today)
    _more(len(found))


def _more(total: int) -> None:
    if total > ROWS_ON_A_SLIDE:
        st.markdown(_("and {n} more", n=count(total - ROWS_ON_A_SLIDE)))


def _item(slide: Slide, deck: Deck, _today: date) -> None:
    one = deck.item(slide.code)
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        action = deck.handled.get(one.code)
        done = f"{action_name(action.number)} {plain(action.owner)}" if action else _("No action yet")
        facts = [f"{_('Red')} ≤ **{one.bound:g}**", *_change(one, deck), f"n = {count(one.score.n)}", done]
        _figure(shown(one.score.score, one.bound), status.badge(one.status), facts)
    with right:
        scheme = deck.wave.layout.scheme
        _table(
            [
                {
                    _("Customer"): f"**{plain(name.in_(language()), at_most=22)}**",
                    _("Score"): status.marked(
                        score.score, scores.status(score.score, scheme), scheme.thresholds.amber_below, one.bound
                    ),
                    "n": count(score.n),
                }
                for name, score in deck.at_customers.get(slide.code, [])
            ]
        )


def _customers(_slide: Slide, deck: Deck, _today: date) -> None:
    target = deck.wave.layout.scheme.targets.customer
    rows = [
        {
            _("Status"): status.badge(one.status) or NOTHING,
            _("Customer"): f"**{plain(one.name.in_(language()), at_most=26)}**",
            _("Score"): f"**{shown(one.score.score, target)}**",
            "n": formats.small(one.score.n),
            _("Lowest"): f"{plain(one.lowest[0].in_(language()))} {shown(one.lowest[1])}" if one.lowest else NOTHING,
            _("Since"): period_short(one.since) or NOTHING,
        }
        for one in deck.customers
        if one.status in ("red", "amber")
    ]
    _table(rows)


def _opinions(_slide: Slide, deck: Deck, _today: date) -> None:
    _table(
        [
            {
                _("Opinion"): plain(one.text, at_most=OPINION),
                _("Customer"): plain(one.customer.in_(language()), at_most=20) if one.customer else NOTHING,
            }
            for one in deck.opinions
        ]
    )


def _complaints(_slide: Slide, deck: Deck, _today: date) -> None:
    rows = [
        {
            _("No."): f"**{one.number}**",
            _("Customer"): plain(one.customer.in_(language()), at_most=26),
            _("Category"): _(CATEGORIES[one.category]),
            _("State"): _(COMPLAINT_STATES[one.state][0]),
            _("Received"): day_in_form(one.received_at.date()),
        }
        for one in deck.complaints
    ]
    _table(rows)


def _last(_slide: Slide, deck: Deck, today: date) -> None:
    rows = [
        {
            _("What"): (f"**{action_name(one.action)}** " if one.action else "") + plain(one.text, at_most=34),
            _("Owner"): plain(one.owner) or NOTHING,
            _("Due"): meeting_words.late(one.due_on, today=today, is_done=one.done_at is not None),
        }
        for one in sorted(deck.last, key=lambda line: (line.done_at is not None, line.due_on or date.max))
    ]
    _table(rows[:ROWS_ON_A_SLIDE])
    _more(len(rows))


def _new(_slide: Slide, deck: Deck, today: date) -> None:
    _table([_action(one, today) for one in deck.new_actions])


def _action(one: DueAction, today: date) -> dict[str, str]:
    is_done = one.state in (State.CLOSED, State.CANCELLED)
    return {
        _("Action"): f"**{action_name(one.number)}** {plain(one.title, at_most=30)}",
        _("State"): _(STATE_NAMES[State(one.state)]),
        _("Owner"): plain(one.owner),
        _("Due"): meeting_words.late(one.due_on, today=today, is_done=is_done),
    }


def _decisions(_slide: Slide, deck: Deck, today: date) -> None:
    rows = [
        {
            _("Decision"): plain(one.text, at_most=60),
            _("Owner"): plain(one.owner) or NOTHING,
            _("Due"): meeting_words.late(one.due_on, today=today, is_done=one.done_at is not None),
        }
        for one in deck.decisions[-ROWS_ON_A_SLIDE:]
    ]
    _table(rows)


def _nothing(_slide: Slide, _deck: Deck, _today: date) -> None:
    """The title says it all."""


def _table(rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        st.table(pd.DataFrame(rows), border="horizontal", hide_index=True)


_DRAWN: Final[dict[str, Callable[[Slide, Deck, date], None]]] = {
    "last_actions": _last,
    "index": _index,
    "returns": _returns,
    "dimensions": _dimensions,
    "items": _items,
    "item": _item,
    "customers": _customers,
    "opinions": _opinions,
    "complaints": _complaints,
    "new_actions": _new,
    "decisions": _decisions,
    "own": _nothing,
}
"""Kind of a slide → what stands under its sentence."""
