"""When things happened in the sample company: its files count quarters and days, the day of loading makes them dates."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.periods import period_of
from domain.workdays import WorkingCalendar
from sample_data.answers import QUARTERS
from sample_data.generator import DAYS_OF_OPEN

ZONE = ZoneInfo("Asia/Shanghai")
OFFICE_CLOSES = time(18, 0)
SENT_ON_DAY = 4
"""Questionnaires go out on the first working day after this day of the quarter's last month."""
CLOSED_AFTER = 10
"""Working days from sending to closing."""


@dataclass(frozen=True)
class Timeline:
    """The sample company as of a moment: the quarter of that moment is the open one, number 8."""

    now: datetime
    calendar: WorkingCalendar

    @property
    def today(self) -> date:
        """The day of the moment in the company's zone."""
        return self.now.astimezone(ZONE).date()

    @property
    def last(self) -> int:
        """The open quarter."""
        return QUARTERS

    def code(self, quarter: int) -> str:
        """Code of quarter 1 (oldest) to 8 (open).

        >>> Timeline(datetime(2026, 11, 22, tzinfo=ZONE), WorkingCalendar("CN")).code(1)
        '2025-Q1'
        """
        ordinal = self.today.year * 4 + (self.today.month - 1) // 3 - (QUARTERS - quarter)
        return f"{ordinal // 4}-Q{ordinal % 4 + 1}"

    def first_day(self, quarter: int) -> date:
        """First day of a quarter."""
        period = period_of(self.code(quarter))
        assert period is not None
        return period[0]

    def sent_on(self, quarter: int) -> date:
        """The day on which the questionnaires went out; those of the open quarter three working days ago."""
        if quarter < QUARTERS:
            first = self.first_day(quarter)
            return self.calendar.after(date(first.year, first.month + 2, SENT_ON_DAY), 1)
        return self.day_ago(DAYS_OF_OPEN)

    def day_ago(self, working_days: int) -> date:
        """The latest working day since which there were so many working days, up to and with today."""
        day = self.today
        while self.calendar.working_days_between(day, self.today) < working_days or not self.calendar.is_working(day):
            day -= timedelta(days=1)
        return day

    def day_ahead(self, working_days: int) -> date:
        """A day so many working days from today; before it where negative."""
        return self.day_ago(-working_days) if working_days < 0 else self.calendar.after(self.today, working_days)

    def day_after_closing(self, quarter: int, working_days: int) -> date:
        """A day so many working days after a wave was closed."""
        return self.calendar.after(self.closed_at(quarter).date(), working_days)

    def returned_at(self, quarter: int, days: int, minute: int) -> datetime:
        """When a questionnaire came back; what would lie ahead came in the last hour."""
        day = self.calendar.after(self.sent_on(quarter), days)
        return min(moment(day, time(minute // 60, minute % 60)), self.now - timedelta(minutes=1 + minute % 53))

    def closed_at(self, quarter: int) -> datetime:
        """When a wave was closed."""
        return moment(self.calendar.after(self.sent_on(quarter), CLOSED_AFTER), OFFICE_CLOSES)


def moment(day: date, clock: time) -> datetime:
    """A moment on the company's clock."""
    return datetime.combine(day, clock, tzinfo=ZONE)
