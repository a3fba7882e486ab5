"""Dates and times as survey tools write them."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from domain.moments import moment_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026/9/19 1:56:57", datetime(2026, 9, 19, 1, 56, 57, tzinfo=SHANGHAI)),
        ("2026-06-16 08:00:00", datetime(2026, 6, 16, 8, tzinfo=SHANGHAI)),
        ("2026-06-16T08:00:00", datetime(2026, 6, 16, 8, tzinfo=SHANGHAI)),
        ("2026-06-16T08:00:00.250Z", datetime(2026, 6, 16, 8, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-06-16T08:00:00+05:30", datetime(2026, 6, 16, 8, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
        ("2026-06-16", datetime(2026, 6, 16, tzinfo=SHANGHAI)),
        ("2026.6.16", datetime(2026, 6, 16, tzinfo=SHANGHAI)),
        ("20260616", datetime(2026, 6, 16, tzinfo=SHANGHAI)),
        ("2026年6月16日", datetime(2026, 6, 16, tzinfo=SHANGHAI)),
        ("2026年6月16日 8时05分", datetime(2026, 6, 16, 8, 5, tzinfo=SHANGHAI)),
        ("2024/7/1 下午10:05:36", datetime(2024, 7, 1, 22, 5, 36, tzinfo=SHANGHAI)),
        ("2024/7/1 上午12:05", datetime(2024, 7, 1, 0, 5, tzinfo=SHANGHAI)),
        ("05/11/2016 12:00:00 AM", datetime(2016, 5, 11, tzinfo=SHANGHAI)),
        ("05/11/2016 12:30 PM", datetime(2016, 5, 11, 12, 30, tzinfo=SHANGHAI)),
        ("7/27/26 19:06:23", datetime(2026, 7, 27, 19, 6, 23, tzinfo=SHANGHAI)),
    ],
)
def test_a_date_is_read_as_milliseconds_in_utc(text: str, expected: datetime) -> None:
    assert moment_of(text, SHANGHAI) == round(expected.timestamp() * 1000)


def test_the_order_of_day_and_month_is_told() -> None:
    assert moment_of("03/04/2026", UTC, "mdy") == moment_of("2026-03-04", UTC)
    assert moment_of("03/04/2026", UTC, "dmy") == moment_of("2026-04-03", UTC)
    assert moment_of("31/12/2026", UTC, "mdy") is None


@pytest.mark.parametrize(
    "text",
    ["", "13", "9:30 AM", "2026-13-01", "2026-02-30", "2026-01-01 25:00", "tomorrow", "0000-00-00", "12345678901"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment_of(text, UTC) is None


def test_the_hour_that_a_clock_change_repeats_is_the_first_of_the_two() -> None:
    new_york = ZoneInfo("America/New_York")

    assert moment_of("2025-11-02 01:30", new_york) == moment_of("2025-11-02 05:30Z", UTC)
