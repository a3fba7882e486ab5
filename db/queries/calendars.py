"""Which days are worked: the country's, the company's on top of them, and a scheme's own on top of both."""

from sqlmodel import Session, col, select

from db.models import CompanyDay
from domain.scheme import Calendar
from domain.workdays import WorkingCalendar, working_calendar


def company_days(session: Session) -> list[CompanyDay]:
    """The company's own days, newest first."""
    return list(session.exec(select(CompanyDay).order_by(col(CompanyDay.day).desc())))


def calendar_of(session: Session, calendar: Calendar) -> WorkingCalendar:
    """The calendar by which a scheme counts working days."""
    own = working_calendar(calendar)
    decided = own.days_off | own.days_on
    days = [one for one in company_days(session) if one.day not in decided]
    on = frozenset(one.day for one in days if one.is_working)
    off = frozenset(one.day for one in days if not one.is_working)
    return WorkingCalendar(own.country, own.days_off | off, own.days_on | on)
