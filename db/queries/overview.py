"""What an overview shows beside the scores of waves; everything under the scope, as many statements for any number of rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func
from sqlmodel import Session, col, or_, select

from db.models import Action, ActionFinding, Customer, CustomerScore, Department, Finding, Invitation, User, Wave
from db.queries.customers import customer_page, is_red, latest_opinions, score_trends, under_target
from db.queries.narrowing import WaveInfo, of_cohorts, of_customers
from db.queries.sight import actions_in_sight
from domain.access import Scope
from domain.comparing import since
from domain.overview import ActionCounts, CustomerLine, CustomersBelow, DueAction, OpinionLine, end_of_week
from domain.scheme import Name, Scheme
from domain.scores import Score, status

FINISHED = ("closed", "cancelled")


def customers_below(session: Session, scope: Scope, wave: WaveInfo, before: WaveInfo | None) -> CustomersBelow | None:
    """Customers by status; None where the reader may not see customers or none are named."""
    if not scope.viewer.may("view_customers"):
        return None
    now = _standing(session, scope, wave)
    earlier = _standing(session, scope, before) if before else None
    if not now.total and not (earlier and earlier.total):
        return None
    return replace(now, before=earlier.below if earlier else None, before_total=earlier.total if earlier else 0)


def _standing(session: Session, scope: Scope, wave: WaveInfo) -> CustomersBelow:
    """Customers of a wave by status, counted in the database."""
    scheme = wave.layout.scheme
    red, under = (
        func.coalesce(func.sum(case((found, 1), else_=0)), 0) for found in (is_red(scheme), under_target(scheme))
    )
    statement = select(func.count(), red, under).select_from(CustomerScore)
    statement = statement.where(
        col(CustomerScore.wave_id) == wave.id, col(CustomerScore.composite) == 0, col(CustomerScore.n) > 0
    )
    if conditions := of_customers(scope):
        statement = statement.where(col(CustomerScore.customer_id).in_(select(Customer.id).where(*conditions)))
    total, red_ones, under_ones = map(int, session.connection().execute(statement).one())
    return CustomersBelow(red_ones, under_ones - red_ones, total - under_ones)


def least_satisfied(
    session: Session, scope: Scope, history: Sequence[WaveInfo], *, limit: int = 6
) -> list[CustomerLine]:
    """Customers with the lowest scores of the last of several waves; none where the reader may not see customers."""
    if not scope.viewer.may("view_customers"):
        return []
    wave = history[-1]
    page = customer_page(session, scope, wave, limit=limit)
    trends = score_trends(session, page.ids, history)
    lines = []
    for row in page.rows:
        points = zip(history, trends[row.customer.id or 0], strict=True)
        statuses = [_status(score, one.layout.scheme) for one, score in points]
        first = since(statuses)
        name = Name(row.customer.name_zh or row.customer.code, row.customer.name_en)
        lowest = _lowest(row.scores, wave.layout.scheme)
        start = "" if first is None else history[first].code
        lines.append(CustomerLine(row.customer.code, name, row.score, statuses[-1], lowest, start))
    return lines


def newest_opinions(session: Session, scope: Scope, wave: WaveInfo, *, limit: int = 4) -> list[OpinionLine]:
    """The newest opinions; nothing for those who may not see personal data."""
    return [
        OpinionLine(one.kind, one.text, Name(one.customer.name_zh, one.customer.name_en) if one.customer else None)
        for one in latest_opinions(session, scope, wave, limit=limit)
    ]


def action_counts(session: Session, scope: Scope, *, today: date) -> ActionCounts:
    """Open actions as far as the reader may see them; one statement, one row per state."""
    overdue = func.sum(case((col(Action.due_on) < today, 1), else_=0))
    week = func.sum(case((col(Action.due_on).between(today, end_of_week(today)), 1), else_=0))
    statement: Select[Any] = (
        select(Action.state, func.count(), overdue, week, func.min(Action.due_on))  # type: ignore[call-overload]
        .where(*_unfinished(scope))
        .group_by(Action.state)
    )
    rows = {
        state: (int(n), int(late), int(due), first)
        for state, n, late, due, first in session.connection().execute(statement)
    }
    return ActionCounts(
        sum(n for n, *_ in rows.values()),
        sum(late for _, late, *_ in rows.values()),
        sum(due for _, _, due, _ in rows.values()),
        rows.get("planned", (0,))[0],
        rows.get("verifying", (0,))[0],
        min((first for *_, first in rows.values()), default=None),
    )


def due_actions(session: Session, scope: Scope, *, limit: int = 4) -> list[DueAction]:
    """The open actions that are due first."""
    statement = (
        select(Action, Department, User.name)
        .join(Department, col(Department.id) == Action.department_id)
        .join(User, col(User.id) == Action.owner_id)
        .where(*_unfinished(scope))
        .order_by(col(Action.due_on), col(Action.number))
        .limit(limit)
    )
    return [
        DueAction(a.number, a.title, a.state, Name(d.name_zh, d.name_en), owner, a.due_on)
        for a, d, owner in session.exec(statement)
    ]


def actions_on_items(session: Session, scope: Scope, wave: WaveInfo) -> dict[str, DueAction]:
    """Item code → the newest open action about the item as a whole (not about one customer's), of any wave of the scheme."""
    statement = (
        select(Finding.item_id, Action, Department, User.name)
        .join(ActionFinding, col(ActionFinding.finding_id) == Finding.id)
        .join(Action, col(Action.id) == ActionFinding.action_id)
        .join(Department, col(Department.id) == Action.department_id)
        .join(User, col(User.id) == Action.owner_id)
        .where(col(Finding.customer_id).is_(None), *_unfinished(scope))
        .order_by(col(Action.number))
    )
    code = dict(zip(wave.layout.item_ids, wave.layout.scheme.item_codes, strict=True))
    return {  # items are picked here: there are few open actions, but a database may begin with the findings of the items
        code[item]: DueAction(a.number, a.title, a.state, Name(d.name_zh, d.name_en), owner, a.due_on)
        for item, a, d, owner in session.exec(statement)
        if item in code
    }


def last_due_on(session: Session, scope: Scope, wave: WaveInfo) -> date | None:
    """The last day on which an outstanding questionnaire is still in time; None where none is outstanding."""
    outstanding = select(func.max(Invitation.due_on)).where(Invitation.wave_id == wave.id, Invitation.state == "sent")
    return session.exec(outstanding.where(*of_cohorts(scope, Invitation))).first()


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
