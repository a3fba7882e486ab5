"""Corrective actions as far as the reader may see them: the board, the list, one action with its history."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, union_all
from sqlmodel import Session, col, select

from db.models import Action, ActionEvent, ActionFinding, Customer, Department, User, Wave
from db.queries.action_facts import facts_of
from db.queries.findings import finding_rows
from db.queries.sight import actions_in_sight
from domain.access import NotThere, Viewer
from domain.action_people import may_edit
from domain.action_rows import BOARD, UNFINISHED, ActionDetail, ActionPage, ActionRow, Board, EventLine
from domain.action_states import State
from domain.scheme import Name

CARDS = 20
"""Cards that a column of the board shows."""
PAGE = 50
ROW: tuple[Any, ...] = (
    *(Action.id, Action.number, Action.title, Action.state, Action.round, Department.name_zh, Department.name_en),
    *(User.name, Action.owner_id, Action.due_on, Action.closed_at, Wave.code, Action.version, Action.figures),
)
"""What a card or a line shows: never the whole action, whose texts can be long."""
FIRST_DUE: tuple[Any, ...] = (col(Action.due_on), col(Action.number))
LAST_CLOSED: tuple[Any, ...] = (col(Action.closed_at).desc(), *FIRST_DUE)


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
    """Actions by column, at most `cards` of each, the longest overdue first; closed ones since a moment.

    Without cards it only counts.
    """
    viewer.check("view_actions")
    conditions = [*_narrowed(viewer, department_id, only_mine), _since(closed_since)]
    counts = _counts(session, conditions, viewer, today)
    found = _cards(session, conditions, cards) if cards else {name: [] for name in BOARD}
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
    keys = select(Action.id).where(*conditions).order_by(*FIRST_DUE).offset(offset).limit(limit)
    statement = _rows().where(col(Action.id).in_(keys)).order_by(*FIRST_DUE)
    return ActionPage([_row(row) for row in session.execute(statement)], total)


def action(session: Session, viewer: Viewer, number: int) -> ActionDetail:
    """One action by its number; raises NotThere, NotAllowed."""
    viewer.check("view_actions")
    found = session.execute(_rows(Action).where(col(Action.number) == number, *actions_in_sight(viewer))).first()
    if found is None:
        raise NotThere
    *row, one = found
    about = select(ActionFinding.finding_id).where(ActionFinding.action_id == one.id)
    customer = session.get(Customer, one.customer_id) if one.customer_id else None
    return ActionDetail(
        _row(row),
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


def _cards(session: Session, conditions: Sequence[ColumnElement[bool]], cards: int) -> dict[str, list[ActionRow]]:
    """The first cards of each column; reads so many of each state from an index that has them in order."""
    firsts = [_first(state, conditions, cards) for states in BOARD.values() for state in states]
    statement = _rows().where(col(Action.id).in_(union_all(*firsts))).order_by(*LAST_CLOSED)
    column_of = {state.value: name for name, states in BOARD.items() for state in states}
    found: dict[str, list[ActionRow]] = {name: [] for name in BOARD}
    for row in session.execute(statement):
        one = _row(row)
        found[column_of[one.state]].append(one)
    return {name: rows[:cards] for name, rows in found.items()}


def _first(state: State, conditions: Sequence[ColumnElement[bool]], cards: int) -> Select[Any]:
    order = LAST_CLOSED if state is State.CLOSED else FIRST_DUE  # no other has a time of closing
    keys = select(Action.id).where(col(Action.state) == state, *conditions).order_by(*order).limit(cards).subquery()
    return select(keys.c.id)


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
    key, number, title, state, turn, zh, en, owner, owner_id, due_on, closed_at, wave, version, figures = found
    names = Name(zh, en), owner, owner_id
    return ActionRow(key, number, title, state, turn, *names, due_on, closed_at, wave or "", version, figures)
