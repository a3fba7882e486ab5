"""When customers are called after a delivery (rules.md 8): 1 and 3 months later, and at the end of the warranty. Pure."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Final

MONTHS: Final = {"1m": 1, "3m": 3}
"""Kind of call → months after the delivery; the third, "1y", is due when the warranty ends."""
WARRANTY_MONTHS: Final = 12
"""How long a warranty lasts where the purchase doesn't say."""


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month.

    >>> months_after(date(2026, 1, 31), 1), months_after(date(2026, 11, 30), 3)
    (datetime.date(2026, 2, 28), datetime.date(2027, 2, 28))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def calls_after(delivered_on: date, warranty_ends_on: date | None) -> dict[str, date]:
    """Kind of call → its day. A delivery of 2026-01-31 with a year's warranty:

    >>> [f"{kind} {day}" for kind, day in calls_after(date(2026, 1, 31), None).items()]
    ['1m 2026-02-28', '3m 2026-04-30', '1y 2027-01-31']
    """
    days = {kind: months_after(delivered_on, months) for kind, months in MONTHS.items()}
    return {**days, "1y": warranty_ends_on or months_after(delivered_on, WARRANTY_MONTHS)}


def calls_within(
    delivered_on: date, warranty_ends_on: date | None, first: date, last: date
) -> Iterator[tuple[str, date]]:
    """The calls of a delivery that fall between two days, both counted.

    >>> [kind for kind, _ in calls_within(date(2026, 1, 31), None, date(2026, 3, 1), date(2026, 12, 31))]
    ['3m']
    """
    return ((kind, day) for kind, day in calls_after(delivered_on, warranty_ends_on).items() if first <= day <= last)
