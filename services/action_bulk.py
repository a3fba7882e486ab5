"""Several actions at once: given to another owner or department, given another date. What can't be changed is told by action."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from db.models import Action
from db.queries.people import active_people
from domain.access import Viewer
from domain.action_people import proposed_owner
from domain.errors import N_, Refusal
from services.action_checks import ActionIncomplete
from services.actions import edit

Refused = dict[int, Refusal]
"""Number of the action → why it stays as it is."""


def change_many(
    session: Session,
    *,
    versions: Mapping[int, int],
    owner_id: int | None = None,
    department_id: int | None = None,
    due_on: date | None = None,
    by: Viewer,
    at: datetime,
) -> Refused:
    """Gives actions (key → the version that was seen) another owner, department or due date; None leaves a field.

    Each is changed as `services.actions.edit` would, with its own event, or refused; the others are changed all the same.
    An action handed to a department without an owner named gets its head. Raises NotAllowed, ActionIncomplete.
    """
    by.check("edit_actions")
    wanted: dict[str, Any] = {"owner_id": owner_id, "department_id": department_id, "due_on": due_on}
    fields = {name: value for name, value in wanted.items() if value is not None}
    if not fields:
        raise ActionIncomplete(N_("Choose an owner, a department or a date first."))
    if department_id is not None and owner_id is None:
        head = proposed_owner(active_people(session), department_id)
        fields |= {"owner_id": head.id} if head else {}
    numbers = dict(session.exec(select(Action.id, Action.number).where(col(Action.id).in_(versions))).all())
    refused: Refused = {}
    for action_id, version in sorted(versions.items()):
        try:
            with session.begin_nested():
                edit(session, action_id=action_id, version=version, by=by, at=at, **fields)
        except Refusal as refusal:
            refused[numbers.get(action_id, 0)] = refusal
    return refused
