"""Working days of China with make-up days, and the company's own days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.scheme import Calendar
from domain.workdays import WorkingCalendar, working_calendar

CHINA = WorkingCalendar("CN")


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ((2025, 9, 26), (2025, 10, 10)),  # Friday, rules.md 4
        ((2025, 9, 28), (2025, 10, 11)),  # Sunday, worked, rules.md 4
        ((2025, 9, 25), (2025, 10, 9)),  # Thursday before: one day earlier
        ((2025, 9, 27), (2025, 10, 10)),  # Saturday, free: counts from Sunday on like Friday
        ((2025, 9, 29), (2025, 10, 13)),  # Monday 13 October follows the make-up Saturday 11
        ((2025, 10, 1), (2025, 10, 14)),  # first day of the holiday: 9, 10, 11, 13, 14
    ],
)
def test_five_working_days_around_the_holiday_of_october_2025(
    sent: tuple[int, int, int], due: tuple[int, int, int]
) -> None:
    assert CHINA.after(date(*sent), 5) == date(*due)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ((2025, 9, 28), True),  # make-up Sunday
        ((2025, 10, 11), True),  # make-up Saturday
        ((2025, 10, 12), False),  # the Sunday after it
        ((2025, 10, 8), False),  # Wednesday, last day of the holiday
        ((2025, 10, 9), True),
        ((2026, 1, 2), False),  # Friday bridged by Sunday 4 January
        ((2026, 1, 4), True),
        ((2026, 2, 28), True),  # make-up Saturday after the Spring Festival of 2026
        ((2024, 2, 4), True),  # make-up Sunday before the Spring Festival of 2024
    ],
)
def test_holidays_and_make_up_days_are_the_published_ones(day: tuple[int, int, int], worked: bool) -> None:
    assert CHINA.is_working(date(*day)) is worked


def test_the_company_s_own_days_win_over_the_country_s() -> None:
    own = working_calendar(Calendar("CN", days_off=("2026-09-21",), days_on=("2026-10-02",)))
    assert not own.is_working(date(2026, 9, 21))  # a Monday
    assert own.is_working(date(2026, 10, 2))  # in the holiday
    assert own.after(date(2026, 9, 20), 1) == date(2026, 9, 22)


def test_a_year_is_provisional_until_its_make_up_days_are_published() -> None:
    assert not CHINA.is_provisional(2025)
    assert not CHINA.is_provisional(2026)
    assert CHINA.is_provisional(2040)
    assert not WorkingCalendar("DE").is_provisional(2040)


def test_other_countries_have_their_own_holidays() -> None:
    germany = WorkingCalendar("DE")
    assert not germany.is_working(date(2025, 10, 3))
    assert germany.is_working(date(2025, 10, 7))


def test_no_working_days_later_is_the_same_day() -> None:
    assert CHINA.after(date(2025, 10, 1), 0) == date(2025, 10, 1)


@given(st.dates(date(2020, 1, 1), date(2026, 12, 1)), st.integers(1, 40))
def test_days_counted_forward_are_counted_back(day: date, working_days: int) -> None:
    later = CHINA.after(day, working_days)
    assert CHINA.is_working(later)
    assert CHINA.working_days_between(day, later) == working_days
    assert CHINA.working_days_between(later, day) == -working_days
