"""Which daily audits of countermeasures were missed (rules.md 7), of a complaint in sight, or of all."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from db.models import Complaint, CountermeasureAudit, Discipline, Wave
from db.queries.calendars import calendar_of
from db.queries.complaints import complaint_for
from db.queries.layouts import layout_of_wave
from domain.access import Viewer
from domain.audits import AuditDays, audit_days
from domain.scheme import Calendar
from domain.workdays import WorkingCalendar

IMPLEMENTED: Final = 6


def audit_days_of(session: Session, viewer: Viewer, number: int, *, today: date, zone: ZoneInfo) -> list[AuditDays]:
    """The days of each countermeasure of a complaint in sight; nothing before D6. Raises NotAllowed, NotThere."""
    one = complaint_for(session, viewer, number)
    return _by_number(session, [one], today=today, zone=zone).get(number, [])


def audits_missed(session: Session, *, today: date, zone: ZoneInfo) -> list[tuple[int, date, int]]:
    """Complaints in 8D with a missed audit: number, the last day missed, how many countermeasures. For the scheduler."""
    working = session.exec(select(Complaint).where(Complaint.state == "verified").order_by(col(Complaint.number))).all()
    found = []
    for number, lines in _by_number(session, working, today=today, zone=zone).items():
        last = max((line.missed[-1] for line in lines if line.missed), default=None)
        if last is not None:
            found.append((number, last, sum(last in line.missed for line in lines)))
    return found


def _by_number(
    session: Session, complaints: Sequence[Complaint], *, today: date, zone: ZoneInfo
) -> dict[int, list[AuditDays]]:
    """Number of a complaint → the days of each countermeasure of its round, until yesterday or the day before closing."""
    keys = [one.id for one in complaints]
    looks: dict[tuple[int, int], list[tuple[str, date]]] = defaultdict(list)
    for look in session.exec(select(CountermeasureAudit).where(col(CountermeasureAudit.complaint_id).in_(keys))):
        looks[look.complaint_id, look.round].append((look.countermeasure, look.audited_on))
    done = select(Discipline).where(col(Discipline.complaint_id).in_(keys), Discipline.step == IMPLEMENTED)
    implemented = {
        (step.complaint_id, step.round): step.done_at.astimezone(zone).date()
        for step in session.exec(done)
        if step.done_at is not None
    }
    calendars: dict[int | None, WorkingCalendar] = {}
    found = {}
    for one in complaints:
        of_round = (one.id or 0, one.round)
        if of_round not in looks and of_round not in implemented:
            continue
        if one.wave_id not in calendars:
            wave = session.get(Wave, one.wave_id) if one.wave_id else None
            own = layout_of_wave(session, wave).scheme.calendar if wave else Calendar()
            calendars[one.wave_id] = calendar_of(session, own)
        until = one.closed_at.astimezone(zone).date() if one.closed_at else today
        seen, begun = looks.get(of_round, ()), implemented.get(of_round)
        found[one.number] = audit_days(seen, implemented_on=begun, until=until, calendar=calendars[one.wave_id])
    return found
