"""Now, and which day it is where the organisation is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from components import formats
from settings import settings


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day in the organisation's zone: what is due or late is counted from it."""
    return now().astimezone(zone()).date()


def zone() -> ZoneInfo:
    """The organisation's zone."""
    return settings().zone


def time_of_day() -> str:
    """The time for "updated at": 10:42:18 in the organisation's zone."""
    return formats.clock(now(), zone())


def quarter_start() -> datetime:
    """The moment at which this quarter began in the organisation's zone."""
    day = today()
    return datetime(day.year, day.month - (day.month - 1) % 3, 1, tzinfo=zone())
