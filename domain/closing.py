"""What is to be done before a wave closes (rules.md 4): the window over, the chase done, enough valid responses. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.errors import N_

REMINDERS: Final = 2
"""Everybody who hasn't answered is reminded at least so often (rules.md 4)."""


@dataclass(frozen=True)
class ClosingFacts:
    """Where a wave stands: `open_ones` could still answer, `reminded` of them were reminded twice or more.

    `void_when_missed`: the scheme declares the wave void when it has too few valid responses.
    """

    today: date
    last_day: date | None
    sent: int
    open_ones: int
    reminded: int
    valid: int
    needed: int
    void_when_missed: bool

    @property
    def is_too_few(self) -> bool:
        """Whether valid responses are missing."""
        return self.valid < self.needed

    @property
    def must_be_void(self) -> bool:
        """Whether the wave can only be completed or declared void, not closed."""
        return self.is_too_few and self.void_when_missed


@dataclass(frozen=True)
class Check:
    """One line of the list: what, whether it is done, and the numbers that say so (a message with its values)."""

    name: str
    is_done: bool
    text: str
    values: Mapping[str, object]


def checklist(facts: ClosingFacts) -> list[Check]:
    """The list in the order in which it is worked off."""
    day = facts.last_day.isoformat() if facts.last_day else "–"
    over = facts.last_day is None or facts.today > facts.last_day
    chased = facts.reminded >= facts.open_ones
    if not facts.sent:
        chase = N_("nobody was invited by name")
    elif not facts.open_ones:
        chase = N_("everybody has answered")
    else:
        chase = N_("{reminded} of {open} without an answer were reminded {n} times")
    numbers = {"reminded": facts.reminded, "open": facts.open_ones, "n": REMINDERS}
    enough = N_("{valid} valid, at least {needed}") if facts.needed else N_("{valid} valid, no number is set")
    return [
        Check(N_("Return window over"), over, N_("last day {day}"), {"day": day}),
        Check(N_("Chase done"), chased, chase, numbers),
        Check(
            N_("Enough valid responses"), not facts.is_too_few, enough, {"valid": facts.valid, "needed": facts.needed}
        ),
    ]
