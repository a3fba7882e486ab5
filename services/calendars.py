"""The company's own working days and days off, which win over the country's."""

from datetime import date, datetime

from sqlmodel import Session

from db.models import CompanyDay
from domain.access import Viewer
from services.audit import audit


def set_company_day(
    session: Session, *, day: date, is_working: bool, name: str, by: Viewer, at: datetime
) -> CompanyDay:
    """Says whether the company works on a day; what is due already stays due as it was. Raises NotAllowed."""
    by.check("edit_schemes")
    known = session.get(CompanyDay, day) or CompanyDay(day=day, is_working=is_working)
    known.is_working, known.name = is_working, name.strip()
    session.add(known)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="set", about="company_day", day=day.isoformat(), works=is_working)
    return known


def remove_company_day(session: Session, *, day: date, by: Viewer, at: datetime) -> None:
    """Lets the country's calendar decide again. Raises NotAllowed."""
    by.check("edit_schemes")
    known = session.get(CompanyDay, day)
    if known is not None:
        session.delete(known)
        session.flush()
        audit(session, by=by.user_id, at=at, verb="remove", about="company_day", day=day.isoformat())
