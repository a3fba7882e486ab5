"""How long records are kept, and what becomes of the personal data in them afterwards (rules.md 10, 11). Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar

from domain.errors import N_, Refusal

When = TypeVar("When", date, datetime)
MARK: Final = "[已匿名 · anonymised]"
"""What stands where a text stood; in both languages, because it is data."""
RECORDS: Final[dict[str, tuple[str, int]]] = {
    "forms": (N_("Survey forms and answers"), 3),
    "nonconformities": (N_("Actions, complaints and requests"), 3),
    "process": (N_("Calls, visits, minutes and processing logs"), 5),
}
"""Kind of record → its name, a message, and the years that it is kept at least (rules.md 10)."""
LONGEST: Final = 100
SHORTEST_WORD: Final = 2
"""A single character is no name that can be looked for: it stands in too many other words."""
A_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?")


class TermOutOfRange(Refusal):
    """Records would be anonymised sooner than they may be, or never."""

    def __init__(self, least: int) -> None:
        super().__init__(N_("These records are kept for {least} to {most} years."), least=least, most=LONGEST)


@dataclass(frozen=True)
class Terms:
    """Years by kind of record; raises TermOutOfRange where they are fewer than the rules ask for."""

    forms: int = RECORDS["forms"][1]
    nonconformities: int = RECORDS["nonconformities"][1]
    process: int = RECORDS["process"][1]

    def __post_init__(self) -> None:
        for name, (_title, least) in RECORDS.items():
            if not least <= getattr(self, name) <= LONGEST:
                raise TermOutOfRange(least)

    def years(self, record: str, scheme_years: int = 0) -> int:
        """How long a kind of record is kept; the longer term of its scheme wins (rules.md 10)."""
        return max(int(getattr(self, record)), scheme_years)


def years_before(when: When, years: int) -> When:
    """The same day so many years earlier; 29 February becomes 28 February.

    >>> years_before(date(2028, 2, 29), 3)
    datetime.date(2025, 2, 28)
    """
    try:
        return when.replace(year=when.year - years)
    except ValueError:
        return when.replace(year=when.year - years, day=28)


def blanked(value: Any) -> Any:
    """What is left of a stored value: its shape, numbers and days, and MARK for every text.

    >>> blanked({"cause": ["", "told by Ms Li"], "due_on": [None, "2026-03-01"], "n": 3})
    {'cause': ['', '[已匿名 · anonymised]'], 'due_on': [None, '2026-03-01'], 'n': 3}
    """
    if isinstance(value, str):
        return MARK if value and not A_DAY.fullmatch(value) else value
    if isinstance(value, Mapping):
        return {name: blanked(part) for name, part in value.items()}
    if isinstance(value, list):
        return [blanked(part) for part in value]
    return value


def words_of(*said: str) -> tuple[str, ...]:
    """What to look for when a person is erased: the name, mail address and phone number, the longest first.

    >>> words_of("Li Mei", "", "王")
    ('Li Mei',)
    """
    words = {one.strip() for one in said if len(one.strip()) >= SHORTEST_WORD}
    return tuple(sorted(words - {MARK}, key=lambda word: (-len(word), word)))


def mentions(words: Iterable[str]) -> re.Pattern[str]:
    """Finds the words whatever their case; a Latin word not inside a longer one.

    >>> mentions(["Li"]).sub("…", "Li asked for the delivery; li's phone")
    "… asked for the delivery; …'s phone"
    """
    parts = [
        ("(?<![0-9A-Za-z])" if word[0].isascii() else "")
        + re.escape(word)
        + ("(?![0-9A-Za-z])" if word[-1].isascii() else "")
        for word in words
    ]
    return re.compile("|".join(parts) or "(?!)", re.IGNORECASE)


def without(value: Any, pattern: re.Pattern[str]) -> Any:
    """A stored value in which MARK stands for every mention.

    >>> without(["Li called", 3], mentions(["Li"]))
    ['[已匿名 · anonymised] called', 3]
    """
    if isinstance(value, str):
        return pattern.sub(lambda _found: MARK, value)
    if isinstance(value, Mapping):
        return {without(name, pattern): without(part, pattern) for name, part in value.items()}
    if isinstance(value, list):
        return [without(part, pattern) for part in value]
    return value
