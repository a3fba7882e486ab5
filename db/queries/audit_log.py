"""The audit trail: who did or saw what, when, on what; for administrators and quality (rules.md 11)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from db.columns import column
from db.models import Action, AuditEvent, Complaint, Customer, Department, Request, SchemeRow, User, Wave
from domain.access import Viewer

SEEING: Final = ("view", "export", "download")
"""Verbs that change nothing: somebody was shown personal data, or took it along."""
NAMED: Final[dict[str, tuple[type[Any], str]]] = {
    "action": (Action, "number"),
    "complaint": (Complaint, "number"),
    "request": (Request, "number"),
    "customer": (Customer, "code"),
    "wave": (Wave, "code"),
    "overview": (Wave, "code"),
    "chase_list": (Wave, "code"),
    "recipients": (Wave, "code"),
    "scheme": (SchemeRow, "code"),
    "user": (User, "username"),
    "department": (Department, "code"),
}
"""What an event is about → the table, and the column by which people know its rows."""


@dataclass(frozen=True)
class AuditFilter:
    """What is looked for; empty or None: everything. `record` is a key, number, code or user name of what it is about."""

    user_id: int | None = None
    about: str = ""
    verb: str = ""
    record: str = ""
    since: datetime | None = None
    until: datetime | None = None
    is_seeing: bool | None = None


class AuditLine(NamedTuple):
    """One event; `record` is what people call the thing that it is about, its key where it has no such name."""

    id: int
    at: datetime
    who: str
    verb: str
    about: str
    record: str
    details: dict[str, Any]


def audit_lines(
    session: Session, viewer: Viewer, wanted: AuditFilter, *, before: int | None = None, limit: int = 100
) -> list[AuditLine]:
    """Events from the newest, those with keys under `before` where given. Raises NotAllowed."""
    viewer.check("view_audit")
    statement = select(AuditEvent, User.name).join(User, col(User.id) == AuditEvent.user_id, isouter=True)
    statement = statement.where(*_conditions(session, wanted))
    if before is not None:
        statement = statement.where(col(AuditEvent.id) < before)
    found = session.exec(statement.order_by(col(AuditEvent.id).desc()).limit(limit)).all()
    names = _names(session, [event for event, _who in found])
    return [
        AuditLine(
            *(event.id or 0, event.at, who or "", event.verb, event.about),
            names.get((event.about, event.about_id), "" if event.about_id is None else str(event.about_id)),
            event.details,
        )
        for event, who in found
    ]


def audit_people(session: Session, viewer: Viewer) -> list[tuple[int, str]]:
    """Key and name of everybody with an account, by name. Raises NotAllowed."""
    viewer.check("view_audit")
    return [(key or 0, name) for key, name in session.exec(select(User.id, User.name).order_by(User.name))]


def _conditions(session: Session, wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.user_id is not None:
        conditions.append(col(AuditEvent.user_id) == wanted.user_id)
    if wanted.about:
        conditions.append(col(AuditEvent.about) == wanted.about)
    if wanted.verb:
        conditions.append(col(AuditEvent.verb) == wanted.verb)
    if wanted.since is not None:
        conditions.append(col(AuditEvent.at) >= wanted.since)
    if wanted.until is not None:
        conditions.append(col(AuditEvent.at) < wanted.until)
    if wanted.is_seeing is not None:
        conditions.append(col(AuditEvent.verb).in_(SEEING) == wanted.is_seeing)
    return [*conditions, *_about(session, wanted.record.strip())]


def _about(session: Session, record: str) -> list[ColumnElement[bool]]:
    """Events about the thing with that number, code or user name; by its bare key where nothing is called so."""
    if not record:
        return []
    ways: list[ColumnElement[bool]] = []
    for about, (model, name) in NAMED.items():
        is_number = name == "number"
        if is_number and not (record.isascii() and record.isdigit()):
            continue
        called = column(model, name) == (int(record) if is_number else record)
        keys = session.exec(select(model.id).where(called)).all()
        ways += [(col(AuditEvent.about) == about) & col(AuditEvent.about_id).in_(keys)] if keys else []
    if record.isascii() and record.isdigit():
        others = col(AuditEvent.about).not_in(tuple(NAMED))
        ways.append(others & (col(AuditEvent.about_id) == min(int(record), 2**62)))
    return [or_(*ways)] if ways else [col(AuditEvent.id) < 0]


def _names(session: Session, events: Sequence[AuditEvent]) -> dict[tuple[str, int | None], str]:
    keys: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event.about in NAMED and event.about_id is not None:
            keys[event.about].add(event.about_id)
    return {(about, key): str(name) for about, wanted in keys.items() for key, name in _named(session, about, wanted)}


def _named(session: Session, about: str, keys: Iterable[int]) -> Iterable[tuple[int, Any]]:
    model, name = NAMED[about]
    return [
        (key, called) for key, called in session.exec(select(model.id, column(model, name)).where(model.id.in_(keys)))
    ]
