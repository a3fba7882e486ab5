"""Whether actions are done on time, counted per department and person; figures only, people judge. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Deed:
    """An action that was due in the period: whose it is, and the day on which it was last reported as implemented."""

    department_id: int
    owner_id: int
    due_on: date
    implemented_on: date | None
    verdict: str = ""


@dataclass(frozen=True)
class Punctuality:
    """Of so many actions that were due so many were implemented on time, and so many were found to be effective or not."""

    due: int = 0
    on_time: int = 0
    effective: int = 0
    not_effective: int = 0

    @property
    def rate(self) -> float | None:
        """Share 0–1 of those on time; None of nothing."""
        return self.on_time / self.due if self.due else None


def is_on_time(deed: Deed, today: date) -> bool | None:
    """Whether an action was implemented by its due date; None while there is still time.

    >>> due = date(2026, 3, 31)
    >>> [is_on_time(Deed(1, 1, due, day), date(2026, 4, 1)) for day in (due, date(2026, 4, 1), None)]
    [True, False, False]
    >>> is_on_time(Deed(1, 1, due, None), due) is None
    True
    """
    if deed.implemented_on is not None:
        return deed.implemented_on <= deed.due_on
    return None if today <= deed.due_on else False


def punctuality(deeds: Iterable[Deed], today: date) -> Punctuality:
    """The counts of those that were on time or weren't."""
    judged = [(deed, is_on_time(deed, today)) for deed in deeds]
    known = [(deed, kept) for deed, kept in judged if kept is not None]
    return Punctuality(
        len(known),
        sum(kept for _deed, kept in known),
        sum(deed.verdict == "effective" for deed, _kept in known),
        sum(deed.verdict == "not_effective" for deed, _kept in known),
    )
