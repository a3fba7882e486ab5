"""Period codes of waves: 2026-Q3, 2026-H1, 2026-11, 2026; anything else is a name without a time."""

import re
from datetime import date, timedelta
from typing import Final

_PERIOD = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?")


def period_of(code: str) -> tuple[date, date] | None:
    """First and last day of a period code, None for a code that isn't one.

    >>> period_of("2026-Q3")
    (datetime.date(2026, 7, 1), datetime.date(2026, 9, 30))
    """
    match = _PERIOD.fullmatch(code.strip())
    if match is None:
        return None
    year, part = int(match["year"]), {"quarter": 3, "half": 6, "month": 1}
    name = next((name for name in part if match[name]), None)
    months = 12 if name is None else part[name]
    first = 1 if name is None else (int(match[name]) - 1) * months + 1
    after = year * 12 + first - 1 + months
    return date(year, first, 1), date(after // 12, after % 12 + 1, 1) - timedelta(days=1)


MONTHS_OF: Final = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}
"""Cadence of a scheme → how many months its periods have; other schemes ask when something happens."""


def period_at(on: date, cadence: str) -> str | None:
    """The code of the period that a day is in, None where the cadence has no periods.

    >>> period_at(date(2026, 11, 5), "quarterly"), period_at(date(2026, 11, 5), "per_event")
    ('2026-Q4', None)
    """
    if cadence not in MONTHS_OF:
        return None
    place = (on.month - 1) // MONTHS_OF[cadence] + 1
    return f"{on.year}" + {1: f"-{place:02}", 3: f"-Q{place}", 6: f"-H{place}", 12: ""}[MONTHS_OF[cadence]]


def period_after(code: str, cadence: str) -> str | None:
    """The period that follows another one, None where the code or the cadence isn't of periods.

    >>> period_after("2026-Q4", "quarterly"), period_after("2026-12", "monthly"), period_after("pilot", "yearly")
    ('2027-Q1', '2027-01', None)
    """
    period = period_of(code)
    return None if period is None else period_at(period[1] + timedelta(days=1), cadence)


def position_of(code: str, starts_on: date | None = None) -> str:
    """What sorts waves in time: the first day, then the code.

    >>> sorted(["2026-Q1", "2025-Q4"], key=position_of)
    ['2025-Q4', '2026-Q1']
    """
    period = period_of(code)
    first = starts_on or (period[0] if period else date.max)
    return f"{first.isoformat()} {code}"
