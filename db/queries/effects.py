"""What came of actions, as far as the reader may see them: effects, what customers were told, all outcomes together."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from db.models import Action, ActionEffect, ActionEvent, ActionFinding, ActionTelling, Finding, User, Wave
from db.queries.sight import actions_in_sight
from domain.access import NotThere, Viewer
from domain.effects import EffectRow, TellingRow, from_stored
from domain.outcomes import Outcome

RED_AGAIN = ("INDEX_BELOW", "CUSTOMER_BELOW", "ITEM_BELOW")
"""Rules that say that the same is under its bound again."""


def effects(session: Session, viewer: Viewer, action_id: int) -> list[EffectRow]:
    """What waves said of an action, the newest first. Raises NotThere, NotAllowed."""
    _check(session, viewer, action_id)
    statement = (
        select(ActionEffect, Wave.code)
        .join(Wave, col(Wave.id) == ActionEffect.wave_id)
        .where(ActionEffect.action_id == action_id)
        .order_by(col(ActionEffect.id).desc())
    )
    return [
        EffectRow(
            *(row.id or 0, row.round, wave, row.verdict, row.reason, from_stored(row.subjects), row.measured_at),
        )
        for row, wave in session.exec(statement)
    ]


def tellings(session: Session, viewer: Viewer, action_id: int) -> list[TellingRow]:
    """The attempts to tell the customer, the newest first. Raises NotThere, NotAllowed."""
    _check(session, viewer, action_id)
    statement = (
        select(ActionTelling, User.name)
        .join(User, col(User.id) == ActionTelling.by_id)
        .where(ActionTelling.action_id == action_id)
        .order_by(col(ActionTelling.id).desc())
    )
    return [TellingRow(row.round, row.outcome, row.said, row.happened_at, who) for row, who in session.exec(statement)]


def waves_to_compare(session: Session, viewer: Viewer, action_id: int) -> list[tuple[int, str]]:
    """Closed waves (key, code) after those of an action's findings that weren't compared in this round, newest first."""
    action = _check(session, viewer, action_id)
    later = aliased(Wave)
    measured = select(ActionEffect.wave_id).where(
        ActionEffect.action_id == action_id, ActionEffect.round == action.round
    )
    statement = (
        select(later.id, later.code, later.position)
        .join(Wave, col(Wave.scheme_id) == later.scheme_id)
        .join(Finding, col(Finding.wave_id) == Wave.id)
        .join(ActionFinding, col(ActionFinding.finding_id) == Finding.id)
        .where(ActionFinding.action_id == action_id, later.position > Wave.position, later.state == "closed")
        .where(col(later.is_pilot).is_(False), col(later.id).not_in(measured))
        .distinct()
        .order_by(col(later.position).desc())
    )
    return [(key or 0, code) for key, code, _ in session.exec(statement)]


def outcomes(
    session: Session, viewer: Viewer, *, zone: tzinfo, since: datetime | None = None, department_id: int | None = None
) -> list[Outcome]:
    """The actions in sight that weren't cancelled, opened since a moment; days are those of the zone."""
    viewer.check("view_actions")
    wanted = [*actions_in_sight(viewer), col(Action.state) != "cancelled"]
    if since is not None:
        wanted.append(col(Action.created_at) >= since)
    if department_id is not None:
        wanted.append(col(Action.department_id) == department_id)
    mine = select(Action.id).where(*wanted)
    names = (
        "number",
        "title",
        "state",
        "round",
        "department_id",
        "cause_category",
        "countermeasure_kind",
        "created_at",
    )
    columns: list[Any] = [getattr(Action, name) for name in ("id", *names, "due_on", "closed_at")]
    statement: Select[Any] = select(*columns).where(*wanted).order_by(col(Action.number))
    found, done, again = _found(session, mine), _implemented(session, mine), _again(session, wanted)
    return [
        Outcome._make(
            (
                *known,
                _day(found.get(key, created), zone) or created.date(),
                due_on,
                _day(done.get(key), zone),
                _day(closed, zone),
                again.get(key, ""),
            )
        )
        for key, *known, created, due_on, closed in session.execute(statement)
    ]


def _found(session: Session, mine: Any) -> dict[int, datetime]:
    """action → when the first of its findings appeared."""
    columns: list[Any] = [ActionFinding.action_id, func.min(Finding.appeared_at)]
    statement: Select[Any] = (
        select(*columns)
        .join(Finding, col(Finding.id) == ActionFinding.finding_id)
        .where(col(ActionFinding.action_id).in_(mine))
        .group_by(col(ActionFinding.action_id))
    )
    return {key: value for key, value in session.execute(statement)}  # noqa: C416 - rows, not pairs


def _implemented(session: Session, mine: Any) -> dict[int, datetime]:
    """action → when it was last reported as implemented."""
    columns: list[Any] = [ActionEvent.action_id, func.max(ActionEvent.at)]
    statement: Select[Any] = (
        select(*columns)
        .where(ActionEvent.verb == "implement", col(ActionEvent.action_id).in_(mine))
        .group_by(col(ActionEvent.action_id))
    )
    return {key: value for key, value in session.execute(statement)}  # noqa: C416 - rows, not pairs


def _again(session: Session, wanted: Sequence[Any]) -> dict[int, str]:
    """closed action → the first later wave in which one of its findings holds again."""
    later, then, now = aliased(Finding), aliased(Wave), aliased(Wave)
    columns: list[Any] = [Action.id, now.code]
    statement: Select[Any] = (
        select(*columns)
        .join(ActionFinding, col(ActionFinding.action_id) == Action.id)
        .join(Finding, col(Finding.id) == ActionFinding.finding_id)
        .join(then, col(then.id) == Finding.wave_id)
        .join(now, col(now.scheme_id) == then.scheme_id)
        .join(later, col(later.wave_id) == now.id)
        .where(*wanted, Action.state == "closed", now.position > then.position)
        .where(later.rule == Finding.rule, later.about == Finding.about, later.state == "open")
        .where(col(Finding.rule).in_(RED_AGAIN), col(later.appeared_at) > Action.closed_at)
        .order_by(col(now.position).desc())
    )
    return {key: value for key, value in session.execute(statement)}  # noqa: C416 - rows, not pairs


def _day(moment: datetime | None, zone: tzinfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


def _check(session: Session, viewer: Viewer, action_id: int) -> Action:
    viewer.check("view_actions")
    action = session.exec(select(Action).where(Action.id == action_id, *actions_in_sight(viewer))).first()
    if action is None:
        raise NotThere
    return action
