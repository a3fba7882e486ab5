"""How a change of an action is written: only over the version it was made from, as one event and one audit row."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from db.models import Action, ActionEvent, User
from db.queries.sight import actions_in_sight
from domain.access import NotAllowed, NotThere, Viewer
from domain.action_people import may_edit
from domain.errors import N_, Refusal
from services.audit import audit

Change = tuple[Any, Any]
"""Old and new value, as JSON has them (days as ISO texts)."""
TOLD_BY_EVENT: Final = frozenset({"state", "closed_at"})
"""What an event says in its own columns."""
COMMENT: Final = "comment"
"""The one kind of event that changes nothing, and so makes no new version."""
MAY_NOT_EDIT: Final = "edit_actions"


class ActionChangedMeanwhile(Refusal):
    """Somebody else saved the action first: `who` at `when` (UTC), and field → (old, new) since it was read.

    `version` is the one to save over after looking at the changes. Nothing of the refused change is lost but unsaved.
    """

    def __init__(self, who: str, when: datetime, version: int, changes: dict[str, Change]) -> None:
        super().__init__(N_("Somebody else has just changed this action. Your changes are not saved yet."))
        self.who, self.when, self.version, self.changes = who, when, version, changes


def action_to_change(session: Session, action_id: int, by: Viewer, *, version: int | None = None) -> Action:
    """The action, if this user may change it and nobody did so since `version` was read.

    Raises NotThere, NotAllowed, ActionChangedMeanwhile.
    """
    action = session.exec(select(Action).where(Action.id == action_id, *actions_in_sight(by))).first()
    if action is None or not by.may("view_actions"):
        raise NotThere
    whose = {name: getattr(action, name) for name in ("owner_id", "created_by_id", "department_id")}
    if not may_edit(by, **whose):
        raise NotAllowed(MAY_NOT_EDIT)
    if version is not None and version != action.version:
        raise changed_since(session, action_id, version)
    return action


def save(
    session: Session, action: Action, values: dict[str, Any], *, verb: str, by: Viewer, at: datetime, comment: str = ""
) -> Action:
    """Writes values over the version of `action`, with an event and an audit row; raises ActionChangedMeanwhile."""
    before = {name: getattr(action, name) for name in values}
    changed = {name: value for name, value in values.items() if value != before[name]}
    version = action.version
    here = update(Action).where(col(Action.id) == action.id, col(Action.version) == version)
    if session.exec(here.values(**changed, version=version + 1)).rowcount != 1:
        raise changed_since(session, action.id or 0, version)
    changes = {
        name: [_plain(before[name]), _plain(value)] for name, value in changed.items() if name not in TOLD_BY_EVENT
    }
    states = {"from_state": before.get("state", action.state), "to_state": values.get("state", action.state)}
    note(session, action.id or 0, verb=verb, by=by, at=at, changes=changes, comment=comment, **states)
    audit(session, by=by.user_id, at=at, verb=verb, about="action", about_id=action.id, fields=sorted(changed))
    session.refresh(action)
    return action


def note(session: Session, action_id: int, *, verb: str, by: Viewer, at: datetime, **said: Any) -> None:
    """Adds an event to the action's history."""
    session.add(ActionEvent(action_id=action_id, at=at, user_id=by.user_id or None, verb=verb, **said))


def changed_since(session: Session, action_id: int, version: int) -> ActionChangedMeanwhile:
    """What happened to an action after a version: its n-th event that isn't a comment made version n."""
    statement = (
        select(ActionEvent, User.name)
        .join(User, col(User.id) == ActionEvent.user_id, isouter=True)
        .where(ActionEvent.action_id == action_id, ActionEvent.verb != COMMENT)
        .order_by(col(ActionEvent.id))
    )
    events = session.exec(statement.offset(version)).all()
    if not events:
        raise NotThere
    changes: dict[str, Change] = {}
    for event, _ in events:
        steps = dict(event.changes)
        if event.from_state != event.to_state:
            steps["state"] = [event.from_state, event.to_state]
        for name, (old, new) in steps.items():
            changes[name] = (changes.get(name, (old, None))[0], new)
    last, who = events[-1]
    return ActionChangedMeanwhile(who or "", last.at, version + len(events), changes)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
