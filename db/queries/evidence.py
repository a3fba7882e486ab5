"""Files of evidence of an action, and what helped against the same before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from db.models import Action, ActionFile, ActionFinding, Finding, ItemRow, StoredFile, User
from db.queries.sight import actions_in_sight
from domain.access import NotThere, Viewer
from domain.action_gates import EFFECTIVE
from domain.action_states import State


@dataclass(frozen=True)
class EvidenceFile:
    """A file as the report lists it; `size` in bytes."""

    entry_id: int
    name: str
    size: int
    round: int
    added_at: datetime
    who: str


@dataclass(frozen=True)
class WorkedBefore:
    """An action on the same item that was effective: what was found and done."""

    number: int
    title: str
    cause: str
    containment: str
    countermeasure: str
    prevention: str
    closed_on: date


def evidence_files(session: Session, viewer: Viewer, action_id: int) -> list[EvidenceFile]:
    """Files of an action in sight that were not taken away, in their order; raises NotThere, NotAllowed."""
    _in_sight(session, viewer, action_id)
    statement = (
        select(ActionFile, StoredFile, User.name)
        .join(StoredFile, col(StoredFile.id) == ActionFile.file_id)
        .join(User, col(User.id) == ActionFile.added_by_id)
        .where(ActionFile.action_id == action_id, col(ActionFile.removed_at).is_(None))
        .order_by(col(ActionFile.id))
    )
    return [
        EvidenceFile(entry.id or 0, file.name, file.size, entry.round, entry.added_at, who)
        for entry, file, who in session.exec(statement)
    ]


def worked_before(session: Session, viewer: Viewer, action_id: int, *, limit: int = 3) -> list[WorkedBefore]:
    """Effective actions in sight about the same items, of any period, the newest first; raises NotThere, NotAllowed."""
    _in_sight(session, viewer, action_id)
    codes = _item_codes(session, action_id)
    if not codes:
        return []
    about = (
        select(ActionFinding.action_id)
        .join(Finding, col(Finding.id) == ActionFinding.finding_id)
        .join(ItemRow, col(ItemRow.id) == Finding.item_id)
        .where(col(ItemRow.code).in_(codes))
    )
    statement = select(Action).where(
        col(Action.id).in_(about),
        Action.id != action_id,
        Action.state == State.CLOSED.value,
        Action.verdict == EFFECTIVE,
        *actions_in_sight(viewer),
    )
    found = session.exec(statement.order_by(col(Action.closed_at).desc(), col(Action.id).desc()).limit(limit))
    return [_worked(one) for one in found]


def _worked(one: Action) -> WorkedBefore:
    texts = (one.cause, one.containment, one.countermeasure, one.prevention)
    return WorkedBefore(one.number, one.title, *texts, closed_on=one.closed_at.date() if one.closed_at else one.due_on)


def _item_codes(session: Session, action_id: int) -> Sequence[str]:
    about = (
        select(ItemRow.code)
        .join(Finding, col(Finding.item_id) == ItemRow.id)
        .join(ActionFinding, col(ActionFinding.finding_id) == Finding.id)
        .where(ActionFinding.action_id == action_id)
    )
    return session.exec(about.distinct()).all()


def _in_sight(session: Session, viewer: Viewer, action_id: int) -> None:
    viewer.check("view_actions")
    if session.exec(select(Action.id).where(Action.id == action_id, *actions_in_sight(viewer))).first() is None:
        raise NotThere
