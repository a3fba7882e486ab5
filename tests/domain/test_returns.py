"""Windows, late returns, response rate and coverage (rules.md 4)."""

from datetime import date

import pytest

from domain.returns import (
    IndexRange,
    ReturnTally,
    coverage,
    days_late,
    due_on,
    ends_of_scale,
    index_range,
    is_in_time,
    working_days_left,
)
from domain.scheme import Window
from domain.scheme_file import load
from domain.workdays import WorkingCalendar
from tests.factories import preset

CHINA = WorkingCalendar("CN")
SENT = date(2025, 9, 26)


def test_a_window_of_five_working_days_ends_with_its_fifth_day() -> None:
    window = Window(working_days=5)
    assert due_on(SENT, window, CHINA) == date(2025, 10, 10)
    assert is_in_time(SENT, date(2025, 10, 10), window=window, calendar=CHINA)
    assert not is_in_time(SENT, date(2025, 10, 11), window=window, calendar=CHINA)


def test_calendar_days_do_not_know_holidays() -> None:
    assert due_on(SENT, Window(calendar_days=14), CHINA) == date(2025, 10, 10)
    assert due_on(SENT, Window(calendar_days=5), CHINA) == date(2025, 10, 1)


@pytest.mark.parametrize(
    ("sent", "months", "due"),
    [
        ((2026, 3, 15), 1, (2026, 4, 15)),
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2024, 1, 31), 1, (2024, 2, 29)),
        ((2026, 12, 31), 2, (2027, 2, 28)),
        ((2026, 11, 30), 1, (2026, 12, 30)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last_of_the_month(
    sent: tuple[int, int, int], months: int, due: tuple[int, int, int]
) -> None:
    assert due_on(date(*sent), Window(months=months), CHINA) == date(*due)


def test_without_a_window_everything_is_in_time() -> None:
    assert due_on(SENT, Window(), CHINA) is None
    assert is_in_time(SENT, date(2029, 1, 1), window=Window(), calendar=CHINA)


def test_late_and_undeliverable_questionnaires_do_not_raise_the_rate() -> None:
    tally = ReturnTally(sent=256, returned=240, in_time=234, late=6, invalid=2, undeliverable=5)
    assert tally.rate == 234 / 256
    assert tally.outstanding == 256 - 5 - 240


def test_nothing_sent_has_no_rate() -> None:
    assert ReturnTally().rate is None
    assert ReturnTally(returned=3, in_time=3).rate is None
    assert coverage(0, 0) is None
    assert coverage(40, 50) == 0.8


def test_tallies_add_up() -> None:
    north = ReturnTally(sent=10, returned=9, in_time=8, late=1, invalid=1, undeliverable=0)
    south = ReturnTally(sent=20, returned=12, in_time=12, late=0, invalid=0, undeliverable=2)
    assert north + south == ReturnTally(30, 21, 20, 1, 1, 2)


def test_days_left_are_working_days_and_days_late_are_calendar_days() -> None:
    due = date(2025, 10, 10)
    assert working_days_left(due, date(2025, 9, 30), CHINA) == 2
    assert working_days_left(due, due, CHINA) == 0
    assert working_days_left(due, date(2025, 10, 20), CHINA) == 0
    assert days_late(due, date(2025, 10, 22)) == 12
    assert days_late(due, due) == 0


def test_the_index_could_lie_between_what_the_silent_would_do_to_it_at_worst_and_at_best() -> None:
    """Three questionnaires at 80 and one that is missing: (240 + 0) / 4 and (240 + 100) / 4."""
    assert index_range([(1, 90.0), (1, 80.0), (1, 70.0)], 1, worst=0.0, best=100.0) == IndexRange(60.0, 85.0, 0.25)


def test_a_silent_customer_weighs_what_it_buys() -> None:
    """600 of business at 85, 400 silent: 510 / 1000 and (510 + 400) / 1000 of the scale."""
    found = index_range([(600, 85.0)], 400, worst=0.0, best=100.0)
    assert found == IndexRange(51.0, 91.0, 0.4)


def test_nobody_silent_leaves_no_range_and_nobody_asked_none_at_all() -> None:
    assert index_range([(2, 75.0)], 0, worst=0.0, best=100.0) == IndexRange(75.0, 75.0, 0.0)
    assert index_range([], 0, worst=0.0, best=100.0) is None


def test_the_worst_answer_of_a_scale_with_minus_points_is_under_zero() -> None:
    assert ends_of_scale(load(preset("points-annual"))) == (-20.0, 100.0)
    assert ends_of_scale(load(preset("iatf-quarterly")))[1] == 100.0
