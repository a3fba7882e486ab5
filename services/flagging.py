"""Rows of a file that somebody should look at, chunk by chunk as it is read; nothing is left out for that."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from domain.mapped_rows import ReadRows
from domain.mapping import Mapping
from domain.review_flags import (
    SECONDS_PER_ITEM,
    AnsweredRow,
    Flag,
    Flagged,
    Repeats,
    attention_checks,
    inattentive,
    single_flags,
)
from services.reading import Table

SAMPLE = 2_000
"""Rows in which questions that test attention are looked for."""


class FlagWatch:
    """Tells the flags of the rows of one file; rows must come in their order, each once."""

    def __init__(self, table: Table, mapping: Mapping) -> None:
        self._headers = table.headers
        self._checks = attention_checks(table.headers, table.sample(SAMPLE))
        self._repeats = Repeats()
        number = mapping.columns.get("external_id")
        self._number_at = self._headers.index(number) if number else len(self._headers)
        self._is_personal = bool({"submitted_at", "respondent"} & mapping.columns.keys())

    def flags(self, read: ReadRows, rows: Sequence[Sequence[str]]) -> list[Flagged]:
        """The flags of a chunk, by line.

        Rows count as equal where all cells but the running number are, and one of them says when or who.
        """
        at, contents = self._number_at, [0] * len(rows)
        if self._is_personal:
            contents = [hash((*row[:at], *row[at + 1 :])) for row in rows]
        found = chain(
            single_flags(list(_conspicuous(read))),
            self._repeats.duplicates(read.lines, contents),
            self._repeats.restarts(read.lines, read.id_came_first),
            inattentive(self._headers, read.lines, rows, self._checks) if self._checks else (),
        )
        return sorted(found, key=lambda flagged: flagged.line)

    def of_chunk(self, read: ReadRows, rows: Sequence[Sequence[str]]) -> list[dict[str, str]]:
        """The same for each row, as it is stored: flag → what it is about."""
        of_line: dict[int, dict[str, str]] = defaultdict(dict)
        for line, flag, about in self.flags(read, rows):
            of_line[line].setdefault(flag.name.lower(), about)
        return [of_line.get(line, {}) for line in read.lines]


def flagged_in(read: ReadRows, flags: Sequence[dict[str, str]]) -> list[Flagged]:
    """The flags of rows as stored, back as they are listed."""
    return [
        Flagged(line, Flag[name.upper()], about)
        for line, found in zip(read.lines, flags, strict=True)
        for name, about in found.items()
    ]


def _conspicuous(read: ReadRows) -> Iterator[AnsweredRow]:
    """Rows that could have a flag by themselves: one level only, or little time. Most rows are not looked at one by one."""
    answered = read.levels >= 0
    highest = np.where(answered, read.levels, -1).max(axis=1, initial=-1)
    lowest = np.where(answered, read.levels, np.iinfo(np.int16).max).min(axis=1, initial=np.iinfo(np.int16).max)
    seconds = np.array([np.inf if one is None else one for one in read.durations])
    is_fast = seconds < SECONDS_PER_ITEM * answered.sum(axis=1)
    for row in np.flatnonzero((highest == lowest) | is_fast).tolist():
        levels, has_words = read.levels[row].tolist(), bool(read.opinions[row])
        yield AnsweredRow(read.lines[row], levels, read.durations[row], has_words=has_words)
