"""How a complaint or a request is written: only over the version that was read, with an event and an audit row."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, func, select

from db.columns import column
from db.models import Complaint, ComplaintEvent, Request
from db.queries.complaints import complaint_for, request_for
from domain.access import Viewer
from domain.errors import N_, Refusal
from services.audit import audit

Kind = TypeVar("Kind", Complaint, Request)
TRIES = 5
"""Simultaneous records that may take the next number before this one gives up."""


class ComplaintChangedMeanwhile(Refusal):
    """Somebody else saved it since it was read."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else has changed this record since you opened it. Look at it again."))


def complaint_to_change(
    session: Session, number: int, by: Viewer, *, permission: str = "edit_complaints", version: int | None = None
) -> Complaint:
    """The complaint, locked, if this user may change it; raises NotAllowed, NotThere, ComplaintChangedMeanwhile."""
    by.check(permission)
    found = complaint_for(session, by, number, locked=True)
    if version is not None and found.version != version:
        raise ComplaintChangedMeanwhile
    return found


def request_to_change(
    session: Session, number: int, by: Viewer, *, version: int, permission: str = "edit_complaints"
) -> Request:
    """The request, locked, if this user may change it; raises NotAllowed, NotThere, ComplaintChangedMeanwhile."""
    by.check(permission)
    found = request_for(session, by, number, locked=True)
    if found.version != version:
        raise ComplaintChangedMeanwhile
    return found


def put(
    session: Session,
    one: Complaint | Request,
    verb: str,
    *,
    by: Viewer,
    at: datetime,
    comment: str = "",
    noted: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Sets the values and counts the version, with an event that says from what to what, and an audit row.

    `noted`: what changed beside the record itself, as (name → old and new value).
    """
    changed = {name: value for name, value in values.items() if value != getattr(one, name)}
    changes = {name: [_plain(getattr(one, name)), _plain(value)] for name, value in changed.items()} | dict(noted or {})
    for name, value in changed.items():
        setattr(one, name, value)
    one.version += 1
    session.add(one)
    session.flush()
    note(session, one, verb, by=by, at=at, changes=changes, comment=comment)


def note(
    session: Session,
    one: Complaint | Request,
    verb: str,
    *,
    by: Viewer,
    at: datetime,
    comment: str = "",
    changes: dict[str, Any] | None = None,
) -> None:
    """Adds an event to the history, and the audit row of the call."""  # fmt: skip
    about = "complaint" if isinstance(one, Complaint) else "request"
    event = ComplaintEvent(at=at, user_id=by.user_id or None, verb=verb, changes=changes or {}, comment=comment.strip())
    setattr(event, f"{about}_id", one.id)
    session.add(event)
    session.flush()
    audit(session, by=by.user_id, at=at, verb=verb, about=about, about_id=one.id, fields=sorted(changes or {}))


def numbered(session: Session, make: Callable[[int], Kind], model: type[Kind]) -> Kind:
    """Stores what `make` makes under the next number; on losing a race for it, tries the one after."""
    for _ in range(TRIES):
        number = int(session.exec(select(func.coalesce(func.max(column(model, "number")), 0))).one()) + 1
        try:
            with session.begin_nested():
                made = make(number)
                session.add(made)
                session.flush()
                return made
        except IntegrityError:
            if session.exec(select(model).where(column(model, "number") == number)).first() is None:
                raise
    raise ComplaintChangedMeanwhile


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
