"""Moments as survey tools write them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)

_TIME: Final = (
    r"(?:(?:T|\s*)(?P<before>上午|下午|凌晨|中午|晚上|[AaPp][Mm])?\s*(?P<hour>\d{1,2})[:时](?P<minute>\d{1,2})分?"
    r"(?::?(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?秒?)?"
    r"\s*(?P<after>[AaPp][Mm])?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST: Final = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?" + _TIME
)
_YEAR_LAST: Final = re.compile(r"(?P<first>\d{1,2})[-/.](?P<next>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + _TIME)
_DIGITS: Final = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})" + _TIME)
AFTERNOON: Final = frozenset({"pm", "下午", "晚上", "中午"})
MORNING: Final = frozenset({"am", "上午", "凌晨"})


def moment_of(text: str, zone: tzinfo, order: str = "mdy") -> int | None:
    """Milliseconds since 1970 UTC of a date with or without a time; None where the text is neither.

    A text without an offset of its own is meant in `zone`; a date alone means its first moment. `order` tells
    month/day/year ("mdy") from day/month/year ("dmy").

    >>> moment_of("2026/9/19 1:56:57", UTC) == moment_of("09/19/2026 01:56:57 AM", UTC)
    True
    """
    found = _YEAR_FIRST.fullmatch(text) or _YEAR_LAST.fullmatch(text) or _DIGITS.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    try:
        moment = datetime(*_date(parts, order), *_time(parts), tzinfo=_zone(parts["zone"]) or zone)
        return (moment - EPOCH) // MILLISECOND
    except (ValueError, OverflowError):
        return None


def _date(parts: dict[str, str | Any], order: str) -> tuple[int, int, int]:
    if "first" not in parts:
        return int(parts["year"]), int(parts["month"]), int(parts["day"])
    month, day = (parts["first"], parts["next"]) if order == "mdy" else (parts["next"], parts["first"])
    year = int(parts["year"])
    return (year if year > 99 else 2000 + year), int(month), int(day)


def _time(parts: dict[str, str | Any]) -> tuple[int, int, int, int]:
    if parts["hour"] is None:
        return 0, 0, 0, 0
    hour = int(parts["hour"])
    half = (parts["before"] or parts["after"] or "").lower()
    if half in AFTERNOON and hour < 12:
        hour += 12 if half != "中午" or hour < 3 else 0
    elif half in MORNING and hour == 12:
        hour = 0
    microsecond = int((parts["fraction"] or "0")[:6].ljust(6, "0"))
    return hour, int(parts["minute"]), int(parts["second"] or 0), microsecond


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


class Moments(dict[str, int | None]):
    """Remembers the moments of texts, which repeat where a file has dates without times."""

    def __init__(self, zone: tzinfo, order: str) -> None:
        super().__init__()
        self._moment: Callable[[str], int | None] = lambda text: moment_of(text, zone, order)

    def __missing__(self, text: str) -> int | None:
        moment = self._moment(text)
        if len(self) < 10_000:
            self[text] = moment
        return moment
