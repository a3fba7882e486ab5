"""What an overview shows beside scores: counts of customers and actions, what is due, who is least satisfied. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.returns import ReturnTally
from domain.scheme import Name
from domain.scores import Score


@dataclass(frozen=True)
class TimeLeft:
    """Until the last outstanding questionnaire can be in time: calendar days (negative after it) and working days."""

    days: int
    working_days: int


@dataclass(frozen=True)
class CustomersBelow:
    """Customers that answered, by status; `before` of `before_total` were under target in the wave before (None: no wave)."""

    red: int
    amber: int
    ok: int
    before: int | None = None
    before_total: int = 0

    @property
    def below(self) -> int:
        """Customers under target."""
        return self.red + self.amber

    @property
    def total(self) -> int:
        """Customers that answered."""
        return self.red + self.amber + self.ok


@dataclass(frozen=True)
class ActionCounts:
    """Actions that are neither closed nor cancelled; `oldest` is the earliest day that one of them is or was due."""

    open: int = 0
    overdue: int = 0
    due_this_week: int = 0
    to_approve: int = 0
    verifying: int = 0
    oldest: date | None = None


@dataclass(frozen=True)
class DueAction:
    """An action with its number, owner and the day it is due."""

    number: int
    title: str
    state: str
    department: Name
    owner: str
    due_on: date


@dataclass(frozen=True)
class OpinionLine:
    """What a customer wrote; no customer where the survey names none."""

    kind: str
    text: str
    customer: Name | None


@dataclass(frozen=True)
class CustomerLine:
    """A customer with its score, its lowest dimension (None where it answered none), and since when it stands so."""

    code: str
    name: Name
    score: Score
    status: str | None
    lowest: tuple[Name, float] | None
    since: str


@dataclass(frozen=True)
class SegmentReturns:
    """What became of the questionnaires of a segment; "" is no segment."""

    segment: str
    returns: ReturnTally


def end_of_week(day: date) -> date:
    """The Sunday of a day's week.

    >>> end_of_week(date(2026, 9, 16))
    datetime.date(2026, 9, 20)
    """
    return day + timedelta(days=6 - day.weekday())
