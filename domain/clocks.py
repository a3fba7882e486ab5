"""The clocks of complaints and requests (rules.md 7): each begins with its own event and says what is running or was missed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.errors import N_
from domain.workdays import WorkingCalendar

HALF_AN_HOUR, A_DAY = timedelta(minutes=30), timedelta(hours=24)
REPORT_WORKING_DAYS: Final = 3
NEAR, FAR = 1, 3
"""Working days until somebody is on site, in the home province and elsewhere, when the phone didn't solve it."""


@dataclass(frozen=True)
class ClockKind:
    """What must be done, what starts the clock ("recorded", "confirmed", or the clock that it follows), and how long.

    Either `limit`, which runs through nights and holidays, or `working_days`, which end with the day.
    """

    what: str
    starts: str
    limit: timedelta | None = None
    working_days: int = 0


CLOCKS: Final = {
    "slip": ClockKind(N_("Notify improvement engineering, its head and the departments"), "confirmed", HALF_AN_HOUR),
    "tell_oqc": ClockKind(N_("Tell outgoing quality (OQC)"), "confirmed", HALF_AN_HOUR),
    "stock": ClockKind(N_("OQC quarantines stock, reports count and state"), "tell_oqc", HALF_AN_HOUR),
    "tell_ipqc": ClockKind(N_("Tell in-process quality"), "confirmed", HALF_AN_HOUR),
    "wip": ClockKind(N_("Inspector quarantines and reports work in progress"), "tell_ipqc", HALF_AN_HOUR),
    "report": ClockKind(N_("8D report"), "confirmed", working_days=REPORT_WORKING_DAYS),
    "solution": ClockKind(N_("Solution plan, the customer told"), "recorded", A_DAY),
    "on_site": ClockKind(N_("Somebody on site"), "phone_failed", working_days=NEAR),
}
"""Code → clock, in the order in which they are shown."""
OF_SERVICE: Final = frozenset({"solution", "on_site"})
"""Clocks of complaints about service and of requests; the others are about goods, the report is for both."""
REPORTS_A_COUNT: Final = frozenset({"stock", "wip"})
"""Clocks that end with a report of count and state."""


@dataclass(frozen=True)
class ClockState:
    """Whether a clock runs, was met, met late or is missed, and the time left (negative: late by so much)."""

    state: str
    left: timedelta


def begun_by(event: str, category: str) -> list[str]:
    """The clocks of a complaint of this category that an event begins, in their order.

    >>> begun_by("confirmed", "quality"), begun_by("tell_oqc", "quality"), begun_by("recorded", "service")
    (['slip', 'tell_oqc', 'tell_ipqc', 'report'], ['stock'], ['solution'])
    """
    return [code for code, kind in CLOCKS.items() if kind.starts == event and _concerns(code, category)]


def due_at(code: str, start: datetime, *, calendar: WorkingCalendar, zone: ZoneInfo, working_days: int = 0) -> datetime:
    """When a clock that begins at `start` runs out, in UTC; `working_days` replaces the clock's own.

    Minutes and hours are elapsed time, also over a change of the clocks; working days end with the last one's midnight
    where the organisation is, the day of the start not counted.
    """
    kind = CLOCKS[code]
    if kind.limit is not None:
        return start.astimezone(UTC) + kind.limit
    day = calendar.after(start.astimezone(zone).date(), working_days or kind.working_days)
    return end_of_day(day, zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The midnight that ends a day, in UTC: its length may be 23 or 25 hours.

    >>> end_of_day(date(2026, 9, 14), ZoneInfo("Asia/Shanghai"))
    datetime.datetime(2026, 9, 14, 16, 0, tzinfo=datetime.timezone.utc)
    """
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)


def state_of(due: datetime, done: datetime | None, at: datetime) -> ClockState:
    """What a clock says at a moment; done at the very moment that it runs out is in time.

    >>> noon = datetime(2026, 9, 14, 12, tzinfo=UTC)
    >>> state_of(noon, None, noon - HALF_AN_HOUR).state, state_of(noon, None, noon + HALF_AN_HOUR).state
    ('running', 'missed')
    >>> state_of(noon, noon, noon + HALF_AN_HOUR).state, state_of(noon, noon + HALF_AN_HOUR, noon).state
    ('met', 'late')
    """
    left = due - (at if done is None else done)
    if done is None:
        return ClockState("missed" if left < timedelta() else "running", left)
    return ClockState("late" if left < timedelta() else "met", left)


def _concerns(code: str, category: str) -> bool:
    return code == "report" or (code in OF_SERVICE) == (category == "service")
