"""Corrective actions as far as the reader may see them: the board, the list, one action with its history."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_
from sqlmodel import Session, col, select

from db.models import Action, ActionEvent, ActionFinding, Customer, Department, User, Wave
from db.queries.action_facts import facts_of
from db.queries.findings import finding_rows
from db.queries.sight import actions_in_sight
from domain.access import NotThere, Viewer
from domain.action_people import may_edit
from domain.action_rows import BOARD, UNFINISHED, ActionDetail, ActionPage, ActionRow, Board, EventLine
from domain.scheme import Name

CARDS = 20
"""Cards that a column of the board shows."""
PAGE = 50
ROW: tuple[Any, ...] = (Action, Department.name_zh, Department.name_en, User.name, Wave.code)


def board(
    session: Session,
    viewer: Viewer,
    *,
    today: date,
    closed_since: datetime,
    department_id: int | None = None,
    only_mine: bool = False,
    cards: int = CARDS,
) -> Board:
    """Actions by column, at most `cards` of each, the longest overdue first; closed ones since a moment."""
    viewer.check("view_actions")
    conditions = [*_narrowed(viewer, department_id, only_mine), _since(closed_since)]
    counts = _counts(session, conditions, viewer, today)
    column = case(*((col(Action.state).in_(states), name) for name, states in BOARD.items()), else_="")
    urgency = (col(Action.closed_at).desc(), col(Action.due_on), col(Action.number))
    place = func.row_number().over(partition_by=column, order_by=urgency)
    on_board = col(Action.state).in_([state for states in BOARD.values() for state in states])
    ranked = select(Action.id, column.label("column"), place.label("place")).where(*conditions, on_board).subquery()
    statement = _rows(ranked.c.column).join(ranked, ranked.c.id == Action.id).where(ranked.c.place <= cards)
    found: dict[str, list[ActionRow]] = {name: [] for name in BOARD}
    for *row, name in session.execute(statement.order_by(ranked.c.place)):
        found[name].append(_row(row))
    in_column = {name: sum(counts.get(state, (0, 0, 0))[0] for state in states) for name, states in BOARD.items()}
    n, overdue, mine = (sum(counts[state][which] for state in counts if state in UNFINISHED) for which in range(3))
    return Board(found, in_column, n, overdue, mine)


def actions(
    session: Session,
    viewer: Viewer,
    *,
    states: Sequence[str] = UNFINISHED,
    department_id: int | None = None,
    only_mine: bool = False,
    overdue_on: date | None = None,
    search: str = "",
    offset: int = 0,
    limit: int = PAGE,
) -> ActionPage:
    """Actions in some states, the first due first; `overdue_on` leaves only those that are late on that day.

    `search` is looked for in titles, or is a number ("112", "A-112").
    """
    viewer.check("view_actions")
    conditions = [*_narrowed(viewer, department_id, only_mine), col(Action.state).in_(states)]
    if overdue_on is not None:
        conditions += [col(Action.due_on) < overdue_on, col(Action.state).in_(UNFINISHED)]
    if search.strip():
        conditions.append(_named(search))
    total = session.exec(select(func.count(col(Action.id))).where(*conditions)).one()
    order = (col(Action.due_on), col(Action.number))
    statement = _rows().where(*conditions).order_by(*order).offset(offset).limit(limit)
    return ActionPage([_row(row) for row in session.execute(statement)], total)


def action(session: Session, viewer: Viewer, number: int) -> ActionDetail:
    """One action by its number; raises NotThere, NotAllowed."""
    viewer.check("view_actions")
    found = session.execute(_rows().where(col(Action.number) == number, *actions_in_sight(viewer))).first()
    if found is None:
        raise NotThere
    one: Action = found[0]
    about = select(ActionFinding.finding_id).where(ActionFinding.action_id == one.id)
    customer = session.get(Customer, one.customer_id) if one.customer_id else None
    return ActionDetail(
        _row(found),
        one.version,
        one.model_dump(),
        {user.id or 0: user.name for user in session.exec(select(User))},
        {row.id or 0: Name(row.name_zh, row.name_en) for row in session.exec(select(Department))},
        Name(customer.name_zh, customer.name_en) if customer else None,
        finding_rows(session, viewer, session.exec(about).all()) if viewer.may("view_findings") else [],
        history(session, one.id or 0),
        facts_of(session, one),
        may_edit(viewer, owner_id=one.owner_id, created_by_id=one.created_by_id, department_id=one.department_id),
    )


def history(session: Session, action_id: int) -> list[EventLine]:
    """Events of an action that was read under its access check, newest first."""
    statement = (
        select(ActionEvent, User.name)
        .join(User, col(User.id) == ActionEvent.user_id, isouter=True)
        .where(ActionEvent.action_id == action_id)
        .order_by(col(ActionEvent.id).desc())
    )
    return [
        EventLine(event.at, who or "", event.verb, event.from_state, event.to_state, event.changes, event.comment)
        for event, who in session.exec(statement)
    ]


def _counts(
    session: Session, conditions: Sequence[ColumnElement[bool]], viewer: Viewer, today: date
) -> dict[str, tuple[int, int, int]]:
    """state → how many, how many overdue, how many the viewer's own."""
    overdue = func.sum(case((col(Action.due_on) < today, 1), else_=0))
    mine = func.sum(case((col(Action.owner_id) == viewer.user_id, 1), else_=0))
    columns: tuple[Any, ...] = (Action.state, func.count(), overdue, mine)
    statement: Select[Any] = select(*columns).where(*conditions).group_by(col(Action.state))
    return {state: (int(n), int(late), int(own)) for state, n, late, own in session.execute(statement)}


def _narrowed(viewer: Viewer, department_id: int | None, only_mine: bool) -> list[ColumnElement[bool]]:
    conditions = actions_in_sight(viewer)
    if department_id is not None:
        conditions.append(col(Action.department_id) == department_id)
    if only_mine:
        conditions.append(col(Action.owner_id) == viewer.user_id)
    return conditions


def _since(moment: datetime) -> ColumnElement[bool]:
    return or_(col(Action.closed_at).is_(None), col(Action.closed_at) >= moment)


def _named(search: str) -> ColumnElement[bool]:
    text = search.strip().replace("\0", "")  # which PostgreSQL doesn't take
    digits = text.upper().removeprefix("A").lstrip("-‑ ")
    if digits.isdecimal() and len(digits) < 10:
        return col(Action.number) == int(digits)
    return col(Action.title).icontains(text, autoescape=True)


def _rows(*more: Any) -> Select[Any]:
    rows: Select[Any] = (
        select(*ROW, *more)
        .join(Department, col(Department.id) == Action.department_id)
        .join(User, col(User.id) == Action.owner_id)
        .join(Wave, col(Wave.id) == Action.wave_id, isouter=True)
    )
    return rows


def _row(found: Sequence[Any]) -> ActionRow:
    one, zh, en, owner, wave = found
    return ActionRow(
        one.id,
        one.number,
        one.title,
        one.state,
        one.round,
        Name(zh, en),
        owner,
        one.owner_id,
        one.due_on,
        one.closed_at,
        wave or "",
        one.version,
        one.figures,
    )
