"""Who is told of a corrective action: its owner when it is assigned, whoever is to approve when a plan waits."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from db.models import Action, Notification
from db.queries.action_facts import facts_of, submitted
from db.queries.people import active_people
from domain.access import Viewer
from domain.action_people import approvers
from services import notifying


def assigned(session: Session, action: Action, *, by: Viewer, at: datetime) -> None:
    """Tells the owner, unless it is who assigned."""
    if action.owner_id != by.user_id:
        _tell(session, action, "assigned", [action.owner_id], f"{action.owner_id}:{action.version}", at)


def approval_waiting(session: Session, action: Action, *, at: datetime) -> None:
    """Tells whoever is to approve next: the approver that was asked, or the approvers of the department whose turn it is.

    Quality stands in where such a department has none.
    """
    facts = facts_of(session, action)
    able = approvers(active_people(session), action.owner_id)
    if len(facts.chain) > 1:
        turn = facts.chain[min(len(facts.signed_by), len(facts.chain) - 1)]
        left = [person for person in able if person.id not in facts.signed_by]
        asked = [person.id for person in left if person.department_id == turn]
        to = asked or [person.id for person in left if person.role == "quality"]
    else:
        to = [action.approver_id] if action.approver_id else [person.id for person in able]
    turn_of = f"{submitted(session, action.id or 0)}:{len(facts.signed_by)}"
    _tell(session, action, "approval_waiting", to, turn_of, at)


def settled(session: Session, action: Action, *kinds: str, at: datetime) -> None:
    """What was told of an action and waits no longer, for whoever hasn't read it yet."""
    about = (
        col(Notification.link) == _address(action),
        col(Notification.kind).in_(kinds),
        col(Notification.read_at).is_(None),
    )
    session.connection().execute(update(Notification).where(*about).values(read_at=at))


def _address(action: Action) -> str:
    return f"/action?number={action.number}"


def _tell(session: Session, action: Action, kind: str, to: Collection[int], once: str, at: datetime) -> None:
    notifying.tell(
        session,
        kind=kind,
        to=to,
        link=_address(action),
        facts={"number": str(action.number), "title": action.title},
        once=f"{kind}:{action.id}:{once}",
        at=at,
    )
