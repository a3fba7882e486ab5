"""The template that slides are made on."""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from db.models import FilePart, ReportTemplate, StoredFile
from domain.access import Viewer


class TemplateLine(NamedTuple):
    """Its name as it came, its size in bytes, and since when it holds."""

    name: str
    size: int
    added_at: datetime


def template_in_use(session: Session, viewer: Viewer) -> TemplateLine | None:
    """The template that holds, None where slides have the look of the house. Raises NotAllowed."""
    viewer.check("view_scores")
    columns = (StoredFile.name, StoredFile.size, ReportTemplate.added_at)
    statement = select(*columns).join(ReportTemplate, col(ReportTemplate.file_id) == StoredFile.id)
    found = session.exec(statement.order_by(col(ReportTemplate.id).desc())).first()
    return TemplateLine(*found) if found else None


def template_content(session: Session, viewer: Viewer) -> bytes | None:
    """Its bytes, None where there is none. Raises NotAllowed."""
    viewer.check("view_scores")
    file_id = session.exec(select(ReportTemplate.file_id).order_by(col(ReportTemplate.id).desc())).first()
    if file_id is None:
        return None
    parts = select(FilePart.content).where(FilePart.file_id == file_id).order_by(col(FilePart.number))
    return b"".join(session.exec(parts).all())
