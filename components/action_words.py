"""Corrective actions in words: columns, states, fields and steps of the history."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from components.formats import NOTHING, day, plain, shown
from components.status import badge, due_badge
from components.texts import _
from domain.action_gates import CAUSE_CATEGORIES, COUNTERMEASURE_KINDS
from domain.action_names import VERDICTS
from domain.action_rows import ActionRow
from domain.action_states import STATE_NAMES, State
from domain.errors import N_

COLUMNS: Final[dict[str, str]] = {
    "analysing": N_("Analysing"),
    "planned": N_("Planned · to approve"),
    "in_progress": N_("In progress"),
    "verifying": N_("Verifying"),
    "closed": N_("Closed this quarter"),
}
"""Columns of the board, messages."""
LONG_TEXTS: Final = frozenset(
    {
        *("problem", "whys", "cause", "containment", "containment_not_applicable", "countermeasure", "prevention"),
        *("prevention_not_applicable", "evidence", "customer_told", "cancel_reason", "verdict_reason"),
    }
)
"""Fields that a history only names."""
LONGEST: Final = 60
"""Characters of a text that the history shows of an old or new value."""


def state(code: str) -> str:
    """The name of a state."""
    return _(STATE_NAMES[State(code)])


def badges(row: ActionRow) -> str:
    """What stands before the number: how red it was, that it is effective, which round it is."""
    done = f":green-badge[:material/check: {_('Effective')}]" if row.state == "closed" else badge(row.status)
    checking = f":blue-badge[{_('To verify')}]" if row.state == "verifying" else ""
    again = f":violet-badge[{_('Round {n}', n=row.round)}]" if row.round > 1 else ""
    return " ".join(part for part in (checking or done, again) if part)


def figure(row: ActionRow) -> str:
    """The score that the action is about, empty without one."""
    return "" if row.score is None else shown(row.score)


def time_left(row: ActionRow, today: date) -> str:
    """Markdown for the time left, or when it ended."""
    if row.is_unfinished:
        return due_badge(row.days_left(today))
    return f":gray[{day(row.closed_at.date(), today=today)}]" if row.closed_at else f":gray-badge[{state(row.state)}]"


def value(field: str, found: Any, people: Mapping[int, str], departments: Mapping[int, str]) -> str:
    """A value of a field as people read it."""
    if found in (None, "", []):
        return NOTHING
    if field == "department_id":
        return departments.get(found, str(found))
    if field.endswith("_id"):
        return people.get(found, str(found))
    names: dict[str, dict[Any, str]] = {
        "state": dict(STATE_NAMES),
        "cause_category": dict(CAUSE_CATEGORIES),
        "countermeasure_kind": dict(COUNTERMEASURE_KINDS),
        "verdict": dict(VERDICTS),
    }
    if field == "cost_cents":
        return cost(found)
    if isinstance(found, list):
        return " ".join(f"{place}. {line}" for place, line in enumerate(found, start=1))
    coded = names.get(field, {})
    return _(coded[found]) if found in coded else str(found)


def cost(cents: int, currency: str = "") -> str:
    """An amount of money as people read it; whole amounts without cents."""
    amount = f"{cents // 100:,}" + (f".{cents % 100:02}" if cents % 100 else "")
    return f"{amount} {currency}".strip()


def shortly(field: str, found: Any, people: Mapping[int, str], departments: Mapping[int, str]) -> str:
    """The same in at most so many characters that a history can show it, harmless in Markdown."""
    return plain(value(field, found, people, departments), at_most=LONGEST)
