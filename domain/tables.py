"""A table that leaves the application: as a file, or in a report."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

Cell = str | int | float | date | datetime | None


@dataclass(frozen=True)
class Table:
    """Title, headers, and rows as wide as the headers; numbers unrounded, shares 0–1.

    `personal`: it holds what people wrote, or names of people.
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]] = field(default_factory=list)
    personal: bool = False
