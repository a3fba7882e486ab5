"""The organisation's own template for slides: brought, replaced and taken away."""

from datetime import datetime
from io import BytesIO

from pptx import Presentation
from sqlalchemy import delete
from sqlmodel import Session, select

from db.models import ReportTemplate
from domain.access import Viewer
from domain.documents import Deck
from domain.errors import N_
from domain.presentation_templates import NotATemplate, check_template
from services.audit import audit
from services.documents import pptx_file
from services.files import remove_file, store_file


def bring(session: Session, *, name: str, content: bytes, by: Viewer, at: datetime) -> ReportTemplate:
    """Slides are made on this file from now on. Raises NotAllowed, NotATemplate."""
    by.check("make_reports")
    check_template(content)
    try:
        found = Presentation(BytesIO(content))
        pptx_file(Deck("", "en", []), content)
    except Exception:  # noqa: BLE001 -- whatever a broken file makes python-pptx raise
        raise NotATemplate(N_("This is not a PowerPoint file.")) from None
    if not len(found.slide_layouts):
        raise NotATemplate(N_("The file has no slide layouts."))
    _forget(session)
    file = store_file(session, name=name, content=BytesIO(content), by=by.user_id or None, at=at)
    made = ReportTemplate(file_id=file.id or 0, added_at=at, added_by_id=by.user_id or None)
    session.add(made)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="bring", about="report_template", about_id=made.id)
    return made


def take_away(session: Session, *, by: Viewer, at: datetime) -> None:
    """Slides have the look of the house again. Raises NotAllowed."""
    by.check("make_reports")
    if _forget(session):
        audit(session, by=by.user_id, at=at, verb="take_away", about="report_template", about_id=None)


def _forget(session: Session) -> bool:
    files = session.exec(select(ReportTemplate.file_id)).all()
    session.connection().execute(delete(ReportTemplate))
    for file_id in files:
        remove_file(session, file_id)
    return bool(files)
