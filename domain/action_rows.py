"""Corrective actions as lists, boards and their own screen show them. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from domain.action_gates import ActionFacts
from domain.action_states import State
from domain.scheme import Name
from domain.subjects import FindingRow

BOARD: Final[dict[str, tuple[State, ...]]] = {
    "analysing": (State.OPEN, State.ANALYSING),
    "planned": (State.PLANNED,),
    "in_progress": (State.APPROVED, State.IN_PROGRESS),
    "verifying": (State.IMPLEMENTED, State.VERIFYING),
    "closed": (State.CLOSED,),
}
"""Columns of the board → the states in them."""
UNFINISHED: Final = tuple(state for name, states in BOARD.items() if name != "closed" for state in states)


@dataclass(frozen=True)
class ActionRow:
    """An action on a card or a line; `status` and `score` are what its worst finding had when it was assigned."""

    id: int
    number: int
    title: str
    state: str
    round: int
    department: Name
    owner: str
    owner_id: int
    due_on: date
    closed_at: datetime | None
    wave: str
    version: int = 1
    figures: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)

    @property
    def status(self) -> str | None:
        """Status of the worst finding when the action was assigned; None without figures."""
        return self.figures.get("status")

    @property
    def score(self) -> float | None:
        """Score of the worst finding when the action was assigned; None without figures."""
        subjects: list[dict[str, float | None]] = self.figures.get("subjects") or [{}]
        return subjects[0].get("score")

    def days_left(self, today: date) -> int:
        """Days until it is due, negative when late."""
        return (self.due_on - today).days

    @property
    def is_unfinished(self) -> bool:
        """Whether something is still to be done."""
        return self.state in UNFINISHED


@dataclass(frozen=True)
class Board:
    """The cards of each column, most urgent first, and how many each column has in all; counts of unfinished actions."""

    cards: dict[str, list[ActionRow]]
    counts: dict[str, int]
    unfinished: int
    overdue: int
    mine: int


@dataclass(frozen=True)
class ActionPage:
    """A page of a list of actions, and how many there are in all."""

    rows: list[ActionRow]
    total: int


@dataclass(frozen=True)
class EventLine:
    """One line of the history; `changes` is field → [old, new]."""

    at: datetime
    who: str
    verb: str
    from_state: str
    to_state: str
    changes: dict[str, list[Any]] = field(hash=False)
    comment: str


@dataclass(frozen=True)
class ActionDetail:
    """Everything about one action: its texts by field name, people and departments by key, findings, newest event first."""

    row: ActionRow
    version: int
    fields: dict[str, Any] = field(hash=False)
    people: dict[int, str] = field(hash=False)
    departments: dict[int, Name] = field(hash=False)
    customer: Name | None
    findings: list[FindingRow] = field(hash=False)
    history: list[EventLine] = field(hash=False)
    facts: ActionFacts
    may_edit: bool

    def person(self, name: str) -> str:
        """The name of the person that a field names, empty for nobody."""
        return self.people.get(self.fields.get(name) or 0, "")
