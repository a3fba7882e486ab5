"""Files that show that a countermeasure is in place: added and taken away while the work is going on, read by who sees the action."""

from datetime import datetime
from io import BytesIO

from sqlmodel import Session, col, func, select

from db.models import Action, ActionFile, FilePart, StoredFile
from db.queries.sight import actions_in_sight
from domain.access import NotThere, Viewer
from domain.action_states import EDITABLE, State
from domain.errors import N_
from domain.evidence import MOST_FILES, NotEvidence, ending_of, safe_name
from services.action_changes import action_to_change, save
from services.action_checks import FieldNotEditable
from services.audit import audit
from services.files import store_file

FIELD = "evidence_files"


def add_file(
    session: Session, *, action_id: int, version: int, name: str, content: bytes, by: Viewer, at: datetime
) -> Action:
    """Keeps a file as evidence of the current round.

    Raises NotThere, NotAllowed, ActionChangedMeanwhile, FieldNotEditable, NotEvidence.
    """
    action = action_to_change(session, action_id, by, version=version)
    if FIELD not in EDITABLE[State(action.state)]:
        raise FieldNotEditable(FIELD, action.state)
    name = safe_name(name, ending_of(content))
    there = (ActionFile.action_id == action_id, col(ActionFile.removed_at).is_(None))
    if session.exec(select(func.count(col(ActionFile.id))).where(*there)).one() >= MOST_FILES:
        raise NotEvidence(N_("An action has at most {n} files. Take one away first."), n=MOST_FILES)
    file = store_file(session, name=name, content=BytesIO(content), by=by.user_id or None, at=at)
    session.add(
        ActionFile(action_id=action_id, file_id=file.id or 0, round=action.round, added_at=at, added_by_id=by.user_id)
    )
    return save(session, action, {}, verb="add_file", by=by, at=at, comment=file.name)


def remove_file(session: Session, *, action_id: int, version: int, entry_id: int, by: Viewer, at: datetime) -> Action:
    """Takes a file away before the action is implemented; that it was there stays in the history.

    Raises NotThere, NotAllowed, ActionChangedMeanwhile, FieldNotEditable.
    """
    action = action_to_change(session, action_id, by, version=version)
    if action.state != State.IN_PROGRESS:
        raise FieldNotEditable(FIELD, action.state)
    entry = session.get(ActionFile, entry_id)
    if entry is None or entry.action_id != action_id or entry.removed_at is not None:
        raise NotThere
    entry.removed_at, entry.removed_by_id = at, by.user_id
    session.add(entry)
    name = session.exec(select(StoredFile.name).where(StoredFile.id == entry.file_id)).one()
    return save(session, action, {}, verb="remove_file", by=by, at=at, comment=name)


def taken_file(session: Session, *, entry_id: int, by: Viewer, at: datetime) -> bytes:
    """The content of a file of an action in sight, with a row in the audit trail; raises NotThere, NotAllowed."""
    by.check_account()
    by.check("view_actions")
    found = select(ActionFile).join(Action, col(Action.id) == ActionFile.action_id)
    entry = session.exec(found.where(ActionFile.id == entry_id, *actions_in_sight(by))).first()
    if entry is None or entry.removed_at is not None:
        raise NotThere
    audit(session, by=by.user_id, at=at, verb="download", about="action", about_id=entry.action_id, file=entry.file_id)
    parts = select(FilePart.content).where(FilePart.file_id == entry.file_id).order_by(col(FilePart.number))
    return b"".join(bytes(part) for part in session.exec(parts))
