"""Working days: a country's holidays and make-up days from the package `holidays`, and the company's own days."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import holidays
from holidays.registry import EntityLoader

from domain.scheme import Calendar

COUNTRIES: Final = frozenset(EntityLoader.get_country_codes(include_aliases=False))
"""ISO codes of the countries whose holidays are known, told without loading them."""
ANNOUNCED_YEARLY: Final = frozenset({"CN"})
"""Countries whose make-up days are set anew each year (China: the State Council's notice, usually in November)."""


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days are worked. The company's own days win over the country's."""

    country: str = "CN"
    days_off: frozenset[date] = frozenset()
    days_on: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether a day is worked.

        >>> WorkingCalendar("CN").is_working(date(2025, 9, 28))  # a Sunday, worked for the holiday of October
        True
        """
        if day in self.days_on or day in self.days_off:
            return day in self.days_on
        return day in _working_days(self.country, day.year)

    def after(self, day: date, working_days: int) -> date:
        """The day that is so many working days later; the day itself isn't counted (rules.md 4).

        >>> WorkingCalendar("CN").after(date(2025, 9, 26), 5)
        datetime.date(2025, 10, 10)
        """
        while working_days > 0:
            day += timedelta(days=1)
            working_days -= self.is_working(day)
        return day

    def working_days_between(self, day: date, later: date) -> int:
        """Working days after `day` up to and with `later`; negative where `later` is the earlier one.

        >>> WorkingCalendar("CN").working_days_between(date(2025, 9, 26), date(2025, 10, 10))
        5
        """
        if later < day:
            return -self.working_days_between(later, day)
        days = (day + timedelta(days=n) for n in range(1, (later - day).days + 1))
        return sum(self.is_working(one) for one in days)

    def is_provisional(self, year: int) -> bool:
        """Whether the year's make-up days aren't published yet: dates in it may still move (architecture.md 9)."""
        return self.country in ANNOUNCED_YEARLY and year > _last_announced(self.country)


def working_calendar(calendar: Calendar) -> WorkingCalendar:
    """The calendar that a scheme describes."""
    days_off, days_on = (frozenset(map(date.fromisoformat, days)) for days in (calendar.days_off, calendar.days_on))
    return WorkingCalendar(calendar.country, days_off, days_on)


@lru_cache(maxsize=512)
def _working_days(country: str, year: int) -> frozenset[date]:
    known = holidays.country_holidays(country, years=year)
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return frozenset(day for day in days if day.year == year and known.is_working_day(day))


@lru_cache(maxsize=32)
def _last_announced(country: str) -> int:
    known = holidays.country_holidays(country, years=range(2008, 2100))
    return max((day.year for day in known.weekend_workdays), default=0)
