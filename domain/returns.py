"""Returned in time or late, and the response rate (rules.md 4)."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date, timedelta

from domain.scheme import POINT, Scheme, Window
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


@dataclass(frozen=True)
class IndexRange:
    """Between which values the index would lie had everybody answered; `silent_share` 0–1 of the weight said nothing."""

    low: float
    high: float
    silent_share: float


def index_range(
    heard: Iterable[tuple[float, float]], silent_weight: float, *, worst: float, best: float
) -> IndexRange | None:
    """The range of the index if all who are silent had given the worst, or the best, answer throughout (rules.md 4).

    `heard` are weight and score 0–100 of those who answered; weights are numbers of questionnaires, customers, or their
    yearly business. No model, only arithmetic: nobody can be outside of it. None where nothing has any weight.

    >>> index_range([(3, 80.0)], 1, worst=0.0, best=100.0)
    IndexRange(low=60.0, high=85.0, silent_share=0.25)
    """
    weights = list(heard)
    spoken = sum(weight for weight, _ in weights)
    whole = spoken + silent_weight
    if whole <= 0:
        return None
    said = sum(weight * score for weight, score in weights)
    low, high = ((said + silent_weight * end) / whole for end in (worst, best))
    return IndexRange(low, high, silent_weight / whole)


def ends_of_scale(scheme: Scheme) -> tuple[float, float]:
    """The lowest and the highest score that a questionnaire can come to."""
    if scheme.number_scale:
        return 0.0, 100.0
    scores = scheme.level_scores / POINT
    return float(scores.min()), float(scores.max())


def coverage(surveyed: int, in_scope: int) -> float | None:
    """Share 0–1 of the customers in scope that were surveyed; None where none is in scope."""
    return surveyed / in_scope if in_scope > 0 else None


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
