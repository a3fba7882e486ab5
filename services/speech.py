"""How papers and reports speak: their language, and the zone of their days and times."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from locales import translator


@dataclass(frozen=True)
class Speech:
    """How a paper speaks: its language, and the zone in which its days and times are."""

    language: str
    zone: tzinfo

    @property
    def say(self) -> Callable[[str], str]:
        """Translates a message."""
        return translator(self.language).gettext

    def moment(self, at: datetime | None) -> str:
        """A moment to the minute, "" for none."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}" if at else ""

    def day(self, day: date | datetime | None) -> str:
        """A day, "" for none."""
        if isinstance(day, datetime):
            day = day.astimezone(self.zone).date()
        return day.isoformat() if day else ""
