"""All that is held on one person, as tables and as JSON: whoever asks for the own data gets it (rules.md 11)."""

import json
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import LargeBinary, select
from sqlmodel import Session, col
from sqlmodel import select as chosen

from db.models import Answer, AuditEvent, Contact, ItemRow, Response, User
from db.personal import PLACES, Place
from domain.access import NotThere, Viewer
from domain.retention import Terms
from domain.tables import Cell, Table
from services.audit import audit
from services.exporting import xlsx_file
from services.personal_rows import MENTION, rows, task

HIDDEN: Final = ("token_hash", "link_seed", "form_key", "content_hash", "row_key")
"""Columns that say nothing of the person: keys of links and forms."""


class PersonFiles(NamedTuple):
    """The same as a workbook and as JSON."""

    xlsx: bytes
    json: bytes


def export_person(session: Session, *, contact_id: int, by: Viewer, at: datetime, zone: ZoneInfo) -> PersonFiles:
    """Everything about a person at a customer, and that it was taken along. Raises NotAllowed, NotThere."""
    by.check("manage_privacy")
    person = session.get(Contact, contact_id)
    if person is None:
        raise NotThere
    tables = _tables(session, contact_id, at.astimezone(zone))
    counts = {table.title: len(table.rows) for table in tables}
    audit(session, by=by.user_id, at=at, verb="export", about="contact", about_id=contact_id, rows=counts)
    document = {table.title: [dict(zip(table.headers, row, strict=True)) for row in table.rows] for table in tables}
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    return PersonFiles(xlsx_file(tables), text.encode())


def _tables(session: Session, contact_id: int, at: datetime) -> list[Table]:
    whole = task(session, as_of=at, terms=Terms(), contact_id=contact_id)
    own = [_own(session, place, contact_id) for place in PLACES if place.contact is not None]
    mentioned = [
        [step.place.table.name, str(one.key), name, _plain(value)]
        for step in whole.steps
        if step.why == MENTION
        for one in rows(session, step, whole)
        for name, value in _texts(session, step.place, one.key, one.changes).items()
    ]
    tables = [*own, _answers(session, contact_id), _seen(session, contact_id)]
    tables.append(Table("mentioned_in", ["table", "key", "column", "text"], mentioned, personal=True))
    return [table for table in tables if table.rows]


def _own(session: Session, place: Place, contact_id: int) -> Table:
    """The rows that are about the person."""
    columns = [one for one in place.table.columns if one.name not in HIDDEN and not isinstance(one.type, LargeBinary)]
    found = session.connection().execute(select(*columns).where(place.contact == contact_id).order_by(*place.keys))
    listed = [[_plain(value) for value in row] for row in found]
    return Table(place.table.name, [one.name for one in columns], listed, personal=True)


def _answers(session: Session, contact_id: int) -> Table:
    """The levels that the person gave; the best one is 0."""
    response = next(place for place in PLACES if place.model is Response)
    statement = (
        chosen(Answer.response_id, ItemRow.code, Answer.level)
        .join(ItemRow)
        .join(Response, col(Response.id) == Answer.response_id)
    )
    found = session.exec(
        statement.where(response.contact == contact_id).order_by(col(Answer.response_id), col(Answer.item_id))
    )
    return Table("answer", ["response_id", "item", "level"], [list(row) for row in found], personal=True)


def _seen(session: Session, contact_id: int) -> Table:
    """Who was shown or took along the data of the person's customer."""
    customer = chosen(Contact.customer_id).where(Contact.id == contact_id).scalar_subquery()
    about = (col(AuditEvent.about) == "customer") & (col(AuditEvent.about_id) == customer)
    mine = about | ((col(AuditEvent.about) == "contact") & (col(AuditEvent.about_id) == contact_id))
    statement = chosen(AuditEvent.at, User.name, AuditEvent.verb).join(User, col(User.id) == AuditEvent.user_id)
    found = session.exec(statement.where(mine).order_by(col(AuditEvent.id)))
    return Table("seen_by", ["at", "who", "verb"], [[_plain(at), who, verb] for at, who, verb in found], personal=True)


def _texts(session: Session, place: Place, key: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    same = [part == value for part, value in zip(place.keys, key, strict=True)]
    columns = [place.table.c[name] for name in named]
    return dict(session.connection().execute(select(*columns).where(*same)).mappings().one()) if columns else {}


def _plain(value: Any) -> Cell:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if value is None or isinstance(value, str | int | float | date):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
