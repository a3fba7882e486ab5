"""What came of actions together: how many helped, how soon, how many late, what came back (rules.md 6). Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Final, NamedTuple

from domain.action_states import State

DONE: Final = frozenset({State.IMPLEMENTED, State.VERIFYING, State.CLOSED})
"""States in which the countermeasure is in place."""


class Outcome(NamedTuple):
    """An action as the page of effects counts it.

    `found_on` is when its first finding appeared (without one, when it was opened); `implemented_on` the last time that
    it was reported as implemented; `recurred_in` the first wave after closing in which the same finding held again.
    """

    number: int
    title: str
    state: str
    round: int
    department_id: int
    cause_category: str
    countermeasure_kind: str
    found_on: date
    due_on: date
    implemented_on: date | None
    closed_on: date | None
    recurred_in: str = ""

    def is_late(self, today: date) -> bool:
        """Whether it was implemented after its due date, or is due and not implemented yet."""
        done_on = self.implemented_on if self.state in DONE else None
        return (done_on or today) > self.due_on


@dataclass(frozen=True)
class Summary:
    """Counts over actions; `failed` are checks that found an action not effective, each the end of a round.

    `days` is the median from finding to closing, None where nothing was closed.
    """

    actions: int
    effective: int
    at_first: int
    failed: int
    late: int
    recurred: int
    days: float | None

    @property
    def checks(self) -> int:
        """Checks that came to a verdict."""
        return self.effective + self.failed

    @property
    def effective_share(self) -> float | None:
        """Checks that found an action effective, of all that came to a verdict."""
        return self.effective / self.checks if self.checks else None

    @property
    def late_share(self) -> float | None:
        """Actions that are or were late, of all."""
        return self.late / self.actions if self.actions else None

    @property
    def recurred_share(self) -> float | None:
        """Closed actions whose finding came back, of all closed ones."""
        return self.recurred / self.effective if self.effective else None


def summary(outcomes: Iterable[Outcome], *, today: date) -> Summary:
    """The counts; cancelled actions are in none of them.

    >>> day = date(2026, 3, 2)
    >>> one = Outcome(1, "", "closed", 2, 5, "method", "training", day, date(2026, 4, 1), date(2026, 4, 2), date(2026, 5, 1))
    >>> summary([one], today=date(2026, 6, 1))
    Summary(actions=1, effective=1, at_first=0, failed=1, late=1, recurred=0, days=60)
    """
    counted = [one for one in outcomes if one.state != State.CANCELLED]
    closed = [one for one in counted if one.closed_on is not None]
    days = [(one.closed_on - one.found_on).days for one in closed if one.closed_on]
    return Summary(
        actions=len(counted),
        effective=len(closed),
        at_first=sum(one.round == 1 for one in closed),
        failed=sum(one.round - 1 for one in counted),
        late=sum(one.is_late(today) for one in counted),
        recurred=sum(bool(one.recurred_in) for one in closed),
        days=median(days) if days else None,
    )


def by_group(outcomes: Sequence[Outcome], group: Callable[[Outcome], str], *, today: date) -> list[tuple[str, Summary]]:
    """The same for each group, the one with the lowest share of effective checks first; without any checks last."""
    found: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        if one.state != State.CANCELLED:
            found[group(one)].append(one)
    summaries = [(name, summary(some, today=today)) for name, some in found.items()]
    return sorted(summaries, key=_worst_first)


def _worst_first(one: tuple[str, Summary]) -> tuple[bool, float, int, str]:
    name, counts = one
    return counts.effective_share is None, counts.effective_share or 0.0, -counts.actions, name
