"""Returned in time or late, and the response rate (rules.md 4)."""

from calendar import monthrange
from dataclasses import astuple, dataclass
from datetime import date, timedelta

from domain.scheme import Window
from domain.workdays import WorkingCalendar


def due_on(sent_on: date, window: Window, calendar: WorkingCalendar) -> date | None:
    """The last day on which a questionnaire is returned in time; None where the scheme has no window.

    The day of sending isn't counted. A month ends on the same day of the next month, or on its last day.

    >>> due_on(date(2026, 1, 31), Window(months=1), WorkingCalendar("CN"))
    datetime.date(2026, 2, 28)
    """
    if window.working_days is not None:
        return calendar.after(sent_on, window.working_days)
    if window.calendar_days is not None:
        return sent_on + timedelta(days=window.calendar_days)
    return None if window.months is None else _months_later(sent_on, window.months)


def is_in_time(sent_on: date, returned_on: date, *, window: Window, calendar: WorkingCalendar) -> bool:
    """Whether a questionnaire came back within its window; always, where the scheme has none.

    >>> is_in_time(date(2025, 9, 26), date(2025, 10, 10), window=Window(working_days=5), calendar=WorkingCalendar("CN"))
    True
    """
    due = due_on(sent_on, window, calendar)
    return due is None or returned_on <= due


def working_days_left(due: date, today: date, calendar: WorkingCalendar) -> int:
    """Working days from today (not counted) up to and with the due day; 0 on that day and after it."""
    return max(0, calendar.working_days_between(today, due))


def days_late(due: date, today: date) -> int:
    """Calendar days since the due day; 0 up to and on it."""
    return max(0, (today - due).days)


@dataclass(frozen=True)
class ReturnTally:
    """What became of a set of invitations.

    `returned` = in_time + late, of which `invalid` can't be scored; `undeliverable` ones are part of `sent`.
    """

    sent: int = 0
    returned: int = 0
    in_time: int = 0
    late: int = 0
    invalid: int = 0
    undeliverable: int = 0

    def __add__(self, other: "ReturnTally") -> "ReturnTally":
        return ReturnTally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def rate(self) -> float | None:
        """Response rate 0–1 = returned in time / sent; None where nothing was sent."""
        return self.in_time / self.sent if self.sent > 0 else None

    @property
    def outstanding(self) -> int:
        """Invitations that were delivered and not answered: who can still be reminded."""
        return max(0, self.sent - self.undeliverable - self.returned)


def coverage(surveyed: int, in_scope: int) -> float | None:
    """Share 0–1 of the customers in scope that were surveyed; None where none is in scope."""
    return surveyed / in_scope if in_scope > 0 else None


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
