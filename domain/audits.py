"""The daily audits of countermeasures (rules.md 7): on which working days one should have been, and wasn't."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.workdays import WorkingCalendar


@dataclass(frozen=True)
class AuditDays:
    """Of so many working days that one countermeasure was to be audited on, `missed` ones passed without; oldest first.

    A `countermeasure` without a name stands for all of them: none was audited at all.
    """

    countermeasure: str
    due: int
    missed: tuple[date, ...]


def audit_days(
    looks: Iterable[tuple[str, date]], *, implemented_on: date | None, until: date, calendar: WorkingCalendar
) -> list[AuditDays]:
    """What was audited and missed, by countermeasure, before `until`: today, which isn't over, or the day of closing.

    `looks` are name and day of each audit. A countermeasure starts on the day after D6 says that it is implemented, or
    with its first audit where that is earlier. Monday 14 implemented, audited on Tuesday and Thursday:

    >>> looks = [("Scanner", date(2026, 9, 15)), ("Scanner", date(2026, 9, 17))]
    >>> [one] = audit_days(looks, implemented_on=date(2026, 9, 14), until=date(2026, 9, 18), calendar=WorkingCalendar())
    >>> one.due, one.missed
    (3, (datetime.date(2026, 9, 16),))
    """
    by_name: dict[str, set[date]] = defaultdict(set)
    for name, day in looks:
        by_name[name].add(day)
    begun = implemented_on + timedelta(days=1) if implemented_on else None
    if not by_name and begun:
        by_name[""] = set()
    return [_of_one(name, seen, begun, until, calendar) for name, seen in sorted(by_name.items())]


def _of_one(name: str, seen: set[date], begun: date | None, until: date, calendar: WorkingCalendar) -> AuditDays:
    start = min([*seen, *([begun] if begun else [])])
    days = (start + timedelta(days=n) for n in range((until - start).days))
    due = [day for day in days if calendar.is_working(day)]
    return AuditDays(name, len(due), tuple(day for day in due if day not in seen))
