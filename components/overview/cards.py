"""The key figures on top of an overview: index, response rate, customers below target, open actions (design.md 5)."""

from datetime import date

import streamlit as st

from components import filters, formats, head, states, status
from components.clock import time_of_day
from components.states import Delta
from components.texts import _, language, ngettext
from domain.comparing import Period, SubjectStanding, WaveFigures, share_change
from domain.overview import ActionCounts, CustomersBelow, TimeLeft
from domain.returns import days_late

BETWEEN = " · "


def collecting(wave: Period) -> None:
    """Beside the title: whether the wave still collects, and when the figures were read."""
    badge = f":blue-badge[○ {_('Collecting')}]" if wave.state == "open" else f":gray-badge[{_('Closed')}]"
    with head.beside():
        st.markdown(f"{badge} :gray[{_('Updated {time}', time=time_of_day())}]", width="content")


def key_figures(
    index: SubjectStanding,
    now: WaveFigures,
    before: Period | None,
    customers: CustomersBelow | None,
    counts: ActionCounts,
    *,
    left: TimeLeft | None,
    today: date,
) -> None:
    """The four cards in a row; `left` is the time for outstanding questionnaires."""
    places = st.columns([1.22, 1, 1, 1], gap="small")
    with places[0]:
        index_card(index, before, now.wave.layout.scheme.targets.index)
    with places[1]:
        returns_card(now, left)
    with places[2]:
        customers_card(customers, before) if customers else satisfaction_card(now)
    with places[3]:
        actions_card(counts, today=today)


def index_card(index: SubjectStanding, before: Period | None, target: float) -> None:
    """The satisfaction index with status, change, target, interval and n."""
    label = versus(before)
    change = index.change
    badge = status.badge(index.status)
    if index.cannot_tell_yet:
        badge = badge.replace("]", f" {formats.UNCERTAIN}]")
    figures = [status.deduction(index.score), formats.interval(index.score.low, index.score.high, index.score.n)]
    states.metric_card(
        _("Satisfaction index"),
        formats.shown(index.score.score, index.bound, target),
        badge=badge,
        delta=states.score_delta(change.difference, change.certain, label) if change else None,
        caption=BETWEEN.join([f"{_('Target')} **{target:g}**", *filter(None, figures)]),
        more=not_yet(index) if index.cannot_tell_yet else "",
    )


def not_yet(one: SubjectStanding) -> str:
    """That the answers so far don't tell, with their number: rules.md 5."""
    if one.planned is None:
        return _("Cannot tell yet: n = {n}, and answers still come in.", n=one.score.n)
    return _("Cannot tell yet: n = {n} of {planned}.", n=one.score.n, planned=one.planned)


def versus(before: Period | None) -> str:
    """Words for what a change is compared with."""
    return _("vs {period}", period=formats.period_short(before.code)) if before else ""


def returns_card(figures: WaveFigures, left: TimeLeft | None) -> None:
    """The response rate against its target, with the working days left."""
    returns, scheme, n = figures.returns, figures.wave.layout.scheme, figures.valid
    if returns.rate is None:
        states.metric_card(
            _("Response rate"),
            formats.NOTHING,
            delta=Delta(formats.count(n), beside=ngettext("valid response", "valid responses", n)),
            caption=_("No questionnaires were sent from here"),
        )
        return
    target = scheme.targets.response_rate
    delta, goal = None, ""
    if target is not None:
        delta = Delta(formats.signed((returns.rate - target) * 100), beside=_("points from target"))
        goal = f"{BETWEEN}{_('Target')} **{target * 100:g} %**"
    states.metric_card(
        _("Response rate"),
        formats.percent(returns.rate, *([] if target is None else [target])),
        badge=_time_left(figures.wave, left),
        delta=delta,
        caption=f"{formats.count(returns.in_time)} / {formats.count(returns.sent)}{goal}",
    )


def _time_left(wave: Period, left: TimeLeft | None) -> str:
    """Working days; in English "workdays" would not fit the card."""
    if left is None or wave.state != "open":
        return ""
    if left.days < 0:
        return f":gray-badge[{_('Window over')}]"
    return status.due_badge(left.working_days, working_days=language() != "en")


def customers_card(customers: CustomersBelow, before: Period | None) -> None:
    """How many customers are under target, and whether that has changed for certain; a customer has no score by channel."""
    states.metric_card(
        _("Customers below target"),
        f"{formats.count(customers.below)} / {formats.count(customers.total)}",
        delta=_customers_delta(customers, before),
        caption=BETWEEN.join(
            [
                f"{status.marked_word('red')} {customers.red}",
                f"{status.marked_word('amber')} {customers.amber}",
                f"{_('OK')} {customers.ok}",
                *([_("all channels")] if filters.query().get("channel") else []),
            ]
        ),
    )


def _customers_delta(customers: CustomersBelow, before: Period | None) -> Delta | None:
    if before is None or customers.before is None or not customers.before_total:
        return None
    found = share_change(customers.below, customers.total, customers.before, customers.before_total)
    if found is None or not found.certain:
        was = f"{customers.before} / {customers.before_total}"
        return Delta(
            formats.UNCERTAIN, beside=_("{was} in {period}", was=was, period=formats.period_short(before.code))
        )
    change = customers.below - customers.before
    arrow = formats.UP if found.difference > 0 else formats.DOWN
    return Delta(f"{arrow} {formats.count(change)}", "worse" if found.difference > 0 else "better", versus(before))


def satisfaction_card(figures: WaveFigures) -> None:
    """Where no customers can be shown: the share of valid responses that are satisfied, against the quality goal."""
    scheme, rate, n = figures.wave.layout.scheme, figures.index.satisfaction_rate, figures.index.n
    goal = scheme.targets.satisfaction_rate
    delta = None
    if goal is not None and rate is not None:
        delta = Delta(formats.signed((rate - goal) * 100), beside=_("points from target"))
    states.metric_card(
        _("Satisfaction rate"),
        formats.percent(rate, *([] if goal is None else [goal])),
        delta=delta or Delta(formats.count(round((rate or 0.0) * n)), beside=_("of {n} responses", n=formats.count(n))),
        caption=_("Responses at {score} or more", score=f"**{scheme.satisfied_score:g}**")
        + (f"{BETWEEN}{_('Target')} **{goal * 100:g} %**" if goal is not None else ""),
    )


def actions_card(counts: ActionCounts, *, today: date) -> None:
    """Open actions: how many are overdue, due this week, waiting for approval or verification."""
    late = days_late(counts.oldest, today) if counts.oldest else 0
    told = [
        _("Oldest {late}", late=formats.time_left(-late)) if late else "",
        _("{n} to approve", n=counts.to_approve) if counts.to_approve else "",
        _("{n} to verify", n=counts.verifying) if counts.verifying else "",
    ]
    states.metric_card(
        _("Open actions"),
        formats.count(counts.open),
        badge=f":red-badge[{status.CLOCK} {_('Overdue {n}', n=counts.overdue)}]" if counts.overdue else "",
        delta=Delta(formats.count(counts.due_this_week), beside=_("due this week")),
        caption=BETWEEN.join(text for text in told if text) or _("None overdue"),
    )
