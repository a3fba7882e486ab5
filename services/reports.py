"""Reports: asked for by one press, and taken along (rules.md 10)."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from db.models import Job
from db.queries.made_reports import content_of, made_report
from domain.access import Viewer
from services import jobs
from services.audit import audit
from services.report_making import Order, check_there
from settings import settings


class Taken(NamedTuple):
    """A file and its name."""

    name: str
    content: bytes


def ask_for(
    session: Session,
    *,
    kind: str,
    form: str,
    language: str,
    wave_id: int | None = None,
    about: str = "",
    is_anonymised: bool = False,
    is_live: bool = False,
    form_key: str,
    by: Viewer,
    at: datetime,
) -> Job:
    """Queues a report, which the worker makes as `by` may see it; the same form key gives the job that is there.

    Raises ReportNotPossible, NotAllowed, NotThere.
    """
    wanted: dict[str, Any] = {"kind": kind, "form": form, "language": language, "wave_id": wave_id}
    wanted |= {"about": about, "is_anonymised": is_anonymised, "is_live": is_live}
    check_there(session, Order(**wanted, by=by, at=at, zone=settings().zone))
    return jobs.enqueue(session, kind="report", form_key=form_key, payload=wanted, by=by, at=at)


def download(session: Session, *, made_id: int, by: Viewer, at: datetime) -> Taken:
    """A report that was made, and that it was taken along. Raises NotAllowed, NotThere."""
    by.check_account()
    line = made_report(session, by, made_id)
    content = content_of(session, by, made_id)
    audit(session, by=by.user_id, at=at, verb="download", about="report", about_id=made_id)
    return Taken(line.name, content)
