"""What a customer's file shows beside scores: questionnaires with every answer, actions, contacts, purchases. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.action_states import FINAL
from domain.scheme import POINT, Name, Scheme
from domain.scores import status
from domain.subjects import FindingRow


@dataclass(frozen=True)
class AnsweredQuestionnaire:
    """One response of a customer: level by item code; what it scored, None when it can't be.

    `state` is "counted", "invalid", "after_close" or "withdrawn"; `scheme` is the version it was answered under.
    `flags` say why somebody should look at it (domain.review_flags.FLAG_NAMES).
    """

    id: int
    wave: str
    scheme: Scheme = field(repr=False)
    state: str
    late: bool
    score: float | None
    channel: str
    submitted_at: datetime
    respondent: str
    levels: dict[str, int] = field(hash=False)
    flags: tuple[str, ...] = ()

    def answer(self, item: str) -> "Answer | None":
        """What was answered to an item, None where it was left blank."""
        level = self.levels.get(item)
        if level is None:
            return None
        if self.scheme.number_scale:
            return Answer(Name(), level / 100, status(level / 100, self.scheme))
        score, watch = int(self.scheme.level_scores[level]) / POINT, self.scheme.watch_position
        is_low = watch is not None and level >= watch
        return Answer(self.scheme.levels[level].name, score, (status(score, self.scheme) if is_low else "ok"))


@dataclass(frozen=True)
class Answer:
    """One answer: its level's name (empty on a number scale), its score, and "red" or "amber" where it is low, else "ok"."""

    level: Name
    score: float
    status: str | None


@dataclass(frozen=True)
class CustomerAction:
    """An action about a customer: what, in which state, who acts until when."""

    number: int
    title: str
    state: str
    owner: str
    department: Name
    due_on: date
    round: int = 1

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in FINAL

    def days_left(self, today: date) -> int:
        """Days until it is due, negative when late."""
        return (self.due_on - today).days


@dataclass(frozen=True)
class OpinionNote:
    """What a customer wrote, when, in which wave ("" at any other time)."""

    kind: str
    text: str
    wave: str
    received_at: datetime


@dataclass(frozen=True)
class ContactLine:
    """A person at a customer: personal data."""

    name: str
    post: str
    mail: str
    phone: str
    active: bool


@dataclass(frozen=True)
class PurchaseLine:
    """What a customer bought, when it was promised and delivered, and until when it is under warranty."""

    product: str
    quantity: float
    unit: str
    promised_on: date | None
    delivered_on: date | None
    warranty_ends_on: date | None

    @property
    def days_late(self) -> int | None:
        """Calendar days after the promised day; None where either day isn't known."""
        if self.promised_on is None or self.delivered_on is None:
            return None
        return max(0, (self.delivered_on - self.promised_on).days)


@dataclass(frozen=True)
class FilePart:
    """What one section of a customer's file shows; the other lists are empty."""

    questionnaires: Sequence[AnsweredQuestionnaire] = ()
    opinions: Sequence[OpinionNote] = ()
    findings: Sequence[FindingRow] = ()
    contacts: Sequence[ContactLine] = ()
    purchases: Sequence[PurchaseLine] = ()
