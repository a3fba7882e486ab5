"""Answers that somebody should look at: flagged, never removed. What is done about a flag, a person decides."""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

import numpy as np

from domain.errors import N_
from domain.mapping import comparable
from domain.repeated import FirstSeen, SeenIds, hashes_of
from domain.scheme import BLANK

SECONDS_PER_ITEM: Final = 2
"""Nobody reads and answers a rated item faster (Huang et al. 2012, Detecting and deterring insufficient effort)."""
SAME_FROM: Final = 6
"""So many equal answers, without a word, look like a straight line (ours)."""
ASKED_FOR: Final = (
    re.compile(r"请(?:直接)?(?:选择?|勾选|回答)\s*[“\"「'‘]([^”\"」'’]+)[”\"」'’]"),
    re.compile(r"(?:please )?(?:select|choose|tick)\s+[“\"'‘]([^”\"'’]+)[”\"'’]", re.IGNORECASE),
)
"""Questions that only test whether somebody reads them: 请选择“满意”, please select “Agree”."""
TO_BE_CHOSEN: Final = re.compile(r"请(?:直接)?选择?此项|please (?:select|choose) this", re.IGNORECASE)
"""The same test within an option: D.无所谓(请直接选择此项)."""


class Flag(Enum):
    """Why an answer should be looked at; the value is the English text."""

    STRAIGHT_LINE = N_("All items have the same answer.")
    TOO_FAST = N_("Answered faster than one can read.")
    DUPLICATE = N_("The same as an earlier line.")
    RESTARTED = N_("The numbering starts again here: two exports in one file?")
    NOT_ATTENTIVE = N_("A question that tests attention was answered wrongly.")


FLAG_NAMES: Final = {
    "straight_line": N_("straight line"),
    "too_fast": N_("too fast"),
    "duplicate": N_("twice"),
    "restarted": N_("numbering starts again"),
    "not_attentive": N_("attention check missed"),
}
"""As they are stored → in short."""


class Flagged(NamedTuple):
    """A line of the file and why it should be looked at; `about` is the earlier line, the seconds or the column."""

    line: int
    flag: Flag
    about: str


@dataclass(frozen=True)
class AnsweredRow:
    """What flags are told by: `levels` by item (BLANK where none), `content` all cells but the running number."""

    line: int
    levels: Sequence[int]
    seconds: int | None = None
    number: str = ""
    content: tuple[str, ...] = ()
    has_words: bool = False


def flags_of(rows: Sequence[AnsweredRow]) -> list[Flagged]:
    """The flags of rows, in the order of the file; a row may have several, most have none.

    >>> flags_of([AnsweredRow(2, [0, 1, 2], seconds=5), AnsweredRow(3, [0, 1, 2], seconds=6)])
    [Flagged(line=2, flag=<Flag.TOO_FAST: 'Answered faster than one can read.'>, about='5')]
    """
    again, lines = Repeats(), [row.line for row in rows]
    found = [*single_flags(rows), *again.duplicates(lines, [row.content for row in rows])]
    numbered = SeenIds().add([row.number for row in rows], [0] * len(rows), lines)
    found += again.restarts(lines, {one.row: one.first_line for one in numbered})
    return sorted(found, key=lambda flagged: flagged.line)


def attention_checks(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Header → the cell that shows attention, of columns that only test it.

    >>> attention_checks(["7、请选择“满意”"], [["一般"]])
    {'7、请选择“满意”': '满意'}
    """
    found: dict[str, str] = {}
    for place, header in enumerate(headers):
        asked = next((match[1] for pattern in ASKED_FOR if (match := pattern.search(header))), None)
        option = next((row[place] for row in rows if TO_BE_CHOSEN.search(row[place])), None)
        if asked or option:
            found[header] = comparable(asked or option or "")
    return found


def inattentive(
    headers: Sequence[str], lines: Sequence[int], rows: Sequence[Sequence[str]], checks: dict[str, str]
) -> list[Flagged]:
    """Rows that answered an attention check with something else; a blank one is not wrong."""
    places = [(headers.index(header), header, wanted) for header, wanted in checks.items()]
    return [
        Flagged(line, Flag.NOT_ATTENTIVE, header)
        for line, row in zip(lines, rows, strict=True)
        for place, header, wanted in places
        if row[place].strip() and comparable(row[place]) != wanted
    ]


def single_flags(rows: Sequence[AnsweredRow]) -> Iterator[Flagged]:
    """Flags that a row has by itself: a straight line, too fast."""
    for row in rows:
        answered = [level for level in row.levels if level != BLANK]
        if len(answered) >= SAME_FROM and len(set(answered)) == 1 and not row.has_words:
            yield Flagged(row.line, Flag.STRAIGHT_LINE, "")
        if answered and row.seconds is not None and row.seconds < SECONDS_PER_ITEM * len(answered):
            yield Flagged(row.line, Flag.TOO_FAST, str(row.seconds))


class Repeats:
    """What came before in a file, chunk after chunk: 12 bytes for each row of it."""

    def __init__(self) -> None:
        self._contents = FirstSeen()
        self._was_repeat = False

    def duplicates(self, lines: Sequence[int], contents: Sequence[Hashable]) -> Iterator[Flagged]:
        """Rows whose content came before; nothing ("", (), 0) is no content."""
        held, again = self._contents.add(*hashes_of(contents), np.asarray(lines, dtype=np.int32))
        for row in np.flatnonzero(again).tolist():
            yield Flagged(lines[row], Flag.DUPLICATE, str(held[row]))

    def restarts(self, lines: Sequence[int], came_first: Mapping[int, int]) -> Iterator[Flagged]:
        """Where a number that was there before comes again, after one that wasn't: the first line of another export.

        `came_first`: place of a row → the line where its number came first, of those that came before.
        """
        for row in sorted(came_first):
            if row - 1 not in came_first and not (row == 0 and self._was_repeat):
                yield Flagged(lines[row], Flag.RESTARTED, str(came_first[row]))
        if lines:
            self._was_repeat = len(lines) - 1 in came_first
