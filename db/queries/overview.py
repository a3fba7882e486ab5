"""What an overview shows beside the scores of waves; everything under the scope, as many statements for any number of rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, bindparam, case, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from db.columns import among
from db.models import (
    Action,
    ActionFinding,
    Customer,
    CustomerScore,
    Department,
    Finding,
    Invitation,
    Opinion,
    User,
    Wave,
)
from db.queries.calendars import calendar_of
from db.queries.customers import (
    STATEMENTS,
    customer_page,
    mean_score,
    red_bound,
    score_trends,
    under_bound,
)
from db.queries.narrowing import WaveInfo, of_cohorts, of_customers
from db.queries.opinions import opinions_in_sight
from db.queries.sight import actions_in_sight
from domain.access import Scope, Viewer
from domain.comparing import since
from domain.overview import ActionCounts, CustomerLine, CustomersBelow, DueAction, OpinionLine, TimeLeft, end_of_week
from domain.returns import working_days_left
from domain.scheme import Name, Scheme
from domain.scores import Score, status

FINISHED = ("closed", "cancelled")
DUE = (
    *(col(column) for column in (Action.number, Action.title, Action.state, Action.due_on)),
    *(col(column) for column in (Department.name_zh, Department.name_en, User.name)),
)
"""What `due_action` takes."""


def customers_below(session: Session, scope: Scope, wave: WaveInfo, before: WaveInfo | None) -> CustomersBelow | None:
    """Customers by status; None where the reader may not see customers or none are named."""
    if not scope.viewer.may("view_customers"):
        return None
    now, *earlier = _standings(session, scope, [wave, *([before] if before else [])])
    if not now.total and not any(one.total for one in earlier):
        return None
    return replace(now, before=earlier[0].below, before_total=earlier[0].total) if earlier else now


def _standings(session: Session, scope: Scope, waves: Sequence[WaveInfo]) -> list[CustomersBelow]:
    """Customers of waves by status, counted in the database; at once where the same bounds hold for all of them."""
    bounds = [(red_bound(wave.layout.scheme), under_bound(wave.layout.scheme)) for wave in waves]
    found: dict[int, tuple[int, int, int]] = {}
    for red, under in dict.fromkeys(bounds):
        asked = [wave.id for wave, own in zip(waves, bounds, strict=True) if own == (red, under)]
        rows = session.connection().execute(_counts(scope), {"waves": asked, "red": red, "under": under})
        found |= {wave_id: (int(n), int(reds), int(below)) for wave_id, n, reds, below in rows}
    counts = (found.get(wave.id, (0, 0, 0)) for wave in waves)
    return [CustomersBelow(reds, below - reds, n - below) for n, reds, below in counts]


@lru_cache(maxsize=STATEMENTS)
def _counts(scope: Scope) -> Select[Any]:
    """Wave, customers with a score, how many of them are red, and how many red or amber."""
    red, under = (func.sum(case((mean_score <= bindparam(name), 1), else_=0)) for name in ("red", "under"))
    statement: Select[Any] = select_columns(CustomerScore.wave_id, func.count(), red, under)  # type: ignore[call-overload]
    statement = statement.where(
        among(col(CustomerScore.wave_id), "waves"),
        col(CustomerScore.composite) == 0,
        col(CustomerScore.n) >= scope.viewer.least,
    )
    if conditions := of_customers(scope):
        statement = statement.where(col(CustomerScore.customer_id).in_(select(Customer.id).where(*conditions)))
    return statement.group_by(col(CustomerScore.wave_id))


def least_satisfied(
    session: Session, scope: Scope, history: Sequence[WaveInfo], *, limit: int = 6
) -> list[CustomerLine]:
    """Customers with the lowest scores of the last of several waves; none where the reader may not see customers."""
    if not scope.viewer.may("view_customers"):
        return []
    wave = history[-1]
    page = customer_page(session, scope, wave, limit=limit)
    trends = score_trends(session, page.ids, history, least=scope.viewer.least)
    lines = []
    for row in page.rows:
        points = zip(history, trends[row.customer.id], strict=True)
        statuses = [_status(score, one.layout.scheme) for one, score in points]
        first = since(statuses)
        name = Name(row.customer.name_zh or row.customer.code, row.customer.name_en)
        lowest = _lowest(row.scores, wave.layout.scheme)
        start = "" if first is None else history[first].code
        lines.append(CustomerLine(row.customer.code, name, row.score, statuses[-1], lowest, start))
    return lines


def newest_opinions(session: Session, scope: Scope, wave: WaveInfo, *, limit: int = 4) -> list[OpinionLine]:
    """The newest opinions; nothing for those who may not see personal data."""
    if not scope.viewer.may("view_personal"):
        return []
    found = session.connection().execute(_newest(scope), {"wave": wave.id, "most": limit})
    return [OpinionLine(kind, text, Name(zh, en) if customer else None) for kind, text, customer, zh, en in found]


@lru_cache(maxsize=STATEMENTS)
def _newest(scope: Scope) -> Select[Any]:
    whose = (col(Customer.id), col(Customer.name_zh), col(Customer.name_en))
    said: Any = select_columns(col(Opinion.kind), col(Opinion.text), *whose).join_from(
        Opinion, Customer, col(Customer.id) == Opinion.customer_id, isouter=True
    )
    newest: Select[Any] = said.order_by(col(Opinion.id).desc()).limit(bindparam("most"))
    in_sight = (*opinions_in_sight(scope.viewer), *of_customers(scope))
    return newest.where(col(Opinion.wave_id) == bindparam("wave"), *in_sight)


def action_counts(session: Session, scope: Scope, *, today: date) -> ActionCounts:
    """Open actions as far as the reader may see them; one statement, one row per state."""
    found = session.connection().execute(_by_state(scope), {"today": today, "end": end_of_week(today)})
    rows = {state: (int(n), int(late), int(due), first) for state, n, late, due, first in found}
    return ActionCounts(
        sum(n for n, *_ in rows.values()),
        sum(late for _, late, *_ in rows.values()),
        sum(due for _, _, due, _ in rows.values()),
        rows.get("planned", (0,))[0],
        rows.get("verifying", (0,))[0],
        min((first for *_, first in rows.values()), default=None),
    )


@lru_cache(maxsize=STATEMENTS)
def _by_state(scope: Scope) -> Select[Any]:
    due, today, end = col(Action.due_on), bindparam("today", type_=Date), bindparam("end", type_=Date)
    overdue, week = (func.sum(case((found, 1), else_=0)) for found in (due < today, due.between(today, end)))
    counts: Any = select_columns(col(Action.state), func.count(), overdue, week, func.min(due))
    by_state: Select[Any] = counts.where(*_unfinished(scope)).group_by(col(Action.state))
    return by_state


def due_actions(session: Session, scope: Scope, *, limit: int = 4) -> list[DueAction]:
    """The open actions that are due first."""
    found = session.connection().execute(_due_first(scope), {"most": limit})
    return [due_action(scope.viewer, *row) for row in found]


@lru_cache(maxsize=STATEMENTS)
def _due_first(scope: Scope) -> Select[Any]:
    found = with_names(select_columns(*DUE).where(*_unfinished(scope)))
    return found.order_by(col(Action.due_on), col(Action.number)).limit(bindparam("most"))


def actions_on_items(session: Session, scope: Scope, wave: WaveInfo) -> dict[str, DueAction]:
    """Item code → the newest open action about the item as a whole (not about one customer's), of any wave of the scheme."""
    code = dict(zip(wave.layout.item_ids, wave.layout.scheme.item_codes, strict=True))
    return {  # items are picked here: there are few open actions, but a database may begin with the findings of the items
        code[item]: due_action(scope.viewer, *row)
        for item, *row in session.connection().execute(_on_items(scope))
        if item in code
    }


@lru_cache(maxsize=STATEMENTS)
def _on_items(scope: Scope) -> Select[Any]:
    about = select_columns(col(Finding.item_id), *DUE).where(col(Finding.customer_id).is_(None), *_unfinished(scope))
    about = about.join(ActionFinding, col(ActionFinding.finding_id) == Finding.id)
    about = about.join(Action, col(Action.id) == ActionFinding.action_id)
    return with_names(about).order_by(col(Action.number))


def with_names(actions: Any) -> Select[Any]:
    """With the department and the owner, whose names are asked for."""
    described: Select[Any] = actions.join(Department, col(Department.id) == Action.department_id)
    return described.join(User, col(User.id) == Action.owner_id)


def due_action(
    viewer: Viewer, number: int, title: str, state: str, due_on: date, zh: str, en: str, owner: str
) -> DueAction:
    """What a row of DUE says, to a reader."""
    return DueAction(number, title, state, Name(zh, en), owner if viewer.sees_names else "", due_on)


def last_due_on(session: Session, scope: Scope, wave: WaveInfo) -> date | None:
    """The last day on which an outstanding questionnaire is still in time; None where none is outstanding."""
    return session.connection().execute(_last_due(scope), {"wave": wave.id}).scalar()


@lru_cache(maxsize=STATEMENTS)
def _last_due(scope: Scope) -> Select[Any]:
    outstanding = (col(Invitation.wave_id) == bindparam("wave"), col(Invitation.state) == "sent")
    return select_columns(func.max(Invitation.due_on)).where(*outstanding, *of_cohorts(scope, Invitation))


def time_left(session: Session, scope: Scope, wave: WaveInfo, *, today: date) -> TimeLeft | None:
    """Until `last_due_on`, over the working calendar with the company's own days; None where nothing is outstanding."""
    due_on = last_due_on(session, scope, wave)
    if due_on is None:
        return None
    if due_on <= today:
        return TimeLeft((due_on - today).days, 0)
    calendar = calendar_of(session, wave.layout.scheme.calendar)
    return TimeLeft((due_on - today).days, working_days_left(due_on, today, calendar))


def _unfinished(scope: Scope) -> list[ColumnElement[bool]]:
    viewer = scope.viewer
    if not viewer.may("view_actions"):
        return [col(Action.id).is_(None)]
    of_scheme = col(Action.wave_id).in_(select(Wave.id).where(Wave.scheme_id == scope.scheme_id))
    conditions = [col(Action.state).not_in(FINISHED), or_(of_scheme, col(Action.wave_id).is_(None))]
    if scope.department_id is not None:
        conditions.append(col(Action.department_id) == scope.department_id)
    if scope.customer_id is not None:
        conditions.append(col(Action.customer_id) == scope.customer_id)
    return [*conditions, *actions_in_sight(viewer)]


def _status(score: float | None, scheme: Scheme) -> str | None:
    return status(score, scheme, target=scheme.targets.customer)


def _lowest(scores: dict[str, Score], scheme: Scheme) -> tuple[Name, float] | None:
    found = [(d.name, scores[d.code].score) for d in scheme.dimensions if d.code in scores]
    known = [(name, score) for name, score in found if score is not None]
    return min(known, key=lambda one: one[1], default=None)
