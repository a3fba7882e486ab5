"""What a list of customers brings, to be looked at before it is written."""

from dataclasses import dataclass, field, fields
from typing import Any, Final, NamedTuple

from domain.customer_cells import BadEntry

NEW: Final = "new"


class Change(NamedTuple):
    """One thing that a list brings: of which customer (its code), "new", or the field with its old and new value."""

    kind: str
    customer: str
    name: str
    what: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class CustomerReport:
    """What becomes of a list: rows in all, refused ones, and for each kind how many are new, changed, as they were."""

    rows: int = 0
    refused: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[BadEntry] = field(default_factory=list)
    listed: list[Change] = field(default_factory=list)
    dry_run: bool = True

    @property
    def changes(self) -> int:
        """How many customers, contacts and purchases are new or changed."""
        return sum(n for one in self.counts.values() for what, n in one.items() if what != "same")


def changes_of(kind: str, code: str, name: str, was: Any, now: Any) -> list[Change]:
    """What is new, or what changes from what to what, of one entry."""
    if was is None:
        return [Change(kind, code, name, NEW)]
    pairs = [(one.name, getattr(was, one.name), getattr(now, one.name)) for one in fields(now)]
    return [Change(kind, code, name, what, _text(old), _text(new)) for what, old, new in pairs if old != new]


def _text(value: object) -> str:
    return "" if value is None else str(value)
