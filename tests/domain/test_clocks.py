"""The clocks of complaints across nights, weekends, make-up days, a change of year and of summer time (rules.md 7)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.clocks import CLOCKS, begun_by, due_at, state_of
from domain.workdays import WorkingCalendar

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def due(code: str, start: str, zone: ZoneInfo = SHANGHAI, country: str = "CN", **more: int) -> str:
    """Local start → local end."""
    at = datetime.fromisoformat(start).replace(tzinfo=zone)
    return (
        due_at(code, at, calendar=WorkingCalendar(country), zone=zone, **more)
        .astimezone(zone)
        .isoformat(" ", "minutes")
    )


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        ("2026-09-14 10:00", "2026-09-18 00:00+08:00"),  # Monday: Tuesday, Wednesday, Thursday
        ("2026-09-18 10:00", "2026-09-23 00:00+08:00"),  # Friday over the weekend; the 20th is a make-up Sunday, worked
        ("2025-09-26 10:00", "2025-10-01 00:00+08:00"),  # Friday: make-up Sunday 28, Monday, Tuesday before the holiday
        ("2025-12-30 23:59", "2026-01-06 00:00+08:00"),  # 31st; holiday 1–3 January, make-up Sunday 4, Monday
    ],
)
def test_the_report_is_due_when_the_third_working_day_ends(start: str, ends: str) -> None:
    assert due("report", start) == ends


def test_thirty_minutes_run_through_midnight_a_weekend_and_the_change_of_year() -> None:
    assert due("stock", "2026-09-19 23:45") == "2026-09-20 00:15+08:00"
    assert due("slip", "2025-12-31 23:40") == "2026-01-01 00:10+08:00"


def test_hours_are_elapsed_time_and_days_end_at_midnight_when_summer_time_ends() -> None:
    """In Berlin 2026-10-25 has 25 hours: 24 hours after Saturday noon it is 11 o'clock."""
    assert due("solution", "2026-10-24 12:00", BERLIN, "DE") == "2026-10-25 11:00+01:00"
    assert due("slip", "2026-10-25 01:50", BERLIN, "DE") == "2026-10-25 02:20+02:00"
    assert due("report", "2026-10-23 12:00", BERLIN, "DE") == "2026-10-29 00:00+01:00"


def test_somebody_is_on_site_after_one_working_day_near_and_three_far_away() -> None:
    assert due("on_site", "2026-09-14 17:00", working_days=1) == "2026-09-16 00:00+08:00"
    assert due("on_site", "2026-09-14 17:00", working_days=3) == "2026-09-18 00:00+08:00"


def test_each_clock_has_its_own_start() -> None:
    assert begun_by("confirmed", "quality") == ["slip", "tell_oqc", "tell_ipqc", "report"]
    assert begun_by("tell_oqc", "delivery") == ["stock"]
    assert begun_by("tell_ipqc", "other") == ["wip"]
    assert begun_by("recorded", "quality") == []
    assert (begun_by("recorded", "service"), begun_by("confirmed", "service")) == (["solution"], ["report"])
    assert begun_by("phone_failed", "service") == ["on_site"]
    events = (*CLOCKS, "recorded", "confirmed", "phone_failed")
    assert {code for kind in ("quality", "service") for event in events for code in begun_by(event, kind)} == set(
        CLOCKS
    )


def test_a_clock_says_what_runs_what_was_missed_and_by_how_much() -> None:
    end, minute = datetime(2026, 9, 14, 12, tzinfo=UTC), timedelta(minutes=1)
    assert (state_of(end, None, end).state, state_of(end, None, end + minute).state) == ("running", "missed")
    assert (state_of(end, end, end + 9 * minute).state, state_of(end, end + minute, end).state) == ("met", "late")
    assert state_of(end, None, end + 7 * minute).left == -7 * minute
